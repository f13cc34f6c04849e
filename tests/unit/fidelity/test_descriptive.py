import numpy as np
import pytest
from scipy import stats

from core.fidelity.measures import descriptive

RATE = 10.0
N_PER_CHANNEL = 24


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def test_moments_are_those_of_scipy():
    signals = noise(6, 1, 50) ** 2
    features, values = descriptive.features(signals, RATE), signals[:, 0].astype(np.float64)
    expected = [values.mean(1), values.std(1), stats.skew(values, 1), stats.kurtosis(values, 1, fisher=False)]
    np.testing.assert_allclose(features[:, :4].T, expected, rtol=1e-6)
    np.testing.assert_allclose(features[:, 8], np.ptp(values, axis=1))


def test_a_sine_has_its_frequency():
    times = np.arange(200) / RATE
    signals = (4 + 2 * np.sin(2 * np.pi * times + 0.1)).astype(np.float32)[None, None]
    features = descriptive.features(signals, RATE)[0]
    mean, std = features[:2]
    crossings, crest, dominant, centroid, bandwidth = features[9:14]
    assert (mean, std) == (pytest.approx(4), pytest.approx(np.sqrt(2), rel=1e-6))
    assert crossings == 39  # 20 waves
    assert crest == pytest.approx(np.sqrt(2), rel=0.05)
    assert (dominant, centroid) == (pytest.approx(1), pytest.approx(1, abs=1e-6))
    assert bandwidth < 1e-2


def test_autocorrelation_and_differences_of_an_alternating_signal():
    signals = np.tile(np.array([1, -1], np.float32), 16)[None, None]
    features = descriptive.features(signals, RATE)[0]
    np.testing.assert_allclose(features[4:8], [-1, 1, -1, 1])
    np.testing.assert_allclose(features[14:16], [2, 4], rtol=1e-2)


@pytest.mark.parametrize("n_channels", [1, 2, 3])
@pytest.mark.parametrize("n_samples", [16, 101])
def test_shape_and_finiteness(n_channels, n_samples):
    constants = np.full((2, n_channels, n_samples), [[[0.1]], [[0]]], np.float32)
    features = descriptive.features(np.concatenate([constants, noise(3, n_channels, n_samples)]), RATE)
    pairs = n_channels * (n_channels - 1) // 2
    assert features.shape == (5, N_PER_CHANNEL * n_channels + pairs)
    assert np.isfinite(features).all()


def test_pairs_of_channels_have_their_correlation():
    first, second = noise(2, 4, 60)
    features = descriptive.features(np.stack([first, first + second], axis=1), RATE)
    expected = [np.corrcoef(a, a + b)[0, 1] for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(features[:, -1], expected, rtol=1e-5)


def test_a_chunk_does_not_change_the_features(monkeypatch):
    signals = noise(11, 2, 40)
    whole = descriptive.features(signals, RATE)
    monkeypatch.setattr(descriptive, "CHUNK_VALUES", 240)
    np.testing.assert_allclose(descriptive.features(signals, RATE), whole)
