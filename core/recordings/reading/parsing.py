"""Rows of text → columns of Arrow, each of the kind that its first rows are of."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from core.errors import SignalFileError
from core.recordings.findings import Finding
from core.recordings.reading.columns import WHOLE_DOUBLE, is_beyond
from core.recordings.reading.precision import compact
from core.recordings.reading.rows import squared
from core.recordings.reading.spelling import MISSING
from core.recordings.reading.structure import Structure

SAMPLE = 1 << 18  # bytes that tell of what kind the columns are
BLOCK = 1 << 22  # bytes that are parsed at a time; a row must fit in


@dataclass(frozen=True)
class Parsed:
    """columns as Arrow reads them; breaks: rows before which a line was left out."""

    columns: list[pa.ChunkedArray | pa.DictionaryArray]
    breaks: tuple[int, ...] = ()


def parse(name: str, data: pa.Buffer, structure: Structure) -> tuple[Parsed, tuple[Finding, ...]]:
    """The columns of a table, rows of other lengths mended or left out."""
    sample = data.slice(0, _sample_size(data))
    try:
        columns = _sample_kinds(name, sample, structure)
        table = _read_csv(name, data, structure, columns)
        return Parsed(table.columns), ()
    except _UnevenRowsError:
        mended = squared(name, data, structure)
    data = pa.py_buffer(mended.data)
    try:
        columns = _sample_kinds(name, data.slice(0, _sample_size(data)), structure)
        return Parsed(_read_csv(name, data, structure, columns).columns, mended.breaks), mended.findings
    except _UnevenRowsError as error:
        raise SignalFileError(
            f"“{name}” cannot be read as a table: its rows have different numbers of cells; set the separator, or skip lines."
        ) from error


class _UnevenRowsError(Exception):
    """Some rows have more or fewer cells than the others."""


def _sample_kinds(name: str, sample: pa.Buffer, structure: Structure) -> list[pa.DataType]:
    """The type to read each column as, from the first rows."""
    table = _read_csv(name, sample, structure, None)
    return [
        pa.string() if i in structure.grouped and not pa.types.is_string(column.type) else _kind(column)
        for i, column in enumerate(table.columns)
    ]


def _sample_size(data: pa.Buffer) -> int:
    """Bytes of some whole rows, ten at least."""
    head = bytes(data.slice(0, min(len(data), BLOCK)))
    size = 0
    for n_rows, line in enumerate(head.splitlines(keepends=True)):
        if n_rows >= 10 and size >= SAMPLE:
            return size
        size += len(line)
    return size if len(head) == len(data) else max(1, size - len(line))


def _kind(column: pa.ChunkedArray) -> pa.DataType:
    """The type to read a column as, from its first rows."""
    kind = column.type
    if pa.types.is_integer(kind) and is_beyond(column, WHOLE_DOUBLE):
        return pa.string()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return pa.float32() if compact(column.cast(pa.float64()).to_numpy()).dtype == np.float32 else pa.float64()
    if pa.types.is_time(kind):  # in text it is seen to be a clock, whatever its name
        return pa.string()
    return pa.float32() if pa.types.is_null(kind) else kind


def _read_csv(name: str, data: pa.Buffer, structure: Structure, kinds: list[pa.DataType] | None) -> pa.Table:
    """The table in the text, its columns of these kinds where all cells are, and of those that Arrow finds else.

    Raises _UnevenRowsError where rows have different numbers of cells, SignalFileError where it is no table.
    """
    uneven: list[arrow_csv.InvalidRow] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        uneven.append(row)
        return "error"

    names = [str(i) for i in range(structure.n_columns)]
    try:
        found = arrow_csv.read_csv(
            pa.BufferReader(data),
            # Threads would each keep what they parsed, as much as the table together, where nobody can give it back.
            arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=BLOCK),
            # A missing value in a table of one column is an empty line.
            arrow_csv.ParseOptions(
                delimiter=structure.delimiter, ignore_empty_lines=structure.n_columns > 1, invalid_row_handler=note
            ),
            arrow_csv.ConvertOptions(
                column_types=dict(zip(names, kinds, strict=True)) if kinds else None,
                null_values=list(MISSING),
                strings_can_be_null=False,
                true_values=[],
                false_values=[],
                decimal_point=structure.decimal or ".",
            ),
        )
        pa.default_memory_pool().release_unused()  # what Arrow keeps for later, which may be as much as the table
        return found
    except pa.ArrowInvalid as error:
        if uneven:
            raise _UnevenRowsError from error
        if "conversion error" in str(error) and kinds:  # further down, cells are of other kinds
            texts = [pa.string() if i in structure.grouped else None for i in range(len(kinds))]
            if any(texts):
                return _read_csv(name, data, replace(structure, grouped=frozenset()), None)
            return _read_csv(name, data, structure, None)
        reason = str(error).splitlines()[0].rstrip(".")[:100]
        raise SignalFileError(
            f"“{name}” cannot be read as a table ({reason}); look for a quote that is not closed, and save it again as CSV."
        ) from error
