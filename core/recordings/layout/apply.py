"""A table and what its rows and columns mean → recordings; recordings of several files → one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.errors import SignalFileError
from core.formatting import quantity
from core.recordings.layout.cells import as_text, cells_of, codes_of, label_cells, sample_columns, samples, trimmed
from core.recordings.layout.column_names import header_times, unit_of
from core.recordings.layout.layout import Kind, Layout
from core.recordings.layout.long_format import moments, rows_of_channels
from core.recordings.layout.timestamps import even_rates, places, seconds
from core.recordings.reading.limits import check_recordings
from core.recordings.reading.raw import Recorded, Table


def apply_layout(table: Table, layout: Layout, name: str) -> Recorded:
    """The recordings in a table; `name` is the file's, for messages. Raises SignalFileError where they are not there.

    Rates come from a column or a header of times, else from the table. Empty cells at the end of a row or column are no
    part of its signal. A column that is known of one long recording cuts it wherever its value changes.
    """
    _check(table, layout, name)
    if not len(table.columns[0]):
        raise SignalFileError(f"“{name}” has no rows; give at least one.")
    arranged: dict[Kind, Callable[[Table, Layout, str], Recorded]] = {
        "rows": _rows,
        "columns": _columns,
        "long": moments,
        "channels": _channels,
    }
    recorded = arranged[layout.kind](table, layout, name)
    check_recordings(name, len(recorded.values), len(recorded.values[0]))
    sampled = tuple(column for column in table.names if column not in layout.roles)
    ignored = tuple(column for column in table.names if column in layout.roles and column not in layout.labels)
    return replace(
        recorded,
        unit=unit_of(sampled) or table.unit,
        rate_source=table.rate_source,
        ignored=(*table.ignored, *ignored),
        findings=table.findings + recorded.findings,
    )


def join(parts: list[Recorded]) -> Recorded:
    """Several files as one; labels are those that all of them have. Raises SignalFileError where channels differ."""
    if not parts:
        raise SignalFileError("There are no recordings; give at least one file.")
    first = parts[0]
    for part in parts[1:]:
        if len(part.values[0]) != len(first.values[0]):
            raise SignalFileError(
                f"“{part.names[0]}” has {quantity(len(part.values[0]), 'channel')} and “{first.names[0]}” has "
                f"{len(first.values[0])}; give files with the same channels."
            )
        if part.channel_names and first.channel_names and part.channel_names != first.channel_names:
            raise SignalFileError(
                f"The channels of “{part.names[0]}” are {_listed(part.channel_names)} and those of “{first.names[0]}” "
                f"{_listed(first.channel_names)}; give all files the same ones in the same order."
            )
    shared = [name for name in first.labels if all(name in part.labels for part in parts)]
    return Recorded(
        names=[name for part in parts for name in part.names],
        values=[values for part in parts for values in part.values],
        rates=np.concatenate([part.rates for part in parts]),
        labels={name: _joined([part.labels[name] for part in parts]) for name in shared},
        channel_names=next((part.channel_names for part in parts if part.channel_names), ()),
        unit=first.unit if all(part.unit == first.unit for part in parts) else "",
        units=first.units if all(part.units == first.units for part in parts) else (),
        rate_source=next((part.rate_source for part in parts if part.rate_source), ""),
        ignored=tuple(dict.fromkeys(name for part in parts for name in part.ignored)),
        findings=tuple(dict.fromkeys(finding for part in parts for finding in part.findings)),
    )


def _check(table: Table, layout: Layout, name: str) -> None:
    """Refuse roles of columns that are not there or not clear, and roles that a kind has no use for."""
    present = Counter(table.names)
    for column in layout.roles:
        if present[column] != 1:
            wrong = "several columns" if column in table.names else "no column"
            raise SignalFileError(f"“{name}” has {wrong} named “{column[:40]}”; choose among the columns it has.")
    single = [name for name in (layout.id_column, layout.time_column, layout.channel_column) if name]
    named = Counter([*single, *layout.labels, *layout.ignored])
    for column in layout.roles:
        if named[column] > 1:
            raise SignalFileError(f"Column “{column[:40]}” is given two meanings; choose one.")
    if layout.kind == "long" and not layout.id_column:
        raise SignalFileError("Rows of one moment each need the column that says which signal they belong to; name it.")
    if layout.kind == "rows" and layout.channel_column and not layout.id_column:
        raise SignalFileError(
            "Rows of one channel each need the column that says which signal they belong to; name it."
        )
    if layout.kind in ("columns", "channels") and (layout.id_column or layout.channel_column):
        raise SignalFileError(
            "Where each column is a signal or a channel, no column can name the signal or the channel of a row; choose the "
            "long form, or ignore that column."
        )
    if layout.kind == "rows" and layout.time_column:
        raise SignalFileError(
            "Where each row is a signal, no column can hold the time; ignore it, or choose another form."
        )
    if layout.kind == "columns" and layout.labels:
        raise SignalFileError(
            f"Where each column is a signal, column “{layout.labels[0][:40]}” cannot say something of each; ignore it."
        )


def _rows(table: Table, layout: Layout, name: str) -> Recorded:
    sampled = sample_columns(table, layout, name)
    times = header_times(tuple(table.names[i] for i in sampled))
    rate = table.rate if times is None else even_rates(times[None])[0]
    if layout.channel_column:
        return rows_of_channels(table, layout, name, rate)
    signals = trimmed(samples(table, sampled)[:, None])
    ids = as_text(cells_of(table, layout.id_column)) if layout.id_column else range(1, len(signals) + 1)
    prefix = f"{name}, {layout.id_column[:40] or 'row'}"
    names = [f"{prefix} {label}" for label in ids]
    return Recorded(names, signals, np.full(len(signals), rate), label_cells(table, layout))


def _columns(table: Table, layout: Layout, name: str) -> Recorded:
    sampled = sample_columns(table, layout, name)
    values, _, rate = _over_time(table, layout, name, sampled)
    names = [f"{name}, {table.names[i][:40]}" for i in sampled]
    return Recorded(names, trimmed(values[:, None]), np.full(len(values), rate))


def _channels(table: Table, layout: Layout, name: str) -> Recorded:
    sampled = sample_columns(table, layout, name)
    values, rows, rate = _over_time(table, layout, name, sampled)
    labels = label_cells(table, layout)
    changes = [np.flatnonzero(np.diff(codes_of(cells))) + 1 for cells in labels.values()]
    starts = np.unique(np.concatenate([[0], *changes])).astype(np.int64)
    check_recordings(name, len(starts), len(sampled))
    parts = np.split(values, rows[starts[1:]], axis=1)
    names = [name] if len(parts) == 1 else [f"{name}, part {i + 1}" for i in range(len(parts))]
    channels = tuple(table.names[i] for i in sampled) if table.has_names else ()
    labels = {column: cells[starts] for column, cells in labels.items()}
    return Recorded(names, parts, np.full(len(parts), rate), labels, channels)


def _over_time(table: Table, layout: Layout, name: str, sampled: list[int]) -> tuple[np.ndarray, np.ndarray, float]:
    """Columns as (n, n_samples), NaN where rows are missing; the place of each row in it; and the rate in Hz."""
    matrix = samples(table, sampled)
    if not layout.time_column:
        return np.ascontiguousarray(matrix.T), np.arange(len(matrix)), table.rate
    rows, rate = places(f"“{name}”", seconds(layout.time_column, cells_of(table, layout.time_column)))
    values = np.full((len(sampled), rows[-1] + 1), np.nan, matrix.dtype)
    values[:, rows] = matrix.T
    return values, rows, rate


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """One column of all files: text where it is text in any."""
    is_text = any(part.dtype == object for part in parts)
    return np.concatenate([as_text(part) if is_text else part for part in parts])


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"“{name[:20]}”" for name in names[:4]) + (", …" if len(names) > 4 else "")
