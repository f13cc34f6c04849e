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
    own units, classes as their place in the column's list. faulty: the samples that a planted fault changed, bool and shaped
    as the signals; None where no faults were planted. recordings: which recording each signal is a window of, (n,); None
    where none has more than one.
    """

    signals: np.ndarray
    conditions: np.ndarray
    faulty: np.ndarray | None = None
    recordings: np.ndarray | None = None

    @classmethod
    def unconditional(cls, signals: np.ndarray) -> Self:
        """Signals of which nothing else is known."""
        return cls(signals, np.empty((len(signals), 0), np.float32))

    def __len__(self) -> int:
        return len(self.signals)

    def __getitem__(self, rows: slice | np.ndarray) -> "Batch":
        faulty, recordings = (None if part is None else part[rows] for part in (self.faulty, self.recordings))
        return Batch(self.signals[rows], self.conditions[rows], faulty, recordings)

    def room(self, n: int) -> "Batch":
        """Room for `n` signals of this kind, not yet filled."""

        def like(part: np.ndarray) -> np.ndarray:
            return np.empty((n, *part.shape[1:]), part.dtype)

        faulty, recordings = (None if part is None else like(part) for part in (self.faulty, self.recordings))
        return Batch(like(self.signals), like(self.conditions), faulty, recordings)

    def fill(self, start: int, other: "Batch") -> None:
        """Put other signals into the rows from `start` on."""
        rows = slice(start, start + len(other))
        self.signals[rows], self.conditions[rows] = other.signals, other.conditions
        for part, others in ((self.faulty, other.faulty), (self.recordings, other.recordings)):
            if part is not None:
                part[rows] = others


def blocks(draw: Callable[[int], Batch], n: int) -> Iterator[Batch]:
    """`n` signals in pieces of at most BLOCK; `draw(index)` must return the whole block of that index."""
    for index, start in enumerate(range(0, max(n, 1), BLOCK)):  # also of no signals there is one piece
        yield draw(index)[: n - start]


def collect(pieces: Iterator[Batch], n: int) -> Batch:
    """Pieces with `n` signals in all as one; one copy, no list of pieces."""
    first = next(pieces)
    whole = first.room(n)
    filled = 0
    for piece in chain([first], pieces):
        whole.fill(filled, piece)
        filled += len(piece)
    return whole
