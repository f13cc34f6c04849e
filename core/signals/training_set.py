"""The reals that a training learns from before its first step."""

from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch
from core.signals.source import Source

N_REALS = 16_384  # that the scaling and the warm start learn from …
MAX_VALUES = 2**26  # … or as many as this makes of long signals


def first_reals(source: Source, seed: int) -> Batch:
    """The reals that a training with this seed learns the scaling and its start from."""
    n = min(N_REALS, MAX_VALUES // (source.n_channels * len(source.times)))
    return source.distinct(n, numpy_rng(seed, Purpose.TRAINING_REALS))
