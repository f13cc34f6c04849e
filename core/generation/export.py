"""Streams of signals as files: CSV, CSV.gz, Parquet and NPY, piece by piece, so that memory stays bounded.

Signals are grouped again before they are written, so the bytes depend on the signals alone and not on the pieces in
which they arrive.
"""

import csv
import io
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import orjson
import pyarrow as pa
from pyarrow import parquet

from core.config import Column, RunConfig
from core.signals.batch import Batch
from core.units import PLAIN, Units

CSV_ROWS = 256  # a few milliseconds of work; the server answers in between
PARQUET_ROWS = 4096  # in a row group: large enough to compress well, small enough to hold
GZIP_LEVEL = 1  # noise hardly compresses: higher levels take far longer and save little

Pieces = Iterator[Batch]


@dataclass(frozen=True)
class Content:
    """What is in a file of signals besides their values.

    times: (n_samples,). units: of values and times. columns: the conditions that signals come with.
    """

    times: np.ndarray
    n_channels: int = 1
    columns: tuple[Column, ...] = ()
    units: Units = PLAIN

    @classmethod
    def of(cls, config: RunConfig) -> Self:
        """The content of a run's signals."""
        return cls(config.source.times, config.source.n_channels, config.columns, config.source.units)


@dataclass(frozen=True)
class Format:
    """A file format: what it is called, what a browser is told, and how it is written."""

    title: str
    media_type: str
    encode: Callable[[Pieces, int, Content], Iterator[bytes]]  # (pieces, count, content)


def column_names(times: np.ndarray, units: Units = PLAIN) -> list[str]:
    """One name for each sample: the time at which it was taken and its unit, as in "t=0.0630434 s [mV]"."""
    # A hundredth of the sampling interval is always told, also long after time 0.
    intervals = np.abs(times).max() / (times[1] - times[0])
    digits = min(17, max(9, math.ceil(math.log10(intervals)) + 3))
    of_values = f" [{units.value}]" if units.value else ""
    return [f"t={time:.{digits}g} {units.time}{of_values}" for time in times]


def _lead(content: Content) -> list[str]:
    """The names of the columns before the samples: where there are several channels which signal and channel a row is of,
    then the conditions."""
    channels = ["signal", "channel"] if content.n_channels > 1 else []
    return [*channels, *(column.name for column in content.columns)]


def _csv(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """A row for each channel of each signal, a column for each sample; text that reads back as the same float32."""
    names = [*_lead(content), *column_names(content.times, content.units)]
    yield ",".join(map(_quoted, names)).encode() + b"\n"
    n_before = 0
    for group in _regrouped(pieces, CSV_ROWS):
        rows = group.signals.reshape(-1, len(content.times))
        text = orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2]  # 1.5,2.5],[3.5,4.5
        if not _lead(content):
            yield text.replace(b"],[", b"\n") + b"\n"
            continue
        lines = zip(_leads(group, n_before, content), text.split(b"],["), strict=True)
        yield b"\n".join(lead + line for lead, line in lines) + b"\n"
        n_before += len(group)


def _leads(group: Batch, n_before: int, content: Content) -> Iterator[bytes]:
    """The beginning of each row, up to its samples."""
    texts = [_texts(group.conditions[:, index], column) for index, column in enumerate(content.columns)]
    for number in range(len(group)):
        known = b"".join(column[number] + b"," for column in texts)
        for channel in range(content.n_channels):
            place = b"%d,%d," % (n_before + number + 1, channel + 1) if content.n_channels > 1 else b""
            yield place + known


def _texts(values: np.ndarray, column: Column) -> list[bytes]:
    """The cells of a condition: classes by their names, quoted where they must be."""
    if column.classes:
        names = [_quoted(name).encode() for name in column.classes]
        return [names[int(value)] for value in values]
    return orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _quoted(text: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([text])  # which it quotes where they are in the text
    return out.getvalue().removesuffix("\r\n")


def _csv_gz(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    gzip = zlib.compressobj(GZIP_LEVEL, wbits=zlib.MAX_WBITS | 16)
    for text in _csv(pieces, count, content):
        yield gzip.compress(text)
    yield gzip.flush()


def _parquet(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """The same columns as in CSV; samples are float32."""
    places = [("signal", pa.int64()), ("channel", pa.int8())] if content.n_channels > 1 else []
    known = [(column.name, pa.string() if column.classes else pa.float32()) for column in content.columns]
    samples = [(name, pa.float32()) for name in column_names(content.times, content.units)]
    schema = pa.schema([*places, *known, *samples])
    sink = io.BytesIO()
    with parquet.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        use_dictionary=False,
        use_byte_stream_split=[name for name, _ in samples],
        write_statistics=False,
    ) as writer:
        yield _drained(sink)  # the format's first four bytes, at once
        n_before = 0
        for group in _regrouped(pieces, max(1, PARQUET_ROWS // content.n_channels)):
            columns = [*_lead_columns(group, n_before, content)]
            columns += list(np.ascontiguousarray(group.signals.reshape(-1, len(content.times)).T))
            writer.write_batch(pa.record_batch(columns, schema=schema))
            yield _drained(sink)
            n_before += len(group)
    yield _drained(sink)


def _lead_columns(group: Batch, n_before: int, content: Content) -> Iterator[np.ndarray]:
    """What stands before the samples, (n_rows,) each."""
    n, n_channels = len(group), content.n_channels
    if n_channels > 1:
        yield np.repeat(np.arange(n_before + 1, n_before + n + 1), n_channels)
        yield np.tile(np.arange(1, n_channels + 1, dtype=np.int8), n)
    for index, column in enumerate(content.columns):
        values = np.repeat(group.conditions[:, index], n_channels)
        yield np.array(column.classes, object)[values.astype(int)] if column.classes else values


def _npy(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """One float32 array (count, n_samples), or (count, n_channels, n_samples) of several channels; no conditions."""
    n_samples = len(content.times)
    shape = (count, n_samples) if content.n_channels == 1 else (count, content.n_channels, n_samples)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
    yield head.getvalue()
    for group in _regrouped(pieces, CSV_ROWS):
        yield group.signals.astype("<f4", copy=False).tobytes()


FORMATS: dict[str, Format] = {
    "csv": Format("CSV", "text/csv", _csv),
    "csv.gz": Format("CSV, compressed", "application/gzip", _csv_gz),
    "parquet": Format("Parquet", "application/vnd.apache.parquet", _parquet),
    "npy": Format("NumPy", "application/octet-stream", _npy),
}


def encode(pieces: Pieces, count: int, content: Content, format_name: str) -> Iterator[bytes]:
    """The bytes of a file with `count` signals."""
    return FORMATS[format_name].encode(pieces, count, content)


def _regrouped(pieces: Pieces, n_rows: int) -> Iterator[Batch]:
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


def _drained(sink: io.BytesIO) -> bytes:
    """What was written since the last time.

    Parquet's footer points at offsets in the whole file, and pyarrow keeps count of them itself; an emptied buffer
    must therefore not tell it a position.
    """
    written = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return written
