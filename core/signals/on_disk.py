"""Signals that may lie in a mapped file: read by rows and by pieces, so that no more of them is in memory than is asked for.

They are read from the file and not through the mapping, which would keep the pages around every row that was ever looked at
until the system is short of memory.
"""

import mmap
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import TypeGuard

import numpy as np

from core.errors import DataSetError
from core.interruption import interrupted

PIECE = 1 << 24  # bytes that are read at a time


def is_on_disk(signals: np.ndarray) -> TypeGuard[np.memmap]:
    """Are these all the signals of a mapped file, one after the other?"""
    return isinstance(signals, np.memmap) and isinstance(signals.base, mmap.mmap) and signals.flags.c_contiguous


def taken(signals: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some rows of signals, float32 in memory; rows: (n,) numbers in any order. Raises DataSetError where the file is shorter."""
    if not is_on_disk(signals):
        return np.asarray(signals[rows], np.float32)
    found = np.empty((len(rows), *signals.shape[1:]), signals.dtype)
    with _opened(signals) as file:
        for row, place in zip(rows.tolist(), found, strict=True):
            file.seek(signals.offset + row * place.nbytes)
            _fill(place, file)
    return found.astype(np.float32, copy=False)


def pieces(array: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of an array one piece after the other, with checkpoints between them. Raises DataSetError as `taken` does."""
    step = max(1, PIECE * len(array) // max(1, array.nbytes))
    starts = interrupted(range(0, len(array), step))
    if not is_on_disk(array):
        yield from (array[start : start + step] for start in starts)
        return
    with _opened(array) as file:
        file.seek(array.offset)
        for start in starts:
            piece = np.empty((min(step, len(array) - start), *array.shape[1:]), array.dtype)
            _fill(piece, file)
            yield piece


def _opened(array: np.memmap) -> BufferedReader:
    return Path(array.filename or "").open("rb")


def _fill(place: np.ndarray, file: BufferedReader) -> None:
    """Read as many bytes as there is room for."""
    if file.readinto(place.data) < place.nbytes:
        raise DataSetError(f"{file.name} ends before its last signal; keep its recordings again.")
