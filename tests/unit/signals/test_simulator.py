import numpy as np
import pytest
from scipy import signal

from core.config import RunConfig, SimulatorConfig, ValueRange
from core.seeds import BLOCK, Purpose, numpy_rng
from core.signals.simulator import Simulator
from core.store.datasets import open_source

WAVES = {
    "sine": np.sin,
    "square": signal.square,
    "triangle": lambda angle: signal.sawtooth(angle + np.pi / 2, width=0.5),
    "sawtooth": lambda angle: signal.sawtooth(angle + np.pi),
}
PHASE = ValueRange(minimum=-3, maximum=3, step=0.01)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("waveform", WAVES)
def test_without_noise_a_signal_is_the_formula(waveform):
    simulator = Simulator(SimulatorConfig(waveform=waveform, noise_amplitude=0, phase=PHASE))
    signals, drawn = simulator.draw(200, rng())
    angle = drawn.angular_frequency[:, None] * simulator.times + drawn.phase[:, None]
    expected = drawn.amplitude[:, None] * WAVES[waveform](angle) + drawn.bias[:, None]
    from_a_jump = np.abs(angle / np.pi - np.round(angle / np.pi))
    smooth = waveform in ("sine", "triangle")
    compared = np.full(angle.shape, True) if smooth else from_a_jump > 1e-5
    assert compared.mean() > 0.99
    np.testing.assert_allclose(signals[:, 0][compared], expected[compared], atol=2e-5)


@pytest.mark.parametrize("waveform", ["sine", "triangle", "sawtooth"])
def test_a_wave_of_phase_0_rises_from_its_bias(waveform):
    signals, drawn = Simulator(SimulatorConfig(waveform=waveform, noise_amplitude=0)).draw(20, rng())
    np.testing.assert_allclose(signals[:, 0, 0], drawn.bias, rtol=1e-6)
    assert np.all(signals[:, 0, 1] > signals[:, 0, 0])


def test_a_wave_is_still_exact_after_a_million_cycles():
    fast = ValueRange(minimum=10_000, maximum=10_001, step=0.001)
    simulator = Simulator(SimulatorConfig(angular_frequency=fast, noise_amplitude=0, t_end=1000))
    signals, drawn = simulator.draw(20, rng())
    angle = drawn.angular_frequency[:, None] * simulator.times
    expected = drawn.amplitude[:, None] * np.sin(angle) + drawn.bias[:, None]
    np.testing.assert_allclose(signals[:, 0], expected, atol=1e-4)


def test_noise_is_added_to_the_formula():
    config = SimulatorConfig(noise_amplitude=0.3)
    noisy, drawn = Simulator(config).draw(500, rng())
    angle = drawn.angular_frequency[:, None] * Simulator(config).times
    noise = noisy[:, 0] - (drawn.amplitude[:, None] * np.sin(angle) + drawn.bias[:, None])
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("name", ["amplitude", "bias", "angular_frequency", "phase"])
def test_parameters_are_on_their_grids(name):
    config = SimulatorConfig(phase=PHASE)
    span = getattr(config, name)
    _, drawn = Simulator(config).draw(1000, rng())
    values = getattr(drawn, name)
    grid = np.round(span.minimum + span.step * np.arange(span.count), 9)
    assert np.isin(np.round(values, 9), grid).all()
    assert len(np.unique(values)) > 50


def test_the_times_reach_from_the_first_sample_to_the_last():
    times = Simulator(SimulatorConfig(n_samples=16, t_start=-1, t_end=2)).times
    np.testing.assert_allclose(times, -1 + 0.2 * np.arange(16), atol=1e-12)


@pytest.mark.parametrize("color", ["white", "pink"])
def test_signals_are_float32_with_one_channel(color):
    simulator = Simulator(SimulatorConfig(n_samples=50, noise_color=color))
    for signals in (
        simulator.batch(3, rng()).signals,
        simulator.sample(3, seed=0),
        simulator.held_out(3, seed=0).signals,
    ):
        assert signals.shape == (3, 1, 50)
        assert signals.dtype == np.float32


def test_the_same_seed_gives_the_same_signals():
    config = SimulatorConfig(n_samples=32)
    first, second = Simulator(config), open_source(RunConfig(source=config))
    np.testing.assert_array_equal(first.sample(20, seed=5), second.sample(20, seed=5))
    np.testing.assert_array_equal(first.held_out(20, seed=5).signals, second.held_out(20, seed=5).signals)
    assert not np.array_equal(first.sample(20, seed=5), second.sample(20, seed=6))


def test_fewer_signals_are_the_first_of_more():
    simulator = Simulator(SimulatorConfig(n_samples=16))
    np.testing.assert_array_equal(simulator.sample(10, seed=1), simulator.sample(1500, seed=1)[:10])
    np.testing.assert_array_equal(simulator.sample(1100, seed=1), simulator.sample(1500, seed=1)[:1100])


def test_a_stream_in_pieces_is_the_sample():
    simulator = Simulator(SimulatorConfig(n_samples=16))
    pieces = list(simulator.stream(2 * BLOCK + 7, seed=1))
    assert [len(piece) for piece in pieces] == [BLOCK, BLOCK, 7]
    np.testing.assert_array_equal(
        np.concatenate([piece.signals for piece in pieces]), simulator.sample(2 * BLOCK + 7, seed=1)
    )


def test_no_signals_are_an_empty_array():
    assert Simulator(SimulatorConfig(n_samples=16)).sample(0, seed=1).shape == (0, 1, 16)


def test_held_out_signals_are_neither_handed_out_nor_trained_on():
    simulator = Simulator(SimulatorConfig(n_samples=16))
    held_out = {row.tobytes() for row in simulator.held_out(1500, seed=3).signals}
    handed_out = {row.tobytes() for row in simulator.sample(1500, seed=3)}
    trained_on = {
        row.tobytes()
        for step in range(20)
        for row in simulator.batch(64, numpy_rng(3, Purpose.TRAINING_REALS, step)).signals
    }
    assert len(held_out) == len(handed_out) == 1500
    assert not held_out & handed_out
    assert not held_out & trained_on
    assert not handed_out & trained_on


def test_fresh_signals_are_neither_handed_out_nor_held_out_nor_trained_on():
    simulator = Simulator(SimulatorConfig(n_samples=16))
    fresh = {row.tobytes() for row in simulator.fresh(1500, seed=3).signals}
    assert len(fresh) == 1500
    for others in (
        simulator.sample(1500, seed=3),
        simulator.held_out(1500, seed=3).signals,
        simulator.distinct(1500, numpy_rng(3, Purpose.TRAINING_REALS)).signals,
        *(simulator.batch(64, numpy_rng(3, Purpose.TRAINING_REALS, step)).signals for step in range(20)),
    ):
        assert not fresh & {row.tobytes() for row in others}


def test_fresh_signals_are_those_of_their_seed():
    simulator = Simulator(SimulatorConfig(n_samples=16))
    fresh = simulator.fresh(1100, seed=1).signals
    assert fresh.shape == (1100, 1, 16)
    assert fresh.dtype == np.float32
    np.testing.assert_array_equal(simulator.fresh(10, seed=1).signals, fresh[:10])
    np.testing.assert_array_equal(simulator.fresh(1500, seed=1).signals[:1100], fresh)
    assert not np.array_equal(simulator.fresh(10, seed=2).signals, fresh[:10])


def test_only_sines_are_known_to_be_sines():
    frequency = ValueRange(minimum=1.5, maximum=4, step=0.5)
    assert Simulator(SimulatorConfig(angular_frequency=frequency)).sines == (1.5, 4)
    for waveform in WAVES.keys() - {"sine"}:
        assert Simulator(SimulatorConfig(waveform=waveform, angular_frequency=frequency)).sines is None
