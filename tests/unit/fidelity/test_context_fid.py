import numpy as np
import pytest
from scipy.linalg import sqrtm

from core.fidelity.measures.context_fid import WIDTH, Embedding, frechet_distance
from tests.unit.global_state import global_state, set_global_state


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def smooth(signals: np.ndarray) -> np.ndarray:
    """Low-passed, with the same deviation."""
    return (signals + 0.5 * np.roll(signals, 1, axis=2)) / np.float32(np.sqrt(1.25))


def waves(seed: int, n: int = 300, n_samples: int = 64) -> np.ndarray:
    """Sines of many frequencies in a little noise."""
    rng = np.random.default_rng(seed)
    cycles, phase = rng.uniform(2, 12, (n, 1, 1)), rng.uniform(0, 1, (n, 1, 1))
    clean = np.sin(2 * np.pi * (cycles * np.arange(n_samples) / n_samples + phase))
    return (clean + 0.2 * rng.standard_normal(clean.shape)).astype(np.float32)


def with_constant(signals: np.ndarray, constant: float) -> np.ndarray:
    return np.concatenate([signals, np.full_like(signals, constant)], axis=1)


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    return Embedding(waves(1), seed=0, n_steps=40)


# Fréchet distance


@pytest.mark.parametrize("width", [2, 8, 32])
def test_the_distance_is_that_of_the_root_of_a_matrix(width):
    rng = np.random.default_rng(0)
    real, fake = (rng.standard_normal((n, width)) @ rng.standard_normal((width, width)) + 1 for n in (200, 150))
    first, second = np.cov(real.T), np.cov(fake.T)
    shift = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    expected = shift + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-6)


def test_a_shift_counts_squared_and_a_scale_by_how_far_deviations_differ():
    real = np.random.default_rng(0).standard_normal((100, 4))
    total = np.cov(real.T).trace()
    assert frechet_distance(real, real + np.array([1, 2, 0, 0])) == pytest.approx(5)
    assert frechet_distance(real - real.mean(axis=0), 3 * (real - real.mean(axis=0))) == pytest.approx(4 * total)


def test_equal_sets_are_at_0_also_where_they_vary_in_few_directions():
    values = np.random.default_rng(0).standard_normal((100, 3)) @ np.random.default_rng(1).standard_normal((3, 16))
    assert frechet_distance(values, values) == pytest.approx(0, abs=1e-4)
    assert frechet_distance(np.ones((5, 4)), np.ones((3, 4))) == 0


def test_a_collapsed_set_is_as_far_as_the_other_varies():
    real = np.random.default_rng(0).standard_normal((100, 4))
    collapsed = np.repeat(real.mean(axis=0)[None], 50, axis=0)
    assert frechet_distance(real, collapsed) == pytest.approx(np.cov(real.T).trace())


# Embedding


def test_learning_makes_a_stretch_like_another_of_its_signal_and_unlike_others():
    def likeness(n_steps: int) -> float:
        """How often a signal's first half is more like its second half than those of others are on average."""
        embedded = Embedding(waves(1), seed=0, n_steps=n_steps)
        first, second = (embedded(half) for half in np.split(waves(2, 100), 2, axis=2))
        products = first @ second.T
        return float((np.diag(products) - products.mean(axis=1)).mean() / products.std())

    assert likeness(40) > likeness(0) + 0.3


def test_low_passed_collapsed_and_shifted_fakes_are_further_than_fresh_reals(embedding):
    real, fresh = embedding(waves(1)), waves(2)
    floor = frechet_distance(real, embedding(fresh))
    assert floor < 0.2 * frechet_distance(real, embedding(smooth(fresh)))
    assert floor < 0.1 * frechet_distance(real, embedding(np.repeat(fresh[:1], 300, axis=0)))
    assert floor < 0.1 * frechet_distance(real, embedding(fresh + 1))
    assert frechet_distance(real, real) == pytest.approx(0, abs=0.01 * floor)


def test_a_signal_has_the_same_embedding_in_any_company(embedding):
    signals = waves(3, 200)
    assert embedding(signals).shape == (200, WIDTH)
    assert embedding(signals).dtype == np.float64
    np.testing.assert_allclose(embedding(signals[150:]), embedding(signals)[150:], atol=1e-5)


def test_units_of_a_channel_do_not_matter():
    units, level = np.array([[1000], [0.01]], np.float32), np.array([[-3000], [0.05]], np.float32)
    real, fake = noise(1, 100, 2, 32), noise(2, 40, 2, 32)
    plain, scaled = Embedding(real, 0, n_steps=3), Embedding(units * real + level, 0, n_steps=3)
    np.testing.assert_allclose(scaled(units * fake + level), plain(fake), atol=1e-3)


def test_a_constant_channel_that_is_a_little_off_does_not_outweigh_the_other():
    real, fake = waves(1), waves(2)
    embedded = Embedding(with_constant(real, 0.1), 0, n_steps=0)
    reals = embedded(with_constant(real, 0.1))
    right, off = (frechet_distance(reals, embedded(with_constant(fake, constant))) for constant in (0.1, 0.1001))
    assert off == pytest.approx(right, rel=0.1)


def test_the_same_seed_gives_the_same_whatever_the_global_state_is():
    found = []
    for seed, global_seed in ((3, 0), (3, 1), (4, 0)):
        set_global_state(global_seed)
        found.append(Embedding(waves(1, 40), seed, n_steps=5)(waves(2, 10)))
    assert np.array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


def test_the_global_random_state_is_left_alone():
    before = global_state()
    Embedding(waves(1, 40), 0, n_steps=3)(waves(2, 10))
    assert global_state() == before


@pytest.mark.parametrize("shape", [(1, 16), (3, 16), (2, 1000)])
def test_any_shape_unequal_sets_and_constants_give_a_number(shape):
    real, constant = noise(1, 20, *shape), np.full((12, *shape), 0.1, np.float32)
    for known in (real, constant):
        embedded = Embedding(known, 0, n_steps=2)
        for fake in (noise(2, 5, *shape), constant):
            assert np.isfinite(frechet_distance(embedded(known), embedded(fake)))
