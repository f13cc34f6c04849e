"""What lies together in a file, by name, and what it becomes: a table, or recordings."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.recordings.findings import Finding, told
from core.recordings.reading.limits import MAX_COLUMNS, check_columns, check_recordings
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.single_arrays import Arrays, column_of, is_wide, recordings_of
from core.signals.faults import MASK

LONG = 100  # times as many samples as rows: more columns than a table may have are then samples of long recordings
MARKS = "marks the samples that a fault changed"


@dataclass(frozen=True)
class Container:
    """What lies in a file, by name.

    arrays: numbers, truths, times, complex numbers or text, of any shape. lists: recordings of any lengths, an array for
    each. units: of the values of an array, under no name of all. ignored: what was left out already; findings: why.
    """

    arrays: dict[str, np.ndarray]
    lists: dict[str, list[np.ndarray]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def left_out(what: str, why: str) -> Finding:
    """The finding for an array that is left out; why: the rest of the sentence."""
    return told("ignored", f"“{what[:40]}” {why}; it is left out.", "left out", example=what)


def marks_among(arrays: Arrays) -> list[str]:
    """Which arrays mark samples of others, as those with planted faults do, and are no signals themselves."""
    shapes = [array.shape for array in arrays.values()]
    return [
        key
        for key, array in arrays.items()
        if (
            key == MASK
            and array.ndim > 1
            and shapes.count(array.shape) > 1
            and bool(((array == 0) | (array == 1)).all())
        )
        or (key.endswith(f" {MASK}") and key.removesuffix(f" {MASK}") in arrays)
    ]


def matrix(name: str, array: np.ndarray, rate: float = math.nan) -> Table | Recorded:
    """A matrix as a table without names; few long rows, which are channels, become its columns. Raises SignalFileError.

    Rows that are too long for a table are recordings.
    """
    is_turned = is_wide(array.shape)
    columns = array if is_turned else array.T
    if len(columns) > MAX_COLUMNS and len(array) * LONG <= array.shape[1]:
        return signals(name, array[:, None], rate, {})
    check_columns(name, len(columns))
    names = tuple(f"column {i + 1}" for i in range(len(columns)))
    return Table(names, tuple(column_of(column) for column in columns), has_names=False, rate=rate, is_turned=is_turned)


def signals(name: str, array: np.ndarray, rate: float | np.ndarray, labels: Arrays, **more: Any) -> Recorded:
    """Recordings (n, n_channels, n_samples) of the file `name`; rate: in Hz, of all or of each. Raises SignalFileError."""
    check_recordings(name, *array.shape[:2])
    values = recordings_of(array)
    names = [name] if len(values) == 1 else [f"{name}, number {i + 1}" for i in range(len(values))]
    return Recorded(names, values, np.full(len(values), rate), dict(labels), **more)
