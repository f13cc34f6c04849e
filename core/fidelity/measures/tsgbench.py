"""Marginal distribution, autocorrelation, skewness and kurtosis differences, as TSGBench defines them.

Ang et al. 2023, "TSGBench: time series generation benchmark" (PVLDB 17). They pool all signals of a set, so a spread of
levels can drown what happens within a signal: they are here for comparison with papers, and show less than the other
measures. 0 is best. As in the paper, densities are of values in units of the reals' range, separately for each channel.
"""

import numpy as np
from scipy import fft
from scipy.stats import kurtosis, skew

from core.fidelity.measure import TRAIN_LONGER, Group, Measure
from core.interruption import interrupted

N_BINS = 50
N_LAGS = 64


def marginal_distribution_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """MDD: how far the histograms of each sample differ, as densities in 50 bins between the reals' extremes."""
    reals, fakes = (_samples(_scaled(signals, real)[:, :, 1:]) for signals in (real, fake))
    low, high = reals[:, 0], reals[:, -1]
    edges = np.linspace(low, np.where(high > low, high, low + 1e-5), N_BINS + 1, axis=1)
    return float(np.abs(_densities(reals, edges) - _densities(fakes, edges)).mean())


def autocorrelation_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """ACD: the length of the difference of the autocorrelations at lags below 64, averaged over the channels."""
    return float(np.linalg.norm(_pooled_acf(real) - _pooled_acf(fake), axis=1).mean())


def skewness_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """SD: how far the skews of all values of a channel differ, averaged over the channels."""
    return float(np.mean([abs(_skew(a) - _skew(b)) for a, b in zip(_pooled(real), _pooled(fake), strict=True)]))


def kurtosis_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """KD: how far the kurtoses of all values of a channel differ, averaged over the channels."""
    return float(np.mean([abs(_kurtosis(a) - _kurtosis(b)) for a, b in zip(_pooled(real), _pooled(fake), strict=True)]))


def _scaled(signals: np.ndarray, real: np.ndarray) -> np.ndarray:
    low, high = real.min(axis=(0, 2), keepdims=True), real.max(axis=(0, 2), keepdims=True)
    return (signals - low) / np.where(high > low, high - low, 1)


def _samples(signals: np.ndarray) -> np.ndarray:
    """The values of each sample of each channel in ascending order, (n_channels · n_samples, n)."""
    return np.sort(signals.reshape(len(signals), -1).T.astype(np.float64))


def _densities(ascending: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Of the values in each row (n_rows, n) in bins between edges (n_rows, N_BINS + 1), the last of which has both its edges.

    Values outside are in no bin, and counted among all of them nevertheless.
    """
    below = np.stack([row.searchsorted(of_row) for row, of_row in zip(ascending, interrupted(edges), strict=True)])
    below[:, -1] = (ascending <= edges[:, -1:]).sum(axis=1)
    return np.diff(below) / (ascending.shape[1] * (edges[:, 1:2] - edges[:, :1]))


def _pooled(signals: np.ndarray) -> np.ndarray:
    """All values of each channel, (n_channels, n · n_samples)."""
    return np.moveaxis(signals, 1, 0).reshape(signals.shape[1], -1).astype(np.float64)


def _skew(values: np.ndarray) -> float:
    n = len(values)
    unbiased = ((n - 1) / n) ** 1.5  # of the deviation below the third moment, as the benchmark has it
    return float(np.nan_to_num(skew(values))) * unbiased


def _kurtosis(values: np.ndarray) -> float:
    return float(np.nan_to_num(kurtosis(values)))


def _pooled_acf(signals: np.ndarray) -> np.ndarray:
    """Autocorrelation about the mean of all signals, (n_channels, n_lags)."""
    centred = signals - signals.mean(axis=(0, 2), keepdims=True, dtype=np.float64)
    n_samples = signals.shape[2]
    n_lags = min(N_LAGS, n_samples)
    spectrum = np.abs(fft.rfft(centred, 2 * n_samples, axis=2)) ** 2
    products = fft.irfft(spectrum.mean(axis=0), axis=1)[:, :n_lags] / (n_samples - np.arange(n_lags))
    return products / np.maximum(products[:, :1], 1e-30)


MARGINAL_DISTRIBUTION = Measure(
    key="mdd",
    title="Marginal distribution difference",
    definition="as TSGBench defines it",
    source="Ang et al. 2023",
    group=Group.PUBLISHED,
    compute=lambda c: marginal_distribution_difference(*c.signals),
    good=0.3,
    fair=2.0,
    meaning="The histograms of each sample differ by {value} on average; between two sets of reals, by {floor}.",
    fault="has the wrong values at some moments",
    advice=TRAIN_LONGER,
    in_multiples=True,
)
AUTOCORRELATION = Measure(
    key="acd",
    title="Autocorrelation difference",
    definition="as TSGBench defines it",
    source="Ang et al. 2023",
    group=Group.PUBLISHED,
    compute=lambda c: autocorrelation_difference(*c.signals),
    good=0.2,
    fair=0.6,
    meaning="The autocorrelations of all signals together are {value} apart.",
    fault="has the wrong autocorrelation over all its signals",
    advice=TRAIN_LONGER,
)
SKEWNESS = Measure(
    key="sd",
    title="Skewness difference",
    definition="as TSGBench defines it",
    source="Ang et al. 2023",
    group=Group.PUBLISHED,
    compute=lambda c: skewness_difference(*c.signals),
    good=0.06,
    fair=0.2,
    meaning="The skewness of all values is {value} off.",
    fault="has values with the wrong skewness",
    advice=TRAIN_LONGER,
)
KURTOSIS = Measure(
    key="kd",
    title="Kurtosis difference",
    definition="as TSGBench defines it",
    source="Ang et al. 2023",
    group=Group.PUBLISHED,
    compute=lambda c: kurtosis_difference(*c.signals),
    good=0.1,
    fair=0.3,
    meaning="The kurtosis of all values is {value} off.",
    fault="has too many or too few extreme values",
    advice=TRAIN_LONGER,
)
