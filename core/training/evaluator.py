"""What is measured of generators while they are trained: always on the same held-out reals, with the same latents."""

import math
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import torch

from core.config import MIN_HELD_OUT, RunConfig
from core.errors import ConfigError
from core.fidelity.measures.distance import DistanceToReal
from core.formatting import quantity
from core.networks import Generator
from core.seeds import Purpose, torch_rng
from core.signals.batch import Batch
from core.signals.scaling import Scaling
from core.signals.source import Source
from core.signals.training_set import fit_in_memory
from core.training.evaluation import Accuracy, Evaluation, rank
from core.training.judge import N_LEARNED, N_TESTED, FakeDetector

N_SNAPSHOT = 64  # fixed latents, and as many fixed reals to show beside them
N_EVALUATION = 2048  # fakes of which the distance is measured, fewer of very long signals
CLEARLY = 0.02  # of the classifiers' accuracy
N_FAKED = 512  # at a time, which the cache holds


class Evaluator:
    """Compares generators of one training with reals that it never learns from; `reals` are those that it does.

    Raises ConfigError where the source has nothing to learn, or holds out too little to judge by.
    """

    def __init__(self, config: RunConfig, source: Source, reals: Batch) -> None:
        self._seed = config.training.seed
        self._times = source.times
        self.scaling = Scaling.fit(reals.signals, config.source.limit_values)
        self._learned = reals.signals[:N_LEARNED].copy()
        self._others = reals.signals[
            N_LEARNED : 2 * N_LEARNED + N_TESTED
        ].copy()  # which the detector never learns from
        n_values = source.n_channels * len(source.times)
        self._n_compared = fit_in_memory(N_EVALUATION, n_values)
        self._held_out = source.held_out(fit_in_memory(2 * N_EVALUATION, n_values), self._seed).signals
        if len(self._held_out) < MIN_HELD_OUT:
            raise ConfigError(
                f"The best state would be chosen on {quantity(len(self._held_out), 'signal')}, and it takes at least "
                f"{MIN_HELD_OUT}; add more recordings."
            )
        self.shown_reals = self._held_out[:N_SNAPSHOT]
        self._distance = DistanceToReal(self._held_out, self._seed)
        self._of_drafts: WeakKeyDictionary[Generator, Evaluation] = WeakKeyDictionary()

    def drop_bounds(self, generator: Generator) -> bool:
        """Leave out bounds that make a generator's fakes clearly easier to tell; whether there were such.

        Where waves turn just before a bound, fakes that go beyond it by little are told less easily than fakes that are cut
        off there.
        """
        bounded = self.scaling
        if not (bounded.limits and bounded.limits.is_bounded):
            return False
        told = self.evaluate_draft(generator).accuracy.mean
        self.scaling = bounded.unbounded()
        if self.evaluate(generator).accuracy.mean < told - CLEARLY:
            self._of_drafts.clear()
            return True
        self.scaling = bounded
        return False

    @cached_property
    def _detector(self) -> FakeDetector:
        sampling_rate = (len(self._times) - 1) / float(self._times[-1] - self._times[0])
        return FakeDetector(self._learned, self._held_out, self._seed, sampling_rate)

    @cached_property
    def _accuracy_floor(self) -> float:
        """How often the detector seems to tell reals from reals."""
        n = self._detector.n_fakes
        return self._detector(self._others[:n]).value if len(self._others) >= n else 0.5

    def snapshot(self, generator: Generator) -> np.ndarray:
        """Fakes from the fixed latents, (N_SNAPSHOT, n_channels, n_samples) in physical units."""
        return self._fakes(generator, N_SNAPSHOT, Purpose.SNAPSHOT_LATENTS)

    def evaluate(self, generator: Generator) -> Evaluation:
        """All of a generator's figures."""
        fakes = self._fakes(generator, max(self._n_compared, self._detector.n_fakes), Purpose.EVALUATION_LATENTS)
        if not np.isfinite(fakes).all():
            return Evaluation(math.inf, 0.0, Accuracy(1.0, 1.0, 1.0), self._accuracy_floor)
        few = fakes[: self._n_compared]
        accuracy = self._detector(fakes[: self._detector.n_fakes])
        return Evaluation(self._distance(few), self._distance.diversity(few), accuracy, self._accuracy_floor)

    def evaluate_draft(self, generator: Generator) -> Evaluation:
        """All figures of a generator that is not trained yet: measured when they are first asked for, then remembered."""
        if generator not in self._of_drafts:
            self._of_drafts[generator] = self.evaluate(generator)
        return self._of_drafts[generator]

    def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
        """How good a draft is; see `rank`."""
        return rank(self.evaluate_draft(generator), handicap)

    @torch.no_grad()
    def _fakes(self, generator: Generator, n: int, purpose: Purpose) -> np.ndarray:
        """`n` fakes in physical units; the latents are a function of the seed and the purpose."""
        rng = torch_rng(self._seed, purpose)
        device = generator.natural.device  # of the training, or the processor while it is initialized
        parts = []
        for start in range(0, n, N_FAKED):  # the latents of all would take more memory than the fakes
            piece = drawn(generator, min(N_FAKED, n - start), rng)
            parts.append(self.scaling.to_physical(generator(*(part.to(device) for part in piece)).cpu().numpy()))
        return np.concatenate(parts)


def drawn(generator: Generator, n: int, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The latents of `n` signals, and conditions as they occur."""
    return generator.draw_latents(n, rng), generator.draw_conditions(n, rng)
