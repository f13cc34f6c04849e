"""Real signals to compare single fakes with: the nearest ones, and what is usual among reals."""

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np

from core.fidelity.measures.neighbours import nearest_distances
from core.signals.source import Source
from core.signals.spectrum import mean_psd, psd
from core.signals.training_set import first_reals

N_NEAREST = 3
MAX_TRAINING_REALS = 4_096  # that neighbours are looked for among
MIN_TRAINING_REALS = 64
MAX_VALUES = 4_000_000  # of the training reals; longer signals are fewer
MAX_FRESH_REALS = 512
USUAL_QUANTILES = (0.05, 0.95)  # of the distances from fresh reals to the nearest training real
LOUD_QUANTILE = 0.995  # of the reals' deviations from their mean


class NearestReals(NamedTuple):
    """Reals, the nearest first."""

    signals: np.ndarray  # (n, n_channels, n_samples), in physical units
    distances: np.ndarray  # (n,), RMS differences in physical units


class RealReference:
    """Reals of a source that a training with this seed saw, and fresh ones, drawn when they are needed."""

    def __init__(self, source: Source, seed: int, sampling_rate: float) -> None:
        self._source = source
        self._seed = seed
        self._sampling_rate = sampling_rate

    @cached_property
    def training(self) -> np.ndarray:
        """Reals that the twin learned from, (n, n_channels, n_samples)."""
        n_values = self._source.n_channels * len(self._source.times)
        n = max(MIN_TRAINING_REALS, min(MAX_TRAINING_REALS, MAX_VALUES // n_values))
        return first_reals(self._source, self._seed)[:n].signals

    @cached_property
    def fresh(self) -> np.ndarray:
        """Reals that no training saw, (n, n_channels, n_samples)."""
        return self._source.fresh(min(MAX_FRESH_REALS, len(self.training)), self._seed).signals

    @cached_property
    def usual_distances(self) -> tuple[float, float]:
        """Between which RMS differences most fresh reals lie from the nearest training real."""
        distances = nearest_distances(self.fresh, self.training) / math.sqrt(self.fresh[0].size)
        low, high = np.quantile(distances, USUAL_QUANTILES)
        return float(low), float(high)

    def nearest(self, signal: np.ndarray) -> NearestReals:
        """The training reals nearest to a signal (n_channels, n_samples)."""
        distances = np.sqrt(np.square(self.training - signal).mean(axis=(1, 2)))
        order = np.argsort(distances)[:N_NEAREST]
        return NearestReals(self.training[order], distances[order])

    def value_range(self, channel: int) -> tuple[float, float]:
        """The smallest and the largest value in a channel."""
        return float(self.fresh[:, channel].min()), float(self.fresh[:, channel].max())

    def power_range(self, channel: int) -> tuple[float, float]:
        """About the smallest and the largest power spectral density of single reals in a channel, for an axis."""
        _, spectra = psd(self.fresh[:64, channel : channel + 1], self._sampling_rate)
        top = float(spectra.max())
        low = max(float(np.quantile(spectra, 0.005)), 1e-9 * top, 1e-30)
        return low / 3, max(3 * top, 10 * low)

    @cached_property
    def typical_frequency(self) -> float:
        """Where the mean power spectral density is largest."""
        frequencies, power = mean_psd(self.fresh, self._sampling_rate)
        return float(frequencies[power.argmax()])

    def loud_deviation(self, channel: int) -> float:
        """How far from its mean a large signal reaches in a channel."""
        reals = self.fresh[:, channel]
        return float(np.quantile(np.abs(reals - reals.mean(axis=1, keepdims=True)), LOUD_QUANTILE))
