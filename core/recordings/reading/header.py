"""The lines of names, units and the like above the rows of a table."""

import re
from dataclasses import dataclass

from core.errors import SignalFileError
from core.recordings.reading.body import Body
from core.recordings.reading.cells import is_name, is_number, split
from core.recordings.reading.preamble import COUNT, RATE, STEP, UNIT
from core.recordings.units import FORMATS, is_unit, is_unit_of_time

MOST_HEADERS = 5  # lines of names, units and the like
FEWEST_NUMBERED = 8  # columns: fewer that are named 1, 2, 3 … are taken for numbers
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
        return Header(cells, tuple(row for _, row in below), frozenset({i, *(j for j, _ in below)}))
    if below:  # nothing but units: they are the names
        i, cells = below[-1]
        return Header(cells, tuple(row for _, row in below[:-1]), frozenset(j for j, _ in below))
    return Header()


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


def are_counted(cells: list[str], below: list[str]) -> bool:
    """Are the names just the columns' numbers, as some programs write them, above rows of measurements?"""
    if all(cell.strip().isdecimal() for cell in below[1:]):
        return False
    numbers = [int(cell) for cell in cells if cell.isdecimal()]
    if len(numbers) < max(FEWEST_NUMBERED, len(cells) - 1):
        return False
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


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
