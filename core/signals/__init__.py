"""Sources of real signals."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from core.config import SourceConfig
from core.signals.scaling import Scaling
from core.signals.simulator import Simulator

__all__ = ["Scaling", "Simulator", "Source", "open_source"]


class Source(Protocol):
    """Where real signals come from. Arrays are float32 of shape (n, n_channels, n_samples), in physical units."""

    n_channels: int
    times: np.ndarray  # (n_samples,), seconds
    sines: tuple[float, float] | None  # the lowest and highest angular frequency in rad/s, where all signals are sines

    def batch(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw `n` signals to train on; a recording may come more than once."""

    def distinct(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Up to `n` signals to train on, no recording twice."""

    def held_out(self, n: int, seed: int) -> np.ndarray:
        """Up to `n` signals that training with this seed never sees."""

    def fresh(self, n: int, seed: int) -> np.ndarray:
        """Up to `n` signals that neither training with this seed nor its choice of the best state ever sees."""

    def stream(self, n: int, seed: int) -> Iterator[np.ndarray]:
        """`n` signals in pieces; the same seed gives the same signals."""


def open_source(config: SourceConfig) -> Source:
    """The source that a configuration describes."""
    return Simulator(config)
