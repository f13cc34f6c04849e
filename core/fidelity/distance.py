"""Distance to real: the sliced Wasserstein distance of signals and of their differences, against its floor.

Sliced Wasserstein: Rabin et al. 2011, "Wasserstein barycenter and its application to texture mixing" (SSVM). Each set
of signals is projected on random directions, and the one-dimensional W1 distances, each divided by the reals'
deviation in that direction, are averaged. Whole signals show amplitude, level and frequency; where they are sampled
finely, the differences from one sample to the next show the noise, which is small in the signals themselves. A quick
look during training, not a verdict: it can miss what a classifier would see.
"""

import numpy as np
import torch

from core.errors import ConfigError
from core.seeds import Purpose, numpy_rng

N_DIRECTIONS = 64
N_SPLITS = 8


class DistanceToReal:
    """Measures sets of fakes against one set of held-out reals.

    reals: (2n, n_channels, n_samples). The floor is the mean distance between the halves of a few random splits of them.
    Raises ConfigError where all reals are the same.
    """

    def __init__(self, reals: np.ndarray, seed: int) -> None:
        self.n_signals = len(reals) // 2
        views = _views(reals[: 2 * self.n_signals])
        rng = numpy_rng(seed, Purpose.PROJECTIONS)
        self._directions = [_directions(view.shape[1], rng) for view in views]
        projected = self._project(views)
        if np.ptp(projected[0], axis=0).max() < 1e-5 * np.abs(projected[0]).max():
            raise ConfigError(
                "All real signals are the same, so there is nothing to learn; give the amplitude, the bias, the frequency "
                "or the noise some spread."
            )
        deviations = [values.std(axis=0, dtype=np.float64) for values in projected]
        # A direction in which reals hardly differ must not outweigh all others.
        self._deviations = [np.maximum(values, 1e-4 * values.max()) for values in deviations]
        splits = [rng.permutation(2 * self.n_signals) for _ in range(N_SPLITS)]
        self.floor = float(np.mean([self._split_distance(projected, split) for split in splits]))
        self._reals = [np.sort(values[: self.n_signals], axis=0) for values in projected]

    def __call__(self, fakes: np.ndarray) -> float:
        """The distance of `n_signals` fakes in multiples of the floor: 1 is as near as reals are to reals."""
        projected = [np.sort(values, axis=0) for values in self._project(_views(fakes))]
        return self._w1(projected, self._reals) / self.floor

    def _project(self, views: list[np.ndarray]) -> list[np.ndarray]:
        """Projections on the random directions, one (n, N_DIRECTIONS) array for each view."""
        # torch multiplies on one thread; NumPy's BLAS would wake a second one that spins on beside the training.
        pairs = zip(views, self._directions, strict=True)
        return [(torch.from_numpy(view) @ torch.from_numpy(directions)).numpy() for view, directions in pairs]

    def _split_distance(self, projected: list[np.ndarray], split: np.ndarray) -> float:
        halves = (split[: self.n_signals], split[self.n_signals :])
        first, second = ([np.sort(values[half], axis=0) for values in projected] for half in halves)
        return self._w1(first, second)

    def _w1(self, first: list[np.ndarray], second: list[np.ndarray]) -> float:
        """The mean W1 distance; between sorted samples of one size it is the mean difference."""
        triples = zip(first, second, self._deviations, strict=True)
        return float(np.mean([np.abs(a - b).mean(axis=0) / std for a, b, std in triples]))


def _views(signals: np.ndarray) -> list[np.ndarray]:
    """The signals and their first differences, (n, values) each."""
    views = (signals, np.diff(signals, axis=2))
    return [np.ascontiguousarray(view.reshape(len(signals), -1)) for view in views]


def _directions(size: int, rng: np.random.Generator) -> np.ndarray:
    """Random unit vectors, (size, N_DIRECTIONS)."""
    directions = rng.standard_normal((size, N_DIRECTIONS), dtype=np.float32)
    return directions / np.linalg.norm(directions, axis=0)
