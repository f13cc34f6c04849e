"""The simulator's channels, and what is known of its signals."""

import math

import numpy as np
import pytest

from core.config import SimulatorConfig, ValueRange
from core.seeds import BLOCK
from core.signals.batch import collect
from core.signals.noise import draw_noise
from core.signals.simulator import Simulator

PHASE = ValueRange(minimum=-3, maximum=3, step=0.01)
NAMES = ("angular_frequency", "amplitude", "bias")
COLORS = ["white", "pink", "violet"]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def simulator(n_channels: int = 3, conditions: tuple[str, ...] = (), **settings: object) -> Simulator:
    settings = {"n_samples": 64, "phase": PHASE} | settings
    return Simulator(SimulatorConfig(n_channels=n_channels, **settings), conditions)


@pytest.mark.parametrize("ahead", [0.5, -1.2, 0])
def test_each_channel_is_ahead_of_the_one_before(ahead):
    source = simulator(noise_amplitude=0, channel_phase=ahead)
    signals, drawn = source.draw(100, rng())
    assert signals.shape == (100, 3, 64)
    assert signals.dtype == np.float32
    angle = drawn.angular_frequency[:, None, None] * source.times + drawn.phase[:, None, None]
    angle = angle + ahead * np.arange(3)[:, None]
    expected = drawn.amplitude[:, None, None] * np.sin(angle) + drawn.bias[:, None, None]
    np.testing.assert_allclose(signals, expected, atol=2e-5)


@pytest.mark.parametrize("waveform", ["sine", "square", "triangle", "sawtooth"])
def test_a_whole_cycle_ahead_is_the_same_wave(waveform):
    signals, _ = simulator(2, noise_amplitude=0, waveform=waveform, channel_phase=2 * math.pi).draw(100, rng())
    same = np.isclose(signals[:, 0], signals[:, 1], atol=1e-4)
    assert same.mean() > 0.999  # but for samples that fall on a jump


@pytest.mark.parametrize("color", COLORS)
def test_channels_share_their_wave_and_have_noise_of_their_own(color):
    source = simulator(noise_color=color, noise_amplitude=0.3, channel_phase=0)
    signals, drawn = source.draw(2000, rng())
    angle = drawn.angular_frequency[:, None] * source.times + drawn.phase[:, None]
    noise = signals - (drawn.amplitude[:, None] * np.sin(angle) + drawn.bias[:, None])[:, None]
    np.testing.assert_allclose(noise.std(axis=(0, 2)), 0.3, rtol=0.03)
    correlation = np.corrcoef(noise.transpose(1, 0, 2).reshape(3, -1))
    np.testing.assert_allclose(correlation, np.eye(3), atol=0.02)


def test_noise_of_every_channel_has_its_colour():
    signals, _ = simulator(3, amplitude=fixed(0), bias=fixed(0), noise_color="pink", n_samples=256).draw(1000, rng())
    power = np.abs(np.fft.rfft(signals))[:, :, 1:-1] ** 2
    slopes = [np.polyfit(np.log(np.arange(1, 128)), np.log(power[:, c].mean(axis=0)), 1)[0] for c in range(3)]
    np.testing.assert_allclose(slopes, -1, atol=0.1)


def fixed(value: float) -> ValueRange:
    return ValueRange(minimum=value, maximum=value, step=1)


@pytest.mark.parametrize("color", COLORS)
def test_one_channel_is_drawn_as_it_always_was(color):
    """From parameters in this order, then the noise of all signals in one go: so a seed keeps its signals."""
    source = simulator(1, noise_color=color)
    config, numbers = source.config, rng()
    ranges = (config.amplitude, config.bias, config.angular_frequency, config.phase)
    amplitude, bias, frequency, phase = (one.draw(50, numbers)[:, None] for one in ranges)
    expected = draw_noise(50, 64, color, config.noise_amplitude, numbers)
    cycles = frequency * (source.times / (2 * np.pi))
    cycles += phase / (2 * np.pi)
    cycles -= np.floor(cycles)
    wave = np.sin(cycles.astype(np.float32) * np.float32(2 * np.pi))
    wave *= amplitude.astype(np.float32)
    wave += bias.astype(np.float32)
    expected += wave
    np.testing.assert_array_equal(source.draw(50, rng())[0][:, 0], expected)


def test_parameters_do_not_depend_on_the_number_of_channels():
    one, four = (simulator(n_channels).draw(50, rng())[1] for n_channels in (1, 4))
    for name in one._fields:
        np.testing.assert_array_equal(getattr(one, name), getattr(four, name))


def test_a_stream_of_several_channels_is_that_of_its_seed():
    source = simulator(2, NAMES)
    many = collect(source.stream(BLOCK + 30, 4), BLOCK + 30)
    few = collect(source.stream(20, 4), 20)
    np.testing.assert_array_equal(few.signals, many.signals[:20])
    np.testing.assert_array_equal(few.conditions, many.conditions[:20])
    assert source.sample(5, 4).shape == (5, 2, 64)


# Conditions


def test_signals_come_with_their_parameters_in_the_order_that_was_chosen():
    source = simulator(2, NAMES)
    batch = source.batch(200, rng())
    _, drawn = source.draw(200, rng())
    assert batch.conditions.dtype == np.float32
    expected = np.stack([getattr(drawn, name) for name in NAMES], axis=1)
    np.testing.assert_array_equal(batch.conditions, expected.astype(np.float32))


@pytest.mark.parametrize("conditions", [("bias",), NAMES])
def test_conditions_change_no_signal(conditions):
    bare, known = simulator(2), simulator(2, conditions)
    for draw in (lambda one: one.batch(30, rng()), lambda one: one.held_out(30, 1), lambda one: one.fresh(30, 1)):
        np.testing.assert_array_equal(draw(bare).signals, draw(known).signals)
        assert draw(bare).conditions.shape == (30, 0)
        assert draw(known).conditions.shape == (30, len(conditions))


def test_conditions_lie_in_the_ranges_of_their_columns():
    source = simulator(1, NAMES)
    conditions = source.batch(2000, rng()).conditions
    by_name = {column.name: column for column in source.config.columns}
    for name, values in zip(NAMES, conditions.T, strict=True):
        column = by_name[name]
        assert values.min() >= np.float32(column.minimum)
        assert values.max() <= np.float32(column.maximum)
        assert np.ptp(values) > 0.95 * column.spread
