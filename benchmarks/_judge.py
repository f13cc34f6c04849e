"""How true fakes are to reals, by all measures in one call; `judge(reals, other_reals, …)` gives their floors."""

from collections.abc import Callable

import numpy as np
import torch
from scipy import signal
from threadpoolctl import threadpool_limits

from core.fidelity.comparison import components
from core.fidelity.measures import c2st, descriptive, sinusoid
from core.fidelity.measures.parameters import w1
from core.fidelity.measures.prdc import density_coverage
from core.fidelity.signal_set import Describer, SignalSet, SineFit

MIN_AMPLITUDE = 1.0  # the phase of a weaker sine drowns in the noise


def judge(
    real: np.ndarray,
    fake: np.ndarray,
    times: np.ndarray,
    describer: Describer,
    seed: int = 0,
    classifiers: bool = True,
) -> dict[str, float]:
    """Measures of signals (n, n_channels, n_samples) by name.

    `w_*` are W1 ÷ real std, `worst` is the largest accuracy of the three classifiers (0.5 = indistinguishable).
    """
    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        return _judge(real, fake, times, describer, seed, classifiers)


def _judge(
    real: np.ndarray,
    fake: np.ndarray,
    times: np.ndarray,
    describer: Describer,
    seed: int,
    classifiers: bool,
) -> dict[str, float]:
    reals, fakes = (SignalSet(signals, times, describer) for signals in (real, fake))
    rate = reals.sampling_rate
    if isinstance(describer, SineFit):
        measures = _of_sines(reals.fit, fakes.fit)
    else:
        measures = {"coverage": density_coverage(*components(reals.features, fakes.features))[1]}
    measures["psd"] = float(np.mean(np.abs(_log_psd(real, rate) - _log_psd(fake, rate))))
    if classifiers:
        accuracies = {
            "boosted": c2st.boosted_trees(reals.features, fakes.features, seed).accuracy,
            "kernels": c2st.random_kernels(real, fake, seed).accuracy,
            "cnn": c2st.small_cnn(real, fake, seed).accuracy,
        }
        measures |= accuracies | {"worst": max(accuracies.values())}
    return measures


def _of_sines(real: sinusoid.SinusoidFit, fake: sinusoid.SinusoidFit) -> dict[str, float]:
    def compare(read: Callable[[sinusoid.SinusoidFit], np.ndarray]) -> float:
        return w1(read(real), read(fake))

    def residual_std(fit: sinusoid.SinusoidFit) -> np.ndarray:
        return fit.residual.std(axis=1, dtype=np.float64)

    def lag_1(fit: sinusoid.SinusoidFit) -> float:
        residual = descriptive.standardise(fit.residual.astype(np.float64))[2]
        return float((residual[:, 1:] * residual[:, :-1]).mean())

    def parameters(fit: sinusoid.SinusoidFit) -> np.ndarray:
        # Not the phase: that of a weak sine is noise, and its ends −π and π are the same.
        return np.stack([fit.amplitude, fit.angular_frequency, fit.bias, residual_std(fit)], axis=1)

    some_strong = min(fit.amplitude.max() for fit in (real, fake)) > MIN_AMPLITUDE
    return {
        "w_amplitude": compare(lambda fit: fit.amplitude),
        "w_frequency": compare(lambda fit: fit.angular_frequency),
        "w_bias": compare(lambda fit: fit.bias),
        "w_phase": compare(lambda fit: fit.phase[fit.amplitude > MIN_AMPLITUDE]) if some_strong else float("nan"),
        "w_residual_std": compare(residual_std),
        "residual_std_ratio": float(residual_std(fake).mean() / residual_std(real).mean() - 1),
        "residual_lag_1": lag_1(fake) - lag_1(real),
        "coverage": density_coverage(parameters(real), parameters(fake))[1],
    }


def _log_psd(signals: np.ndarray, rate: float) -> np.ndarray:
    """Log of the mean power spectral density, (n_channels, n_frequencies)."""
    density = signal.periodogram(signals, rate, window="hann", axis=2)[1][:, :, 1:]
    return np.log(density.mean(axis=0, dtype=np.float64) + 1e-30)
