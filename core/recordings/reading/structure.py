"""How a text file is made up: what stands between cells and before decimals, where its table begins, and its header."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import SignalFileError
from core.recordings.reading.body import N_LINES, Body, first_row
from core.recordings.reading.cells import is_name, is_number, split
from core.recordings.reading.dialect import DELIMITERS, find_decimal, find_delimiter, grouped_columns
from core.recordings.reading.header import (
    Header,
    are_samples,
    find_header,
    fitted,
    keyed_names,
    sample_names,
    with_groups,
)

COMMENTS = ("#", "%", "//", "sep=", '"sep=')  # the last are a spreadsheet's note to itself
HEAD = 1 << 22  # bytes in which the table must begin
FEW_LINES = 10  # of which all but the first are looked at
MIDDLE = 1 << 19  # bytes that are looked at there
FIRST_LINES = 4_000  # in which nearly all tables begin
FEWEST_ROWS = 2  # lines of words: names and units


@dataclass(frozen=True)
class Structure:
    """How a table is written. start: the place of the first row of data in its bytes; first_line: its number.

    names, units: one for each column; empty where it has none. above: the lines above the table that are no names, with their
    numbers. beside: cells of the header that stand beyond the last column, name and value. grouped: columns whose points or
    commas may stand between thousands. ends_rows: what every row ends with, such as ";" behind cells with commas. runs_on:
    whether lines go on one after the other.
    """

    delimiter: str
    decimal: str
    n_columns: int
    start: int
    first_line: int
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    above: tuple[tuple[int, str], ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    grouped: frozenset[int] = field(default_factory=frozenset)
    ends_rows: str = ""
    runs_on: bool = False


def find_structure(
    name: str, content: bytes, skip: int | None = None, delimiter: str = "", decimal: str = ""
) -> Structure:
    """How the table in UTF-8 text is written; skip, delimiter and decimal where somebody knows better.

    Raises SignalFileError where there is no table.
    """
    found = None
    for most in (FIRST_LINES, None):  # few tables stand below more
        lines = list(_lines(content, most))
        is_whole = most is None or len(lines) < most
        found = _structure(name, content, lines, skip, delimiter, decimal, is_whole=is_whole)
        if found or is_whole:
            break
    assert found is not None
    return found


def _structure(
    name: str,
    content: bytes,
    lines: list[tuple[int, int, str]],
    skip: int | None,
    delimiter: str,
    decimal: str,
    is_whole: bool,
) -> Structure | None:
    """How the table is written that begins in these lines; None where it may begin further down."""
    lines = lines[skip or 0 :]
    rows = [i for i, (_, _, text) in enumerate(lines) if text.strip() and not text.lstrip().startswith(COMMENTS)]
    if not rows:
        if not is_whole:
            return None
        if len(content) > HEAD:
            raise SignalFileError(f"“{name}” has no row in its first {HEAD >> 20} MB; give a table, one row a line.")
        raise SignalFileError(f"“{name}” is empty; give a table of numbers.")
    sample = _sample(content, [lines[i][2] for i in rows], lines[-1][0])
    ends_rows = _row_end(sample)
    sample = [text.rstrip().removesuffix(ends_rows) for text in sample]
    is_found = not delimiter
    delimiter = delimiter or find_delimiter(sample)
    cells = [split(text, delimiter) for text in sample]
    decimal = decimal or find_decimal(cells, delimiter)
    body = Body.of(cells)
    if not any(body.is_data):
        few = "has names of columns but no rows; give at least one row of data."
        none = "holds no rows of numbers; set the separator, or skip the lines above them."
        raise SignalFileError(f"“{name}” {few if len(rows) <= FEWEST_ROWS else none}")
    texts = [text.rstrip().removesuffix(ends_rows) for _, _, text in lines]
    first = first_row(texts, rows, delimiter, body, is_given=skip is not None)
    if first is None and not is_whole:
        return None
    first = rows[0] if first is None else first
    place = rows.index(first)
    header = find_header(texts, rows, place, delimiter, body) if place else Header()
    header = (
        with_groups(header, texts, rows, delimiter)
        if header.names
        else keyed_names(texts[:first], delimiter, body.width)
    )
    below = [split(texts[i], delimiter) for i in rows[place : place + N_LINES]]
    if not header.names and len(below) > 1 and are_samples(below[0], below[1:]):
        header = Header(tuple(cell.strip() for cell in below.pop(0)), (), frozenset({first}))
        place, first = place + 1, rows[place + 1]
    if is_found and delimiter == ",":
        _check_decimals(name, texts[rows[place - 1]] if place else "", texts[first], [*below, *cells], body.width)
    _check_quotes(name, [texts[i] for i in rows[place : place + N_LINES]])
    n_columns = body.width
    if len(header.names) > n_columns:
        n_columns = min(max(n_columns, *(len(row) for row in below)), len(header.names))
    names, units, beside = fitted(name, header, n_columns, body.filled_width, below[0])
    names = sample_names(names)
    skipped = [i for i in range(first) if i not in header.lines and lines[i][2].strip()]
    _check_numbers_above(name, [(lines[i][1], texts[i]) for i in skipped], delimiter, body)
    return Structure(
        delimiter=delimiter,
        decimal=decimal,
        n_columns=n_columns,
        start=lines[first][0],
        first_line=lines[first][1],
        names=names,
        units=units,
        above=tuple((lines[i][1], lines[i][2]) for i in skipped),
        beside=beside,
        grouped=grouped_columns(below, decimal),
        ends_rows=ends_rows,
    )


# The lines


def _lines(content: bytes, most: int | None) -> Iterator[tuple[int, int, str]]:
    """Where each line of the head begins, its number from 1, and its text: so many lines at most."""
    head = content[:HEAD]
    found = head.splitlines(keepends=True)
    if len(content) > len(head):
        found.pop()  # it may go on
    start = 0
    for number, line in enumerate(found[:most], 1):
        yield start, number, line.decode("utf-8", errors="replace").rstrip("\r\n")
        start += len(line)


def _sample(content: bytes, texts: list[str], end: int) -> list[str]:
    """Lines that show what a row looks like: of the second half of those above `end` in the file, and of the file's middle."""
    later = texts[len(texts) // 2 :] if len(texts) > FEW_LINES else texts
    if len(later) > 1 and later is texts and not any(is_number(cell) for cell in re.split(r"[;,\t| ]+", texts[0])):
        later = texts[1:]  # the first are names
    n = min(N_LINES, len(later))
    sample = [later[i * len(later) // n] for i in range(n)]
    if len(content) > 2 * end:
        middle = content[len(content) // 2 :][:MIDDLE].splitlines()[1:-1]
        found = [line.decode("utf-8", errors="replace") for line in middle[:N_LINES]]
        sample += [text for text in found if text.strip() and not text.startswith(COMMENTS)]
    return sample


def _row_end(sample: list[str]) -> str:
    """What every row ends with although cells are divided by something else: a semicolon behind commas or blanks."""
    ends = {text.rstrip()[-1:] for text in sample}
    if ends != {";"} and ends != {","}:
        return ""
    end = ends.pop()
    others = [other for other in DELIMITERS if other != end]
    bare = [text.rstrip()[:-1] for text in sample]
    return end if all(end not in text for text in bare) and any(all(o in text for text in bare) for o in others) else ""


def _check_quotes(name: str, texts: list[str]) -> None:
    unclosed = next((text for text in texts if text.count('"') % 2), None)
    if unclosed is not None:
        raise SignalFileError(
            f"A row of “{name}” has a quote that is not closed in its line (“{unclosed[:40]}”); close it or take it out."
        )


def _check_decimals(name: str, above: str, text: str, rows: list[list[str]], width: int) -> None:
    """Refuse whole numbers that must be the halves of others: more than there are names, and some with zeros in front."""
    found = [cell.strip() for row in rows for cell in row]
    if not all(re.fullmatch(r"[-+]?\d+", cell) for cell in found) or not any(re.match(r"0\d", cell) for cell in found):
        return
    names = split(above, ",")
    are_fewer = 1 < len(names) < width <= 2 * len(names) and all(is_name(one) for one in names)
    if are_fewer or "-0" in found:
        raise SignalFileError(
            f"“{name}” has commas between its cells and also before decimals (“{text[:40]}”), so they cannot be told apart; save "
            "it with another separator, such as semicolons, or with decimal points."
        )


def _check_numbers_above(name: str, lines: list[tuple[int, str]], delimiter: str, body: Body) -> None:
    """Refuse to skip a row of numbers that has more or fewer cells than the others."""
    for number, text in lines[-1:]:
        cells = split(text, delimiter)
        if len(cells) > 1 and len(cells) != body.width and all(is_number(cell.strip()) for cell in cells):
            raise SignalFileError(
                f"Line {number:,} of “{name}” has {len(cells):,} cells where the others have {body.width:,} (“{text[:40]}”); "
                "give all rows the same number, or skip lines."
            )
