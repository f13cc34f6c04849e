"""Tables of Arrow, in Parquet or Feather files → `Table`, or `Recorded` where a cell holds a whole signal."""

import struct
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from pyarrow import ipc, parquet

from core.errors import SignalFileError
from core.recordings.reading.columns import column_of
from core.recordings.reading.containers import MARKS, Container, left_out
from core.recordings.reading.limits import check_columns, check_recordings, check_unpacked
from core.recordings.reading.raw import Recorded, Table, table_names
from core.recordings.reading.together import understood

MAGIC = b"ARROW1\0\0"
DICTIONARY, RECORDS = 2, 3  # kinds of messages that hold values


def read_parquet(name: str, content: bytes) -> Table | Recorded:
    """A Parquet file. Raises SignalFileError."""

    def read() -> pa.Table:
        file = parquet.ParquetFile(pa.BufferReader(content))
        n_rows, names = file.metadata.num_rows, file.schema_arrow.names
        check_columns(name, len(names))
        groups = range(file.metadata.num_row_groups)
        check_unpacked(name, sum(file.metadata.row_group(i).total_byte_size for i in groups))
        check_unpacked(name, 4 * n_rows * len(names))  # one number may stand for a million equal ones
        return file.read(use_threads=False)  # threads would keep what they read

    return _recordings(name, "Parquet", read)


def read_arrow(name: str, content: bytes) -> Table | Recorded:
    """An Arrow file, as Feather also is, or an Arrow stream. Raises SignalFileError."""

    def read() -> pa.Table:
        is_file = content.startswith(MAGIC)
        messages = pa.BufferReader(pa.py_buffer(content).slice(len(MAGIC) if is_file else 0))
        check_unpacked(name, _declared_bytes(messages))
        options = ipc.IpcReadOptions(use_threads=False)  # threads would keep what they read
        opened = (ipc.open_file if is_file else ipc.open_stream)(pa.BufferReader(content), options=options)
        table = opened.read_all()
        check_columns(name, table.num_columns)
        return table

    return _recordings(name, "Arrow", read)


def _recordings(name: str, kind: str, read: Callable[[], pa.Table]) -> Table | Recorded:
    try:
        table = read()
        table.validate(full=True)  # offsets of a broken file may point anywhere
        table = table.flatten()
        if not table.num_rows or not table.num_columns:
            raise SignalFileError(f"“{name}” holds no rows of data; give at least one.")
        marks = [field.name for field in table.schema if _is_marks(field.type)]
        table = table.drop_columns(marks)
        lists = {field.name: _parts(name, table[i]) for i, field in enumerate(table.schema) if _is_list(field.type)}
        plain = [i for i, field in enumerate(table.schema) if not _is_list(field.type)]
        columns = [column_of(table.column(i)) for i in plain]
    except (pa.ArrowException, OSError, ValueError, OverflowError, struct.error, IndexError) as error:
        raise SignalFileError(f"“{name}” is not a whole {kind} file; save it again, as CSV if in doubt.") from error
    for column, i in zip(columns, plain, strict=True):
        if column is None:
            field = table.schema[i]
            raise SignalFileError(
                f"Column “{field.name[:40]}” of “{name}” holds {str(field.type)[:40]}, neither numbers nor text; leave it "
                "out."
            )
    kept = tuple(column for column in columns if column is not None)
    names = [table.schema[i].name for i in plain]
    findings = tuple(left_out(mark, MARKS) for mark in marks)
    if not lists:
        return Table(table_names(names, len(kept)), kept, has_names=True, ignored=tuple(marks), findings=findings)
    check_recordings(name, table.num_rows, 1)
    facts = [np.asarray(column, str) if column.dtype == object else column for column in kept]
    arrays = dict(zip(names, facts, strict=True))
    return understood(name, Container(arrays, lists, ignored=tuple(marks), findings=findings))


def _is_list(kind: pa.DataType) -> bool:
    """Does a cell hold a list of numbers, or a list of such lists?"""
    if not _holds_several(kind):
        return False
    inner = kind.value_type
    return pa.types.is_floating(inner) or pa.types.is_integer(inner) or _is_list(inner)


def _is_marks(kind: pa.DataType) -> bool:
    """Does a cell hold a list of truths, which mark samples?"""
    return _holds_several(kind) and pa.types.is_boolean(kind.value_type)


def _holds_several(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _parts(name: str, column: pa.ChunkedArray) -> list[np.ndarray]:
    """The signal in each cell: (n_samples,) or, of lists in lists, (n_channels, n_samples)."""
    cells = column.combine_chunks()
    if isinstance(cells, pa.ChunkedArray):
        cells = pa.concat_arrays(cells.chunks)
    lengths = cells.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    ends = np.cumsum(lengths)
    values = cells.flatten()
    if _is_list(values.type):
        rows = _parts(name, pa.chunked_array([values]))
        return [_stacked(name, rows[end - n : end]) for end, n in zip(ends, lengths, strict=True)]
    numbers = values.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return [numbers[end - n : end] for end, n in zip(ends, lengths, strict=True)]


def _stacked(name: str, rows: list[np.ndarray]) -> np.ndarray:
    if len({len(row) for row in rows}) > 1:
        raise SignalFileError(f"A cell of “{name}” holds lists of different lengths; give all channels the same.")
    return np.stack(rows) if rows else np.empty((0, 0))


def _declared_bytes(source: pa.BufferReader) -> int:
    """How many bytes the values of Arrow messages have when unpacked, by what stands before each packed buffer."""
    total = 0
    for message in ipc.MessageReader.open_stream(source):
        if message.type not in ("record batch", "dictionary") or message.body is None:
            continue
        body = memoryview(message.body)
        for offset, length, is_packed in _buffers(memoryview(message.metadata)):
            (size,) = struct.unpack_from("<q", body, offset) if is_packed and length >= 8 else (length,)
            total += max(size, length)
    return total


def _buffers(metadata: memoryview) -> Iterator[tuple[int, int, bool]]:
    """Offset and length of each buffer of a message, and whether it is packed; see Message.fbs and Schema.fbs of Arrow.

    A FlatBuffers table begins with the distance back to its vtable, which holds the places of its fields.
    """

    def follow(place: int) -> int:
        return place + int(struct.unpack_from("<I", metadata, place)[0])

    def field(table: int, index: int) -> int | None:
        vtable = table - int(struct.unpack_from("<i", metadata, table)[0])
        place = 4 + 2 * index
        (size,) = struct.unpack_from("<H", metadata, vtable)
        (offset,) = struct.unpack_from("<H", metadata, vtable + place) if place < size else (0,)
        return table + offset if offset else None

    message = follow(0)
    kind, header = field(message, 1), field(message, 2)
    if kind is None or header is None:
        return
    batch = follow(header)
    if metadata[kind] == DICTIONARY:
        data = field(batch, 1)
        if data is None:
            return
        batch = follow(data)
    buffers, is_packed = field(batch, 2), field(batch, 3) is not None
    if buffers is None:
        return
    start = follow(buffers)
    (count,) = struct.unpack_from("<I", metadata, start)
    for i in range(count):
        offset, length = struct.unpack_from("<qq", metadata, start + 4 + 16 * i)
        yield offset, length, is_packed
