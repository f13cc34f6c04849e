"""Files of signals → arrays: one signal a row, as Wavetwin's own downloads have them."""

import gzip
import io
import math
import zlib
from pathlib import PurePath

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from core.errors import SignalFileError

MAX_BYTES = 1_000_000_000  # unpacked
KINDS = ("csv", "csv.gz", "parquet", "npy")


def read_signals(name: str, content: bytes) -> np.ndarray:
    """The signals in a file, (n, n_samples), or (n, n_channels, n_samples) of a NumPy file with channels.

    A table has one signal a row and one number a column; a first line of names is passed over. Raises SignalFileError.
    """
    try:
        kind = PurePath(name).suffix.lower()
        if kind == ".npy":
            return _numpy(name, content)
        if kind == ".parquet":
            return _matrix(name, parquet.read_table(io.BytesIO(content)))
        if kind == ".gz":
            name, content = name[:-3], _unpacked(name, content)
            kind = PurePath(name).suffix.lower()
        if kind == ".csv":
            return _matrix(name, _table(name, content))
    except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
        raise SignalFileError(
            f"“{name}” cannot be read: {_reason(error)}. Save it again, as CSV if in doubt."
        ) from error
    raise SignalFileError(f"“{name}” is of a kind that is not known here; give one of: {', '.join(KINDS)}.")


def _numpy(name: str, content: bytes) -> np.ndarray:
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
        # The header is checked before memory is taken for what it promises.
        if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
            raise ValueError("its header does not fit its content")
        file.seek(0)
        return np.load(file, allow_pickle=False)
    except Exception as error:  # the header is read as Python text, so nonsense may end in anything
        raise SignalFileError(f"“{name}” is no whole NumPy file of numbers; save it again with numpy.save.") from error


def _unpacked(name: str, content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise SignalFileError(f"“{name}” is larger than {MAX_BYTES / 1e9:g} GB when unpacked; split it.")
    return text


def _table(name: str, content: bytes) -> pa.Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:  # names of columns in an older encoding; numbers are the same in all
        text = content.decode("latin-1")
    first = text.partition("\n")[0].strip()
    if not first:
        raise SignalFileError(f"“{name}” is empty or begins with an empty line; give a row of numbers for each signal.")
    has_names = not all(_is_number(cell.strip().strip('"')) for cell in first.split(","))
    options = csv.ReadOptions(autogenerate_column_names=not has_names, block_size=1 << 24)
    return csv.read_csv(io.BytesIO(text.encode()), read_options=options)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _matrix(name: str, table: pa.Table) -> np.ndarray:
    """A table of numbers as an array; missing values become NaN."""
    if not table.num_columns or not table.num_rows:
        raise SignalFileError(f"“{name}” holds no signals; give a row of numbers for each.")
    columns = []
    for column, field in zip(table.columns, table.schema, strict=True):
        if not (pa.types.is_integer(field.type) or pa.types.is_floating(field.type)):
            raise SignalFileError(
                f"Column “{field.name[:40]}” of “{name}” does not hold plain numbers ({field.type}); leave it out, and "
                "write decimals with a point."
            )
        columns.append(column.to_numpy().astype(np.float32))
    return np.stack(columns, axis=1)


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")[:120]
