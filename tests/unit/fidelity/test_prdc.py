import numpy as np
import pytest

from core.fidelity.measures.prdc import density_coverage


def normal(seed: int, n: int = 400, size: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, size))


def plainly(real: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, float]:
    """The definition, with all distances at once."""
    real, fake = (real - real.mean(0)) / real.std(0), (fake - real.mean(0)) / real.std(0)
    within = np.linalg.norm(real[:, None] - real[None], axis=2)
    radii = np.sort(within, axis=1)[:, k]
    inside = np.linalg.norm(real[:, None] - fake[None], axis=2) <= radii[:, None]
    return inside.sum() / (k * len(fake)), inside.any(axis=1).mean()


@pytest.mark.parametrize("k", [1, 5])
def test_it_is_the_definition(k):
    real, fake = normal(1) * [1, 10, 0.1] + 4, normal(2, 300) * [1, 10, 0.2] + 4
    assert density_coverage(real, fake, k) == pytest.approx(plainly(real, fake, k))


def test_a_case_by_hand():
    real, fake = np.array([[0.0], [1.0], [3.0]]), np.array([[0.5], [5.5]])
    assert density_coverage(real, fake, k=1) == (1.0, pytest.approx(2 / 3))


def test_equals_are_at_the_floor():
    density, coverage = density_coverage(normal(1, 4000), normal(2, 4000))
    assert density == pytest.approx(1, abs=0.05)
    assert coverage == pytest.approx(1 - 2**-5, abs=0.02)


def test_a_lost_mode_lowers_coverage_and_far_fakes_density():
    real = normal(1)
    assert density_coverage(real, np.abs(normal(2)))[1] < 0.4
    assert density_coverage(real, normal(2) + 10) == (0, 0)


def test_a_constant_feature_is_no_obstacle():
    real, fake = (np.hstack([normal(seed), np.ones((400, 1))]) for seed in (1, 2))
    assert density_coverage(real, fake) == pytest.approx(density_coverage(real[:, :3], fake[:, :3]))
