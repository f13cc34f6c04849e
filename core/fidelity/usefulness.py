"""Is it useful? Train on fakes and test on reals (TSTR), beside train on reals.

Esteban, Hyland & Rätsch 2017, "Real-valued (medical) time series generation with recurrent conditional GANs"
(arXiv:1706.02633). The task is to read a number off a signal: what was learned from fakes must hold for reals.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor


def regression_error(
    features: np.ndarray, targets: np.ndarray, test_features: np.ndarray, test_targets: np.ndarray, seed: int
) -> float:
    """Mean absolute error on the test set of boosted trees that learned (n,) targets from (n, n_features) features.

    In units of the test targets' standard deviation.
    """
    trees = HistGradientBoostingRegressor(loss="absolute_error", max_iter=100, random_state=seed)
    trees.fit(features, targets)
    error = np.abs(trees.predict(test_features) - test_targets).mean()
    return float(error / max(test_targets.std(), 1e-30))
