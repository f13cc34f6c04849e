"""A .npy file that grows along its first axis, so that no more than a piece of it is ever in memory."""

import errno
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

PIECE = 4096  # rows at a time


def write_pieces(path: Path, pieces: Iterable[np.ndarray]) -> None:
    """Write pieces, float32 (n, …) of one shape besides n, one after the other as the file that `np.save` makes of them all.

    Raises OSError, and what the iterable raises; the file is then none that can be read.
    """
    n, shape = 0, ()
    with path.open("wb") as file:
        for place, piece in enumerate(pieces):
            if place == 0:
                shape = piece.shape[1:]
                _write_header(file, 0, shape)
            file.write(np.ascontiguousarray(piece, "<f4").data)
            n += len(piece)
        _finish(file, n, shape)


def keep_rows(path: Path, is_kept: np.ndarray) -> None:
    """Leave only some rows of such a file, is_kept: bool (n,), in their order. Raises OSError."""
    if is_kept.all():
        return
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    offset, shape, n_bytes = array.offset, array.shape[1:], array[:1].nbytes
    del array
    with path.open("r+b") as file:
        n = 0
        for start in range(0, len(is_kept), PIECE):
            rows = is_kept[start : start + PIECE]
            file.seek(offset + start * n_bytes)
            piece = np.frombuffer(file.read(len(rows) * n_bytes), "<f4").reshape(-1, *shape)
            file.seek(offset + n * n_bytes)
            file.write(piece[rows].data)
            n += int(rows.sum())
        file.truncate()
        _finish(file, n, shape)


def _finish(file: BinaryIO, n: int, shape: tuple[int, ...]) -> None:
    """Say in the header how many rows there are; NumPy leaves room in it for any number.

    Raises OSError where the file is not as long as they are, for its signals would be shifted.
    """
    file.seek(0)
    _write_header(file, n, shape)
    end = file.tell() + n * math.prod(shape) * np.dtype("<f4").itemsize
    if file.seek(0, os.SEEK_END) != end:
        raise OSError(errno.EIO, f"{Path(file.name).name} is not as long as its {n} rows")
    file.flush()
    os.fsync(file.fileno())


def _write_header(file: BinaryIO, n: int, shape: tuple[int, ...]) -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": (n, *shape)}
    np.lib.format.write_array_header_1_0(file, header)
