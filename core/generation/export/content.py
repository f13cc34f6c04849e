"""What is in a file of signals besides their values, and what all formats share."""

import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO, Self

import numpy as np

from core.config import Column, RunConfig
from core.generation.card import Card
from core.signals.batch import Batch
from core.signals.faults import MASK, FaultSettings
from core.units import PLAIN, Units

ROWS = 256  # signals that are written together: a few milliseconds of work; the server answers in between
PIECE = 1 << 16  # bytes of a file that are sent together
SHORT_NAME = 31  # characters that MATLAB knows of a name

Pieces = Iterator[Batch]


@dataclass(frozen=True)
class Content:
    """What is in a file of signals besides their values.

    times: (n_samples,). units: of values and times. columns: the conditions that signals come with, with planted faults the
    label last. card: the description of the signals, where there is one.
    """

    times: np.ndarray
    n_channels: int = 1
    columns: tuple[Column, ...] = ()
    units: Units = PLAIN
    faults: FaultSettings | None = None
    card: Card | None = None

    @classmethod
    def of(cls, config: RunConfig, faults: FaultSettings | None = None, card: Card | None = None) -> Self:
        """The content of a run's signals."""
        columns = (*config.columns, faults.column(config.columns)) if faults else config.columns
        return cls(config.source.times, config.source.n_channels, columns, config.source.units, faults, card)

    @property
    def rate(self) -> float:
        """Samples per second, in Hz."""
        return float(
            f"{(len(self.times) - 1) / (self.times[-1] - self.times[0]):.12g}"
        )  # 100 and not 99.99999999999999

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one signal in an array: (n_samples,), or (n_channels, n_samples) of several channels."""
        n_samples = len(self.times)
        return (n_samples,) if self.n_channels == 1 else (self.n_channels, n_samples)

    @property
    def names(self) -> list[str]:
        """A name for each condition that every program takes: letters, digits and _, none twice."""
        names: list[str] = []
        for column in self.columns:
            name = re.sub(r"\W", "_", column.name, flags=re.ASCII)[: SHORT_NAME - 4]
            name = name if name[:1].isalpha() else f"c_{name}"
            taken = {*names, "signals", "times", "sampling_rate", MASK, "card"}
            names.append(next(one for one in (name, *(f"{name}_{i}" for i in range(2, 100))) if one not in taken))
        return names


def column_names(times: np.ndarray, units: Units = PLAIN) -> list[str]:
    """One name for each sample: the time at which it was taken and its unit, as in "t=0.0630434 s [mV]"."""
    # A hundredth of the sampling interval is always told, also long after time 0.
    intervals = np.abs(times).max() / (times[1] - times[0])
    digits = min(17, max(9, math.ceil(math.log10(intervals)) + 3))
    of_values = f" [{units.value}]" if units.value else ""
    return [f"t={time:.{digits}g} {units.time}{of_values}" for time in times]


def regrouped(pieces: Pieces, n_rows: int) -> Iterator[Batch]:
    """The same signals in groups of exactly `n_rows` (the last may be smaller), contiguous."""
    group: Batch | None = None
    filled = 0
    for piece in pieces:
        start = 0
        while start < len(piece):
            if group is None:
                group = piece.room(n_rows)
            taken = piece[start : start + n_rows - filled]
            group.fill(filled, taken)
            filled += len(taken)
            start += len(taken)
            if filled == n_rows:
                yield group
                group, filled = None, 0
    if group is not None:
        yield group[:filled]


def values_of(column: Column, values: np.ndarray) -> np.ndarray:
    """A condition of each signal, (n,): numbers, or the names of classes as an array of objects."""
    return np.array(column.classes, object)[values.astype(int)] if column.classes else values


def drained(sink: io.BytesIO) -> bytes:
    """What was written since the last time.

    Parquet's footer points at offsets in the whole file, and pyarrow keeps count of them itself; an emptied buffer
    must therefore not tell it a position.
    """
    written = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return written


def by_way_of_disk(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same file, which is whole on the disk before its first byte is there; until then there are empty pieces."""
    with TemporaryFile() as file:
        for piece in pieces:
            file.write(piece)
            yield b""
        yield from _content_of(file)


def written_on_disk(write: Callable[[BinaryIO], Iterator[None]]) -> Iterator[bytes]:
    """A file that can only be written where one can go back in it: it is made on the disk in steps, and then sent."""
    with TemporaryFile() as file:
        for _ in write(file):
            yield b""
        yield from _content_of(file)


def _content_of(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    yield from iter(partial(file.read, PIECE), b"")
