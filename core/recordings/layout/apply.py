"""A table and what its rows and columns mean → recordings."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.errors import SignalFileError
from core.formatting import number, quantity
from core.recordings.findings import Finding, told
from core.recordings.layout.cells import (
    as_text,
    cells_of,
    codes_of,
    label_cells,
    sample_columns,
    samples,
    trimmed,
    truths,
)
from core.recordings.layout.column_names import header_times, unit_of, without_units
from core.recordings.layout.even_grid import Piece
from core.recordings.layout.events import without_events
from core.recordings.layout.layout import Kind, Layout
from core.recordings.layout.long_format import moments, rows_of_channels
from core.recordings.layout.row_times import times_of
from core.recordings.layout.sentinels import without_sentinels
from core.recordings.layout.timeline import Timeline, timeline
from core.recordings.layout.timestamps import Times, even_rates
from core.recordings.reading.limits import check_recordings
from core.recordings.reading.raw import Recorded, Table, is_filled, is_text
from core.recordings.units import SECONDS

SAME_RATE = 0.01  # rates that differ by less are one
N_LISTED = 6


def apply_layout(table: Table, layout: Layout, name: str) -> Recorded:
    """The recordings in a table; `name` is the file's, for messages. Raises SignalFileError where they are not there.

    Rates come from a column or a header of times, else from the table. Empty cells at the end of a row or column are no
    part of its signal. A label of one long recording cuts it wherever its value changes; so do pauses.
    """
    _check(table, layout, name)
    if not table.columns or not len(table.columns[0]):
        raise SignalFileError(f"“{name}” has no rows; give at least one.")
    arranged: dict[Kind, Callable[[Table, Layout, str], Recorded]] = {
        "rows": _rows,
        "columns": _columns,
        "long": moments,
        "channels": _channels,
    }
    samples_only = without_events(table, layout, name)
    recorded = arranged[layout.kind](samples_only, layout, name)
    check_recordings(name, len(recorded.values), len(recorded.values[0]))
    sampled = tuple(column for column in table.names if column not in layout.roles)
    ignored = tuple(column for column in table.names if column in layout.roles and column not in layout.labels)
    channels, units = without_units(recorded.channel_names)
    return replace(
        recorded,
        channel_names=channels,
        unit=unit_of(sampled) or table.unit,
        units=units if any(units) else (),
        rate_source=recorded.rate_source or table.rate_source,
        ignored=(*table.ignored, *without_units(ignored)[0]),
        findings=(
            *samples_only.findings,
            *recorded.findings,
            *(_of_rate(table) if not recorded.rate_source else ()),
            *_of_text(table, sampled, name),
            *_left_out(table, layout, name),
        ),
    )


def _check(table: Table, layout: Layout, name: str) -> None:
    """Refuse roles of columns that are not there or not clear, and roles that a kind has no use for."""
    present = Counter(table.names)
    for column in layout.roles:
        if present[column] != 1:
            wrong = "several columns" if column in table.names else "no column"
            raise SignalFileError(f"“{name}” has {wrong} named “{column[:40]}”; choose among the columns it has.")
    single = [layout.id_column, layout.time_column, layout.date_column, layout.channel_column]
    named = Counter([*(column for column in single if column), *layout.labels, *layout.ignored])
    for column in layout.roles:
        if named[column] > 1:
            raise SignalFileError(f"Column “{column[:40]}” has two roles; choose one.")
    if layout.date_column and not layout.time_column:
        raise SignalFileError(
            f"Beside the day in column “{layout.date_column[:40]}”, name the column with the time of the day."
        )
    if layout.kind == "long" and not layout.id_column and not layout.channel_column:
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
            f"Where each column is a signal, column “{layout.labels[0][:40]}” cannot be a condition; ignore it."
        )


def _rows(table: Table, layout: Layout, name: str) -> Recorded:
    sampled = sample_columns(table, layout, name)
    times = header_times(tuple(table.names[i] for i in sampled))
    rate = table.rate if times is None else even_rates(times[None])[0]
    if layout.channel_column:
        return rows_of_channels(table, layout, name, rate)
    matrix = samples(table, sampled)
    _, findings = without_sentinels(matrix.reshape(-1, 1), ["the rows"], f"“{name}”")
    signals = trimmed(matrix[:, None])
    ids = as_text(cells_of(table, layout.id_column)) if layout.id_column else range(1, len(signals) + 1)
    prefix = f"{name}, {layout.id_column[:40] or 'row'}"
    names = [f"{prefix} {label}" for label in ids]
    return Recorded(names, signals, np.full(len(signals), rate), label_cells(table, layout), findings=findings)


def _columns(table: Table, layout: Layout, name: str) -> Recorded:
    sampled = sample_columns(table, layout, name)
    names = [f"{name}, {table.names[i][:40]}" for i in sampled]
    values, findings = _values(table, sampled, name)
    over = _over_time(table, layout, name)
    rates = np.full(len(sampled) * len(over.pieces), over.rate)
    pieces = [piece.spread(values, over.rate) for piece in over.pieces]
    signals = [signal for piece in pieces for signal in trimmed(piece[:, None])]
    if len(pieces) > 1:
        names = [f"{one}, part {i + 1}" for i in range(len(pieces)) for one in names]
    return Recorded(names, signals, rates, findings=(*findings, *over.findings), rate_source=_source(layout, over))


def _channels(table: Table, layout: Layout, name: str) -> Recorded:
    sampled = sample_columns(table, layout, name)
    values, findings = _values(table, sampled, name)
    over = _over_time(table, layout, name)
    labels = label_cells(table, layout)
    codes = [codes_of(cells) for cells in labels.values()]
    pieces = [part for piece in over.pieces for part in _where_labels_change(piece, codes)]
    check_recordings(name, len(pieces), len(sampled))
    names = [name] if len(pieces) == 1 else [f"{name}, part {i + 1}" for i in range(len(pieces))]
    channels = tuple(table.names[i] for i in sampled) if table.has_names else ()
    firsts = np.array([piece.rows[0] for piece in pieces])
    if len(pieces) > len(over.pieces):
        listed = ", ".join(f"“{column[:40]}”" for column in labels)
        change = "changes" if len(labels) == 1 else "change"
        sentence = f"“{name}” is cut wherever {listed} {change}, into {len(pieces):,} recordings."
        findings = (*findings, told("labels", sentence, "cut", "recording", name, len(pieces)))
    return Recorded(
        names,
        [piece.spread(values, over.rate) for piece in pieces],
        np.full(len(pieces), over.rate),
        {column: cells[firsts] for column, cells in labels.items()},
        channels,
        rate_source=_source(layout, over),
        findings=(*findings, *over.findings),
    )


def _values(table: Table, sampled: list[int], name: str) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """Columns of samples, (n_channels, n_rows), without numbers that mark missing values."""
    titles = [f"column “{table.names[i][:40]}”" for i in sampled]
    matrix, findings = without_sentinels(samples(table, sampled, order="F"), titles, f"“{name}”")
    return matrix.T, findings


def _where_labels_change(piece: Piece, codes: list[np.ndarray]) -> list[Piece]:
    """A piece cut into those in which every label stays the same; codes: (n_rows,) of each label."""
    if not codes:
        return [piece]
    changes = np.zeros(len(piece.rows), bool)
    for own in codes:
        changes[1:] |= np.diff(own[piece.rows]) != 0
    bounds = [0, *np.flatnonzero(changes).tolist(), len(piece.rows)]
    return [
        Piece(
            piece.rows[start:stop],
            None if piece.places is None else piece.places[start:stop] - piece.places[start],
            piece.seconds[start:stop],
        )
        for start, stop in pairwise(bounds)
    ]


def _over_time(table: Table, layout: Layout, name: str) -> Timeline:
    """The recordings that the times of a table's rows make of them, and their rate in Hz."""
    n = len(table.columns[0])
    if not layout.time_column:
        parts = np.split(np.arange(n, dtype=np.int32), np.array(table.breaks, np.int64))
        pieces = tuple(Piece(part, places, places) for part in parts if len(part) for places in [part - part[0]])
        return Timeline(pieces, table.rate)
    times = times_of(table, layout.time_column, layout.date_column, SECONDS.get(layout.time_unit, 0.0))
    found = timeline(f"“{name}”", times)
    findings = (*found.findings, *_of_times(times, layout, name))
    if not math.isfinite(found.rate):
        return replace(found, rate=table.rate, findings=findings)
    is_said = math.isfinite(table.rate) and not table.is_rate_assumed
    if is_said and abs(table.rate / found.rate - 1) > SAME_RATE:
        sentence = (
            f"{table.rate_source[:1].upper()}{table.rate_source[1:]} says {number(table.rate)} Hz, but the times of its rows say "
            f"{number(found.rate)} Hz; the times count."
        )
        findings = (*findings, told("sampling_rate", sentence, "assumed", "recording", name))
    return replace(found, findings=findings)


def _source(layout: Layout, over: Timeline) -> str:
    """Where a rate was read, for people; empty where it comes from the table or from nowhere."""
    if not layout.time_column or not math.isfinite(over.rate):
        return ""
    return f"the times in column “{layout.time_column[:40]}”"


def _of_times(times: Times, layout: Layout, name: str) -> tuple[Finding, ...]:
    """What was assumed of the times."""
    column = f"Column “{layout.time_column[:40]}” of “{name}”"
    findings = []
    if not times.is_known:
        sentence = f"{column} does not say the unit of its times; set it, or the sampling rate. Until then, time counts samples."
        findings.append(told("sampling_rate", sentence, "assumed", "column", layout.time_column))
    elif times.unit == "seconds":
        sentence = f"{column} has no unit; its numbers are taken as seconds."
        findings.append(told("sampling_rate", sentence, "assumed", "column", layout.time_column))
    elif times.unit and times.unit.lower() not in SECONDS:
        sentence = f"{column} is read as {times.unit}."
        findings.append(told("sampling_rate", sentence, "assumed", "column", layout.time_column))
    if times.may_be_swapped:
        which = layout.date_column or layout.time_column
        sentence = f"The dates in column “{which[:40]}” of “{name}” could begin with the month; they are read with the day first."
        findings.append(told("time", sentence, "assumed", "column", which))
    return tuple(findings)


def _of_rate(table: Table) -> tuple[Finding, ...]:
    """That a frequency is taken as the sampling rate."""
    if not table.is_rate_assumed:
        return ()
    sentence = (
        f"The frequency of {number(table.rate)} Hz in {table.rate_source} is taken as the sampling rate; if it is another, set "
        "the sampling rate."
    )
    return (told("sampling_rate", sentence, "assumed", "line"),)


def _of_text(table: Table, sampled: tuple[str, ...], name: str) -> tuple[Finding, ...]:
    """Which words were read as 1 and 0."""
    findings = []
    for column in sampled:
        words = truths(cells_of(table, column))
        if words:
            sentence = (
                f"In column “{column[:40]}” of “{name}”, “{words[0][:20]}” counts as 1 and “{words[1][:20]}” as 0."
            )
            findings.append(told("words", sentence, "converted", "column", column))
    return tuple(findings)


def _left_out(table: Table, layout: Layout, name: str) -> tuple[Finding, ...]:
    """Which columns hold neither samples nor labels, and why."""
    by_reason: dict[str, list[str]] = {}
    for column in layout.ignored:
        by_reason.setdefault(_reason(cells_of(table, column)), []).append(column)
    findings = []
    for reason, columns in by_reason.items():
        listed = ", ".join(f"“{column[:40]}”" for column in columns[:N_LISTED]) + (
            ", …" if len(columns) > N_LISTED else ""
        )
        which = "Column" if len(columns) == 1 else quantity(len(columns), "column")
        sentence = f"{which} {listed} of “{name}” {'is' if len(columns) == 1 else 'are'} left out: {reason}."
        findings.append(told("columns", sentence, "left out", "column", columns[0], len(columns)))
    return tuple(findings)


def _reason(cells: np.ndarray) -> str:
    """What a column holds instead of samples."""
    if is_text(cells):
        return "text" if is_filled(cells).any() else "empty"
    there = cells[np.isfinite(cells)]
    if not len(there):
        return "empty"
    steps = np.diff(there)
    if len(steps) and np.mean(np.abs(steps) == 1) > 0.9:
        return "it counts rows"
    if len(steps) and ((steps >= 0).all() or (steps <= 0).all()) and steps.any():
        return (
            "it rises or falls throughout, as an axis, a counter or a second clock does, and is not taken as the time"
        )
    return "no samples"
