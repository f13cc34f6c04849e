"""The lines of names, units and the like above the rows of a table."""

import math
import re
from dataclasses import dataclass, replace

import numpy as np

from core.errors import SignalFileError
from core.recordings.layout.column_names import is_counter, is_time
from core.recordings.layout.timestamps import even_rates
from core.recordings.reading.body import Body
from core.recordings.reading.cells import is_name, is_number, split
from core.recordings.reading.preamble import COUNT, RATE, STEP, UNIT
from core.recordings.units import FORMATS, is_unit, is_unit_of_time

MOST_HEADERS = 5  # lines of names, units and the like
FEWEST_NUMBERED = 8  # columns: fewer that are named 1, 2, 3 … are taken for numbers
NAME_KEY = re.compile(r"(?:channel|trace|signal)[ _]?(?:title|name|label)s?[:=]?", re.IGNORECASE)
UNIT_KEY = re.compile(r"(?:[vy]-?[ _]?)?unit(?:[ _]?name)?s?[:=]?", re.IGNORECASE)
SETTING = re.compile(  # of each channel, below their names
    r"(full[- ]?)?(range|scale|gain|offset|factor|sensitivity|slope|min\w*|max\w*|probe|resolution|filter|bereich|faktor|"
    r"skalierung|plage|gamme|[ée]chelle|rango|escala)\b.{0,12}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Header:
    """names: as they stand there. rows: the other lines of the header, below the names. lines: which lines all these are."""

    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: frozenset[int] = frozenset()


def find_header(texts: list[str], rows: list[int], place: int, delimiter: str, body: Body) -> Header:
    """The names above the first row, and the lines of units and the like between them."""
    candidates = []
    for i in reversed(rows[max(0, place - MOST_HEADERS) : place]):
        found = [cell.strip().strip("'") for cell in split(texts[i], delimiter)]
        while len(found) > body.width and not found[-1]:
            found.pop()
        cells = tuple(found)
        is_near = len(cells) >= body.width - 1 and (len(cells) > 1 or body.width == 1)
        if not is_near or _is_setting(texts[i], cells) or _has_key(cells):
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
        return Header(cells, tuple(row for _, row in below), frozenset({i, *(j for j, _ in below)}))
    if below:  # nothing but units: they are the names
        i, cells = below[-1]
        return Header(cells, tuple(row for _, row in below[:-1]), frozenset(j for j, _ in below))
    return Header()


def _is_setting(text: str, cells: tuple[str, ...]) -> bool:
    """Is this a line of settings, a name and its value, and no names of two columns?"""
    if len(cells) > 2:
        text = " ".join(cells[:2])
        if not re.search("[=:]", cells[0]):
            return False
    return any(pattern.search(text) for pattern in (RATE, STEP, COUNT)) or (
        len(cells) <= 2 and UNIT.search(text) is not None
    )


def _has_key(cells: tuple[str, ...]) -> bool:
    """Does a line begin with what it is about, as in “UnitName=” or “Title:”, or is its one cell a word before numbers?"""
    if len(cells) == 1:
        return "\t" in cells[0] and any(is_number(cell.strip("\"' ")) for cell in cells[0].split("\t")[1:])
    return cells[0].endswith((":", "=")) and not any(cell.endswith((":", "=")) for cell in cells[1:])


def keyed_names(texts: list[str], delimiter: str, width: int) -> Header:
    """The names, and the units, of lines that begin with what they are about and have a cell for each other column."""
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    lines = set()
    for i, text in enumerate(texts if width > 1 else []):
        key, *cells = [cell.strip() for cell in split(text, delimiter)] or [""]
        if len(cells) < width - 1 or any(cells[width - 1 :]):
            continue
        if NAME_KEY.fullmatch(key) and all(is_name(cell) for cell in cells[: width - 1]):
            names = ("", *cells[: width - 1])
            lines.add(i)
        elif UNIT_KEY.fullmatch(key):
            units = ("", *cells[: width - 1])
            lines.add(i)
    return Header(names, (units,) if units else (), frozenset(lines)) if names else Header()


def with_groups(header: Header, texts: list[str], rows: list[int], delimiter: str) -> Header:
    """Names that repeat, such as X, Y and Z, behind the name of their group, which stands above the first of them."""
    first = min(header.lines, default=0)
    names = list(header.names)
    if first not in rows or rows.index(first) == 0 or len(set(names)) == len(names):
        return header
    above = rows[rows.index(first) - 1]
    groups = [cell.strip() for cell in split(texts[above], delimiter)][: len(names)]
    filled = [group for group in groups if group]
    if len(filled) < 2 or len(filled) == len(names) or not all(is_name(group) for group in filled):
        return header
    group = ""
    for i, name in enumerate(names):
        group = groups[i] if i < len(groups) and groups[i] else group
        names[i] = f"{group} {name}".strip()
    return (
        replace(header, names=tuple(names), lines=header.lines | {above}) if len(set(names)) == len(names) else header
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
    if (
        _are_units_and_counts(inner)
        and len(above) >= width
        and len(inner) == width
        and all(is_name(one) for one in above[:width])
    ):
        return True
    if not above or len(above) < width - 1 or not _are_names(above[:width], has_more=True):
        return False
    if all(above[:width]) and (sum(bool(cell) for cell in cells[:width]) <= width / 2 or not cells[0]):
        return True
    return len(set(inner)) < len(inner) and len(set(above)) == len(above) and len(set(inner)) <= max(1, len(inner) // 2)


def _are_units_and_counts(cells: list[str]) -> bool:
    """Are these units, but for the word of a count or a time, as in “NO., Time, ms, V, degC”?"""
    words = [cell for cell in cells if not (is_unit(cell.strip("()[]")) or is_unit_of_time(cell.strip("()[]")))]
    return len(words) < len(cells) / 2 and all(is_counter(word) or is_time(word) for word in words)


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
    return n_names > 0 and (all(cell.isdecimal() for cell in others) or rise_evenly(others))


def are_samples(cells: list[str], below: list[list[str]]) -> bool:
    """Are these numbers or times of samples, as programs write them above rows of measurements, beside names of labels?"""
    places = [i for i, cell in enumerate(cells) if is_number(cell.strip())]
    words = [(i, cell.strip()) for i, cell in enumerate(cells) if cell.strip() and i not in set(places)]
    if len(places) < len(cells) / 2 or not rise_evenly([cells[i] for i in places]):
        return False
    if any(not is_name(word) or any(word == row[i].strip() for row in below if i < len(row)) for i, word in words):
        return False
    first = [below[0][i] for i in places if i < len(below[0])]
    may_go_on = _are_whole([cells[i] for i in places]) and _are_whole(first) and not any("-" in cell for cell in first)
    return not rise_evenly(first) and not may_go_on


def rise_evenly(cells: list[str]) -> bool:
    """Do so many numbers rise by the same step that they count samples, or are their times?"""
    numbers = [_number(cell) for cell in cells]
    if len(numbers) < FEWEST_NUMBERED or not all(map(math.isfinite, numbers)):
        return False
    return float(even_rates(np.array([numbers]))[0]) > 0


def sample_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names with the numbers among them as times are written: 0.5 for 0,5, and 1 for 1.0 where all are whole and count."""
    numbers = [name for name in names if is_number(name)]
    if not rise_evenly(numbers):
        return names
    if _are_whole(numbers):
        return tuple(str(int(_number(name))) if is_number(name) else name for name in names)
    return tuple(name.replace(",", ".") if is_number(name) else name for name in names)


def _are_whole(cells: list[str]) -> bool:
    return all(_number(cell).is_integer() for cell in cells)


def _number(cell: str) -> float:
    """The number of a cell, without marks between thousands; not a number where it spells none."""
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return math.nan


def fitted(
    name: str, header: Header, n_columns: int, filled_width: int, row: list[str]
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
