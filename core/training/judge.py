"""A judge that watches the training: classifiers whose features are not those of any discriminator.

Classifier two-sample tests (Lopez-Paz & Oquab 2017, arXiv:1610.06545) that learn from the reals that the training sees and are
tested on reals that were held out. Two of them, as each sees what the other misses: a linear one on random convolutions,
and boosted trees on what describes single signals. Their kernels are neither those of a discriminator nor those of page
Fidelity, so a state that is chosen here has no advantage there.
"""

import math
from dataclasses import replace

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits
from torch import Tensor

from core.fidelity.measures import descriptive
from core.fidelity.measures.c2st import ridge, rounded
from core.fidelity.measures.kernels import N_CALIBRATION, convolve, draw_kernels
from core.seeds import Purpose, numpy_rng
from core.signals.moments import mean_and_deviation, parts
from core.signals.training_set import fit_in_memory
from core.training.evaluation import Accuracy

N_LEARNED = 2048  # signals of either kind, at most, that the classifiers learn from
N_TESTED = 2048  # fakes, and at most as many reals, that they are tested on
N_KERNELS = 128
N_TREES = 60
MAX_DESCRIBED = 256  # features that the trees are grown on: those of nine channels
STANDARD_ERRORS = 1.96  # of a 95 % interval


class FakeDetector:
    """Tells fakes from reals, both (n, n_channels, n_samples) in physical units."""

    def __init__(self, learned: np.ndarray, tested: np.ndarray, seed: int, sampling_rate: float) -> None:
        learned, tested = learned[:N_LEARNED], tested[:N_TESTED]
        self.n_fakes = len(learned) + fit_in_memory(N_TESTED, learned[0].size)
        self._n_learned, self._seed, self._sampling_rate = len(learned), seed, sampling_rate
        self._mean, deviation = mean_and_deviation(learned)
        self._scale = np.maximum(deviation, 1e-30)
        self._kernels = draw_kernels(self._standard(learned[:N_CALIBRATION]), N_KERNELS, numpy_rng(seed, Purpose.JUDGE))
        self._learned, self._tested = self._features(learned), self._features(tested)
        self._order = numpy_rng(seed, Purpose.JUDGE, 1).permutation(2 * len(learned))

    def __call__(self, fakes: np.ndarray) -> Accuracy:
        """The accuracy on held-out reals and as yet unseen ones of `n_fakes` fakes."""
        learned, tested = (self._features(part) for part in np.split(fakes, [self._n_learned]))
        targets = np.repeat([1.0, -1.0], self._n_learned)[self._order]
        tests = [
            self._linear(self._learned[0], learned[0], self._tested[0], tested[0], targets),
            self._trees(self._learned[1], learned[1], self._tested[1], tested[1], targets),
        ]
        found = [_accuracy(scores, len(self._tested[1])) for scores in tests]
        return replace(max(found, key=lambda one: one.value), each=tuple(one.value for one in found))

    def _linear(
        self, real: Tensor, fake: Tensor, real_test: Tensor, fake_test: Tensor, targets: np.ndarray
    ) -> np.ndarray:
        features = torch.cat([real, fake])[self._order]
        mean, std = features.mean(0), features.std(0)
        scale = torch.where(std > 1e-6, std, torch.inf)
        solution = ridge((features - mean) / scale, torch.from_numpy(targets))
        return (((torch.cat([real_test, fake_test]) - mean) / scale) @ solution).numpy()

    def _trees(
        self, real: np.ndarray, fake: np.ndarray, real_test: np.ndarray, fake_test: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        trees = HistGradientBoostingClassifier(max_iter=N_TREES, random_state=self._seed)
        features, test = np.concatenate([real, fake])[self._order], np.concatenate([real_test, fake_test])
        if features.shape[1] > MAX_DESCRIBED:
            telling = _telling(features, targets)
            features, test = features[:, telling], test[:, telling]
        with threadpool_limits(1):
            trees.fit(features, targets > 0)
            scores: np.ndarray = trees.decision_function(test)
        return scores

    def _features(self, signals: np.ndarray) -> tuple[Tensor, np.ndarray]:
        """Of the linear classifier and of the trees."""
        described = descriptive.features(signals, self._sampling_rate)
        convolved = [convolve(self._standard(part), self._kernels) for part in parts(signals)]
        return torch.cat(convolved), rounded(described)

    def _standard(self, signals: np.ndarray) -> np.ndarray:
        return ((signals - self._mean) / self._scale).astype(np.float32)


def _telling(features: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The numbers of the features (n, n_features) in which the kinds differ most, by the Kolmogorov–Smirnov statistic.

    Targets (n,) are 1 or −1, as many of either, in random order, so that ties favour neither.
    """
    ranked = targets[features.T.argsort(axis=1)]
    gaps = np.abs(ranked.cumsum(axis=1)).max(axis=1)
    return np.sort(gaps.argsort(kind="stable")[-MAX_DESCRIBED:])


def _accuracy(scores: np.ndarray, n_reals: int) -> Accuracy:
    """Of scores of reals and then fakes, either kind counting half, however many there are; above 0 says real.

    The interval is that of Agresti & Coull 1998 ("Approximate is better than exact", The American Statistician 52) for
    each kind.
    """
    right = [scores[:n_reals] > 0, scores[n_reals:] <= 0]
    value = float(np.mean([part.mean() for part in right]))
    shares = [((part.sum() + 2) / (len(part) + 4), len(part) + 4) for part in right]
    error = math.sqrt(sum(share * (1 - share) / n for share, n in shares)) / 2
    return Accuracy(value, max(0.0, value - STANDARD_ERRORS * error), min(1.0, value + STANDARD_ERRORS * error))
