"""Tables whose rows are single moments of many signals: which column says the signal, the time and the channel."""

from collections.abc import Sequence

import numpy as np

from core.config import MAX_CHANNELS, MIN_SAMPLES
from core.recordings.layout.cells import truths
from core.recordings.layout.clocks import looks_like_clock
from core.recordings.layout.column_names import (
    is_channel,
    is_id,
    is_label,
    plain,
)
from core.recordings.layout.evidence import Evidence, evidence_of
from core.recordings.layout.layout import Layout
from core.recordings.reading.raw import Table


def infer_moments(table: Table) -> Layout | None:
    """Rows of single moments: ids or channels repeat, and where there is a time it starts again with each."""
    columns = [column for column in evidence_of(table) if not column.is_empty]
    time = next((column for column in columns if column.names_time and column.times is not None), None)
    rest = [column for column in columns if column is not time]
    if time is None:
        time = next((column for column in rest if column.is_text and column.times is not None), None)
        rest = [column for column in columns if column is not time]
    named = [one for one in rest if one.has_name and (is_id(one.name) or is_channel(one.name))]
    texts = [one for one in rest if one.is_text and not truths(one.cells) and not looks_like_clock(one.cells)]
    discrete = [*texts, *(one for one in named if one not in texts and one.is_whole)]
    repeated = [one for one in discrete if one.repeats and not one.has_gaps]
    channel = next((one for one in repeated if one.has_name and is_channel(one.name)), None)
    if found := _channels_of_moments(table, time, channel, repeated, rest):
        return found
    texts = [one for one in repeated if one.is_text and one is not channel]
    signals = [one for one in repeated if one.has_name and is_id(one.name) and one is not channel]
    for signal in dict.fromkeys([*signals, *texts]):
        others = [one for one in texts if one is not signal and not is_label(one.name)]
        for by in dict.fromkeys([channel, None, *others]):
            if _rises_within(time, [signal, by] if by else [signal]):
                return _long_layout(columns, table, signal, time, by)
    return _counted_blocks(table, columns, time)


def _channels_of_moments(
    table: Table,
    time: Evidence | None,
    channel: Evidence | None,
    repeated: list[Evidence],
    rest: list[Evidence],
) -> Layout | None:
    """One recording with a row for each moment and channel: time, sensor, value."""
    if time is None or any(one.has_name and is_id(one.name) for one in repeated if one is not channel):
        return None
    candidates = [channel] if channel else [one for one in repeated if one.is_text and not is_label(one.name)]
    values = [one for one in rest if not one.is_text and one not in candidates]
    for by in candidates:
        if by is None or by.n_different > MAX_CHANNELS or len(values) != 1:
            continue
        if by is not channel and by.n_stretches < len(by.cells) / 2:
            continue
        if len(np.unique(time.codes)) <= len(by.cells) / by.n_different * 1.5 and _rises_within(time, [by]):
            ignored = tuple(name for name in table.names if name not in (time.name, by.name, values[0].name))
            return Layout(kind="long", time_column=time.name, channel_column=by.name, ignored=ignored)
    return None


def _counted_blocks(table: Table, columns: list[Evidence], time: Evidence | None) -> Layout | None:
    """Machines one below the other, a row for each of their cycles: a column stays the same while the next counts from 1."""
    for unit in columns[:3]:
        if (
            unit is time
            or (not unit.is_text and not unit.is_whole)
            or not unit.repeats
            or unit.n_stretches != unit.n_different
        ):
            continue
        counter = next((one for one in columns if one is not unit and _counts_within(one, unit)), None)
        if (
            counter is not None
            and counter.names_counter
            and unit.counts_slowly
            and plain(counter.name).startswith("sub")
        ):
            continue  # frames, and the samples in each of them
        if counter is not None and len(unit.cells) >= MIN_SAMPLES / 2 * unit.n_different:
            is_timed = counter.names_time
            layout = _long_layout(columns, table, unit, counter if is_timed else None, None)
            ignored = layout.ignored if is_timed else (counter.name, *(n for n in layout.ignored if n != counter.name))
            return layout.model_copy(update={"ignored": ignored})
    return None


def _counts_within(column: Evidence, unit: Evidence) -> bool:
    """Does a column count by one from the same number on in each block of equal cells of another?"""
    if column.is_text or not column.is_whole or len(column.finite) != len(column.cells):
        return False
    is_first = np.diff(unit.codes, prepend=-1) != 0
    steps = np.diff(column.cells.astype(np.float64), prepend=np.nan)
    firsts = column.cells[is_first]
    return bool((steps[~is_first] == 1).all() and (firsts == firsts[0]).all())


def _long_layout(
    columns: list[Evidence],
    table: Table,
    signal: Evidence,
    time: Evidence | None,
    channel: Evidence | None,
) -> Layout:
    """Other columns are labels where they are the same throughout a signal, else values; with channels there is one."""
    taken = {one.name for one in (signal, time, channel) if one is not None}
    rest = [one for one in columns if one.name not in taken]
    is_label_of = {one.name: _is_constant_within(one.codes, signal.codes) for one in rest}
    is_counting = {one.name: (one.names_counter and one.counts) or _counts_within(one, signal) for one in rest}
    labels = [one.name for one in rest if is_label_of[one.name] and not is_counting[one.name] and not one.is_constant]
    values = [
        one.name
        for one in rest
        if one.name not in labels and not is_counting[one.name] and not one.is_text and not is_label_of[one.name]
    ]
    values += [
        one.name for one in rest if one.is_constant and not (one.is_text or is_counting[one.name] or one.is_whose)
    ]
    values = values[:1] if channel else values
    ignored = tuple(name for name in table.names if name not in taken and name not in labels and name not in values)
    return Layout(
        kind="long",
        id_column=signal.name,
        time_column=time.name if time else "",
        channel_column=channel.name if channel else "",
        labels=tuple(labels),
        ignored=ignored,
    )


def _rises_within(time: Evidence | None, columns: Sequence[Evidence]) -> bool:
    """Are the rows of each combination of values many, and is their time rising though not that of the whole table?"""
    codes = columns[0].codes
    for column in columns[1:]:
        codes = np.unique(codes.astype(np.int64) * column.n_different + column.codes, return_inverse=True)[1]
    if len(codes) < MIN_SAMPLES / 2 * (codes.max() + 1):
        return False
    if time is None or time.times is None:
        return bool((np.diff(codes) != 0).sum() == codes.max())  # the rows of each stand together
    times = time.times.seconds
    if not np.isfinite(times).all() or (np.diff(times) > 0).all():
        return False
    order = np.lexsort((times, codes))
    within = np.diff(codes[order]) == 0
    return bool((np.diff(times[order])[within] > 0).all())


def _is_constant_within(codes: np.ndarray, signals: np.ndarray) -> bool:
    firsts = np.unique(signals, return_index=True)[1]
    return bool((codes == codes[firsts][signals]).all())
