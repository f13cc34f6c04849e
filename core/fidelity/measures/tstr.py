"""Can a model learn from the fakes? Train on fakes and test on reals (TSTR), beside train on reals.

Esteban, Hyland & Rätsch 2017, "Real-valued (medical) time series generation with recurrent conditional GANs"
(arXiv:1706.02633). The task is to predict a number or a class from a signal: what is learned from fakes must hold for reals.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.fidelity.comparison import Comparison
from core.fidelity.measure import TRAIN_LONGER, Group, Measure
from core.fidelity.measures.kernels import convolve, draw_kernels
from core.seeds import Purpose, numpy_rng

REGRESSION_STREAM = 3  # index of the stream of random numbers
N_KERNELS = 256
MAX_TRAINING_SIGNALS = 2_000
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
    """A ridge model's predictions for test signals, (n_test,): numbers, or indices of classes.

    It is trained on signals (n, n_channels, n_samples) whose `known` values (n,) are given, by random convolutions
    (core/fidelity/measures/kernels.py).
    """
    training, known = signals[:MAX_TRAINING_SIGNALS], known[:MAX_TRAINING_SIGNALS]
    if len(np.unique(known)) == 1:
        return np.full(len(test_signals), known[0])
    mean = training.mean(axis=(0, 2), keepdims=True, dtype=np.float64)
    scale = np.maximum(training.std(axis=(0, 2), keepdims=True, dtype=np.float64), 1e-30)
    inputs, tests = (((some - mean) / scale).astype(np.float32) for some in (training, test_signals))
    kernels = draw_kernels(inputs, N_KERNELS, numpy_rng(seed, Purpose.CLASSIFIERS, REGRESSION_STREAM))
    model = RidgeClassifierCV(PENALTIES) if is_class else RidgeCV(PENALTIES)
    reader = make_pipeline(StandardScaler(), model).fit(convolve(inputs, kernels).numpy(), known)
    return reader.predict(convolve(tests, kernels).numpy())


def _frequency_error(comparison: Comparison) -> float:
    real, other = comparison.real, comparison.other
    return regression_error(
        other.descriptive, other.fit.angular_frequency, real.descriptive, real.fit.angular_frequency, comparison.seed
    )


FREQUENCY = Measure(
    key="tstr",
    title="Frequency predicted by a model trained on fakes",
    definition="error of boosted trees trained on fakes and tested on reals (TSTR) ÷ the standard deviation; "
    "the floor is trained on reals",
    source="Esteban et al. 2017",
    group=Group.USEFULNESS,
    compute=_frequency_error,
    good=0.1,
    fair=0.5,
    meaning="Trained on fakes and tested on reals, a model predicts the frequency with an error of {value} standard "
    "deviations; trained on reals, {floor}.",
    fault="teaches a model the wrong frequencies",
    advice=TRAIN_LONGER,
    in_multiples=True,
    applies=lambda c: c.is_of_sines,
)
