"""Is it useful? Train on fakes and test on reals (TSTR), beside train on reals.

Esteban, Hyland & Rätsch 2017, "Real-valued (medical) time series generation with recurrent conditional GANs"
(arXiv:1706.02633). The task is to read a number or a class off a signal: what was learned from fakes must hold for reals.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.fidelity.measures.kernels import convolve, draw_kernels
from core.seeds import Purpose, numpy_rng

READING = 3  # index of the stream of random numbers
N_KERNELS = 256
N_TAUGHT = 2_000  # signals that a reader learns from
PENALTIES = tuple(10.0**power for power in range(-2, 5))


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


def read(signals: np.ndarray, known: np.ndarray, test_signals: np.ndarray, seed: int, is_class: bool) -> np.ndarray:
    """What a ridge model reads off test signals that learned what is known, (n,), of signals (n, n_channels, n_samples).

    It looks at random convolutions (core/fidelity/measures/kernels.py). Numbers, or places of classes; (n_test,).
    """
    taught, known = signals[:N_TAUGHT], known[:N_TAUGHT]
    if len(np.unique(known)) == 1:
        return np.full(len(test_signals), known[0])
    mean = taught.mean(axis=(0, 2), keepdims=True, dtype=np.float64)
    scale = np.maximum(taught.std(axis=(0, 2), keepdims=True, dtype=np.float64), 1e-30)
    inputs, tests = (((some - mean) / scale).astype(np.float32) for some in (taught, test_signals))
    kernels = draw_kernels(inputs, N_KERNELS, numpy_rng(seed, Purpose.CLASSIFIERS, READING))
    model = RidgeClassifierCV(PENALTIES) if is_class else RidgeCV(PENALTIES)
    reader = make_pipeline(StandardScaler(), model).fit(convolve(inputs, kernels).numpy(), known)
    return reader.predict(convolve(tests, kernels).numpy())
