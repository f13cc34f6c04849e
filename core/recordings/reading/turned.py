"""Tables of a few long rows, each a channel with its name in front → the same with a column for each channel."""

import math
from dataclasses import replace

import numpy as np

from core.config import MIN_SAMPLES
from core.recordings.findings import told
from core.recordings.layout.column_names import header_times, is_channel, is_time, numbered
from core.recordings.layout.timestamps import even_rates
from core.recordings.reading.cells import is_name
from core.recordings.reading.precision import compact
from core.recordings.reading.raw import Table, table_names
from core.recordings.units import is_unit, is_unit_of_time

MOST_ROWS = 20  # from so many on they may be signals, each with its id
N_LISTED = 4


def turned(name: str, table: Table) -> Table:
    """The table with its rows as columns where they are channels, else as it is; `name` is the file's.

    Channels are a few rows of numbers, longer than they are many, behind a name of each and perhaps its unit. Above them may
    stand the times of their samples.
    """
    first = table.columns[0]
    if first.dtype != object or not 0 < len(first) < MOST_ROWS or len(set(first.tolist())) < len(first):
        return table
    second = table.columns[1] if len(table.columns) > 1 else first
    n_words = 2 if second.dtype == object and all(not cell or _is_unit(cell) for cell in second) else 1
    samples = table.columns[n_words:]
    if len(samples) < max(MIN_SAMPLES, len(first) + 1) or any(column.dtype == object for column in samples):
        return table
    values = np.stack([column.astype(np.float64) for column in samples], axis=1)
    rate, n_above = math.nan, 0
    if table.has_names:
        times = header_times(table.names[n_words:])
        corner = table.names[0]
        is_above_times = times is not None and (corner == "column 1" or is_time(corner))
        if not (is_above_times or is_channel(corner)) or len(numbered(table.names)) < len(samples):
            return table
        rate = math.nan if times is None else float(even_rates(times[None])[0])
    elif _is_corner(first[0]):
        rate = float(even_rates(values[:1])[0])
        n_above = int(math.isfinite(rate))
    if n_above == len(first) or not all(is_name(cell) for cell in first[n_above:]):
        return table
    units = second if n_words == 2 else [""] * len(first)
    names = [f"{cell} ({unit})" if unit else cell for cell, unit in zip(first, units, strict=True)][n_above:]
    listed = ", ".join(f"“{cell[:20]}”" for cell in names[:N_LISTED]) + (", …" if len(names) > N_LISTED else "")
    sentence = f"The rows of “{name}” are channels, each behind its name: {listed}."
    return replace(
        table,
        names=table_names(names, len(names)),
        columns=tuple(compact(row) for row in values[n_above:]),
        has_names=True,
        rate=float(f"{rate:.6g}") if math.isfinite(rate) else table.rate,  # columns may be of single precision
        rate_source="the times above the rows" if math.isfinite(rate) else table.rate_source,
        findings=(*table.findings, told("layout", sentence, "converted", "line", names[0], len(names))),
        is_turned=True,
        breaks=(),
    )


def _is_unit(cell: str) -> bool:
    plain = cell.strip(" ()[]")
    return is_unit(plain) or is_unit_of_time(plain)


def _is_corner(cell: str) -> bool:
    """May this stand above names of channels and beside times: “channel”, or nothing?"""
    return not cell or is_channel(cell)
