from collections.abc import Callable

import numpy as np
import pytest

from core.fidelity.measures import timegan
from core.fidelity.measures.timegan import predictive_score, recurrent
from tests.unit.global_state import global_state, set_global_state

N_STEPS = 100


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def smooth(signals: np.ndarray) -> np.ndarray:
    """Low-passed, with the same deviation."""
    return (signals + np.roll(signals, 1, axis=2) + np.roll(signals, 2, axis=2)) / np.float32(np.sqrt(3))


def waves(seed: int, n: int = 60, n_samples: int = 24) -> np.ndarray:
    """Sines of several phases and levels."""
    rng = np.random.default_rng(seed)
    phase, level = rng.uniform(0, 6, (2, n, 1, 1))
    return (np.sin(2 * np.pi * np.arange(n_samples) / 8 + phase) + 0.2 * level).astype(np.float32)


def shuffled(signals: np.ndarray) -> np.ndarray:
    """Each signal's samples in random order."""
    return np.random.default_rng(0).permuted(signals, axis=2)


def accuracy(real: np.ndarray, fake: np.ndarray, seed: int = 0, n_steps: int = 10) -> float:
    return recurrent(real, fake, seed, n_steps).accuracy


def score(training: np.ndarray, test: np.ndarray, seed: int = 0, n_steps: int = 10) -> float:
    return predictive_score(training, test, seed, n_steps)


MEASURES = [accuracy, score]
Measure = Callable[..., float]


# Discriminative score


def test_low_passed_signals_are_told():
    assert accuracy(noise(1, 200, 1, 16), smooth(noise(2, 200, 1, 16)), n_steps=N_STEPS) > 0.8


def test_equals_are_not_told_apart():
    assert accuracy(noise(1, 900, 1, 20), noise(2, 900, 1, 20), n_steps=40) == pytest.approx(0.5, abs=0.06)


def test_a_fault_in_one_of_several_channels_is_told():
    real, fake = noise(1, 300, 3, 16), noise(2, 300, 3, 16)
    fake[:, 2] += 1
    assert accuracy(real, fake, n_steps=40) > 0.8


def test_long_signals_are_read_in_windows(monkeypatch):
    monkeypatch.setattr(timegan, "MAX_WINDOW", 16)
    seen = []
    monkeypatch.setattr(timegan._Recurrent, "forward", lambda network, signals: seen.append(signals) or signals)
    recurrent(noise(1, 30, 1, 40), noise(2, 30, 1, 40), 0, n_steps=0)
    assert {tuple(signals.shape[1:]) for signals in seen} == {(1, 16)}


# Predictive score


def test_of_white_noise_only_the_median_can_be_predicted():
    # Uniform on its own range: |u − ½| is a quarter on average.
    training, test = (np.random.default_rng(seed).uniform(5, 9, (60, 1, 16)).astype(np.float32) for seed in (1, 2))
    assert score(training, test, n_steps=N_STEPS) == pytest.approx(0.25, abs=0.02)


def test_the_error_is_in_the_range_of_the_test_and_not_of_what_was_learned_from():
    # A quarter, the middle of what was learned from, is (¼² + ¾²) ÷ 2 away on average.
    training, test = (np.random.default_rng(1).uniform(5, high, (60, 1, 16)).astype(np.float32) for high in (7, 9))
    assert score(training, test, n_steps=N_STEPS) == pytest.approx(0.3125, abs=0.03)


def test_waves_can_be_predicted_unless_learned_from_shuffled_samples():
    floor = score(waves(1), waves(2), n_steps=N_STEPS)
    assert floor < 0.1
    assert score(shuffled(waves(1)), waves(2), n_steps=N_STEPS) > 2 * floor


def test_units_of_a_channel_do_not_matter():
    units, level = np.array([[64], [0.25]], np.float32), np.array([[32], [-8]], np.float32)
    training, test = noise(1, 40, 2, 16), noise(2, 30, 2, 16)
    assert score(units * training + level, units * test + level) == pytest.approx(score(training, test), rel=1e-3)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_every_channel_is_predicted(channel):
    training, test = noise(1, 30, 3, 16), noise(2, 30, 3, 16)
    spoilt = test.copy()
    spoilt[:, channel, -1] = test[:, channel].min()  # within the range, and never read: only predicted
    assert abs(score(training, spoilt, n_steps=1) - score(training, test, n_steps=1)) > 0.003


# Both


@pytest.mark.parametrize("measure", MEASURES)
def test_the_same_seed_gives_the_same_whatever_the_global_state_is(measure: Measure):
    found = []
    for seed, global_seed in ((3, 0), (3, 1), (4, 0)):
        set_global_state(global_seed)
        found.append(measure(noise(1, 60, 1, 16), smooth(noise(2, 60, 1, 16)), seed))
    assert found[0] == found[1]
    assert score is not measure or found[0] != found[2]


@pytest.mark.parametrize("measure", MEASURES)
def test_the_global_random_state_is_left_alone(measure: Measure):
    before = global_state()
    measure(noise(1, 30, 1, 16), noise(2, 30, 1, 16))
    assert global_state() == before


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("shape", [(1, 16), (3, 16), (2, 300)])
def test_any_shape_unequal_sets_and_constants_give_a_number(measure: Measure, shape):
    real, constant = noise(1, 9, *shape), np.full((6, *shape), 0.1, np.float32)
    found = [measure(real, noise(2, 30, *shape), n_steps=2), measure(constant, constant, n_steps=2)]
    found += [measure(real, constant, n_steps=2), measure(constant, real, n_steps=2)]
    assert np.isfinite(found).all()
    assert min(found) >= 0


def test_the_signals_are_left_as_they_are():
    real, fake = noise(1, 30, 1, 16), noise(2, 30, 1, 16)
    accuracy(real, fake)
    score(real, fake)
    assert np.array_equal(real, noise(1, 30, 1, 16))
    assert np.array_equal(fake, noise(2, 30, 1, 16))
