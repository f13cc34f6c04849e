import numpy as np
import pytest
from scipy.signal import periodogram
from statsmodels.stats.diagnostic import acorr_ljungbox

from core.fidelity.measures import residual
from core.signals.noise import SLOPES, draw_noise

DIFFERENCES = [residual.std_difference, residual.whiteness_difference, residual.slope_difference]


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def coloured(color: str, n: int = 300, n_samples: int = 200, seed: int = 1) -> np.ndarray:
    return draw_noise(n, n_samples, color, 0.3, np.random.default_rng(seed))


def smooth(residuals: np.ndarray) -> np.ndarray:
    """Low-passed, with the same deviation."""
    return (residuals + 0.5 * np.roll(residuals, 1, axis=1)) / np.float32(np.sqrt(1.25))


# Strength


def test_noise_that_is_a_tenth_too_weak_or_too_strong_is_a_tenth_off():
    real = noise(1, 50, 40)
    assert residual.std_difference(real, np.float32(0.9) * real) == pytest.approx(0.1, rel=1e-5)
    assert residual.std_difference(real, np.float32(1.1) * real) == pytest.approx(0.1, rel=1e-5)


def test_deviations_are_averaged_over_the_signals():
    real = np.array([[1, -1, 1, -1], [3, -3, 3, -3]], np.float32) + 5
    assert residual.std_difference(real, np.array([[3, -3, 3, -3]], np.float32)) == pytest.approx(0.5)


def test_no_noise_on_either_side_is_no_difference():
    nothing = np.zeros((4, 32), np.float32)
    assert residual.std_difference(nothing, nothing) == 0


# Whiteness


@pytest.mark.parametrize(("n_samples", "n_lags"), [(16, 3), (30, 6), (49, 9), (50, 10), (300, 10)])
def test_p_values_are_those_of_statsmodels(n_samples, n_lags):
    residuals = np.concatenate([noise(1, 4, n_samples) + 2, smooth(noise(2, 4, n_samples))])
    expected = [acorr_ljungbox(values, lags=[n_lags])["lb_pvalue"].item() for values in residuals.astype(np.float64)]
    np.testing.assert_allclose(residual.ljung_box(residuals), expected, rtol=1e-6, atol=1e-12)


def test_one_in_twenty_white_residuals_seems_not_to_be():
    assert np.mean(residual.ljung_box(noise(1, 4000, 100)) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_whiteness_differs_by_the_share_of_signals_that_are_not_white():
    real, fake = noise(1, 2000, 100), noise(2, 2000, 100)
    assert residual.whiteness_difference(real, fake) < 0.03
    assert residual.whiteness_difference(real, coloured("brown")) == pytest.approx(0.95, abs=0.02)
    half = np.concatenate([fake[:300], coloured("brown", n_samples=100)])
    assert residual.whiteness_difference(real, half) == pytest.approx(0.475, abs=0.03)


def test_low_passed_noise_is_not_white():
    assert residual.whiteness_difference(noise(1, 500, 100), smooth(noise(2, 500, 100))) > 0.6


# Colour


@pytest.mark.parametrize(("color", "exponent"), SLOPES.items())
def test_the_slope_is_the_exponent_of_the_noise(color, exponent):
    assert residual.slope(coloured(color)) == pytest.approx(exponent, abs=0.1)


def test_a_slope_by_hand():
    residuals = coloured("pink", 20, 101) + 3
    power = periodogram(residuals.astype(np.float64), window=np.hanning(101), axis=1)[1][:, 1:]
    expected = np.polyfit(np.log(np.arange(1, 51)), np.log(power).mean(axis=0), 1)[0]
    assert residual.slope(residuals) == pytest.approx(expected, rel=1e-6)


def test_pink_noise_is_1_away_from_white():
    white = coloured("white")
    assert residual.slope_difference(white, coloured("white", seed=2)) < 0.05
    assert residual.slope_difference(white, coloured("pink")) == pytest.approx(1, abs=0.1)


def test_a_few_loud_signals_do_not_decide_the_slope():
    loud = np.concatenate([coloured("white"), 100 * coloured("brown", n=3)])
    assert residual.slope(loud) == pytest.approx(0, abs=0.1)


# All of them


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_set_differs_in_nothing_from_itself(difference):
    assert difference(coloured("pink"), coloured("pink")) == 0


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_units_do_not_matter(difference):
    real, fake = coloured("white"), 1.3 * coloured("pink", seed=2)
    assert difference(1000 * real, 1000 * fake) == pytest.approx(difference(real, fake), rel=1e-4)


@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize("n_samples", [16, 17, 1000])
def test_short_long_unequal_and_constant_residuals_give_a_number(difference, n_samples):
    real, constant = noise(1, 5, n_samples), np.full((3, n_samples), 0.1, np.float32)
    assert np.isfinite([difference(real, noise(2, 4, n_samples)), difference(real, constant)]).all()
    assert np.isfinite([difference(constant, real), difference(constant, constant)]).all()


def test_a_constant_residual_is_white():
    assert residual.ljung_box(np.full((2, 40), 0.1, np.float32)).tolist() == [1, 1]
