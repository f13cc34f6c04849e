"""Tables: a row for each channel of each signal, a column for each sample."""

import csv
import io
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import orjson
import pyarrow as pa
from pyarrow import parquet

from core.config import Column
from core.formatting import csv_cell
from core.generation.export.content import ROWS, Content, Pieces, column_names, drained, regrouped, values_of
from core.signals.batch import Batch
from core.signals.faults import MASK

PARQUET_ROWS = 4096  # in a row group: large enough to compress well, small enough to hold
GZIP_LEVEL = 1  # noise hardly compresses: higher levels take far longer and save little


def _lead(content: Content) -> list[str]:
    """The names of the columns before the samples: where there are several channels which signal and channel a row is of,
    then the conditions."""
    channels = ["signal", "channel"] if content.n_channels > 1 else []
    return [*channels, *(column.name for column in content.columns)]


def write_csv(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """A row for each channel of each signal, a column for each sample; text that reads back as the same float32."""
    names = [*_lead(content), *column_names(content.times, content.units)]
    yield ",".join(map(_quoted, names)).encode() + b"\n"
    n_before = 0
    for group in regrouped(pieces, ROWS):
        rows = group.signals.reshape(-1, len(content.times))
        text = orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2]  # 1.5,2.5],[3.5,4.5
        text = text.replace(b"null", b"")  # missing values are empty cells
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
    csv.writer(out, lineterminator="\r\n").writerow([csv_cell(text)])  # which it quotes where they are in the text
    return out.getvalue().removesuffix("\r\n")


def marks(pieces: Pieces) -> Pieces:
    """In place of signals 1 at each sample that a fault changed, and 0 elsewhere; for a table of its own."""
    for piece in pieces:
        yield replace(piece, signals=np.asarray(piece.faulty, np.uint8))


def write_csv_gz(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """A packed CSV."""
    gzip = zlib.compressobj(GZIP_LEVEL, wbits=zlib.MAX_WBITS | 16)
    for text in write_csv(pieces, count, content):
        yield gzip.compress(text)
    yield gzip.flush()


def write_parquet(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """The same columns as in CSV, and with planted faults the marks of a row's samples as a list; samples are float32."""
    places = [("signal", pa.int64()), ("channel", pa.int8())] if content.n_channels > 1 else []
    known = [(column.name, pa.string() if column.classes else pa.float32()) for column in content.columns]
    samples = [(name, pa.float32()) for name in column_names(content.times, content.units)]
    marked = [(MASK, pa.list_(pa.bool_(), len(content.times)))] if content.faults else []
    schema = pa.schema(
        [*places, *known, *samples, *marked], {"wavetwin": content.card.to_json()} if content.card else None
    )
    sink = io.BytesIO()
    with parquet.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        use_dictionary=False,
        use_byte_stream_split=[name for name, _ in samples],
        write_statistics=False,
    ) as writer:
        yield drained(sink)  # the format's first four bytes, at once
        n_before = 0
        for group in regrouped(pieces, max(1, PARQUET_ROWS // content.n_channels)):
            columns = [*_lead_columns(group, n_before, content)]
            columns += list(np.ascontiguousarray(group.signals.reshape(-1, len(content.times)).T))
            if group.faulty is not None:
                columns.append(pa.FixedSizeListArray.from_arrays(pa.array(group.faulty.ravel()), len(content.times)))
            writer.write_batch(pa.record_batch(columns, schema=schema))
            yield drained(sink)
            n_before += len(group)
    yield drained(sink)


def _lead_columns(group: Batch, n_before: int, content: Content) -> Iterator[np.ndarray]:
    """What stands before the samples, (n_rows,) each."""
    n, n_channels = len(group), content.n_channels
    if n_channels > 1:
        yield np.repeat(np.arange(n_before + 1, n_before + n + 1), n_channels)
        yield np.tile(np.arange(1, n_channels + 1, dtype=np.int8), n)
    for index, column in enumerate(content.columns):
        values = np.repeat(group.conditions[:, index], n_channels)
        yield values_of(column, values)
