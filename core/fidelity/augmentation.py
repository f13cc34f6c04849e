"""Plain augmentation: copies of reals, each with a little noise, another size and a bent time axis.

Um et al. 2017, "Data augmentation of wearable sensor data for Parkinson's disease monitoring using convolutional neural
networks" (ICMI), with the strengths that their code and most since take. It is what fakes must be compared with: it costs
nothing and needs no twin.
"""

import numpy as np
from scipy.interpolate import CubicSpline

JITTER = 0.03  # of a channel's standard deviation
SCALING = 0.1  # standard deviation of the factor
WARPING = 0.2  # standard deviation of the speed of time at its knots
N_KNOTS = 4  # within a signal, where the speed of time changes
SLOWEST = 0.1  # time never runs backwards


def augmented(signals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Signals (n, n_channels, n_samples) that are alike but not the same, float32."""
    return jittered(scaled(warped(signals, rng), rng), rng)


def jittered(signals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With white noise on top."""
    std = signals.std(axis=(0, 2), keepdims=True)
    return (signals + JITTER * std * rng.standard_normal(signals.shape)).astype(np.float32)


def scaled(signals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each channel stretched or shrunk about its mean."""
    mean = signals.mean(axis=2, keepdims=True)
    factors = rng.normal(1, SCALING, (*signals.shape[:2], 1))
    return (mean + factors * (signals - mean)).astype(np.float32)


def warped(signals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Here a little faster and there a little slower; begin and end stay where they are."""
    n, _, n_samples = signals.shape
    places = np.linspace(0, n_samples - 1, N_KNOTS + 2)
    speed = CubicSpline(places, rng.normal(1, WARPING, (N_KNOTS + 2, n)))(np.arange(n_samples - 1)).T
    times = np.cumsum(np.maximum(speed, SLOWEST), axis=1)
    times = np.hstack([np.zeros((n, 1)), times / times[:, -1:] * (n_samples - 1)])
    before = np.minimum(times.astype(int), n_samples - 2)
    share = (times - before)[:, None]
    low, high = (np.take_along_axis(signals, (before + step)[:, None], axis=2) for step in (0, 1))
    return ((1 - share) * low + share * high).astype(np.float32)
