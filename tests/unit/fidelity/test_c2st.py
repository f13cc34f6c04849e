import numpy as np
import pytest

from core.fidelity.measures import c2st


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def smooth(signals: np.ndarray) -> np.ndarray:
    """Low-passed, with the same deviation."""
    return (signals + 0.5 * np.roll(signals, 1, axis=2)) / np.float32(np.sqrt(1.25))


def kernels(real: np.ndarray, fake: np.ndarray, seed: int) -> float:
    return c2st.random_kernels(real, fake, seed, n_kernels=64).accuracy


def cnn(real: np.ndarray, fake: np.ndarray, seed: int) -> float:
    return c2st.small_cnn(real, fake, seed, n_epochs=2).accuracy


@pytest.fixture(autouse=True)
def short_training(monkeypatch):
    monkeypatch.setattr(c2st, "MIN_STEPS", 60)


@pytest.fixture
def shorter_training(monkeypatch):
    """Where it does not matter what is learned."""
    monkeypatch.setattr(c2st, "MIN_STEPS", 6)


CLASSIFIERS = [kernels, cnn]


def test_trees_find_nothing_between_equals():
    assert c2st.boosted_trees(noise(1, 6000, 4), noise(2, 6000, 4), seed=0).accuracy == pytest.approx(0.5, abs=0.03)


def test_trees_reach_the_best_possible_accuracy():
    # Two normal distributions whose means lie 2 deviations apart: Φ(1) = 0.841.
    shifted = noise(2, 3000, 2) + np.array([2, 0], np.float32)
    assert c2st.boosted_trees(noise(1, 3000, 2), shifted, seed=0).accuracy == pytest.approx(0.841, abs=0.03)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_equals_are_not_told_apart(classifier):
    assert classifier(noise(1, 1500, 1, 24), noise(2, 1500, 1, 24), 0) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_planted_faults_are_caught(classifier):
    real, fake = noise(1, 400, 1, 64), noise(2, 400, 1, 64)
    assert classifier(real, smooth(fake), 0) > 0.8
    assert classifier(real, np.float32(0.7) * fake, 0) > 0.8


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_weak_noise_on_a_strong_signal_is_seen(classifier):
    waves = 5 * noise(1, 800, 1, 1) * np.sin(np.linspace(0, 9, 100, dtype=np.float32)) + 5 * noise(2, 800, 1, 1)
    real, fake = waves[:400] + 0.3 * noise(3, 400, 1, 100), waves[400:] + 0.2 * noise(4, 400, 1, 100)
    assert classifier(real, fake, 0) > 0.8


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("shape", [(1, 16), (3, 16), (2, 1000)])
def test_any_shape_and_small_unequal_sets(classifier, shape, shorter_training):
    assert 0 <= classifier(noise(1, 45, *shape), noise(2, 30, *shape), 0) <= 1


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_constants_do_not_stop_it(classifier, shorter_training):
    constant = np.ones((40, 1, 32), np.float32)
    assert 0 <= classifier(constant, constant, 0) <= 1


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_the_same_seed_gives_the_same_accuracy(classifier):
    real, fake = noise(1, 60, 1, 32), noise(2, 60, 1, 32)
    assert classifier(real, fake, 3) == classifier(real, fake, 3)


def test_as_many_as_asked_for_are_held_out():
    accuracy = c2st.boosted_trees(noise(1, 100, 2), noise(2, 120, 2), seed=0, n_test=4).accuracy
    assert 8 * accuracy == round(8 * accuracy)
