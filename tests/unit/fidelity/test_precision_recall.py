import numpy as np
import pytest
from prdc import compute_prdc

from core.fidelity.measures import prdc
from core.fidelity.measures.prdc import density_coverage, precision_recall


def normal(seed: int, n: int = 400, size: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, size))


def standard(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In units of the reals, which the package does not do."""
    return (real - real.mean(axis=0)) / real.std(axis=0), (fake - real.mean(axis=0)) / real.std(axis=0)


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("size", [1, 3, 8])
def test_all_four_are_those_of_the_package(k, size):
    real, fake = 10 * normal(1, size=size) + 4, 12 * normal(2, 300, size) + 6
    expected = compute_prdc(*standard(real, fake), nearest_k=k)
    assert precision_recall(real, fake, k) == pytest.approx((expected["precision"], expected["recall"]))
    assert density_coverage(real, fake, k) == pytest.approx((expected["density"], expected["coverage"]))


def test_a_case_by_hand():
    # Balls of radius 1, 1 and 3 around the reals, and of 2.25 around both fakes.
    real, fake = np.array([[0.0], [1.0], [4.0]]), np.array([[3.5], [5.75]])
    assert precision_recall(real, fake, k=1) == (1, pytest.approx(1 / 3))
    assert precision_recall(real, fake + 2, k=1) == (0.5, 1 / 3)


def test_the_two_swap_with_the_sets():
    real, fake = standard(normal(1), normal(1))[0], 0.5 * standard(normal(2), normal(2))[0]
    precision, recall = precision_recall(real, fake)
    assert precision > recall + 0.2
    assert precision_recall(fake, real) == (recall, precision)


def test_reals_hold_each_other():
    assert precision_recall(normal(1), normal(1)) == (1, 1)
    assert min(precision_recall(normal(1, 3000), normal(2, 3000))) > 0.95


def test_half_of_the_reals_missing_lowers_recall_only():
    precision, recall = precision_recall(normal(1), np.abs(normal(2, size=3)) * [1, -1, 1])
    assert precision > 0.9
    assert recall < 0.4


def test_fakes_elsewhere_lower_precision_by_their_share():
    fake = np.concatenate([normal(2, 300), normal(3, 100) + 50])
    precision, recall = precision_recall(normal(1), fake)
    assert precision == pytest.approx(0.75, abs=0.03)
    assert recall > 0.9


def test_collapsed_fakes_recall_and_cover_nothing():
    collapsed = np.zeros((200, 3))
    assert precision_recall(normal(1), collapsed) == (1, 0)
    assert density_coverage(normal(1), collapsed)[1] < 0.2


def test_a_chunk_does_not_change_them(monkeypatch):
    real, fake = normal(1, 90), 1.5 * normal(2, 70)
    whole = precision_recall(real, fake)
    monkeypatch.setattr(prdc, "CHUNK_SIGNALS", 16)
    assert precision_recall(real, fake) == whole


def test_units_and_levels_do_not_matter():
    real, fake = normal(1), 1.5 * normal(2, 300)
    units, level = np.array([1e-6, 1, 1e6]), np.array([3, -1000, 0])
    assert precision_recall(units * real + level, units * fake + level) == precision_recall(real, fake)


@pytest.mark.parametrize("measure", [precision_recall, density_coverage])
def test_constants_and_small_unequal_sets_give_numbers(measure):
    constant = np.ones((12, 2))
    assert measure(constant, constant) == (pytest.approx(1, abs=11), 1)
    assert np.isfinite([measure(normal(1, 7), normal(2, 30)), measure(normal(1, 30), normal(2, 7))]).all()
    assert measure(constant, normal(1, 12, 2) + 5) == (0, 0)
