"""Streams of signals as files: CSV, CSV.gz, Parquet and NPY, piece by piece, so that memory stays bounded.

Signals are grouped again before they are written, so the bytes depend on the signals alone and not on the pieces in
which they arrive.
"""

import io
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa
from pyarrow import parquet

CSV_ROWS = 256  # a few milliseconds of work; the server answers in between
PARQUET_ROWS = 4096  # in a row group: large enough to compress well, small enough to hold
GZIP_LEVEL = 1  # noise hardly compresses: higher levels take far longer and save little

Pieces = Iterator[np.ndarray]  # float32, (n, n_channels, n_samples) each


@dataclass(frozen=True)
class Format:
    """A file format: what it is called, what a browser is told, and how it is written."""

    title: str
    media_type: str
    encode: Callable[[Pieces, int, np.ndarray], Iterator[bytes]]  # (pieces, count, times in s)


def column_names(times: np.ndarray) -> list[str]:
    """One name for each sample: the time in seconds at which it was taken, as in "t=0.0630434 s"."""
    # A hundredth of the sampling interval is always told, also long after time 0.
    intervals = np.abs(times).max() / (times[1] - times[0])
    digits = min(17, max(9, math.ceil(math.log10(intervals)) + 3))
    return [f"t={time:.{digits}g} s" for time in times]


def _csv(pieces: Pieces, count: int, times: np.ndarray) -> Iterator[bytes]:
    """A row for each signal, a column for each sample; the shortest text that reads back as the same float32."""
    yield ",".join(column_names(times)).encode() + b"\n"
    for rows in _regrouped(pieces, CSV_ROWS):
        text = orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY)  # [[1.5,2.5],[3.5,4.5]]
        yield text[2:-2].replace(b"],[", b"\n") + b"\n"


def _csv_gz(pieces: Pieces, count: int, times: np.ndarray) -> Iterator[bytes]:
    gzip = zlib.compressobj(GZIP_LEVEL, wbits=zlib.MAX_WBITS | 16)
    for text in _csv(pieces, count, times):
        yield gzip.compress(text)
    yield gzip.flush()


def _parquet(pieces: Pieces, count: int, times: np.ndarray) -> Iterator[bytes]:
    """A float32 column for each sample."""
    schema = pa.schema([(name, pa.float32()) for name in column_names(times)])
    sink = io.BytesIO()
    with parquet.ParquetWriter(
        sink, schema, compression="zstd", use_dictionary=False, use_byte_stream_split=True, write_statistics=False
    ) as writer:
        yield _drained(sink)  # the format's first four bytes, at once
        for rows in _regrouped(pieces, PARQUET_ROWS):
            columns = np.ascontiguousarray(rows.T)
            writer.write_batch(pa.record_batch(list(columns), schema=schema))
            yield _drained(sink)
    yield _drained(sink)


def _npy(pieces: Pieces, count: int, times: np.ndarray) -> Iterator[bytes]:
    """One float32 array of shape (count, n_samples)."""
    head = io.BytesIO()
    description = {"descr": "<f4", "fortran_order": False, "shape": (count, len(times))}
    np.lib.format.write_array_header_1_0(head, description)
    yield head.getvalue()
    for rows in _regrouped(pieces, CSV_ROWS):
        yield rows.astype("<f4", copy=False).tobytes()


FORMATS: dict[str, Format] = {
    "csv": Format("CSV", "text/csv", _csv),
    "csv.gz": Format("CSV, compressed", "application/gzip", _csv_gz),
    "parquet": Format("Parquet", "application/vnd.apache.parquet", _parquet),
    "npy": Format("NumPy", "application/octet-stream", _npy),
}


def encode(pieces: Pieces, count: int, times: np.ndarray, format_name: str) -> Iterator[bytes]:
    """The bytes of a file with `count` signals of one channel; `times` is (n_samples,) in seconds."""
    return FORMATS[format_name].encode(pieces, count, times)


def _regrouped(pieces: Pieces, n_rows: int) -> Iterator[np.ndarray]:
    """The same signals in groups of exactly `n_rows` (the last may be smaller), contiguous, (n, n_samples) each."""
    group: np.ndarray | None = None
    filled = 0
    for piece in pieces:
        start = 0
        while start < len(piece):
            if group is None:
                group = np.empty((n_rows, piece.shape[2]), np.float32)
            taken = piece[start : start + n_rows - filled, 0]
            group[filled : filled + len(taken)] = taken
            filled += len(taken)
            start += len(taken)
            if filled == n_rows:
                yield group
                group, filled = None, 0
    if group is not None:
        yield group[:filled]


def _drained(sink: io.BytesIO) -> bytes:
    """What was written since the last time.

    Parquet's footer points at offsets in the whole file, and pyarrow keeps count of them itself; an emptied buffer
    must therefore not tell it a position.
    """
    written = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return written
