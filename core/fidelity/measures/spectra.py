"""Spectrum and autocorrelation: power spectra, autocorrelation, spectrograms, and what channels have in common.

Everything is computed for each signal about its own mean and then averaged, in decibels where it is power: levels and
strengths that differ from signal to signal do not drown the rest. Power spectra: Welch 1967, "The use of the fast Fourier
transform for the estimation of power spectra" (IEEE Transactions on Audio and Electroacoustics 15).
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy import fft, signal

from core.fidelity.comparison import Comparison
from core.fidelity.measure import CHECK_SHAPES, TRAIN_LONGER, Group, Measure
from core.fidelity.pictures import Axis, Bands, Curves, as_list
from core.interruption import interrupted

CHUNK_VALUES = 2_000_000  # values transformed together, in double precision
MAX_SEGMENT_SAMPLES = 256  # in one of Welch's segments
MAX_LAGS = 100
N_SIGNALS_IN_BAND = 1_000  # from which the picture is made
BAND_QUANTILES = (0.05, 0.95)
N_SEGMENTS = 8  # of a spectrogram, which overlap by half
MIN_POWER_SHARE = 1e-9  # of a frequency, of the signal's mean: what is below is rounding


def psd(signals: np.ndarray, sampling_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (k,) and each signal's power spectral density in dB, (n, n_channels, k); without frequency 0."""
    length = min(MAX_SEGMENT_SAMPLES, signals.shape[2])
    frequencies, power = signal.welch(signals.astype(np.float64), sampling_rate, nperseg=length, axis=2)
    return frequencies[1:], _decibels(power[..., 1:], axes=(2,))


def psd_difference(real: np.ndarray, fake: np.ndarray, sampling_rate: float) -> float:
    """Mean |Δ PSD| in dB, of signals (n, n_channels, n_samples)."""
    return _difference(real, fake, lambda signals: psd(signals, sampling_rate)[1])


def acf(signals: np.ndarray) -> np.ndarray:
    """Each signal's autocorrelation at lags from 0, (n, n_channels, n_lags); 0 for constants."""
    spectrum = fft.rfft(_standardised(signals), 2 * signals.shape[2], axis=2)
    return fft.irfft(np.abs(spectrum) ** 2, axis=2)[..., : _n_lags(signals)] / signals.shape[2]


def acf_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """Mean |Δ autocorrelation| over the lags."""
    return _difference(real, fake, acf)


def spectrogram(signals: np.ndarray) -> np.ndarray:
    """Each signal's power in dB by frequency and time, (n, n_channels, n_frequencies, n_segments)."""
    length = min(MAX_SEGMENT_SAMPLES, max(8, signals.shape[2] // N_SEGMENTS))
    centred = signals - signals.mean(axis=2, keepdims=True, dtype=np.float64)
    power = signal.spectrogram(centred, nperseg=length, noverlap=length // 2, axis=2)[2]
    return _decibels(power[..., 1:, :], axes=(2, 3))


def spectrogram_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """Mean |Δ spectrogram| in dB."""
    return _difference(real, fake, spectrogram)


def cross_correlation(signals: np.ndarray) -> np.ndarray:
    """Correlation of each pair of channels at lags on either side of 0, (n, n_pairs, 2 · n_lags − 1)."""
    n_samples, n_lags = signals.shape[2], _n_lags(signals)
    spectra = fft.rfft(_standardised(signals), 2 * n_samples, axis=2)
    first, second = np.triu_indices(signals.shape[1], 1)
    products = fft.irfft(spectra[:, first] * spectra[:, second].conj(), axis=2) / n_samples
    return np.roll(products, n_lags - 1, axis=2)[..., : 2 * n_lags - 1]


def cross_correlation_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """Mean |Δ cross-correlation| over pairs of channels and lags."""
    return _difference(real, fake, cross_correlation)


def cross_spectrum_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """Mean |Δ coherency| over pairs of channels and frequencies.

    The coherency of a pair is its cross-spectrum ÷ the root of both power spectra, a complex number whose phase is the
    lead of one channel (Welch's segments of each signal, then averaged over the signals).
    """
    return _difference(real, fake, _coherency)


def _coherency(signals: np.ndarray) -> np.ndarray:
    length = min(MAX_SEGMENT_SAMPLES, max(8, signals.shape[2] // 2))
    first, second = np.triu_indices(signals.shape[1], 1)
    values = signals.astype(np.float64)
    power = signal.welch(values, nperseg=length, axis=2)[1][..., 1:]
    power = power + MIN_POWER_SHARE * power.mean(axis=2, keepdims=True)
    crossed = signal.csd(values[:, first], values[:, second], nperseg=length, axis=2)[1][..., 1:]
    return crossed / np.sqrt(np.maximum(power[:, first] * power[:, second], 1e-60))


def _difference(real: np.ndarray, fake: np.ndarray, view: Callable[[np.ndarray], np.ndarray]) -> float:
    return float(np.mean(np.abs(_mean(real, view) - _mean(fake, view))))


def _mean(signals: np.ndarray, view: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The mean of a view over the signals, computed in chunks."""
    return sum(view(chunk).sum(axis=0) for chunk in _chunks(signals)) / len(signals)


def _chunks(signals: np.ndarray) -> Iterator[np.ndarray]:
    size = max(1, CHUNK_VALUES // signals[0].size)
    return (signals[start : start + size] for start in interrupted(range(0, len(signals), size)))


def _n_lags(signals: np.ndarray) -> int:
    return min(MAX_LAGS, signals.shape[2] // 2)


def _standardised(signals: np.ndarray) -> np.ndarray:
    centred = signals - signals.mean(axis=2, keepdims=True, dtype=np.float64)
    std = centred.std(axis=2, keepdims=True)
    return centred / np.where(std > 0, std, np.inf)


def _decibels(power: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    floor = MIN_POWER_SHARE * power.mean(axis=axes, keepdims=True) + 1e-30
    return 10 * np.log10(power + floor)


def _psd_bands(comparison: Comparison) -> list[Bands]:
    rate = comparison.real.sampling_rate
    frequencies = psd(comparison.real.signals[:1], rate)[0]
    return [
        Bands(
            key="psd",
            title="Power spectrum",
            caption="The means of both, and in grey the range of 90 % of the reals.",
            x=Axis(name="frequency", unit=comparison.real.describer.units.frequency, is_logarithmic=True),
            y=Axis(name="PSD", unit="dB"),
            channels=_bands(comparison, frequencies, lambda signals: psd(signals, rate)[1]),
        )
    ]


def _acf_bands(comparison: Comparison) -> list[Bands]:
    lags = np.arange(_n_lags(comparison.real.signals)) / comparison.real.sampling_rate
    return [
        Bands(
            key="acf",
            title="Autocorrelation",
            caption="The correlation of a signal with itself some time later; in grey the range of 90 % of the reals.",
            x=Axis(name="lag", unit=comparison.real.describer.units.time),
            y=Axis(name="autocorrelation", limits=(-1.05, 1.05)),
            channels=_bands(comparison, lags, acf),
        )
    ]


def _bands(comparison: Comparison, x: np.ndarray, view: Callable[[np.ndarray], np.ndarray]) -> list[Curves]:
    """The mean curves of each channel, and the range that holds 90 % of the reals'."""
    found = []
    for channel in range(comparison.real.signals.shape[1]):
        one = slice(channel, channel + 1)
        real, fake = (view(signals[:N_SIGNALS_IN_BAND, one])[:, 0] for signals in comparison.signals)
        low, high = np.quantile(real, BAND_QUANTILES, axis=0)
        curves = {"x": x, "real": real.mean(axis=0), "low": low, "high": high, "fake": fake.mean(axis=0)}
        found.append(Curves(**{name: as_list(values) for name, values in curves.items()}))
    return found


def _has_channels(comparison: Comparison) -> bool:
    return comparison.has_channels


POWER_SPECTRUM = Measure(
    key="psd",
    title="Power spectrum",
    definition="mean absolute difference of the power spectra in dB, computed per signal and then averaged, so "
    "that offsets drown nothing",
    source="Welch 1967",
    group=Group.SPECTRUM,
    compute=lambda c: psd_difference(*c.signals, c.real.sampling_rate),
    good=0.15,
    fair=1.0,
    meaning="Averaged over frequencies, the power is {value} dB off.",
    fault="has the wrong power at some frequencies",
    advice=CHECK_SHAPES,
    pictures=_psd_bands,
)
AUTOCORRELATION = Measure(
    key="acf",
    title="Autocorrelation",
    definition="the same of the autocorrelations",
    group=Group.SPECTRUM,
    compute=lambda c: acf_difference(*c.signals),
    good=0.02,
    fair=0.06,
    meaning="The correlation of a signal with its own past, from −1 to 1, is {value} off.",
    fault="has the wrong autocorrelation",
    advice=CHECK_SHAPES,
    pictures=_acf_bands,
)
SPECTROGRAM = Measure(
    key="spectrogram",
    title="Spectrogram",
    definition="the same of the spectrograms in dB",
    group=Group.SPECTRUM,
    compute=lambda c: spectrogram_difference(*c.signals),
    good=0.15,
    fair=1.0,
    meaning="Averaged over frequencies and time, the power is {value} dB off.",
    fault="has the wrong power at some frequencies or times",
    advice=CHECK_SHAPES,
)
CROSS_CORRELATION = Measure(
    key="cross_correlation",
    title="Cross-correlation",
    definition="the same of the cross-correlations of all pairs of channels",
    group=Group.SPECTRUM,
    compute=lambda c: cross_correlation_difference(*c.signals),
    good=0.01,
    fair=0.05,
    meaning="The correlation between channels, also when shifted in time, is {value} off.",
    fault="has channels with the wrong correlation",
    advice=TRAIN_LONGER,
    applies=_has_channels,
)
CROSS_SPECTRUM = Measure(
    key="cross_spectrum",
    title="Cross-spectrum",
    definition="the same of the coherency of all pairs of channels",
    group=Group.SPECTRUM,
    compute=lambda c: cross_spectrum_difference(*c.signals),
    good=0.02,
    fair=0.1,
    meaning="What channels share at each frequency (coherency) is {value} off.",
    fault="has channels that share the wrong frequencies",
    advice=TRAIN_LONGER,
    applies=_has_channels,
)
