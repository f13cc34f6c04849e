"""Tables of text → `Table`, whatever stands between their cells, at their top and before their decimals."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from core.errors import SignalFileError
from core.recordings.reading.columns import MISSING, WHOLE_DOUBLE, column_of, compact, is_beyond
from core.recordings.reading.limits import check_columns
from core.recordings.reading.raw import Table

DELIMITERS = (";", "\t", ",", " ")  # a blank stands for any white space
COMMENTS = ("#", "%", "//", "sep=")  # the last is a spreadsheet's note to itself
HEAD = 1 << 22  # bytes that are looked at to find out how a table is written
N_LINES = 20
N_CELLS = 200  # in each of these lines
SAMPLE = 1 << 18  # bytes that tell of what kind the columns are
BLOCK = 1 << 24  # bytes that are parsed at a time; a row must fit in
FEWEST_NUMBERED = 8  # columns: fewer that are named 1, 2, 3 … are taken for numbers
TAB, LINE_FEED, RETURN, BLANK = b"\t\n\r "
POINT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity)", re.IGNORECASE)
COMMA = re.compile(r"[-+]?(\d+,?\d*|,\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity)", re.IGNORECASE)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?|\d\d:\d\d:\d\d(\.\d+)?")


@dataclass(frozen=True)
class _Form:
    """How a table is written. start: the place of the first row of data in its bytes. names: empty where it has none."""

    delimiter: str
    decimal: str
    names: tuple[str, ...]
    n_columns: int
    start: int


def read_text(name: str, content: bytes) -> Table:
    """A table of text. Raises SignalFileError."""
    content = _utf8(name, content)
    form = _form(name, content)
    check_columns(name, form.n_columns)
    end = _end(content)
    if form.start >= end:
        raise SignalFileError(f"“{name}” has names of columns but no rows; give at least one row of data.")
    data = pa.py_buffer(content).slice(form.start, end - form.start)
    if form.delimiter == " ":
        data = _single_blanks(data)
    return _table(form, _columns(name, data, form))


# From bytes to UTF-8


def _utf8(name: str, content: bytes) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeError as error:
            raise SignalFileError(f"“{name}” is broken UTF-16 text; save it again as UTF-8.") from error
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        raise SignalFileError(f"“{name}” is not text, whatever its name says; save it again as CSV.")
    if content.isascii() or _is_utf8(content):
        return content
    return content.decode("latin-1").encode()  # names in an older encoding; numbers are the same in all


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), BLOCK):  # in pieces: one emoji would make four bytes of every digit
            decoder.decode(content[start : start + BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _end(content: bytes) -> int:
    """Where the last line with anything in it ends."""
    end = len(content)
    while end:
        tail = content[max(0, end - 4096) : end]
        kept = len(tail.rstrip(b" \r\n"))
        if kept:
            return end - len(tail) + kept
        end -= len(tail)
    return 0


def _single_blanks(data: pa.Buffer) -> pa.Buffer:
    """Rows with one blank between their cells, and none at their ends."""
    given = np.frombuffer(data, np.uint8)
    found = np.empty(len(given), np.uint8)
    size = start = 0
    while start < len(given):
        piece = given[start : start + BLOCK]
        if start + len(piece) < len(given):
            ends = np.flatnonzero((piece == LINE_FEED) | (piece == RETURN))
            piece = piece[: ends[-1] + 1] if len(ends) else piece
        start += len(piece)
        piece = _without_spare_blanks(piece)
        found[size : size + len(piece)] = piece
        size += len(piece)
    return pa.py_buffer(found[:size])


def _without_spare_blanks(piece: np.ndarray) -> np.ndarray:
    """Text in bytes without blanks that stand before a blank, before the end of a line or at its beginning."""
    piece = np.where(piece == TAB, np.uint8(BLANK), piece)
    before_end = np.append(((piece == BLANK) | (piece == LINE_FEED) | (piece == RETURN))[1:], False)
    piece = piece[~((piece == BLANK) & before_end)]
    begins = np.append(True, ((piece == LINE_FEED) | (piece == RETURN))[:-1])
    return piece[~((piece == BLANK) & begins)]


# How it is written


def _form(name: str, content: bytes) -> _Form:
    lines = list(_lines(content))
    comments = [text for _, text in lines if text.startswith(COMMENTS)]
    rows = [(start, text) for start, text in lines if text.strip() and not text.startswith(COMMENTS)]
    if not rows:
        if len(content) > HEAD:
            raise SignalFileError(f"“{name}” has no row in its first {HEAD >> 20} MB; give a table, one row a line.")
        raise SignalFileError(f"“{name}” is empty; give a table of numbers.")
    texts = [text for _, text in rows]
    unclosed = next((text for text in texts if text.count('"') % 2), None)
    if unclosed is not None:
        raise SignalFileError(
            f"A row of “{name}” has a quote that is not closed in its line (“{unclosed[:40]}”); close it or take it out."
        )
    delimiter, decimal = _punctuation(texts)
    cells = [_split(text, delimiter) for text in texts[:3]]
    n_header = _n_header(cells, decimal)
    if not n_header:
        n_columns = len(cells[0])
        return _Form(
            delimiter, decimal, _names_in_comment(comments, delimiter, decimal, n_columns), n_columns, rows[0][0]
        )
    if n_header == len(rows):
        raise SignalFileError(f"“{name}” has names of columns but no rows; give at least one row of data.")
    first = cells[n_header] if n_header < len(cells) else cells[-1]
    names = cells[0] if n_header == 1 else _with_units(cells[0], cells[1])
    return _Form(delimiter, decimal, _fitting(name, names, first), len(first), rows[n_header][0])


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    """Where each of the first lines begins, and its text: `N_LINES` that are no comments, or fewer."""
    head = content[:HEAD]
    found = head.splitlines(keepends=True)
    if len(content) > len(head):
        found.pop()  # it may go on
    start = n_rows = 0
    for line in found:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        yield start, text
        start += len(line)
        n_rows += bool(text.strip()) and not text.startswith(COMMENTS)
        if n_rows >= N_LINES:
            return


def _punctuation(texts: list[str]) -> tuple[str, str]:
    """What stands between cells and what before decimals: those with which the rows are most like a table of numbers."""
    found = []
    for delimiter in DELIMITERS:
        rows = [_split(text, delimiter) for text in texts]
        is_divided = all(len(cells) > 1 for cells in rows)
        decimal = max((".", ","), key=lambda decimal: _numeric_share(rows, decimal))
        below = rows[1:] or rows  # the first may be names
        is_even = len({len(cells) for cells in below}) == 1
        found.append(((is_divided, is_even, _numeric_share(below, decimal)), delimiter, decimal))
    _, delimiter, decimal = max(found, key=lambda form: form[0])
    return delimiter, decimal


def _numeric_share(rows: list[list[str]], decimal: str) -> float:
    seen = [cell.strip() for cells in rows for cell in cells[:N_CELLS]]
    return sum(_is_number(cell, decimal) for cell in seen) / len(seen)


def _split(text: str, delimiter: str) -> list[str]:
    """The cells of a row."""
    if delimiter == " ":
        text = " ".join(text.split())
    try:
        return next(csv.reader([text], delimiter=delimiter), [""])
    except csv.Error:  # a cell longer than the module wants
        return text.split(delimiter)


def _is_number(cell: str, decimal: str) -> bool:
    pattern = POINT if decimal == "." else COMMA
    return cell in MISSING or pattern.fullmatch(cell) is not None


def _is_name(cell: str, decimal: str) -> bool:
    cell = cell.strip()
    return not _is_number(cell, decimal) and MOMENT.fullmatch(cell) is None


def _n_header(cells: list[list[str]], decimal: str) -> int:
    """How many of the first rows are names: none, one, or two, where units stand below the names."""
    named = [[_is_name(cell, decimal) for cell in row] for row in cells]
    only_names = [_only_names(row, decimal) for row in cells]
    if len(cells) == 3 and only_names[0] and only_names[1] and not any(named[2]):
        return 2
    if len(cells) == 1:
        return int(only_names[0])
    if only_names[0] or any(above and not below for above, below in zip(named[0], named[1], strict=False)):
        return 1
    return int(_is_numbered(cells[0], cells[1]))


def _only_names(cells: list[str], decimal: str) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(_is_name(cell, decimal) for cell in filled)


def _is_numbered(first: list[str], second: list[str]) -> bool:
    """Are the names just the columns' numbers, as some programs write them, above rows of measurements?"""
    numbers = [cell.strip() for cell in first if cell.strip().isdecimal()]
    if len(numbers) < max(FEWEST_NUMBERED, len(first) - 1) or all(cell.strip().isdecimal() for cell in second[1:]):
        return False
    values = [int(number) for number in numbers]
    return values[0] in (0, 1) and values == list(range(values[0], values[0] + len(values)))


def _with_units(names: list[str], units: list[str]) -> list[str]:
    units = units + [""] * (len(names) - len(units))
    return [
        f"{name.strip()} ({unit.strip(' ()[]')})" if unit.strip() else name
        for name, unit in zip(names, units, strict=False)
    ]


def _names_in_comment(comments: list[str], delimiter: str, decimal: str, n_columns: int) -> tuple[str, ...]:
    """The names in the last comment, where it has as many as there are columns: so does numpy.savetxt write them."""
    names = _split(comments[-1].lstrip("#% "), delimiter) if comments and comments[-1][0] in "#%" else []
    fits = len(names) == n_columns > 1 and _only_names(names, decimal)
    return tuple(names) if fits else ()


def _fitting(name: str, names: list[str], first: list[str]) -> tuple[str, ...]:
    """The names for the columns that the first row has; a delimiter at the end of rows makes one more or less."""
    if len(names) == len(first) + 1 and not names[-1].strip():
        names = names[:-1]
    elif len(names) == len(first) - 1:
        names = [*names, ""] if not first[-1].strip() else ["", *names]  # or rows have names, and they have none
    if len(names) != len(first):
        raise SignalFileError(
            f"“{name}” names {len(names):,} columns, but the row below has {len(first):,} cells; make them equal."
        )
    return tuple(names)


# Its cells


def _columns(name: str, data: pa.Buffer, form: _Form) -> list[np.ndarray]:
    sample = data.slice(0, _sample_size(data))
    table = _parsed(name, sample, form, None)
    if len(sample) < len(data):
        kinds = [_kind(column) for column in table.columns]
        try:
            table = _parsed(name, data, form, kinds)
        except pa.ArrowInvalid:  # further down, cells are of other kinds
            table = _parsed(name, data, form, None)
    # Each column is given back as soon as there is an array of it, or there were two tables in memory.
    left = table.columns[::-1]
    del table
    columns = []
    while left:
        column = column_of(left.pop())
        assert column is not None  # text has no other kinds
        columns.append(column)
    return columns


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
    return pa.float32() if pa.types.is_null(kind) else kind


def _parsed(name: str, data: pa.Buffer, form: _Form, kinds: list[pa.DataType] | None) -> pa.Table:
    """The table in the text; raises pa.ArrowInvalid where a cell is not of its column's kind, else SignalFileError."""
    wrong: list[arrow_csv.InvalidRow] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    names = [str(i) for i in range(form.n_columns)]
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(column_names=names, block_size=BLOCK),
            # A missing value in a table of one column is an empty line.
            arrow_csv.ParseOptions(
                delimiter=form.delimiter, ignore_empty_lines=form.n_columns > 1, invalid_row_handler=note
            ),
            arrow_csv.ConvertOptions(
                column_types=dict(zip(names, kinds, strict=True)) if kinds else None,
                null_values=list(MISSING),
                true_values=[],
                false_values=[],
                decimal_point=form.decimal,
            ),
        )
    except pa.ArrowInvalid as error:
        if "conversion error" in str(error) and kinds:
            raise
        if wrong:
            raise SignalFileError(
                f"A row of “{name}” has {wrong[0].actual_columns:,} cells where the first has {wrong[0].expected_columns:,} "
                f"(“{wrong[0].text[:40]}”); give all rows the same number."
            ) from error
        reason = str(error).splitlines()[0].rstrip(".")[:100]
        raise SignalFileError(
            f"“{name}” cannot be read as a table ({reason}); look for a quote that is not closed, and save it again as CSV."
        ) from error


def _table(form: _Form, columns: list[np.ndarray]) -> Table:
    names = list(form.names)
    last = columns[-1]
    unnamed = not names or not names[-1].strip()
    if len(columns) > 1 and unnamed and last.dtype != object and np.isnan(last).all():
        columns, names = columns[:-1], names[:-1]  # rows end with a delimiter
    return Table(table_names(names, len(columns)), tuple(columns), has_names=bool(form.names))


def table_names(names: list[str], n_columns: int) -> tuple[str, ...]:
    """A name of its own for each column: "column 1" … where there is none, and "a (2)" for a second "a"."""
    taken: dict[str, int] = {}
    found = []
    for i in range(n_columns):
        name = " ".join(names[i].split()) if names else ""
        name = name or f"column {i + 1}"
        taken[name] = taken.get(name, 0) + 1
        found.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return tuple(found)
