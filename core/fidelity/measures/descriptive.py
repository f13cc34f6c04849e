"""Features of signals of any kind: moments, spectrum, autocorrelation, differences; all finite, also for constants.

A classifier two-sample test (`core.fidelity.measures.c2st`) reads them where nothing is known about the source. The choice
follows short lists that describe time series well: Lubba et al. 2019, "catch22: CAnonical Time-series
CHaracteristics" (Data Mining and Knowledge Discovery 33).
"""

import numpy as np
from scipy import fft

from core.interruption import interrupted
from core.units import Units

N_BANDS = 8
N_LAGS = 4
CHUNK_VALUES = 2_000_000  # values computed together, in double precision
MIN_STD_SHARE = 1e-7  # of the level: a smaller deviation is single-precision rounding
MIN_MEAN_SHARE = 1e-6  # of a signal's size: a smaller mean is single-precision rounding
TINY = 1e-30


def features(signals: np.ndarray, sampling_rate: float) -> np.ndarray:
    """Features of signals (n, n_channels, n_samples), float64 of shape (n, k).

    Of each channel: mean, std, skew, kurtosis, peak-to-peak, zero crossings, dominant frequency, spectral centroid and
    bandwidth (in the unit of sampling_rate), crest factor, autocorrelation at lags 1 to 4, std of the first and second
    differences, log energy in 8 bands; then the correlation of each pair of channels.
    """
    size = max(1, CHUNK_VALUES // signals[0].size)
    starts = interrupted(range(0, len(signals), size))
    return np.concatenate([_chunk(signals[start : start + size], sampling_rate) for start in starts])


QUANTITIES = {
    "mean": 0,
    "standard deviation": 1,
    "skew": 2,
    "kurtosis": 3,
    "peak-to-peak": 8,
    "zero crossings": 9,
    "crest factor": 10,
    "dominant frequency": 11,
    "spectral centroid": 12,
    "bandwidth": 13,
}  # those that have a name, with their places among the features of a channel


WITHOUT_UNIT = {"skew", "kurtosis", "zero crossings", "crest factor"}
FREQUENCIES = {"dominant frequency", "spectral centroid", "bandwidth"}


def unit_of(quantity: str, units: Units) -> str:
    """The unit of a quantity of signals that have these units."""
    if quantity in WITHOUT_UNIT:
        return ""
    return units.frequency if quantity in FREQUENCIES else units.value


def quantities(described: np.ndarray, n_channels: int) -> dict[str, np.ndarray]:
    """The features that have a name, (n,) each, of `features`; of several channels each has its own."""
    return {
        name if n_channels == 1 else f"{name}, channel {channel + 1}": described[:, place * n_channels + channel]
        for name, place in QUANTITIES.items()
        for channel in range(n_channels)
    }


def standardise(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and std along the last axis (without that axis), and the values standardised; 0 where they are constant."""
    mean = values.mean(axis=-1)
    centred = values - mean[..., None]
    std = centred.std(axis=-1)
    std = np.where(std > MIN_STD_SHARE * np.abs(mean) + TINY, std, 0.0)
    scale = np.where(std > 0, std, np.inf)
    return mean, std, centred / scale[..., None]


def shape_features(standard: np.ndarray) -> list[np.ndarray]:
    """Skew, kurtosis (3 for a normal one) and autocorrelation at lags 1 to 4 of standardised signals (..., n_samples)."""
    squares = standard * standard
    lagged = [(standard[..., lag:] * standard[..., :-lag]).mean(axis=-1) for lag in range(1, N_LAGS + 1)]
    return [(squares * standard).mean(axis=-1), (squares * squares).mean(axis=-1), *lagged]


def log_band_energies(power: np.ndarray) -> list[np.ndarray]:
    """Log energy in 8 bands of equal width of a power spectrum (..., n_frequencies) whose first entry is the mean."""
    bands = np.array_split(power[..., 1:], N_BANDS, axis=-1)
    floor = 1e-12 * power.sum(axis=-1) + TINY  # a band without energy must not outweigh all others
    return [np.log(band.sum(axis=-1) + floor) for band in bands]


def _chunk(signals: np.ndarray, sampling_rate: float) -> np.ndarray:
    values = signals.astype(np.float64)
    mean, std, standard = standardise(values)
    power = np.abs(fft.rfft(standard * std[..., None], axis=-1)) ** 2 / values.shape[-1]
    size = np.sqrt(mean**2 + std**2)
    columns = [
        np.where(np.abs(mean) > MIN_MEAN_SHARE * size, mean, 0.0),
        std,
        *shape_features(standard),
        np.ptp(values, axis=-1),
        (np.diff(standard >= 0, axis=-1)).sum(axis=-1),
        np.abs(standard).max(axis=-1),  # the crest factor of the centred signal
        *_spectral(power, fft.rfftfreq(values.shape[-1], 1 / sampling_rate)),
        np.diff(values, axis=-1).std(axis=-1),
        np.diff(values, 2, axis=-1).std(axis=-1),
        *log_band_energies(power),
    ]
    first, second = np.triu_indices(values.shape[1], 1)
    correlations = (standard @ standard.transpose(0, 2, 1))[:, first, second] / values.shape[-1]
    return np.concatenate([*columns, correlations], axis=1)


def _spectral(power: np.ndarray, frequencies: np.ndarray) -> list[np.ndarray]:
    """Dominant frequency, centroid and bandwidth of power spectra (..., n_frequencies)."""
    total = power.sum(axis=-1)
    weights = power / np.where(total > 0, total, np.inf)[..., None]
    centroid = weights @ frequencies
    variance = weights @ frequencies**2 - centroid**2
    return [frequencies[power.argmax(axis=-1)], centroid, np.sqrt(np.maximum(variance, 0))]
