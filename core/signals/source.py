"""What every source of real signals can do."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from core.signals.batch import Batch


class Source(Protocol):
    """Where real signals come from, with the conditions that were chosen; see `Batch`."""

    n_channels: int
    times: np.ndarray  # (n_samples,), seconds
    sines: tuple[float, float] | None  # the lowest and highest angular frequency in rad/s, where all signals are sines

    def batch(self, n: int, rng: np.random.Generator) -> Batch:
        """Draw `n` signals to train on; a recording may come more than once."""

    def distinct(self, n: int, rng: np.random.Generator) -> Batch:
        """Up to `n` signals to train on, no recording twice."""

    def held_out(self, n: int, seed: int) -> Batch:
        """Up to `n` signals that training with this seed never sees."""

    def fresh(self, n: int, seed: int) -> Batch:
        """Up to `n` signals that neither training with this seed nor its choice of the best state ever sees."""

    def stream(self, n: int, seed: int) -> Iterator[Batch]:
        """`n` signals in pieces; the same seed gives the same signals."""
