"""The noise that a fitted wave leaves over: how strong it is, whether it is white, and how its spectrum falls."""

import numpy as np
from scipy import fft
from scipy.stats import chi2

from core.fidelity.comparison import Comparison
from core.fidelity.measure import CHECK_NOISE, Group, Measure

N_LAGS = 10
SIGNIFICANCE = 0.05


def std_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """How much stronger or weaker the fakes' noise is, as a share of the reals': |Δ mean deviation| ÷ that of reals.

    real, fake: residuals (n, n_samples).
    """
    real_std = float(real.std(axis=1, dtype=np.float64).mean())
    fake_std = float(fake.std(axis=1, dtype=np.float64).mean())
    return abs(fake_std - real_std) / max(real_std, 1e-30)


def ljung_box(residuals: np.ndarray) -> np.ndarray:
    """The p-value that each of the residuals (n, n_samples) is white, (n,).

    Ljung & Box 1978, "On a measure of lack of fit in time series models" (Biometrika 65), over 10 lags or, of short
    signals, a fifth of their length.
    """
    n_samples = residuals.shape[1]
    n_lags = min(N_LAGS, max(1, n_samples // 5))
    centred = residuals - residuals.mean(axis=1, keepdims=True, dtype=np.float64)
    powers = np.maximum((centred**2).sum(axis=1), 1e-30)
    lags = np.arange(1, n_lags + 1)
    squares = np.stack([((centred[:, lag:] * centred[:, :-lag]).sum(axis=1) / powers) ** 2 for lag in lags], axis=1)
    statistics = n_samples * (n_samples + 2) * (squares / (n_samples - lags)).sum(axis=1)
    return chi2.sf(statistics, n_lags)


def whiteness_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """How far the shares of signals whose residual is not white (Ljung–Box, p < 5 %) differ."""
    shares = [float(np.mean(ljung_box(residuals) < SIGNIFICANCE)) for residuals in (real, fake)]
    return abs(shares[0] - shares[1])


def slope(residuals: np.ndarray) -> float:
    """The exponent of frequency that the power follows: 0 is white, −1 pink, −2 brown.

    A line through the mean log periodogram over log frequency (periodograms of each residual under a Hann window).
    """
    window = np.hanning(residuals.shape[1])
    centred = residuals - residuals.mean(axis=1, keepdims=True, dtype=np.float64)
    power = np.abs(fft.rfft(centred * window, axis=1))[:, 1:] ** 2
    levels = np.log(power + 1e-12 * power.mean() + 1e-30).mean(axis=0)
    return float(np.polyfit(np.log(np.arange(1, len(levels) + 1)), levels, 1)[0])


def slope_difference(real: np.ndarray, fake: np.ndarray) -> float:
    """How far the exponents differ."""
    return abs(slope(real) - slope(fake))


def _of_sines(comparison: Comparison) -> bool:
    return comparison.is_of_sines


STRENGTH = Measure(
    key="noise_strength",
    title="Noise strength",
    definition="relative difference of the standard deviation that the sine fit leaves over",
    group=Group.QUANTITIES,
    compute=lambda c: std_difference(*c.residuals),
    good=0.02,
    fair=0.06,
    meaning="The noise is {value} stronger or weaker than in reals.",
    fault="has noise of the wrong strength",
    advice=CHECK_NOISE,
    form="percent",
    applies=_of_sines,
)
WHITENESS = Measure(
    key="whiteness",
    title="Noise whiteness",
    definition="difference in the share of signals whose residual fails a Ljung–Box test",
    source="Ljung & Box 1978",
    group=Group.QUANTITIES,
    compute=lambda c: whiteness_difference(*c.residuals),
    good=0.03,
    fair=0.15,
    meaning="The share of signals that fail a test for white noise (Ljung–Box) differs from that of reals by {value}.",
    fault="has noise with the wrong autocorrelation",
    advice=CHECK_NOISE,
    form="percent",
    applies=_of_sines,
)
COLOUR = Measure(
    key="noise_slope",
    title="Noise colour",
    definition="difference in the slope of the residuals’ log spectrum over log frequency",
    group=Group.QUANTITIES,
    compute=lambda c: slope_difference(*c.residuals),
    good=0.05,
    fair=0.2,
    meaning="The power of the noise follows frequency with an exponent that is {value} off.",
    fault="has noise of the wrong colour",
    advice=CHECK_NOISE,
    applies=_of_sines,
)
