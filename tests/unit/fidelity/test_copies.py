import numpy as np
import pytest

from core.fidelity.measures import neighbours

N = 600


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def signals(seed: int, n: int = N) -> np.ndarray:
    """In two channels, with levels of their own."""
    return noise(seed, n, 2, 20) + 2 * noise(seed + 1000, n, 2, 1)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(neighbours, "CHUNK_SIGNALS", 128)


def test_the_nearest_is_the_nearest_of_all():
    some, training = signals(1, 150), signals(2, 300)
    distances = np.sqrt(((some[:, None].astype(np.float64) - training[None]) ** 2).sum(axis=(2, 3)))
    found, index = neighbours.nearest(some, training)
    assert index.tolist() == distances.argmin(axis=1).tolist()
    np.testing.assert_allclose(found, distances.min(axis=1), rtol=1e-5)


def test_a_copy_leads_to_what_it_copies():
    training, order = signals(1), np.random.default_rng(0).permutation(N)
    distances, index = neighbours.nearest(training[order] + np.float32(0.01) * noise(2, N, 2, 20), training)
    assert index.tolist() == order.tolist()
    assert distances.max() < 0.1


def test_a_copy_is_found_among_levels_that_lie_far_apart():
    levels = np.random.default_rng(0).uniform(-1e4, 1e4, (4000, 1, 1)).astype(np.float32)
    training = noise(1, 4000, 1, 50) + levels
    distances, index = neighbours.nearest(training[:200], training)
    assert index.tolist() == list(range(200))
    assert not distances.any()


def test_fresh_reals_are_copies_one_time_in_a_hundred():
    training, real = signals(1), signals(2)
    assert neighbours.copied_share(real, real, training) == pytest.approx(0.01, abs=0.002)
    assert neighbours.copied_share(signals(3), real, training) < 0.03


@pytest.mark.parametrize("blur", [0, 0.1])
@pytest.mark.parametrize("share", [0.1, 0.5, 1])
def test_copies_are_counted_also_with_a_little_noise(share, blur):
    training, fake = signals(1), signals(3)
    n_copied = round(share * N)
    fake[:n_copied] = training[-n_copied:] + np.float32(blur) * noise(4, n_copied, 2, 20)
    found = neighbours.copied_share(fake, signals(2), training)
    assert share <= found < share + 0.03


def test_only_what_is_nearer_than_nearly_all_fresh_reals_counts():
    real, training = signals(2), signals(1)
    order = neighbours.nearest_distances(real, training).argsort()
    assert neighbours.copied_share(np.repeat(real[order[N // 10]][None], 50, axis=0), real, training) == 0
    assert neighbours.copied_share(np.repeat(real[order[0]][None], 50, axis=0), real, training) == 1


def test_what_a_source_repeats_is_not_copied():
    few = signals(1, 3)
    assert neighbours.copied_share(np.tile(few, (5, 1, 1)), np.tile(few, (7, 1, 1)), few) == 0


def test_copies_are_counted_also_where_a_few_signals_are_always_the_same():
    training, real = signals(1), signals(2)
    training[: N // 50] = real[: N // 50] = 0  # as of a sensor that rests
    assert neighbours.copied_share(training[::-1], real, training) >= 0.98
    assert neighbours.copied_share(real, real, training) == 0


@pytest.mark.parametrize("shape", [(1, 16), (3, 700)])
def test_any_shape_small_unequal_sets_and_constants_give_a_share(shape):
    real, constant = noise(1, 5, *shape), np.full((3, *shape), 0.1, np.float32)
    assert neighbours.copied_share(real[:2], noise(2, 4, *shape), real) == 1
    assert neighbours.copied_share(constant, real, noise(2, 7, *shape)) in (0, 1)
    assert neighbours.copied_share(constant, constant, constant) == 0
