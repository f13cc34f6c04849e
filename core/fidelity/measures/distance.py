"""Distance to real: sliced Wasserstein distances of four views of the signals, each against its floor.

Sliced Wasserstein: Rabin et al. 2011, "Wasserstein barycenter and its application to texture mixing" (SSVM). Each set
of signals is projected on random directions, and the one-dimensional W1 distances, each divided by the reals'
deviation in that direction, are averaged. Whole signals show strength, level and shape; their first differences show
edges and, where sampling is fine, noise; their log spectra show noise however small it is; sorted third differences of
unit size show its distribution. This is a quick estimate during training, not a verdict: it can miss what a classifier
would see.
"""

import numpy as np
import torch
from torch import Tensor

from core.errors import ConfigError
from core.seeds import Purpose, numpy_rng
from core.signals.moments import mean_and_deviation

N_DIRECTIONS = 64
N_SPLITS = 8
MAX_VIEWED = 2**22  # values at a time, as the views take several times their memory
N_NEIGHBOURS = 512  # signals among which the nearest to each is looked for
MIN_VARIETY_SHARE = 1e-2  # of the spread: signals that are no further apart repeat each other but for rounding
MIN_POWER_SHARE = 1e-9  # of a frequency, of the mean over frequencies


class DistanceToReal:
    """Measures sets of fakes against one set of held-out reals.

    reals: (2n, n_channels, n_samples). The floor of a view is the mean distance between the halves of a few random
    splits of them. Raises ConfigError where all reals are the same.
    """

    def __init__(self, reals: np.ndarray, seed: int) -> None:
        self.n_signals = len(reals) // 2
        centre, deviation = mean_and_deviation(reals)
        self._scale = np.maximum(deviation, 1e-30).astype(np.float32)
        self._centre = centre.astype(np.float32)
        signals = self._unit(reals[: 2 * self.n_signals])
        rng = numpy_rng(seed, Purpose.PROJECTIONS)
        self._directions = [_directions(view.shape[1], rng) for view in _views(signals[:1])]
        projected = self._project(signals)
        if np.ptp(reals, axis=0).max() <= 1e-5 * np.abs(reals).max():
            raise ConfigError(
                "All real signals are the same, so there is nothing to learn; give the amplitude, the bias, the frequency "
                "or the noise some spread."
            )
        deviations = [values.std(axis=0, dtype=np.float64) for values in projected]
        # A direction in which reals hardly differ must not outweigh all others.
        self._deviations = [np.maximum(values, max(1e-4 * values.max(), 1e-12)) for values in deviations]
        splits = [rng.permutation(2 * self.n_signals) for _ in range(N_SPLITS)]
        floors = np.mean([self._split_distances(projected, split) for split in splits], axis=0)
        self._floors = np.maximum(floors, 1e-12)
        self._reals = [np.sort(values[: self.n_signals], axis=0) for values in projected]
        self._n_varied = max(2, self.n_signals)  # a single one differs from nothing
        self._variety = _variety(signals[: self._n_varied])

    def __call__(self, fakes: np.ndarray) -> float:
        """The distance of fakes in multiples of the floor: 1 is as near as reals are to reals.

        It is the mean over as many sets of `n_signals` as `fakes` hold; they must hold at least one.
        """
        projected = self._project(self._unit(fakes))
        starts = range(0, len(fakes) - self.n_signals + 1, self.n_signals)
        parts = ([np.sort(values[i : i + self.n_signals], axis=0) for values in projected] for i in starts)
        return float(np.mean([self._w1(part, self._reals) / self._floors for part in parts]))

    def diversity(self, fakes: np.ndarray) -> float:
        """How different fakes are from each other, ÷ the same for reals; 0 where all are alike.

        The smaller of two ratios: of the overall spread, and of the median distance to the nearest other signal, which
        also falls where fakes gather around a few patterns; it is left out where reals repeat each other exactly.
        """
        varied = self._variety > MIN_VARIETY_SHARE * self._variety[0]
        return float(np.min(_variety(self._unit(fakes[: self._n_varied]))[varied] / self._variety[varied]))

    def _unit(self, signals: np.ndarray) -> Tensor:
        unit = signals - self._centre
        unit /= self._scale  # in place: there may be many
        return torch.from_numpy(unit)

    def _project(self, signals: Tensor) -> list[np.ndarray]:
        """Projections on the random directions, one (n, N_DIRECTIONS) array for each view."""
        # torch multiplies on one thread; NumPy's BLAS would wake a second one that spins on beside the training.
        pieces = [
            [(view @ directions).numpy() for view, directions in zip(_views(piece), self._directions, strict=True)]
            for piece in signals.split(max(1, MAX_VIEWED // signals[0].numel()))
        ]
        return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]

    def _split_distances(self, projected: list[np.ndarray], split: np.ndarray) -> np.ndarray:
        halves = (split[: self.n_signals], split[self.n_signals :])
        first, second = ([np.sort(values[half], axis=0) for values in projected] for half in halves)
        return self._w1(first, second)

    def _w1(self, first: list[np.ndarray], second: list[np.ndarray]) -> np.ndarray:
        """The mean W1 distance in each view; between sorted samples of one size it is the mean difference."""
        triples = zip(first, second, self._deviations, strict=True)
        return np.array([(np.abs(a - b).mean(axis=0) / std).mean() for a, b, std in triples])


def _views(signals: Tensor) -> list[Tensor]:
    """The signals, their first differences, log spectra and sorted third differences of unit size, (n, values) each."""
    centred = signals - signals.mean(2, keepdim=True)
    # Without a window the leakage of a strong wave would hide weak noise.
    window = torch.hann_window(signals.shape[2], periodic=False)
    power = torch.fft.rfft(centred * window, norm="ortho").abs().square()[:, :, 1:]
    floor = MIN_POWER_SHARE * power.mean(2, keepdim=True) + 1e-20
    bends = signals.diff(n=3, dim=2)
    distribution = (bends / bends.square().mean(2, keepdim=True).clamp(min=1e-20).sqrt()).sort(dim=2).values
    views = [signals, signals.diff(dim=2), (power + floor).log(), distribution]
    return [view.flatten(1) for view in views]


def _variety(signals: Tensor) -> np.ndarray:
    """The spread about the mean signal, and the median distance to the nearest other one, both of one sample."""
    values = signals.flatten(1)
    spread = (values - values.mean(0)).square().mean().sqrt()
    some = values[:N_NEIGHBOURS]
    squares = some.square().sum(1)
    distances = squares[:, None] + squares - 2 * some @ some.T
    nearest = distances.fill_diagonal_(torch.inf).amin(1).clamp(min=0).sqrt().median() / values.shape[1] ** 0.5
    return np.array([float(spread), float(nearest)])


def _directions(size: int, rng: np.random.Generator) -> Tensor:
    """Random unit vectors, (size, N_DIRECTIONS)."""
    directions = rng.standard_normal((size, N_DIRECTIONS), dtype=np.float32)
    return torch.from_numpy(directions / np.linalg.norm(directions, axis=0))
