"""How a text file is made up: what stands between cells and before decimals, where its table begins, and its header."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from core.errors import SignalFileError
from core.recordings.reading.preamble import COUNT, RATE, STEP, UNIT
from core.recordings.reading.spelling import MISSING, is_marker
from core.recordings.units import FORMATS, is_unit, is_unit_of_time

DELIMITERS = (";", "\t", ",", "|", " ")  # a blank stands for any white space
COMMENTS = ("#", "%", "//", "sep=", '"sep=')  # the last are a spreadsheet's note to itself
HEAD = 1 << 22  # bytes in which the table must begin
FEW_LINES = 10  # of which all but the first are looked at
N_LINES = 30  # that show what a row of the table looks like
MIDDLE = 1 << 19  # bytes that are looked at there
FIRST_LINES = 4_000  # in which nearly all tables begin
N_CELLS = 200  # in each of these lines
FEWEST_ROWS = 2  # lines of words: names and units
MOST_HEADERS = 5  # lines of names, units and the like
FOLLOWING = 8  # rows after the first that must look like rows, too
EVEN = 0.75  # share of the rows that have the commonest number of cells
FEWEST_NUMBERED = 8  # columns: fewer that are named 1, 2, 3 … are taken for numbers

POINT = re.compile(r"[-+−]?(\d+\.?\d*|\.\d+)([eEdD][-+]?\d+)?|[-+]?(inf|infinity)", re.IGNORECASE)
COMMA = re.compile(r"[-+−]?(\d+,?\d*|,\d+)([eEdD][-+]?\d+)?|[-+]?(inf|infinity)", re.IGNORECASE)
GROUPED = re.compile(r"[-+−]?[1-9]\d{0,2}([.,'’´` _\xa0\u202f\u2009])\d{2,3}(\1\d{3})*([.,]\d*)?")
ONLY_GROUPS = re.compile(r"[-+−]?[1-9]\d{0,2}([.,]\d{3})+")
QUANTITY = re.compile(r"[-+−]?[\d.,]*\d\s?[a-zA-Zµμ°%Ω]{1,4}")
DATES = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}",
    r"\d{1,2}[-\s./]?[A-Za-z]{3,9}[-\s./]*\d{2,4}",
    r"[A-Za-z]{3,9}\.? \d{1,2},? \d{4}",
)
DATE = rf"(?:[A-Za-z]{{2,9}}\.?,?\s+)?(?:{'|'.join(DATES)})"
CLOCK = r"(?:\d{1,3}:\d{2}(?::\d{2})?(?:[.,:]\d{1,9})?(?:\s*[AaPp]\.?\s?[Mm]\.?)?|\d{2}\.\d{2}\.\d{2})"
MOMENTS = (
    DATE,
    CLOCK,
    rf"{DATE}[T ,;_-]*{CLOCK}",
    rf"{CLOCK}\s+{DATE}",
    r"\d{8}T?\d{6}(?:\.\d+)?",
    rf"\d+ days? [-+]?{CLOCK}",
)
SETTING = re.compile(  # of each channel, below their names
    r"(full[- ]?)?(range|scale|gain|offset|factor|sensitivity|slope|min\w*|max\w*|probe|resolution|filter|bereich|faktor|"
    r"skalierung|plage|gamme|[ée]chelle|rango|escala)\b.{0,12}",
    re.IGNORECASE,
)
MOMENT = re.compile(rf"\[?\s*(?:{'|'.join(MOMENTS)})\s*(?:Z|[A-Z]{{2,4}})?\s*(?:[-+]\d{{2}}:?\d{{2}})?\s*\]?")


@dataclass(frozen=True)
class Structure:
    """How a table is written. start: the place of the first row of data in its bytes; first_line: its number.

    names, units: one for each column; empty where it has none. above: the lines above the table that are no names, with their
    numbers. beside: cells of the header that stand beyond the last column, name and value. grouped: columns whose points or
    commas may stand between thousands. ends_rows: what every row ends with, such as ";" behind cells with commas.
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
    delimiter = delimiter or _delimiter(sample)
    cells = [split(text, delimiter) for text in sample]
    decimal = decimal or _decimal(cells, delimiter)
    body = _Body.of(cells)
    if not any(body.is_data):
        few = "has names of columns but no rows; give at least one row of data."
        none = "holds no rows of numbers; set the separator, or skip the lines above them."
        raise SignalFileError(f"“{name}” {few if len(rows) <= FEWEST_ROWS else none}")
    texts = [text.rstrip().removesuffix(ends_rows) for _, _, text in lines]
    first = _first_row(texts, rows, delimiter, body, is_given=skip is not None)
    if first is None and not is_whole:
        return None
    first = rows[0] if first is None else first
    place = rows.index(first)
    header = _header(texts, rows, place, delimiter, body) if place else _Header()
    below = [split(texts[i], delimiter) for i in rows[place : place + N_LINES]]
    if not header.names and len(below) > 1 and _are_counted(below[0], below[1]):
        header = _Header(tuple(cell.strip() for cell in below.pop(0)), (), frozenset({first}))
        place, first = place + 1, rows[place + 1]
    _check_quotes(name, [texts[i] for i in rows[place : place + N_LINES]])
    n_columns = body.width
    if len(header.names) > n_columns:
        n_columns = min(max(n_columns, *(len(row) for row in below)), len(header.names))
    names, units, beside = _fitted(name, header, n_columns, body.filled_width, below[0])
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
        grouped=_grouped(below, decimal),
        ends_rows=ends_rows,
    )


def split(text: str, delimiter: str) -> list[str]:
    """The cells of a row."""
    if delimiter == " ":
        text = " ".join(text.split())
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [""])
    except csv.Error:  # a cell longer than the module wants
        return text.split(delimiter)


def is_number(cell: str) -> bool:
    """Does a cell spell a number, in whatever habit?"""
    return any(pattern.fullmatch(cell) for pattern in (POINT, COMMA, GROUPED))


def is_data(cell: str) -> bool:
    """May a cell be one of data: a number, a time, or what marks a missing value?"""
    cell = cell.strip()
    return cell in MISSING or is_number(cell) or MOMENT.fullmatch(cell) is not None or is_marker(cell)


def is_name(cell: str) -> bool:
    """May a cell be the name of a column?"""
    cell = cell.strip()
    is_words = any(not is_number(word) for word in cell.split())
    return cell not in MISSING and is_words and MOMENT.fullmatch(cell) is None


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


def _check_numbers_above(name: str, lines: list[tuple[int, str]], delimiter: str, body: "_Body") -> None:
    """Refuse to skip a row of numbers that has more or fewer cells than the others."""
    for number, text in lines[-1:]:
        cells = split(text, delimiter)
        if len(cells) > 1 and len(cells) != body.width and all(is_number(cell.strip()) for cell in cells):
            raise SignalFileError(
                f"Line {number:,} of “{name}” has {len(cells):,} cells where the others have {body.width:,} (“{text[:40]}”); "
                "give all rows the same number, or skip lines."
            )


# What stands between cells and before decimals


def _delimiter(texts: list[str]) -> str:
    """What divides the rows most evenly into numbers."""
    found = []
    for delimiter in DELIMITERS:
        rows = [split(text, delimiter)[:N_CELLS] for text in texts]
        widths = Counter(len(cells) for cells in rows)
        is_divided = sum(len(cells) > 1 for cells in rows) >= EVEN * len(rows)
        is_even = max(widths.values()) >= EVEN * len(rows)
        found.append(((is_divided, is_even, _data_share(rows)), delimiter))
    _, delimiter = max(found, key=lambda one: one[0])
    return ";" if delimiter == "," and _are_decimals(texts) else delimiter


def _data_share(rows: list[list[str]]) -> float:
    """The share of the filled cells that are numbers or times."""
    filled = [cell.strip() for cells in rows for cell in cells if cell.strip()]
    return sum(_weight(cell) for cell in filled) / max(1, len(filled))


def _weight(cell: str) -> float:
    """How surely a cell is one of data."""
    if is_data(cell):
        return 0.5 if " " in cell and is_number(cell) else 1.0  # a blank between digits may as well stand between cells
    return 0.9 if QUANTITY.fullmatch(cell) else 0.0


def _are_decimals(texts: list[str]) -> bool:
    """Is this one column of numbers with decimal commas, not two of whole numbers?"""
    parts = [text.strip().split(",") for text in texts]
    if any(len(cells) != 2 or not cells[1].isdecimal() or not re.fullmatch(r"[-+]?\d+", cells[0]) for cells in parts):
        return False
    begins_with_zero = sum(len(cells[1]) > 1 and cells[1][0] == "0" for cells in parts)
    return any(cells[0] in ("-0", "+0") for cells in parts) or begins_with_zero > 0.05 * len(parts)


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    """What stands before decimals; empty where nothing shows it."""
    if delimiter == ",":
        seen = [cell.strip() for cells in rows for cell in cells[:N_CELLS] if "," in cell]
        if not any(COMMA.fullmatch(cell) and not ONLY_GROUPS.fullmatch(cell) for cell in seen):
            return "."
    points = commas = 0
    for cells in rows:
        for raw in cells[:N_CELLS]:
            cell = raw.strip()
            if ONLY_GROUPS.fullmatch(cell):
                continue
            if POINT.fullmatch(cell):
                points += "." in cell
            elif COMMA.fullmatch(cell):
                commas += "," in cell
            elif GROUPED.fullmatch(cell):
                points, commas = (
                    points + (cell.rfind(".") > cell.rfind(",")),
                    commas + (cell.rfind(",") > cell.rfind(".")),
                )
    return "," if commas > points else "." if points else ""


def _grouped(rows: list[list[str]], decimal: str) -> frozenset[int]:
    """Columns in which every point, or comma, may stand between thousands, though it could be read as a decimal sign."""
    found = set()
    for i in range(min(N_CELLS, max((len(cells) for cells in rows), default=0))):
        column = [cells[i].strip() for cells in rows if i < len(cells)]
        sign = decimal or "."
        marked = [cell for cell in column if sign in cell]
        bare = [cell for cell in column if cell and sign not in cell and cell not in MISSING]
        if marked and bare and all(ONLY_GROUPS.fullmatch(cell) for cell in marked):
            found.add(i)
    return frozenset(found)


# Where the table begins


@dataclass(frozen=True)
class _Body:
    """What rows of the table look like: how many cells they have, and which of them are numbers or times nearly always."""

    width: int
    is_data: tuple[bool | None, ...]  # None where nothing stands in any row

    @classmethod
    def of(cls, rows: list[list[str]]) -> "_Body":
        weights: Counter[int] = Counter()
        for cells in rows:
            weights[len(cells)] += 1 + sum(is_data(cell) and bool(cell.strip()) for cell in cells[:N_CELLS])
        width = weights.most_common(1)[0][0]
        rows = [cells for cells in rows if len(cells) == width]
        shares = []
        for column in zip(*(cells[:N_CELLS] for cells in rows), strict=True):
            filled = [cell for cell in column if cell.strip()]
            n_data = sum(is_data(cell) or QUANTITY.fullmatch(cell.strip()) is not None for cell in filled)
            shares.append(n_data > len(filled) / 2 if filled else None)
        return cls(width, tuple(shares))

    @property
    def filled_width(self) -> int:
        """How many columns there are but for empty ones at the end, which a delimiter behind the last cell makes."""
        n_empty = next((i for i, one in enumerate(reversed(self.is_data)) if one is not None), 0)
        return self.width - n_empty if self.width <= N_CELLS else self.width

    def fits(self, cells: list[str]) -> bool:
        """Is this a row of the table?"""
        n_data = sum(one is True for one in self.is_data)
        n_filled = 0
        for raw, is_datum in zip(cells, self.is_data, strict=False):
            cell = raw.strip()
            if cell in MISSING or is_datum is False:
                continue
            if is_data(cell) or QUANTITY.fullmatch(cell):
                n_filled += 1
            elif is_datum:
                return False
        return n_filled >= (1 if len(cells) == self.width else max(1, n_data - (len(cells) > self.width)))


def _first_row(texts: list[str], rows: list[int], delimiter: str, body: _Body, is_given: bool) -> int | None:
    """The line with which rows of data begin, as it and most after it look like rows; None where no line does."""

    @cache
    def fits(place: int) -> bool:
        return body.fits(split(texts[rows[place]], delimiter))

    places = range(min(len(rows), N_LINES) if is_given else len(rows))
    for place in places:
        following = range(place + 1, min(len(rows), place + 1 + FOLLOWING))
        if fits(place) and sum(fits(other) for other in following) >= len(following) / 2:
            return rows[place]
    return next((rows[place] for place in places if fits(place)), None)


# The header


@dataclass(frozen=True)
class _Header:
    """names: as they stand there. rows: the other lines of the header, below the names. lines: which lines all these are."""

    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: frozenset[int] = frozenset()


def _header(texts: list[str], rows: list[int], place: int, delimiter: str, body: _Body) -> _Header:
    """The names above the first row, and the lines of units and the like between them."""
    candidates = []
    for i in reversed(rows[max(0, place - MOST_HEADERS) : place]):
        found = [cell.strip().strip("'") for cell in split(texts[i], delimiter)]
        while len(found) > body.width and not found[-1]:
            found.pop()
        cells = tuple(found)
        is_near = len(cells) >= body.width - 1 and (len(cells) > 1 or body.width == 1)
        if not is_near or _is_setting(texts[i], cells):
            break
        candidates.append((i, cells))
    below: list[tuple[int, tuple[str, ...]]] = []
    for position, (i, cells) in enumerate(candidates):
        above = candidates[position + 1][1] if position + 1 < len(candidates) else ()
        if _is_below_names(cells, above, body.filled_width):
            below.append((i, cells))
            continue
        if not _are_names(cells[: body.filled_width], has_more=bool(below)):
            break
        return _Header(cells, tuple(row for _, row in below), frozenset({i, *(j for j, _ in below)}))
    if below:  # nothing but units: they are the names
        i, cells = below[-1]
        return _Header(cells, tuple(row for _, row in below[:-1]), frozenset(j for j, _ in below))
    return _Header()


def _is_setting(text: str, cells: tuple[str, ...]) -> bool:
    """Is this a line of settings, a name and its value, and no names of two columns?"""
    if len(cells) > 2 and not re.search("[=:]", text):
        return False
    return any(pattern.search(text) for pattern in (RATE, STEP, COUNT)) or (
        len(cells) <= 2 and UNIT.search(text) is not None
    )


def _is_below_names(cells: tuple[str, ...], above: tuple[str, ...], width: int) -> bool:
    """Is this a line of units, or of one word again and again, below a line of names?"""
    inner = [cell for cell in cells[:width] if cell]
    if not inner:
        return True
    if len(inner) > 1 and SETTING.fullmatch(inner[0]) and all(is_number(cell) for cell in inner[1:]):
        return bool(above)
    are_units = all(
        is_unit(cell.strip("()[]")) or is_unit_of_time(cell.strip("()[]")) or FORMATS.fullmatch(cell) for cell in inner
    )
    if are_units and not all(is_number(cell) for cell in inner):
        return len(above) > 1 or width == 1
    if not above or len(above) < width - 1 or not _are_names(above[:width], has_more=True):
        return False
    if sum(bool(cell) for cell in cells[:width]) <= width / 2 and all(above[:width]):
        return True
    return len(set(inner)) < len(inner) and len(set(above)) == len(above) and len(set(inner)) <= max(1, len(inner) // 2)


def _are_names(cells: tuple[str, ...], has_more: bool) -> bool:
    """May these cells name columns? Below them stand units, or they hold no numbers, or they count the columns."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return False
    n_names = sum(is_name(cell) for cell in filled)
    if has_more:
        return n_names > 0
    if n_names == len(filled):
        return True
    others = [cell for cell in filled if not is_name(cell)]
    return n_names > 0 and all(cell.isdecimal() for cell in others)


def _are_counted(cells: list[str], below: list[str]) -> bool:
    """Are the names just the columns' numbers, as some programs write them, above rows of measurements?"""
    if all(cell.strip().isdecimal() for cell in below[1:]):
        return False
    numbers = [int(cell) for cell in cells if cell.isdecimal()]
    if len(numbers) < max(FEWEST_NUMBERED, len(cells) - 1):
        return False
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _fitted(
    name: str, header: _Header, n_columns: int, filled_width: int, row: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Names and units for the columns that rows have, and what stands beyond the last."""
    names = list(header.names)
    if not names:
        return (), (), ()
    units = next(
        (
            list(cells)
            for cells in header.rows
            if any(is_unit(c.strip("()[]")) or is_unit_of_time(c.strip("()[]")) for c in cells)
        ),
        [],
    )
    values = list(header.rows[0]) if header.rows else []
    beside: tuple[tuple[str, str], ...] = ()
    if max(len(names), n_columns) > filled_width and any(is_number(value.strip()) for value in values[filled_width:]):
        # A name and its value, beyond the columns that rows fill.
        beside = tuple(zip(names[filled_width:], values[filled_width:], strict=False))
        names = names[:filled_width] + [""] * (n_columns - filled_width)
    if len(names) == n_columns - 1:
        at_end = not row[-1].strip()  # rows end with a delimiter; else they have names, and their column has none
        names, units = ([*names, ""], [*units, ""]) if at_end else (["", *names], ["", *units] if units else [])
    if len(names) == n_columns + 1 and not names[-1]:
        names.pop()
    if len(names) != n_columns:
        raise SignalFileError(
            f"“{name}” names {len(names):,} columns, but the row below has {n_columns:,} cells; make them equal."
        )
    units = [unit.strip(" ()[]") for unit in units[:n_columns]]
    units = [unit if is_unit(unit) or is_unit_of_time(unit) else "" for unit in units]
    return tuple(names), tuple(units + [""] * (n_columns - len(units)) if units else ()), beside
