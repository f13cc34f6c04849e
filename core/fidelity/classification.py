"""What every classifier two-sample test shares: the split into training and test signals, and the result.

Two thirds of either kind are for training and the rest for the test; the smaller set decides how many of each are used, so
that the two are in balance.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from core.seeds import Purpose, numpy_rng

SPLIT_STREAM = (
    0  # index of the stream of random numbers; the others are in c2st.py, timegan.py, tstr.py, context_fid.py
)


class C2ST(NamedTuple):
    """A classifier’s scores of the signals that were held out from it."""

    accuracy: float  # 0.5 is guessing
    real_index: np.ndarray  # which reals were held out, (n_test,)
    fake_index: np.ndarray  # which fakes, (n_test,)
    real_scores: np.ndarray  # (n_test,): above 0 means real, the larger the surer
    fake_scores: np.ndarray

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """The range that holds the true accuracy with this confidence.

        Wilson 1927, "Probable inference, the law of succession, and statistical inference" (JASA 22).
        """
        n = len(self.real_scores) + len(self.fake_scores)
        found = binomtest(round(self.accuracy * n), n).proportion_ci(confidence, method="wilson")
        return float(found.low), float(found.high)


class Split(NamedTuple):
    """What a classifier learns from and what it is tested on, reals and fakes in equal numbers."""

    train: np.ndarray
    train_is_real: np.ndarray  # bool
    test: np.ndarray  # the reals, then as many fakes
    real_index: np.ndarray  # which reals those of the test are
    fake_index: np.ndarray


def result_of(scores: np.ndarray, split: Split) -> C2ST:
    """The result of scores (2 · n_test,) of the held-out reals and then fakes; a score above 0 says real."""
    real_scores, fake_scores = np.split(scores, 2)
    accuracy = float(np.mean(np.concatenate([real_scores > 0, fake_scores <= 0])))
    return C2ST(accuracy, split.real_index, split.fake_index, real_scores, fake_scores)


def train_test_split(real: np.ndarray, fake: np.ndarray, seed: int, n_test: int | None) -> Split:
    """As many reals as fakes, in random order; a third of each, or `n_test`, is held out."""
    rng = numpy_rng(seed, Purpose.CLASSIFIERS, SPLIT_STREAM)
    n = min(len(real), len(fake))
    n_held_out = n // 3 if n_test is None else n_test
    real_order, fake_order = (rng.permutation(len(values))[:n] for values in (real, fake))
    n_train = n - n_held_out
    order = rng.permutation(2 * n_train)
    return Split(
        np.concatenate([real[real_order[n_held_out:]], fake[fake_order[n_held_out:]]])[order],
        (np.arange(2 * n_train) < n_train)[order],
        np.concatenate([real[real_order[:n_held_out]], fake[fake_order[:n_held_out]]]),
        real_order[:n_held_out],
        fake_order[:n_held_out],
    )


def standardised(split: Split) -> Split:
    """Signals with mean 0 and deviation 1 in each channel of the training part's reals."""
    mean, scale = mean_and_scale(split.train[split.train_is_real])
    return split._replace(train=scaled(split.train, mean, scale), test=scaled(split.test, mean, scale))


def mean_and_scale(reals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each channel, (n_channels, 1); 1 where it never deviates."""
    mean = reals.mean(axis=(0, 2), dtype=np.float64)[:, None]
    std = reals.std(axis=(0, 2), dtype=np.float64)[:, None]
    return mean, np.where(std > 0, std, 1)


def scaled(signals: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return ((signals - mean) / scale).astype(np.float32)
