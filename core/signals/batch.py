"""Signals with what else is known of each: what sources and twins give out, piece by piece."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from core.seeds import BLOCK


@dataclass(frozen=True)
class Batch:
    """Signals and their conditions, row by row.

    signals: float32 (n, n_channels, n_samples), in physical units. conditions: float32 (n, n_conditions), numbers in their
    own units, classes as their place in the column's list.
    """

    signals: np.ndarray
    conditions: np.ndarray

    @classmethod
    def unconditional(cls, signals: np.ndarray) -> Self:
        """Signals of which nothing else is known."""
        return cls(signals, np.empty((len(signals), 0), np.float32))

    def __len__(self) -> int:
        return len(self.signals)

    def __getitem__(self, rows: slice | np.ndarray) -> "Batch":
        return Batch(self.signals[rows], self.conditions[rows])


def blocks(draw: Callable[[int], Batch], n: int) -> Iterator[Batch]:
    """`n` signals in pieces of at most BLOCK; `draw(index)` must return the whole block of that index."""
    for index, start in enumerate(range(0, max(n, 1), BLOCK)):  # also of no signals there is one piece
        yield draw(index)[: n - start]


def collect(pieces: Iterator[Batch], n: int) -> Batch:
    """Pieces with `n` signals in all as one; one copy, no list of pieces."""
    first = next(pieces)
    whole = Batch(*(np.empty((n, *part.shape[1:]), part.dtype) for part in (first.signals, first.conditions)))
    filled = 0
    for piece in chain([first], pieces):
        rows = slice(filled, filled + len(piece))
        whole.signals[rows], whole.conditions[rows] = piece.signals, piece.conditions
        filled += len(piece)
    return whole
