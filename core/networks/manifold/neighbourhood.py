"""Which known signals are like those that are asked for, and what follows for values known of them."""

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn

N_KNOTS = 1025  # of the table that turns a number into its score
OTHER_CLASS = 1e4  # squared distance to a signal of another class, for each column in which it differs


class Scores(nn.Module):
    """Numbers → standard normal scores of their ranks, column by column; equal numbers share their middle rank.

    Beyond all that was seen the score is that of the end.
    """

    values: Tensor
    scores: Tensor

    def __init__(self, n_columns: int) -> None:
        super().__init__()
        self.register_buffer("values", torch.zeros(n_columns, N_KNOTS))
        self.register_buffer("scores", torch.zeros(n_columns, N_KNOTS))

    def fit(self, columns: Tensor) -> None:
        """Learn from (n, n_columns)."""
        knots = [_knots(column.numpy()) for column in columns.T]
        if knots:
            self.values, self.scores = (torch.from_numpy(np.stack(part)) for part in zip(*knots, strict=True))

    def forward(self, columns: Tensor) -> Tensor:
        above = torch.searchsorted(self.values, columns.T.contiguous()).clamp(1, N_KNOTS - 1)
        low, high = self.values.gather(1, above - 1), self.values.gather(1, above)
        share = ((columns.T - low) / (high - low).clamp(min=1e-30)).clamp(0, 1)
        return torch.lerp(self.scores.gather(1, above - 1), self.scores.gather(1, above), share).T


def _knots(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """N_KNOTS values in rising order, and the score of each."""
    values, first = np.unique(column, return_index=True)
    ranks = rankdata(column)[first] / (len(column) + 1)
    places = np.linspace(0, len(values) - 1, N_KNOTS)
    spread = np.interp(places, np.arange(len(values)), values)
    scores = torch.special.ndtri(torch.from_numpy(ranks)).numpy()
    return spread.astype(np.float32), np.interp(spread, values, scores).astype(np.float32)


class Neighbourhood(nn.Module):
    """Which of some known signals are like those that are asked for, and what follows for values known of them.

    Signals are alike whose numbers have scores nearby (a Gaussian kernel with Scott's bandwidth) and whose classes are
    the same. Within a neighbourhood values follow the numbers by a straight line (local linear regression: Fan & Gijbels
    1996, "Local polynomial modelling and its applications").
    """

    places: Tensor
    classes: Tensor

    def __init__(self, n_classes: list[int], n_known: int) -> None:
        super().__init__()
        self.numbers = [i for i, count in enumerate(n_classes) if not count]
        self.labels = [i for i, count in enumerate(n_classes) if count]
        self.scores = Scores(len(self.numbers))
        self.register_buffer("places", torch.zeros(n_known, len(self.numbers)))
        self.register_buffer("classes", torch.zeros(n_known, len(self.labels)))

    def fit(self, known: Tensor, all_values: Tensor) -> None:
        """Take in the conditions (n_known, n_conditions) of the known signals; `all_values`: of all that were seen."""
        self.scores.fit(all_values[:, self.numbers])
        self.places, self.classes = self.scores(known[:, self.numbers]).contiguous(), known[:, self.labels].clone()

    @property
    def bandwidth(self) -> float:
        """In scores; Scott 1992, "Multivariate density estimation"."""
        return len(self.places) ** (-1 / (len(self.numbers) + 4))

    def apart(self, places: Tensor, classes: Tensor) -> Tensor:
        """Squared distances of signals at `places` and of `classes` from all known ones, (n, n_known)."""
        differ = sum((classes[:, i, None] != self.classes[:, i]).float() for i in range(len(self.labels)))
        return torch.cdist(places, self.places).square() + OTHER_CLASS * differ

    def weights(self, conditions: Tensor) -> tuple[Tensor, Tensor]:
        """The weights of the known signals for what is asked for, (n, n_known), each row 1 in all; and its places."""
        places = self.scores(conditions[:, self.numbers])
        return (self.apart(places, conditions[:, self.labels]) / (-2 * self.bandwidth**2)).softmax(1), places

    def slopes(self, weights: Tensor, values: Tensor) -> Tensor:
        """How values (n_known, n_values) of the known signals follow the numbers, (n, n_numbers, n_values)."""
        n_numbers = len(self.numbers)
        products = (self.places[:, :, None] * torch.cat([self.places, values], 1)[:, None]).flatten(1)
        moments = weights @ torch.cat([self.places, values, products], 1)
        means, products = moments.tensor_split([n_numbers + values.shape[1]], 1)
        spread = products.unflatten(1, (n_numbers, -1)) - means[:, :n_numbers, None] * means[:, None]
        variances, covariances = spread.tensor_split([n_numbers], 2)
        # The fewer signals tell the slope, the less of it is believed.
        n_effective = 1 / weights.square().sum(1)
        ridge = self.bandwidth**2 / n_effective
        return torch.linalg.solve(
            variances + ridge[:, None, None] * torch.eye(n_numbers, device=weights.device), covariances
        )


def picked(weights: Tensor, pick: Tensor) -> Tensor:
    """The known signals that uniform numbers `pick` (n,) choose by their weights (n, n_known); (n,)."""
    ends = weights.cumsum(1)
    return torch.searchsorted(ends, (pick[:, None] * ends[:, -1:]).contiguous()).clamp(max=weights.shape[1] - 1)[:, 0]
