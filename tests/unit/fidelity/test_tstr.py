import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from core.fidelity.measures.tstr import read, regression_error
from tests.unit.fidelity.conditional import COLUMNS, drawn, rng, states


def readings(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Features of which two tell the target, with a little noise, and the target."""
    rng = np.random.default_rng(seed)
    features = rng.uniform(-1, 1, (n, 4))
    return features, 10 + 5 * features[:, 0] + 2 * features[:, 1] ** 2 + 0.1 * rng.standard_normal(n)


def test_it_is_the_mean_absolute_error_of_boosted_trees_in_deviations_of_the_test():
    features, targets = readings(1)
    test_features, test_targets = readings(2, 250)
    trees = HistGradientBoostingRegressor(loss="absolute_error", random_state=3).fit(features, targets)
    error = np.mean(np.abs(trees.predict(test_features) - test_targets)) / np.std(test_targets)
    assert regression_error(features, targets, test_features, test_targets, seed=3) == pytest.approx(error)


def test_features_that_tell_nothing_leave_the_median():
    targets, test_targets = np.repeat([0.0, 1, 10], 20), np.array([1.0, 1, 5, 5])
    error = regression_error(np.zeros((60, 2)), targets, np.zeros((4, 2)), test_targets, seed=0)
    assert error == pytest.approx(2 / 2)


def test_a_feature_that_tells_all_leaves_no_error():
    kind = np.arange(100.0)[:, None] % 2
    assert regression_error(kind, 3 * kind[:, 0], kind, 3 * kind[:, 0], seed=0) < 1e-3


def test_fresh_reals_teach_well_and_wrong_or_shuffled_targets_badly():
    features, targets = readings(1)
    test = readings(2)
    floor = regression_error(features, targets, *test, seed=0)
    assert floor < 0.1
    assert regression_error(features, targets + 2, *test, seed=0) > 4 * floor
    assert regression_error(features, np.random.default_rng(0).permutation(targets), *test, seed=0) > 0.7


def test_fakes_without_some_kinds_teach_worse():
    features, targets = readings(1)
    known, test = features[:, 0] < 0.3, readings(2)
    assert regression_error(features[known], targets[known], *test, seed=0) > 2 * regression_error(
        features, targets, *test, 0
    )


def test_units_do_not_matter():
    features, targets = readings(1)
    test_features, test_targets = readings(2)
    error = regression_error(features, targets, test_features, test_targets, seed=0)
    assert regression_error(features, 64 * targets, test_features, 64 * test_targets, seed=0) == pytest.approx(error)


def test_the_same_seed_gives_the_same_error():
    features, targets = readings(1, 10_200)  # so many that some are set aside at random
    features, test = features[:, :1].round(1), readings(2, 50)
    arguments = (features, targets, test[0][:, :1], test[1])
    errors = [regression_error(*arguments, seed) for seed in (0, 0, 1)]
    assert errors[0] == errors[1] != errors[2]


@pytest.mark.parametrize("n", [2, 30])
def test_constants_and_few_signals_give_a_number(n):
    features, targets = readings(1, n)
    constant = np.full(n, 0.1)
    for known, wanted in ((targets, constant), (constant, targets), (constant, constant)):
        assert np.isfinite(regression_error(features, known, features, wanted, seed=0))


# Reading


def test_a_number_is_read_off_signals():
    taught, tested = drawn(1500), drawn(500, seed=1)
    for index, column in enumerate(COLUMNS):
        found = read(taught.signals, taught.conditions[:, index], tested.signals, 0, is_class=False)
        chance = np.abs(tested.conditions[:, index] - tested.conditions[:, index].mean()).mean()
        assert found.shape == (500,)
        assert np.abs(found - tested.conditions[:, index]).mean() < 0.3 * chance, column.name


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_class_is_read_off_signals(n_channels):
    (signals, known), (tests, truth) = states(600, 0, n_channels), states(300, 10, n_channels)
    found = read(signals, known, tests, 0, is_class=True)
    assert set(found) <= {0, 1, 2}
    assert np.mean(found == truth) > 0.97


@pytest.mark.parametrize("is_class", [True, False])
def test_where_all_is_the_same_that_is_read(is_class):
    signals, _ = states(50)
    assert set(read(signals, np.full(50, 2.0), signals[:7], 0, is_class)) == {2}


def test_what_tells_nothing_is_no_better_than_chance():
    signals, known = states(900)
    found = read(signals, rng(5).permutation(known), states(600, 10)[0], 0, is_class=True)
    assert np.mean(found == states(600, 10)[1]) < 0.45


def test_the_seed_decides_what_is_read():
    taught, tested = drawn(200), drawn(50, seed=1)
    first, same, other = (read(taught.signals, taught.conditions[:, 0], tested.signals, s, False) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_unit_of_the_signals_does_not_matter(scale):
    (signals, known), (tests, _) = states(300), states(100, 10)
    np.testing.assert_array_equal(
        read(scale * signals, known, scale * tests, 0, True), read(signals, known, tests, 0, True)
    )
