import numpy as np
import pytest
from scipy import signal

from core.signals.noise import SLOPES, draw_noise

COLORS = list(SLOPES)


@pytest.mark.parametrize(("color", "slope"), [("white", 0), ("pink", -1), ("brown", -2), ("blue", 1), ("violet", 2)])
def test_the_power_follows_its_power_of_the_frequency(color, slope):
    noise = draw_noise(300, 1024, color, 1.0, np.random.default_rng(0))
    frequencies, power = signal.welch(noise, nperseg=256)
    band = (frequencies > 0.03) & (frequencies < 0.4)
    measured, _ = np.polyfit(np.log(frequencies[band]), np.log(power.mean(axis=0)[band]), 1)
    assert measured == pytest.approx(slope, abs=0.1)


@pytest.mark.parametrize("color", COLORS)
@pytest.mark.parametrize(("amplitude", "n_samples"), [(0.3, 64), (20.0, 33)])
def test_the_standard_deviation_over_all_signals_is_the_amplitude(color, amplitude, n_samples):
    noise = draw_noise(20_000, n_samples, color, amplitude, np.random.default_rng(0))
    assert noise.std(dtype=float) == pytest.approx(amplitude, rel=0.02)
    assert noise.mean(dtype=float) == pytest.approx(0, abs=0.02 * amplitude)


@pytest.mark.parametrize("color", ["pink", "brown"])
def test_a_signals_end_does_not_join_its_beginning(color):
    noise = draw_noise(4000, 64, color, 1.0, np.random.default_rng(0))
    first, middle, last = noise[:, 0], noise[:, 32], noise[:, -1]
    assert np.corrcoef(first, last)[0, 1] < np.corrcoef(first, middle)[0, 1]


@pytest.mark.parametrize("color", COLORS)
def test_noise_is_float32(color):
    noise = draw_noise(3, 17, color, 1.0, np.random.default_rng(0))
    assert noise.dtype == np.float32
    assert noise.shape == (3, 17)


@pytest.mark.parametrize("color", COLORS)
def test_without_amplitude_there_is_no_noise(color):
    np.testing.assert_array_equal(draw_noise(3, 16, color, 0.0, np.random.default_rng(0)), 0)


@pytest.mark.parametrize("color", COLORS)
def test_every_signal_has_its_own_noise(color):
    noise = draw_noise(1000, 32, color, 1.0, np.random.default_rng(0))
    assert abs(np.corrcoef(noise[:-1, 5], noise[1:, 5])[0, 1]) < 0.1
