"""Signals that may lie in a memory-mapped file: read piece by piece, so that no more of them is in memory than is asked for.

A mapping keeps every page that was ever read through it, until the system is short of memory. So each piece is read
through a mapping of its own, which is gone after it.
"""

import mmap
from collections.abc import Iterator
from typing import TypeGuard

import numpy as np

PIECE = 1 << 24  # bytes that are read at a time


def is_on_disk(signals: np.ndarray) -> TypeGuard[np.memmap]:
    """Are these all the signals of a mapped file, one after the other?"""
    return isinstance(signals, np.memmap) and isinstance(signals.base, mmap.mmap) and signals.flags.c_contiguous


def taken(signals: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some rows of signals, float32 in memory; rows: (n,) numbers, in any order."""
    if not is_on_disk(signals):
        return np.asarray(signals[rows], np.float32)
    found = np.empty((len(rows), *signals.shape[1:]), np.float32)
    step = _rows_in_piece(signals)
    for start in range(0, len(rows), step):
        found[start : start + step] = _mapped_anew(signals)[rows[start : start + step]]
    return found


def pieces(array: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of an array one piece after the other, which is good until the next one; an array in memory as it is."""
    if not is_on_disk(array):
        yield array
        return
    step = _rows_in_piece(array)
    for start in range(0, len(array), step):
        yield _mapped_anew(array)[start : start + step]


def _mapped_anew(array: np.memmap) -> np.memmap:
    return np.memmap(array.filename or "", array.dtype, "r", array.offset, array.shape)


def _rows_in_piece(array: np.ndarray) -> int:
    return max(1, PIECE // max(1, array[0].nbytes))
