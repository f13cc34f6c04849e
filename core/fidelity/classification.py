"""What every classifier two-sample test shares: the split into training and test signals, and the result.

Two thirds of either kind are for training and the rest for the test; the smaller set decides how many of each are used, so
that the two are in balance. Windows of one recording are all on one side: otherwise a classifier would recognise the recording
and tell even reals from other reals.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from core.seeds import Purpose, numpy_rng

SPLIT_STREAM = (
    0  # index of the stream of random numbers; the others are in c2st.py, timegan.py, tstr.py, context_fid.py
)

# Which recording each real, and each of the others, is a window of, (n,) each; None where each is a recording of its own.
Origins = tuple[np.ndarray | None, np.ndarray | None]
ALONE: Origins = (None, None)


class C2ST(NamedTuple):
    """A classifier’s scores of the signals that were held out from it."""

    accuracy: float  # 0.5 is guessing
    real_index: np.ndarray  # which reals were held out, (n_test,)
    fake_index: np.ndarray  # which fakes, (n_test,)
    real_scores: np.ndarray  # (n_test,): above 0 means real, the larger the surer
    fake_scores: np.ndarray
    n_effective: float  # independent signals that would give so sure an accuracy

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """The range that holds the true accuracy with this confidence.

        Wilson 1927, "Probable inference, the law of succession, and statistical inference" (JASA 22).
        """
        n = max(1, round(self.n_effective))
        found = binomtest(round(self.accuracy * n), n).proportion_ci(confidence, method="wilson")
        return float(found.low), float(found.high)


class Split(NamedTuple):
    """What a classifier learns from and what it is tested on, reals and fakes in equal numbers."""

    train: np.ndarray
    train_is_real: np.ndarray  # bool
    test: np.ndarray  # the reals, then as many fakes
    real_index: np.ndarray  # which reals those of the test are
    fake_index: np.ndarray
    clusters: np.ndarray  # (2 · n_test,), numbers that signals of one recording share


def result_of(scores: np.ndarray, split: Split) -> C2ST:
    """The result of scores (2 · n_test,) of the held-out reals and then fakes; a score above 0 says real."""
    real_scores, fake_scores = np.split(scores, 2)
    is_right = np.concatenate([real_scores > 0, fake_scores <= 0])
    return C2ST(
        float(np.mean(is_right)),
        split.real_index,
        split.fake_index,
        real_scores,
        fake_scores,
        _n_effective(is_right, split.clusters),
    )


def _n_effective(is_right: np.ndarray, clusters: np.ndarray) -> float:
    """How many independent signals would give as sure a share as these (n,), which are right or wrong in clusters.

    The effective sample size of Korn & Graubard 1998, "Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data" (Survey Methodology 24).
    """
    n, n_clusters = len(is_right), len(np.unique(clusters))
    if n_clusters == n:
        return n
    share = is_right.mean()
    sums = np.bincount(clusters, is_right - share)
    variance = np.square(sums).sum() / n**2 * n_clusters / max(1, n_clusters - 1)
    return float(min(share * (1 - share) / variance, n)) if variance else float(n_clusters)


def train_test_split(
    real: np.ndarray, fake: np.ndarray, seed: int, n_test: int | None, origins: Origins = ALONE
) -> Split:
    """As many reals as fakes, in random order; a third of each, or `n_test`, is held out.

    Where there are several recordings, it is whole ones, and as many signals as the last of them allows.
    """
    rng = numpy_rng(seed, Purpose.CLASSIFIERS, SPLIT_STREAM)
    n = min(len(real), len(fake))
    n_held_out = n // 3 if n_test is None else n_test
    orders = [rng.permutation(len(values)) for values in (real, fake)]
    (real_test, real_train), (fake_test, fake_train) = (
        _sides(order, recordings, n, n_held_out, rng) for order, recordings in zip(orders, origins, strict=True)
    )
    n_held_out, n_train = min(len(real_test), len(fake_test)), min(len(real_train), len(fake_train))
    real_test, fake_test = real_test[:n_held_out], fake_test[:n_held_out]
    order = rng.permutation(2 * n_train)
    return Split(
        np.concatenate([real[real_train[:n_train]], fake[fake_train[:n_train]]])[order],
        (np.arange(2 * n_train) < n_train)[order],
        np.concatenate([real[real_test], fake[fake_test]]),
        real_test,
        fake_test,
        np.concatenate([_numbers(real_test, origins[0]), n_held_out + _numbers(fake_test, origins[1])]),
    )


def _sides(
    order: np.ndarray, recordings: np.ndarray | None, n: int, n_held_out: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Of rows in random order, those of the test and those to learn from; no recording is in both, if there are several."""
    if recordings is None or (recordings == recordings[0]).all():
        return order[:n_held_out], order[n_held_out:n]
    _, firsts, places = np.unique(recordings[order], return_index=True, return_inverse=True)
    order = order[np.argsort(firsts[places], kind="stable")]  # a recording after the other, in random order
    ends = np.flatnonzero(np.diff(recordings[order])) + 1
    end = int(ends[min(int(np.searchsorted(ends, n_held_out)), len(ends) - 1)]) if n_held_out else 0
    return order[:end][:n_held_out], rng.permutation(order[end:])


def _numbers(rows: np.ndarray, recordings: np.ndarray | None) -> np.ndarray:
    """Numbers below the number of rows that those of one recording share."""
    return np.arange(len(rows)) if recordings is None else np.unique(recordings[rows], return_inverse=True)[1]


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
