"""A file → a table or recordings, as it has them."""

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import PurePath

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from core.errors import SignalFileError
from core.recordings.reading.columns import column_of
from core.recordings.reading.limits import MAX_UNPACKED, check_bytes, check_columns, check_recordings, check_unpacked
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.text import read_text, table_names

TEXT = ("csv", "tsv", "txt", "dat")
KINDS = (*TEXT, "parquet", "npy", "npz", "mat", "wav", "flac", "gz")
PACKED = (*TEXT, "npy")  # what may be in a .gz


def read(name: str, content: bytes) -> Table | Recorded:
    """What is in a file, of the kind that its name says. Raises SignalFileError with one sentence for people."""
    check_bytes(name, len(content))
    kind = _kind(name)
    if kind == "gz":
        inner = name[: -len(".gz")]
        kind = _kind(inner)
        if kind not in PACKED:
            raise SignalFileError(f"“{name}” holds no kind that is known here; pack one of: {', '.join(PACKED)}.")
        content = _unpacked(name, content)
    if kind not in KINDS:
        raise SignalFileError(f"“{name}” is of a kind that is not known here; give one of: {', '.join(KINDS)}.")
    if not content:
        raise SignalFileError(f"“{name}” is empty; give a file with recordings in it.")
    return _reader(kind)(name, content)


def read_signals(name: str, content: bytes) -> np.ndarray:
    """The signals in a file, float32 (n, n_samples) from rows of a table, else (n, n_channels, n_samples).

    Names of columns are passed over. Raises SignalFileError, also where the signals have different lengths.
    """
    found = read(name, content)
    if isinstance(found, Table):
        return _rows(name, found)
    if len({values.shape for values in found.values}) > 1:
        raise SignalFileError(f"The signals in “{name}” have different lengths; cut them to one.")
    return np.stack(found.values)


def _kind(name: str) -> str:
    return PurePath(name).suffix.lower().removeprefix(".")


def _reader(kind: str) -> Callable[[str, bytes], Table | Recorded]:
    # What few files need, and takes time and memory to load, is imported when the first comes.
    if kind in ("wav", "flac"):
        from core.recordings.reading.audio import read_sound

        return read_sound
    if kind in ("npy", "npz", "mat"):
        from core.recordings.reading import arrays

        return {"npy": arrays.read_npy, "npz": arrays.read_npz, "mat": arrays.read_mat}[kind]
    return _read_parquet if kind == "parquet" else read_text


def _unpacked(name: str, content: bytes) -> bytes:
    if len(content) >= 4:
        check_unpacked(name, struct.unpack("<I", content[-4:])[0])  # its length as it says itself, of the last part
    try:
        with gzip.open(io.BytesIO(content)) as file:
            found = file.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SignalFileError(f"“{name}” is not a whole gzip file; pack it again, or give it unpacked.") from error
    check_unpacked(name, len(found))
    return found


def _read_parquet(name: str, content: bytes) -> Table:
    try:
        file = parquet.ParquetFile(pa.BufferReader(content))
        n_rows, names = file.metadata.num_rows, file.schema_arrow.names
        check_columns(name, len(names))
        groups = range(file.metadata.num_row_groups)
        check_unpacked(name, sum(file.metadata.row_group(i).total_byte_size for i in groups))
        check_unpacked(name, 4 * n_rows * len(names))  # one number may stand for a million equal ones
        if not n_rows or not names:
            raise SignalFileError(f"“{name}” holds no rows of data; give at least one.")
        table = file.read()
        columns = [column_of(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise SignalFileError(f"“{name}” is not a whole Parquet file; save it again, as CSV if in doubt.") from error
    for column, field in zip(columns, table.schema, strict=True):
        if column is None:
            raise SignalFileError(
                f"Column “{field.name[:40]}” of “{name}” holds {str(field.type)[:40]}, neither numbers nor text; leave it "
                "out."
            )
    kept = tuple(column for column in columns if column is not None)
    return Table(table_names(names, len(kept)), kept, has_names=True)


def _rows(name: str, table: Table) -> np.ndarray:
    for title, column in zip(table.names, table.columns, strict=True):
        if column.dtype == object:
            raise SignalFileError(
                f"Column “{title[:40]}” of “{name}” does not hold plain numbers; leave it out, so that each row is a signal."
            )
    check_recordings(name, len(table.columns[0]), 1)
    with np.errstate(over="ignore"):
        return np.stack([column.astype(np.float32, copy=False) for column in table.columns], axis=1)
