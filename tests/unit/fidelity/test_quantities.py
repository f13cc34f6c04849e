import numpy as np
import pytest
from scipy import stats
from scipy.signal import periodogram

from core.fidelity.measures import descriptive

RATE = 25.0


def waves(n_channels: int) -> np.ndarray:
    """Skewed sines in noise, every channel at another frequency, level and size."""
    rng = np.random.default_rng(0)
    channel, times = np.arange(n_channels)[:, None], np.arange(120) / RATE
    sines = np.exp(np.sin(2 * np.pi * (1 + 2 * channel) * times + rng.uniform(0, 6, (9, 1, 1))))
    return ((1 + channel) * (sines + 0.1 * rng.standard_normal((9, n_channels, 120))) - 5 * channel).astype(np.float32)


def expected(values: np.ndarray) -> dict[str, np.ndarray]:
    """Of one channel (n, n_samples), each from its definition."""
    centred = values - values.mean(axis=1, keepdims=True)
    frequencies, power = periodogram(values, RATE, detrend="constant", scaling="spectrum")
    power[:, -1] *= 2  # one-sided but for the last of an even number
    share = power / power.sum(axis=1, keepdims=True)
    centroid = (share * frequencies).sum(axis=1)
    return {
        "mean": values.mean(axis=1),
        "standard deviation": values.std(axis=1),
        "skew": stats.skew(values, axis=1),
        "kurtosis": stats.kurtosis(values, axis=1, fisher=False),
        "peak-to-peak": values.max(axis=1) - values.min(axis=1),
        "zero crossings": (np.sign(centred[:, 1:]) != np.sign(centred[:, :-1])).sum(axis=1),
        "crest factor": np.abs(centred).max(axis=1) / values.std(axis=1),
        "dominant frequency": frequencies[power.argmax(axis=1)],
        "spectral centroid": centroid,
        "bandwidth": np.sqrt((share * (frequencies - centroid[:, None]) ** 2).sum(axis=1)),
    }


@pytest.mark.parametrize("n_channels", [1, 3])
def test_each_quantity_is_what_its_name_says(n_channels):
    signals = waves(n_channels)
    found = descriptive.quantities(descriptive.features(signals, RATE), n_channels)
    for channel in range(n_channels):
        for name, values in expected(signals[:, channel].astype(np.float64)).items():
            key = name if n_channels == 1 else f"{name}, channel {channel + 1}"
            np.testing.assert_allclose(found.pop(key), values, rtol=1e-6, atol=1e-9, err_msg=key)
    assert not found


def test_quantities_of_channels_are_told_apart_by_their_order():
    names = list(descriptive.quantities(descriptive.features(waves(2), RATE), 2))
    assert names[:3] == ["mean, channel 1", "mean, channel 2", "standard deviation, channel 1"]


@pytest.mark.parametrize("shape", [(1, 16), (3, 16), (2, 300)])
def test_quantities_of_constants_are_finite(shape):
    constants = np.full((4, *shape), 0.1, np.float32)
    found = descriptive.quantities(descriptive.features(constants, RATE), shape[0])
    assert len(found) == 10 * shape[0]
    for name, values in found.items():
        assert values.shape == (4,)
        np.testing.assert_allclose(values, 0.1 if name.startswith("mean") else 0, atol=1e-8)
