import numpy as np
import pytest

from core.training.judge import FakeDetector
from tests.unit.planted import sines

RATE = 10.0


def signals(n: int, seed: int, **parts: object) -> np.ndarray:
    return sines(n, seed=seed, **parts).signals.numpy()


@pytest.fixture(scope="module")
def detector() -> FakeDetector:
    return FakeDetector(signals(256, 1), signals(256, 2), 0, RATE)


def test_reals_cannot_be_told_from_reals(detector):
    found = detector(signals(detector.n_fakes, 3))
    assert 0.42 < found.value < 0.6
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    "fault", [{"noise": 0.2}, {"gain": (1.5, 2)}, {"phase": (0, 1)}, {"level": (0.5, 1)}, {"cycles": (1, 1)}]
)
def test_faults_are_told(detector, fault):
    found = detector(signals(detector.n_fakes, 3, **fault))
    assert found.value > 0.7
    assert found.low > 0.6


def test_the_more_signals_are_tested_the_narrower_is_the_interval():
    few, many = (FakeDetector(signals(256, 1), signals(n, 2), 0, RATE) for n in (10, 256))
    fakes = signals(many.n_fakes, 3)
    widths = [found.high - found.low for found in (few(fakes), many(fakes))]
    assert widths[0] > 2 * widths[1]


def test_the_same_signals_get_the_same_verdict(detector):
    again = FakeDetector(signals(256, 1), signals(256, 2), 0, RATE)
    fakes = signals(detector.n_fakes, 3, noise=0.1)
    assert detector(fakes) == again(fakes)


@pytest.mark.parametrize("n", [20, 40])
def test_a_handful_of_reals_is_enough(n):
    detector = FakeDetector(signals(n, 1, n_channels=2), signals(3, 2, n_channels=2), 0, RATE)
    found = detector(signals(detector.n_fakes, 3, n_channels=2))
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_channel_that_never_changes_spoils_nothing():
    reals = signals(256, 1, n_channels=2)
    reals[:, 1] = 3
    detector = FakeDetector(reals, reals, 0, RATE)
    assert np.isfinite(detector(np.repeat(reals, 2, axis=0)[: detector.n_fakes]).value)


def test_of_many_channels_the_features_that_tell_are_found():
    n_channels = 10
    detector = FakeDetector(*(signals(256, seed, n_channels=n_channels) for seed in (1, 2)), 0, RATE)
    reals = signals(detector.n_fakes, 3, n_channels=n_channels)
    fakes = reals.copy()
    fakes[:, 7] += np.random.default_rng(0).choice([-3, 3], (len(fakes), 1))
    assert detector(reals).each[1] < 0.6
    assert detector(fakes).each[1] > 0.9
