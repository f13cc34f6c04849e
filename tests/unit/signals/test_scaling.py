import numpy as np
import pytest

from core.errors import ConfigError
from core.signals.scaling import Scaling


@pytest.fixture
def reals() -> np.ndarray:
    """Two channels of unlike level and spread, 50 samples."""
    rng = np.random.default_rng(0)
    spread, level = np.array([[3.0], [0.01]]), np.array([[5.0], [-100.0]])
    return (rng.standard_normal((400, 2, 50)) * spread + level).astype(np.float32)


def test_each_channel_has_mean_0_and_deviation_1_in_network_units(reals):
    scaled = Scaling.fit(reals).to_network(reals)
    np.testing.assert_allclose(scaled.mean(axis=(0, 2), dtype=float), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=(0, 2), dtype=float), 1, rtol=1e-3)


def test_physical_units_come_back(reals):
    scaling = Scaling.fit(reals)
    back = scaling.to_physical(scaling.to_network(reals))
    np.testing.assert_allclose(back, reals, rtol=1e-6, atol=1e-5)
    assert back.dtype == np.float32


def test_all_samples_of_a_channel_share_one_shift_and_one_scale(reals):
    reals += np.linspace(0, 1, 50, dtype=np.float32)
    scaling = Scaling.fit(reals)
    assert scaling.mean.shape == scaling.std.shape == (2, 1)
    steps = np.diff(scaling.to_network(reals), axis=2) * scaling.std
    np.testing.assert_allclose(steps, np.diff(reals, axis=2), atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e6])
def test_a_constant_source_is_refused(value):
    with pytest.raises(ConfigError, match=r"nothing to learn.*spread"):
        Scaling.fit(np.full((100, 1, 30), value, np.float32))


def test_one_constant_channel_is_refused(reals):
    reals[:, 1] = 2.0
    with pytest.raises(ConfigError, match="nothing to learn"):
        Scaling.fit(reals)


def test_a_small_spread_is_enough():
    reals = np.random.default_rng(0).normal(10, 0.001, (100, 1, 30)).astype(np.float32)
    assert Scaling.fit(reals).std.item() == pytest.approx(0.001, rel=0.05)


def test_not_a_number_is_refused(reals):
    reals[3, 0, 7] = np.nan
    with pytest.raises(ConfigError):
        Scaling.fit(reals)


def test_tiny_values_are_scaled_as_others_are(reals):
    tiny = (reals - reals.mean(axis=(0, 2), keepdims=True)) * np.float32(1e-14)
    scaling = Scaling.fit(tiny)
    np.testing.assert_allclose(scaling.to_network(tiny).std(axis=(0, 2)), 1, rtol=1e-3)
    np.testing.assert_allclose(scaling.to_physical(scaling.to_network(tiny)), tiny, rtol=1e-4, atol=1e-19)
