"""The reals that a training learns from before its first step."""

from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch
from core.signals.source import Source

N_REALS = 16_384  # that the scaling and the warm start learn from …
MAX_VALUES = 2**25  # … or as many as this makes of long signals: 134 MB, of which several copies are worked on


def fit_in_memory(n: int, n_values: int) -> int:
    """How many of `n` signals of so many values each are worked on together: all, unless they have more than MAX_VALUES."""
    return min(n, MAX_VALUES // n_values)


def first_reals(source: Source, seed: int) -> Batch:
    """The reals that a training with this seed learns the scaling and its start from."""
    n = fit_in_memory(N_REALS, source.n_channels * len(source.times))
    return source.distinct(n, numpy_rng(seed, Purpose.TRAINING_REALS))
