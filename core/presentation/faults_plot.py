"""Signals with planted faults: what each kind does, beside what the signal was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.presentation.packing import packed
from core.presentation.palette import FAKE
from core.presentation.plots import Figure, blank_layout, house_axis, panel_title, span
from core.units import PLAIN, Units

MOST_COLUMNS = 3
GAP = 0.09  # between rows of panels, for the titles in it
BEFORE = {"color": "role:muted", "width": 1.2, "dash": "2px,2px"}


@dataclass(frozen=True)
class Example:
    """A signal with a fault, under a title; good, now and faulty: (n_samples,), before, after, and where it was changed."""

    title: str
    good: np.ndarray
    now: np.ndarray
    faulty: np.ndarray


def planted_faults(times: np.ndarray, examples: Sequence[Example], units: Units = PLAIN) -> Figure:
    """A panel for each example, each on a scale of its own: the signal before and after, with marks on the changed samples.

    A sample without a value is marked by a cross where the value was.
    """
    data: list[dict[str, Any]] = []
    n_columns = min(MOST_COLUMNS, len(examples))
    n_rows = -(-len(examples) // n_columns)
    wide = blank_layout(170 * n_rows + 60) | {"annotations": []}
    narrow: dict[str, Any] = {"height": 170 * len(examples) + 60, "annotations": []}
    for index, example in enumerate(examples):
        data += _traces(times, example, index, units)
        for layout, (row, column), grid in (
            (wide, divmod(index, n_columns), (n_rows, n_columns)),
            (narrow, (index, 0), (len(examples), 1)),
        ):
            _place(layout, index, row, column, grid, example.title, times, units)
    for layout in (wide, narrow):
        layout |= {"margin": {"l": 52, "r": 10, "t": 24, "b": 42}}
    return {"data": data, "layout": wide, "narrow": narrow}


def _traces(times: np.ndarray, example: Example, index: int, units: Units) -> list[dict[str, Any]]:
    axis = "" if index == 0 else str(index + 1)
    shared = {
        "type": "scatter",
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "hovertemplate": f"%{{x:.4g}} {units.time}: %{{y:.4g}}",
    }
    line = {"mode": "lines", "x0": float(times[0]), "dx": float(times[1] - times[0])}
    places = np.flatnonzero(example.faulty)
    is_missing = np.isnan(example.now[places])
    marks = {
        "mode": "markers",
        "x": packed(times[places]),
        "y": packed(np.where(is_missing, example.good[places], example.now[places])),
        "marker": {
            "color": "role:poor",
            "size": 3,
            "symbol": "x-thin" if is_missing.any() else "circle",
            "line": {"color": "role:poor", "width": 1},
        },
    }
    return [
        {**shared, **line, "y": packed(example.good), "line": BEFORE, "name": "before"},
        {**shared, **line, "y": packed(example.now), "line": FAKE, "name": "with the fault"},
        {**shared, **marks, "name": "marked as faulty"},
    ]


def _place(
    layout: dict[str, Any],
    index: int,
    row: int,
    column: int,
    grid: tuple[int, int],
    title: str,
    times: np.ndarray,
    units: Units,
) -> None:
    """Put the axes and the title of a panel into a layout."""
    axis = "" if index == 0 else str(index + 1)
    is_last = row == grid[0] - 1
    layout[f"xaxis{axis}"] = house_axis(
        units.time_title if is_last else "",
        domain=span(column, grid[1], gap=0.06),
        anchor=f"y{axis}",
        range=[float(times[0]), float(times[-1])],
        nticks=5,
    )
    layout[f"yaxis{axis}"] = house_axis(
        units.value_title if column == 0 else "",
        domain=span(grid[0] - 1 - row, grid[0], gap=min(GAP * 2, 0.5 / grid[0])),
        anchor=f"x{axis}",
        nticks=5,
    )
    layout["annotations"].append(panel_title(axis, title))
