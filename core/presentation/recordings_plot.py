"""The first recordings as they were read, before anything is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.presentation.packing import packed
from core.presentation.palette import REAL
from core.presentation.plots import Figure, blank_layout, house_axis, span
from core.units import Units, axis_title

MOST_RECORDINGS, MOST_CHANNELS = 4, 4
N_STRETCHES = 500  # of a long recording, each drawn by its lowest and its highest value


def first_recordings(
    values: Sequence[np.ndarray], rate: float, names: tuple[str, ...] = (), units: tuple[str, ...] = ()
) -> Figure:
    """The first channels of the first recordings, (n_channels, n_samples) each: a row for each channel, with its own scale.

    rate: in Hz, NaN where unknown, so that time counts samples. names, units: of the channels, where they are known.
    """
    shown = values[:MOST_RECORDINGS]
    n_rows, n_columns = min(len(values[0]), MOST_CHANNELS), len(shown)
    time_units = Units.of("", bool(np.isfinite(rate)))
    step = 1 / rate if time_units.is_timed else 1.0
    longest = max(part.shape[1] for part in shown)
    data: list[dict[str, Any]] = []
    wide = blank_layout(120 * n_rows + 70)
    narrow: dict[str, Any] = {"height": 110 * n_rows * n_columns + 70}
    for row in range(n_rows):
        finite = np.concatenate([part[row][np.isfinite(part[row])] for part in shown])
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        margin = 0.05 * (high - low) or 1.0
        for column, part in enumerate(shown):
            axis = "" if not data else str(len(data) + 1)
            places, course = envelope(part[row])
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": packed(places * step),
                    "y": packed(course),
                    "line": REAL,
                    "name": f"Recording {column + 1}",
                    "hovertemplate": f"%{{x:.4g}} {time_units.time}: %{{y:.4g}}",
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                }
            )
            for layout, (at_row, at_column), grid in (
                (wide, (row, column), (n_rows, n_columns)),
                (narrow, (row * n_columns + column, 0), (n_rows * n_columns, 1)),
            ):
                is_bottom = at_row == grid[0] - 1
                layout[f"xaxis{axis}"] = house_axis(
                    time_units.time_title if is_bottom else "",
                    domain=span(at_column, grid[1]),
                    anchor=f"y{axis}",
                    range=[0, max(1, longest - 1) * step],
                    matches="x" if axis else None,
                    showticklabels=is_bottom,
                    nticks=6,
                )
                layout[f"yaxis{axis}"] = house_axis(
                    _title(row, names, units) if at_column == 0 else "",
                    domain=span(grid[0] - 1 - at_row, grid[0]),
                    anchor=f"x{axis}",
                    range=[low - margin, high + margin],
                    showticklabels=at_column == 0,
                    nticks=4,
                )
    return {"data": data, "layout": wide, "narrow": narrow}


def envelope(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places and values, (n_points,) each, that look like the (n,) values: of long ones the extremes of each stretch."""
    if len(values) <= 2 * N_STRETCHES:
        return np.arange(len(values)), values
    starts = np.linspace(0, len(values), N_STRETCHES, endpoint=False).astype(int)
    low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    return np.repeat(starts, 2), np.stack([low, high], axis=1).reshape(-1)


def _title(row: int, names: tuple[str, ...], units: tuple[str, ...]) -> str:
    name = names[row][:16] if row < len(names) else f"channel {row + 1}" if len(names) or row else ""
    unit = units[row] if row < len(units) else ""
    return axis_title(name, unit) if name else unit
