"""Values of known distributions ↔ their probabilities."""

import torch
from torch import Tensor, nn

N_KNOTS = 1025  # of the quantile tables


class Quantiles(nn.Module):
    """Values of known distributions ↔ their probabilities, column by column, by interpolating in a sorted table."""

    table: Tensor

    def __init__(self, n_columns: int, n_knots: int = N_KNOTS) -> None:
        super().__init__()
        self.register_buffer("table", torch.zeros(n_knots, n_columns))

    def fit(self, values: Tensor) -> None:
        """Learn the distribution of each column of (n, n_columns)."""
        probabilities = torch.linspace(0, 1, len(self.table), dtype=torch.float64)
        self.table = torch.quantile(values.double(), probabilities, dim=0).float().contiguous()

    def values(self, scores: Tensor) -> Tensor:
        """Standard normal scores (n, n_columns) → values with the known distributions."""
        place = torch.special.ndtr(scores) * (len(self.table) - 1)
        below = place.detach().nan_to_num().floor().clamp(0, len(self.table) - 2)  # what is no number stays none
        lower, upper = (self.table.gather(0, below.long() + offset) for offset in (0, 1))
        return lower + (place - below) * (upper - lower)

    def probabilities(self, values: Tensor) -> Tensor:
        """Values (n, n_columns) → 0 … 1, a little beyond for values beyond all that was seen."""
        sorted_columns = self.table.T.contiguous()
        above = torch.searchsorted(sorted_columns, values.detach().T.contiguous()).T.clamp(1, len(self.table) - 1)
        lower, upper = self.table.gather(0, above - 1), self.table.gather(0, above)
        share = (values - lower) / (upper - lower).clamp(min=1e-9)
        return (above - 1 + share.clamp(-1, 2)) / (len(self.table) - 1)
