"""Cells of text that hold a whole signal each, as in “[0.1, 0.2, 0.3]” → recordings."""

import numpy as np

from core.errors import SignalFileError
from core.recordings.reading.containers import Container
from core.recordings.reading.limits import check_recordings
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.together import understood

FEWEST = 2  # numbers that make a list


def with_lists(name: str, table: Table) -> Table | Recorded:
    """The signals in the cells of a table, and what its other columns say of each; the table where it has none.

    Raises SignalFileError where a list holds anything but numbers.
    """
    lists = {i: cells for i, cells in enumerate(table.columns) if _are_lists(cells)}
    if not lists:
        return table
    check_recordings(name, len(table.columns[0]), 1)
    signals = {table.names[i]: [_numbers(name, table.names[i], cell) for cell in cells] for i, cells in lists.items()}
    facts = {
        title: np.asarray(cells, str) if cells.dtype == object else cells
        for i, (title, cells) in enumerate(zip(table.names, table.columns, strict=True))
        if i not in lists
    }
    return understood(name, Container(facts, signals, ignored=table.ignored, findings=table.findings))


def _are_lists(cells: np.ndarray) -> bool:
    if cells.dtype != object or not len(cells):
        return False
    return all(
        cell[:1] in ("[", "(") and cell[-1:] in ("]", ")") and len(_words(cell)) >= FEWEST for cell in cells[:FEWEST]
    )


def _words(cell: str) -> list[str]:
    return cell.strip("[]() ").replace(",", " ").replace(";", " ").split()


def _numbers(name: str, column: str, cell: str) -> np.ndarray:
    try:
        return np.array(_words(cell), np.float64)
    except ValueError as error:
        raise SignalFileError(
            f"Column “{column[:40]}” of “{name}” holds lists of anything but numbers (“{cell[:30]}”); leave it out."
        ) from error
