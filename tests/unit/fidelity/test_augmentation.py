import numpy as np
import pytest

from core.fidelity.augmentation import JITTER, augmented, jittered, scaled, warped

N, LENGTH = 400, 64
TIMES = np.arange(LENGTH) / LENGTH
WAVES = (2 + np.sin(2 * np.pi * 2 * TIMES) + np.zeros((N, 2, 1))).astype(np.float32)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("change", [augmented, jittered, scaled, warped])
def test_copies_are_alike_but_not_the_same(change, rng):
    copies = change(WAVES, rng)
    assert copies.shape == WAVES.shape
    assert copies.dtype == np.float32
    assert not np.array_equal(copies, WAVES)
    correlation = [np.corrcoef(a, b)[0, 1] for a, b in zip(WAVES[:, 0], copies[:, 0], strict=True)]
    assert np.median(correlation) > 0.9


@pytest.mark.parametrize("change", [augmented, jittered, scaled, warped])
def test_the_same_random_numbers_give_the_same_copies(change):
    first, second = (change(WAVES, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_jitter_is_small_beside_the_signal(rng):
    assert (jittered(WAVES, rng) - WAVES).std() == pytest.approx(JITTER * WAVES.std(), rel=0.02)


def test_scaling_keeps_the_level_and_changes_the_size(rng):
    copies = scaled(WAVES, rng)
    np.testing.assert_allclose(copies.mean(2), WAVES.mean(2), atol=1e-5)
    assert (copies.std(2) / WAVES.std(2)).std() == pytest.approx(0.1, rel=0.2)


def test_warping_keeps_both_ends_and_the_values_between(rng):
    copies = warped(WAVES, rng)
    np.testing.assert_allclose(copies[:, :, [0, -1]], WAVES[:, :, [0, -1]], atol=1e-5)
    assert copies.min() >= WAVES.min() - 1e-5
    assert copies.max() <= WAVES.max() + 1e-5


def test_time_never_runs_backwards(rng):
    ramp = np.broadcast_to(TIMES, (N, 1, LENGTH)).astype(np.float32)
    assert np.all(np.diff(warped(ramp, rng), axis=2) > 0)
