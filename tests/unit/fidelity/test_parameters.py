import numpy as np
import pytest
from scipy import stats

from core.fidelity.measures import parameters


def uniform(seed: int, n: int = 5120, n_columns: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 1, (n, n_columns))


def in_cells(*counts: int) -> np.ndarray:
    """As many points as given in each quarter of the unit square: low left, low right, high left, high right."""
    corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
    return np.concatenate([np.tile(corner, (count, 1)) for corner, count in zip(corners, counts, strict=True)])


def jittered(points: np.ndarray, seed: int = 0) -> np.ndarray:
    return points + np.random.default_rng(seed).uniform(-0.1, 0.1, points.shape)


# Single quantities


def test_a_shift_is_as_many_deviations_as_it_is():
    real = uniform(1)[:, 0] ** 2
    assert parameters.w1(real, real + 0.5 * real.std()) == pytest.approx(0.5)
    assert parameters.w1(real, real - 2 * real.std()) == pytest.approx(2)


def test_w1_is_how_far_ordered_values_must_be_moved():
    real, fake = 3 * uniform(1, 200)[:, 0] + 7, uniform(2, 200)[:, 0] ** 2
    assert parameters.w1(real, fake) == pytest.approx(np.abs(np.sort(real) - np.sort(fake)).mean() / real.std())


def test_w1_of_unequal_sets_by_hand():
    # Half of the fakes must be moved by 1; the reals' deviation is ½.
    assert parameters.w1(np.array([0.0, 1, 0, 1]), np.array([0.0, 0])) == pytest.approx(1)


def test_ks_is_the_largest_gap():
    real, fake = uniform(1, 70)[:, 0], uniform(2, 40)[:, 0] ** 2
    gaps = [abs(np.mean(real <= value) - np.mean(fake <= value)) for value in np.concatenate([real, fake])]
    assert parameters.ks(real, fake) == pytest.approx(max(gaps))
    assert parameters.ks(real, fake) == pytest.approx(stats.ks_2samp(real, fake).statistic)


def test_sets_that_do_not_overlap_have_the_whole_gap():
    assert parameters.ks(uniform(1, 30)[:, 0], uniform(2, 50)[:, 0] + 2) == 1


@pytest.mark.parametrize("measure", [parameters.w1, parameters.ks])
def test_fresh_values_are_near(measure):
    real = uniform(1)[:, 0]
    assert measure(real, real) == 0
    assert measure(real, uniform(2)[:, 0]) < 0.04


@pytest.mark.parametrize("measure", [parameters.w1, parameters.ks])
def test_shifted_scaled_and_narrowed_values_are_far(measure):
    real, fake = uniform(1)[:, 0], uniform(2)[:, 0]
    for spoilt in (fake + 0.2, 1.5 * fake, 0.5 + 0.5 * (fake - 0.5), np.full_like(fake, 0.5)):
        assert measure(real, spoilt) > 5 * measure(real, fake)


@pytest.mark.parametrize("measure", [parameters.w1, parameters.ks])
def test_constants_and_single_values_give_a_number(measure):
    constant, values = np.full(5, 0.1, np.float32), uniform(1, 9)[:, 0]
    assert measure(constant, constant) == 0
    assert np.isfinite([measure(constant, values), measure(values, constant), measure(values, values[:1])]).all()


# Combinations


def test_there_are_about_as_many_reals_in_each_row_and_column_of_cells():
    first, second, reals, fakes = parameters.cells(uniform(1)[:, :2] ** 3, uniform(2, 1000)[:, :2] ** 3)
    assert len(first) == len(second) == 17
    assert (reals.sum(), fakes.sum()) == (5120, pytest.approx(1000, abs=5))
    np.testing.assert_allclose([reals.sum(axis=0), reals.sum(axis=1)], 320, atol=1)


def test_the_first_column_is_the_first_axis_of_the_cells():
    real = jittered(in_cells(20, 20, 20, 20))
    *_, fakes = parameters.cells(real, np.array([[0.95, 0.05]] * 3))
    assert fakes.tolist() == [[0, 0], [3, 0]]


@pytest.mark.parametrize(("n_fakes", "share"), [(0, 0.25), (1, 0.25), (2, 0), (20, 0)])
def test_a_cell_is_missing_with_less_than_a_tenth_of_its_fakes(n_fakes, share):
    real, fake = jittered(in_cells(20, 20, 20, 20)), in_cells(20, 20, 40 - n_fakes, n_fakes)
    assert parameters.missing_share(real, np.clip(fake, 0.05, 0.95)) == share


def test_a_cell_with_few_reals_does_not_count():
    real, lacking = jittered(in_cells(31, 9, 9, 31)), np.clip(in_cells(40, 0, 0, 40), 0.05, 0.95)
    assert parameters.missing_share(real, lacking) == 0


def test_fresh_combinations_are_all_there():
    assert parameters.missing_share(uniform(1), uniform(1)) == 0
    assert parameters.missing_share(uniform(1), uniform(2)) < 0.002


def test_a_missing_band_is_a_missing_share():
    fake = uniform(2, 8000)
    fake = fake[(fake[:, 1] < 0.24) | (fake[:, 1] > 0.51)]  # four of sixteen rows, and a little on either side
    assert parameters.missing_share(uniform(1), fake) == pytest.approx(0.25, abs=0.01)
    assert 1 in parameters.worst_pair(uniform(1), fake)


def test_a_missing_combination_is_seen_where_single_quantities_are_all_there():
    fake = uniform(2, 20_000)
    fake[:, 2] = np.where(np.floor(4 * fake[:, 0]) == np.floor(4 * fake[:, 2]), 1 - fake[:, 2], fake[:, 2])
    assert parameters.missing_share(uniform(1), fake) == pytest.approx(0.25, abs=0.03)
    assert parameters.worst_pair(uniform(1), fake) == (0, 2)
    assert max(parameters.ks(uniform(1)[:, column], fake[:, column]) for column in range(3)) < 0.03


def test_collapsed_fakes_miss_nearly_all():
    assert parameters.missing_share(uniform(1), np.repeat(uniform(2, 1), 500, axis=0)) > 0.95


def test_a_constant_column_hides_nothing_that_another_misses():
    real, fake = (np.column_stack([uniform(seed, n_columns=1), np.full(5120, 0.1)]) for seed in (1, 2))
    assert parameters.missing_share(real, fake) == 0
    assert parameters.missing_share(real, fake[fake[:, 0] < 0.49]) == pytest.approx(0.5, abs=0.01)


def test_the_first_pair_is_the_worst_where_nothing_is_missing():
    assert parameters.worst_pair(uniform(1), uniform(1)) == (0, 1)


def test_a_single_column_has_no_combinations():
    assert parameters.missing_share(uniform(1, 50, 1), uniform(2, 50, 1)) == 0


@pytest.mark.parametrize("n", [1, 7, 60])
def test_few_signals_constant_and_stepped_columns_are_no_obstacle(n):
    real = np.column_stack([uniform(1, 60), np.full(60, 0.1), np.arange(60) % 2])
    share = parameters.missing_share(real, real[:n])
    assert 0 <= share <= 1
    assert share == 0 or n < 60
