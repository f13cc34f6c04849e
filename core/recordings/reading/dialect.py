"""What stands between the cells of a row and before decimals."""

import re
from collections import Counter

from core.recordings.reading.cells import COMMA, GROUPED, ONLY_GROUPS, POINT, QUANTITY, is_data, is_number, split
from core.recordings.reading.spelling import MISSING

DELIMITERS = (";", "\t", ",", "|", " ")  # a blank stands for any white space
EVEN = 0.75  # share of the rows that have the commonest number of cells
N_CELLS = 200  # of a row, that are looked at


def find_delimiter(texts: list[str]) -> str:
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


def find_decimal(rows: list[list[str]], delimiter: str) -> str:
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


def grouped_columns(rows: list[list[str]], decimal: str) -> frozenset[int]:
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
