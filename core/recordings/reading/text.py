"""Tables of text → `Table`, whatever stands above them, between their cells and before their decimals."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from core.config import Model
from core.errors import SignalFileError
from core.formatting import FORMULA, quantity
from core.recordings.findings import Finding, told
from core.recordings.layout.clocks import ClockTimes, clock_column
from core.recordings.reading.blanks import single_blanks
from core.recordings.reading.cells import is_name, split
from core.recordings.reading.columns import column_of, text_of
from core.recordings.reading.encodings import to_utf8
from core.recordings.reading.leading import runs_on, skipped, with_facts
from core.recordings.reading.limits import MAX_UNPACKED, check_columns, check_unpacked
from core.recordings.reading.parsing import Parsed, parse
from core.recordings.reading.precision import compact
from core.recordings.reading.raw import Table, table_names
from core.recordings.reading.rows import mixed_rows
from core.recordings.reading.spelling import coded, read_numbers
from core.recordings.reading.structure import Structure, find_structure
from core.recordings.reading.turned import turned
from core.recordings.units import split_unit

WORD = 57  # bytes that a word takes in memory beside its characters
CELL = 8  # bytes that a cell counts: what a number takes in memory
FEWEST_NUMBERS = 0.02  # share of the cells of a column: with fewer beside words it is no column of numbers
N_TOLD = 3  # lines or markers that are named

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blank": " "}
Separator = Literal["", "comma", "semicolon", "tab", "bar", "blank"]


class TextFormat(Model):
    """How a table of text is written, where that is not to be found out."""

    skip_lines: int | None = Field(
        None, ge=0, le=100_000, description="How many lines to skip at the top. Empty: found automatically."
    )
    separator: Separator = Field("", description="Separator of the columns. Empty: found automatically.")
    decimal: Literal["", ".", ","] = Field("", description="Decimal separator. Empty: found automatically.")
    encoding: str = Field(
        "",
        max_length=40,
        description="How characters are stored, such as utf-8, cp1252 or utf-16. Empty: found automatically.",
    )
    sheet: str = Field(
        "",
        max_length=80,
        description="Which sheet of a workbook is read. Empty: the largest, and all that have the same columns.",
    )


def read_text(name: str, content: bytes, written: TextFormat | None = None) -> Table:
    """A table of text. Raises SignalFileError."""
    written = written or TextFormat()
    content, findings = to_utf8(name, content, written.encoding)
    if re.match(rb"\s*'(?![=+@-])", content):  # as WFDB's programs quote
        content = content.replace(b"'", b'"')
    separator = SEPARATORS.get(written.separator, "")
    structure = find_structure(name, content, written.skip_lines, separator, written.decimal)
    check_columns(name, structure.n_columns)
    end = _end(content)
    if structure.start >= end or _is_only_names(content, structure, end):
        raise SignalFileError(f"“{name}” has names of columns but no rows; give at least one row of data.")
    end, n_empty = _without_empty_rows(content, structure, end)
    if n_empty:
        sentence = f"{quantity(n_empty, 'empty row')} at the end of “{name}” left out."
        findings = (*findings, told("lines", sentence, "left out", "line", "", n_empty))
    n_breaks = content.count(b"\n", structure.start, end)
    check_unpacked(name, n_breaks * structure.n_columns * CELL)
    structure = replace(structure, runs_on=runs_on(structure, n_breaks + 1))
    data = pa.py_buffer(content).slice(structure.start, end - structure.start)
    if structure.ends_rows:
        mark = structure.ends_rows.encode()
        data = pa.py_buffer((bytes(data) + b"\n").replace(mark + b"\r", b"\r").replace(mark + b"\n", b"\n")[:-1])
    if structure.delimiter == " ":
        data = single_blanks(data)
    parsed, more = parse(name, data, structure)
    _trim(parsed)
    clocks = _clocks(parsed)
    _code(name, parsed, clocks)
    columns, units, told_of_cells, breaks = _columns(name, parsed, structure, clocks)
    if structure.names and any(units):
        known = structure.units or ("",) * len(units)
        structure = replace(structure, units=tuple(one or other for one, other in zip(known, units, strict=True)))
    pa.default_memory_pool().release_unused()
    table = _table(structure, columns)
    table = replace(
        table,
        swappable=tuple(table.names[i] for i, clock in clocks.items() if clock.may_be_swapped),
        short_clocks=tuple(table.names[i] for i, clock in clocks.items() if clock.is_short),
    )
    table = replace(table, findings=(*findings, *skipped(name, structure), *more, *told_of_cells), breaks=breaks)
    return turned(name, with_facts(name, table, structure))


def _is_only_names(content: bytes, structure: Structure, end: int) -> bool:
    """Is the first row also the last, and nothing but names?"""
    if content.find(b"\n", structure.start, end) >= 0 or content.find(b"\r", structure.start, end) >= 0:
        return False
    row = content[structure.start : end]
    cells = [cell for cell in split(row.decode("utf-8", errors="replace"), structure.delimiter) if cell.strip()]
    return all(is_name(cell) for cell in cells)


def _end(content: bytes) -> int:
    """Where the last line with anything in it ends."""
    start, kept = len(content), b""
    while start and not kept:
        end, start = start, max(0, start - 4096)
        kept = content[start:end].rstrip(b" \r\n")
    return start + len(kept)


def _without_empty_rows(content: bytes, structure: Structure, end: int) -> tuple[int, int]:
    """Where the last row with anything between its delimiters ends, and how many stand behind it without."""
    nothing = f'{structure.delimiter}" \r\n'.encode()
    n_empty = 0
    while (start := content.rfind(b"\n", structure.start, end)) > 0 and not content[start:end].strip(nothing):
        end, n_empty = start, n_empty + 1
    return end, n_empty


# From columns of Arrow to the cells of a table


def _trim(parsed: Parsed) -> None:
    """Take the blanks around cells of text away, some cells at a time."""
    for i, column in enumerate(parsed.columns):
        if pa.types.is_string(column.type):
            chunks, parsed.columns[i] = column.chunks, None
            del column
            for place, chunk in enumerate(chunks):
                trimmed = pc.utf8_trim_whitespace(chunk)
                if pc.sum(pc.binary_length(trimmed)) != pc.sum(pc.binary_length(chunk)):
                    chunks[place] = trimmed
            parsed.columns[i] = pa.chunked_array(chunks, pa.string())
            pa.default_memory_pool().release_unused()


def _clocks(parsed: Parsed) -> dict[int, ClockTimes]:
    """The columns of text that tell times, by their places."""
    texts = {i: column for i, column in enumerate(parsed.columns) if pa.types.is_string(column.type)}
    found = {i: times for i, column in texts.items() if (times := clock_column(column))}
    pa.default_memory_pool().release_unused()
    return found


def _code(name: str, parsed: Parsed, clocks: Mapping[int, ClockTimes]) -> None:
    """Much text that tells no times as its different words, in place of its cells, where that is less.

    Raises SignalFileError where a column has too many words.
    """
    for i, column in enumerate(parsed.columns):
        most = column.nbytes + WORD * len(column)
        if i in clocks or not pa.types.is_string(column.type) or most <= MAX_UNPACKED:
            continue
        n_chunks = 1  # and then twice as many: words that are too many need not all be known for that
        while n_chunks < column.num_chunks:
            check_unpacked(name, _size(pa.chunked_array(column.chunks[:n_chunks]).dictionary_encode().chunk(0)))
            n_chunks *= 2
        cells = coded(column)
        check_unpacked(name, _size(cells))
        if cells.nbytes < column.nbytes:
            parsed.columns[i] = cells
        del column, cells
        pa.default_memory_pool().release_unused()


def _size(cells: pa.DictionaryArray) -> int:
    """Bytes that the different words of cells take in memory."""
    return int(cells.dictionary.nbytes) + WORD * len(cells.dictionary)


def _columns(
    name: str, parsed: Parsed, structure: Structure, clocks: Mapping[int, ClockTimes]
) -> tuple[list[np.ndarray], list[str], tuple[Finding, ...], tuple[int, ...]]:
    """Columns as in `Table`; units in their cells; what was left out or marked; and rows before which lines were left out."""
    columns, breaks = parsed.columns[::-1], parsed.breaks
    times = {i: clock.cells for i, clock in clocks.items()}
    is_mixed = mixed_rows(parsed.columns, times, structure)
    pa.default_memory_pool().release_unused()
    findings: list[Finding] = []
    if is_mixed is not None:
        rows = np.flatnonzero(is_mixed)
        kept = pa.array(~is_mixed)
        findings.append(_left_out(name, parsed.columns, rows))
        columns = [column.filter(kept) for column in columns]
        times = {i: cells[~is_mixed] for i, cells in times.items()}
        breaks = (
            *breaks,
            *sorted({int(row - place) for place, row in enumerate(rows)} - {len(is_mixed) - len(rows), 0}),
        )
    parsed.columns.clear()
    found: list[np.ndarray] = []
    units: list[str] = []
    n_bytes = 0
    # Each column is given back as soon as there is an array of it, or there were two tables in memory.
    while columns:
        column, place = columns.pop(), len(found)
        if place not in times and pa.types.is_string(column.type):
            column = coded(column)
            pa.default_memory_pool().release_unused()
        values, unit, more = (times.pop(place), "", []) if place in times else _cells(name, column, place, structure)
        if values.dtype == object:
            n_bytes += _size(column)
            check_unpacked(name, n_bytes)
        del column
        pa.default_memory_pool().release_unused()
        found.append(values)
        units.append(unit)
        findings += more
    return found, units, tuple(findings), tuple(sorted(breaks))


def _left_out(name: str, columns: list[pa.ChunkedArray | pa.DictionaryArray], rows: np.ndarray) -> Finding:
    cells = [column[int(rows[0])].as_py() for column in columns[:4]]
    words = ["" if cell is None else f"{cell:.7g}" if isinstance(cell, float) else str(cell) for cell in cells]
    n = len(rows)
    first = f"“{' '.join(words)[:40].strip()}” below {quantity(int(rows[0]), 'row')}"
    hold, are = ("holds", "is") if n == 1 else ("hold", "are")
    what = f"{quantity(n, 'line')} of “{name}” among the rows {hold} words, no numbers, and {are} left out"
    sentence = f"{what}, the first {first}."
    return told("lines", sentence, "left out", "line", first, n)


def _cells(
    name: str, column: pa.ChunkedArray | pa.DictionaryArray, place: int, structure: Structure
) -> tuple[np.ndarray, str, list[Finding]]:
    """One column as in `Table`, the unit behind its numbers, and what its cells needed."""
    if not isinstance(column, pa.DictionaryArray):
        values = column_of(column)
        assert values is not None  # text has no other kinds
        return values, "", []
    numbers = read_numbers(column, structure.decimal)
    if numbers is None or (numbers.markers and np.isfinite(numbers.values).sum() < FEWEST_NUMBERS * len(column)):
        words = _without_apostrophes(column.dictionary)
        return text_of(pa.DictionaryArray.from_arrays(column.indices, words)), "", []
    title = structure.names[place] if structure.names else f"column {place + 1}"
    findings = []
    if numbers.markers:
        marked = [f"“{word[:20]}” in {n:,}" for word, n in list(numbers.markers.items())[:N_TOLD]]
        more = ", …" if len(numbers.markers) > N_TOLD else ""
        sentence = (
            f"Column “{title[:40]}” of “{name}” holds {', '.join(marked)}{more} of {quantity(len(column), 'cell')}; these "
            "count as missing."
        )
        findings.append(told("markers", sentence, "converted", "value", title, sum(numbers.markers.values())))
    if numbers.is_ambiguous:
        sentence = (
            f"The commas in column “{title[:40]}” of “{name}” are read as decimal signs; if they stand between thousands, set "
            "the decimal sign to a point."
        )
        findings.append(told("decimal", sentence, "assumed", "column", title))
    if numbers.is_grouped:
        sentence = f"Column “{title[:40]}” of “{name}” has marks between thousands, which are taken out."
        findings.append(told("thousands", sentence, "converted", "column", title))
    return compact(numbers.values), numbers.unit, findings


def _without_apostrophes(words: pa.Array) -> pa.Array:
    """Text without the apostrophes that keep spreadsheets from running it, see `core.formatting.csv_cell`."""
    if not pc.any(pc.starts_with(words, "'")).as_py():
        return words
    return pc.replace_substring_regex(words, f"^'({FORMULA})", r"\1")


def _table(structure: Structure, columns: list[np.ndarray]) -> Table:
    names = _with_units(structure)
    while len(columns) > 1:
        last = columns[-1]
        is_unnamed = not names or not names[-1].strip()
        if not is_unnamed or last.dtype == object or not np.isnan(last).all():
            break
        columns, names = columns[:-1], names[:-1]  # rows end with a delimiter
    return Table(table_names(names, len(columns)), tuple(columns), has_names=bool(structure.names))


def _with_units(structure: Structure) -> list[str]:
    units = structure.units or ("",) * len(structure.names)
    return [
        f"{name.strip()} ({unit})" if unit and not split_unit(name)[1] else name
        for name, unit in zip(structure.names, units, strict=True)
    ]
