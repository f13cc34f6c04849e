import numpy as np
import pytest
from scipy.optimize import least_squares

from core.config import SimulatorConfig, ValueRange
from core.fidelity.measures import sinusoid
from core.seeds import Purpose, numpy_rng
from core.signals.simulator import Simulator

N = 200
ANY_PHASE = ValueRange(minimum=-3.0, maximum=3.0, step=0.01)


def drawn(n: int = N, **changes):
    """Signals, their times and the parameters behind them."""
    simulator = Simulator(SimulatorConfig(**changes))
    signals, parameters = simulator.draw(n, numpy_rng(0, Purpose.REALS))
    return signals, simulator.times, parameters


@pytest.mark.parametrize("t_start", [-10.0, 0.0, 7.0])
def test_a_sine_without_noise_is_recovered(t_start):
    signals, times, parameters = drawn(noise_amplitude=0, phase=ANY_PHASE, t_start=t_start)
    fit = sinusoid.fit(signals, times, 1, 2)
    for name in ("amplitude", "angular_frequency", "bias", "phase"):
        np.testing.assert_allclose(getattr(fit, name), getattr(parameters, name), atol=1e-4, err_msg=name)
    assert np.abs(fit.residual).max() < 1e-5


def test_it_is_the_least_squares_solution():
    signals, times, parameters = drawn(8, amplitude=ValueRange(minimum=2, maximum=9, step=0.1), phase=ANY_PHASE)
    fit = sinusoid.fit(signals, times, 1, 2)
    for index, values in enumerate(signals[:, 0]):
        start = [getattr(parameters, name)[index] for name in ("amplitude", "angular_frequency", "bias", "phase")]
        best = least_squares(lambda p, x=values: p[0] * np.sin(p[1] * times + p[3]) + p[2] - x, start, xtol=1e-12)
        found = [getattr(fit, name)[index] for name in ("amplitude", "angular_frequency", "bias", "phase")]
        np.testing.assert_allclose(found, best.x, atol=1e-5)


def test_the_residual_is_what_the_sine_leaves_over():
    signals, times, _ = drawn(phase=ANY_PHASE)
    fit = sinusoid.fit(signals, times, 1, 2)
    amplitude, omega, bias, phase = (values[:, None] for values in fit[:4])
    np.testing.assert_allclose(
        amplitude * np.sin(omega * times + phase) + bias + fit.residual, signals[:, 0], atol=1e-4
    )
    assert fit.residual.std() == pytest.approx(0.3 * np.sqrt(1 - 4 / 300), rel=0.02)


def test_amplitude_and_phase_are_in_their_ranges():
    signals, times, _ = drawn(phase=ANY_PHASE)
    fit = sinusoid.fit(-signals, times, 1, 2)
    assert fit.amplitude.min() >= 0
    assert fit.phase.min() > -np.pi
    assert fit.phase.max() <= np.pi


def test_a_chunk_does_not_change_the_fit(monkeypatch):
    signals, times, _ = drawn(20)
    whole = sinusoid.fit(signals, times, 1, 2)
    monkeypatch.setattr(sinusoid, "CHUNK_VALUES", 7 * 300)
    np.testing.assert_allclose(sinusoid.fit(signals, times, 1, 2).amplitude, whole.amplitude, rtol=1e-9)


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 0.0), (1.0, 2.0), (0.5, 60.0)])
@pytest.mark.parametrize("n_samples", [16, 300])
def test_constants_and_noise_have_finite_features(lowest, highest, n_samples):
    noise = np.random.default_rng(0).standard_normal((5, 1, n_samples), dtype=np.float32)
    signals = np.concatenate([noise, np.full((1, 1, n_samples), 7, np.float32), np.zeros_like(noise)])
    features = sinusoid.features(sinusoid.fit(signals, np.linspace(0, 18.8, n_samples), lowest, highest))
    assert features.shape == (11, 30)
    assert np.isfinite(features).all()


def test_features_of_a_known_residual():
    residual = np.tile(np.array([[1.0, -1.0]], np.float32), (1, 32))
    fit = sinusoid.SinusoidFit(*(np.array([value]) for value in (2.0, 1.5, 3.0, np.pi / 2)), residual)
    features = sinusoid.features(fit)[0]
    np.testing.assert_allclose(features[:9], [2, 1.5, 3, np.pi / 2, 0, 2, 1, 0, 1], atol=1e-12)
    np.testing.assert_allclose(features[9:13], [-1, 1, -1, 1])  # autocorrelation
    np.testing.assert_allclose(features[13:22], [1] + [0] * 8, atol=1e-12)  # largest deviation, segments
    assert features[22:].argmax() == 7  # all energy at the highest frequency
    assert features[-1] == pytest.approx(np.log(64**2))
