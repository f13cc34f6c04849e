"""Rows in which a recorder says what happened, between rows of samples."""

from dataclasses import replace

import numpy as np

from core.formatting import quantity
from core.recordings.findings import told
from core.recordings.layout.cells import cells_of
from core.recordings.layout.layout import Layout
from core.recordings.reading.raw import Table

MOST_EVENTS = 0.5  # share of the rows
N_TOLD = 3  # words that are named


def without_events(table: Table, layout: Layout, name: str) -> Table:
    """The table without rows that hold words in a column that is left out, and no samples at all; `name` is the file's."""
    if layout.kind == "rows":
        return table
    words = [cells for column in layout.ignored if (cells := cells_of(table, column)).dtype == object]
    sampled = [cells for column, cells in zip(table.names, table.columns, strict=True) if column not in layout.roles]
    if not words or not sampled:
        return table
    is_event = np.any([cells != "" for cells in words if (cells != "").mean() <= MOST_EVENTS] or [[False]], axis=0)
    if not is_event.any():
        return table
    is_event = is_event & np.all(
        [cells == "" if cells.dtype == object else np.isnan(cells) for cells in sampled], axis=0
    )
    n = int(is_event.sum())
    if not n or n > MOST_EVENTS * len(is_event):
        return table
    said = dict.fromkeys(str(cells[row]) for row in np.flatnonzero(is_event) for cells in words if cells[row])
    listed = ", ".join(f"“{word[:20]}”" for word in list(said)[:N_TOLD]) + (", …" if len(said) > N_TOLD else "")
    has, are = ("holds", "is") if n == 1 else ("hold", "are")
    sentence = f"{quantity(n, 'row')} of “{name}” {has} no samples, only {listed}, and {are} left out."
    kept = np.flatnonzero(~is_event)
    return replace(
        table,
        columns=tuple(cells[kept] for cells in table.columns),
        breaks=tuple(sorted({int(np.searchsorted(kept, row)) for row in table.breaks} - {0, len(kept)})),
        findings=(*table.findings, told("lines", sentence, "left out", "line", next(iter(said)), n)),
    )
