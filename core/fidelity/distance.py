"""Distance to real: the sliced Wasserstein distance of signals and of their differences, against its floor.

Sliced Wasserstein: Rabin et al. 2011, "Wasserstein barycenter and its application to texture mixing" (SSVM). Each set
of signals is projected on random directions, and the one-dimensional W1 distances, each divided by the reals'
deviation in that direction, are averaged. Whole signals show amplitude, level and frequency; the differences from one
sample to the next show the noise, which is small in the signals themselves.
"""

import numpy as np

from core.seeds import Purpose, numpy_rng

N_DIRECTIONS = 64


class DistanceToReal:
    """Measures sets of fakes against one set of held-out reals.

    reals: (2n, n_channels, n_samples); its two halves, compared with each other, give the floor.
    """

    def __init__(self, reals: np.ndarray, seed: int) -> None:
        self.n_signals = len(reals) // 2
        views = _views(reals[: 2 * self.n_signals])
        rng = numpy_rng(seed, Purpose.PROJECTIONS)
        self._directions = [_directions(view.shape[1], rng) for view in views]
        first, second = (
            self._project([view[half] for view in views])
            for half in (slice(None, self.n_signals), slice(self.n_signals, None))
        )
        self._reals = first
        self._deviations = [np.maximum(projected.std(axis=0), 1e-12) for projected in first]
        self.floor = self._w1(second)

    def __call__(self, fakes: np.ndarray) -> float:
        """The distance of `n_signals` fakes in multiples of the floor: 1 is as near as reals are to reals."""
        return self._w1(self._project(_views(fakes))) / self.floor

    def _project(self, views: list[np.ndarray]) -> list[np.ndarray]:
        """Sorted projections, one (n_signals, N_DIRECTIONS) array for each view."""
        return [np.sort(view @ directions, axis=0) for view, directions in zip(views, self._directions, strict=True)]

    def _w1(self, projected: list[np.ndarray]) -> float:
        """The mean W1 distance to the reals; between sorted samples of one size it is the mean difference."""
        pairs = zip(projected, self._reals, self._deviations, strict=True)
        return float(np.mean([np.abs(ours - reals).mean(axis=0) / std for ours, reals, std in pairs]))


def _views(signals: np.ndarray) -> list[np.ndarray]:
    """The signals and their first differences, (n, values) each."""
    return [signals.reshape(len(signals), -1), np.diff(signals, axis=2).reshape(len(signals), -1)]


def _directions(size: int, rng: np.random.Generator) -> np.ndarray:
    """Random unit vectors, (size, N_DIRECTIONS)."""
    directions = rng.standard_normal((size, N_DIRECTIONS), dtype=np.float32)
    return directions / np.linalg.norm(directions, axis=0)
