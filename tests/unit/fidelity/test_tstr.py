import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from core.fidelity.measures.tstr import regression_error


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
