import numpy as np
import pytest

from core.fidelity.measure import Grade
from core.fidelity.measures.membership import MEMBERSHIP, membership_auc

GOOD, FAIR, POOR = Grade.GOOD, Grade.FAIR, Grade.POOR
N = 300


@pytest.fixture
def reals() -> np.ndarray:
    """Two channels of unlike size."""
    scale = np.array([[1.0], [1000.0]])
    return (np.random.default_rng(0).normal(size=(3 * N, 2, 6)) * scale).astype(np.float32)


def test_fakes_that_know_no_training_signal_tell_nothing(reals):
    assert membership_auc(reals[:N], reals[N : 2 * N], reals[2 * N :]) == pytest.approx(0.5, abs=0.06)


def test_copies_tell_everything(reals):
    assert membership_auc(reals[:N], reals[N : 2 * N], reals[:N]) == 1


def test_copies_of_half_the_training_signals_tell_half_of_it(reals):
    fakes = np.concatenate([reals[: N // 2], reals[2 * N :]])
    assert membership_auc(reals[:N], reals[N : 2 * N], fakes) == pytest.approx(0.75, abs=0.06)


def test_units_do_not_matter(reals):
    fakes = reals[:N] + 0.5 * reals[2 * N :]
    plain = membership_auc(reals[:N], reals[N : 2 * N], fakes)
    scale = np.array([[1000.0], [0.001]], np.float32)
    assert plain > 0.6
    assert membership_auc(scale * reals[:N], scale * reals[N : 2 * N], scale * fakes) == pytest.approx(plain, abs=1e-3)


def test_of_unlike_many_signals_as_many_are_compared(reals):
    assert membership_auc(reals[:N], reals[N : N + 50], reals[:N]) == 1


@pytest.mark.parametrize(
    ("n", "value", "grade"), [(100, 0.58, GOOD), (100, 0.68, FAIR), (100, 0.9, POOR), (8000, 0.9, POOR)]
)
def test_a_small_set_that_gives_itself_away_is_not_excused_by_its_size(n, value, grade):
    assert MEMBERSHIP.grade(value, 0.5, n) is grade
