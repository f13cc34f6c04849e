"""What the rows and columns of a table probably mean, from their names and values. People see the result and may change it."""

from collections.abc import Sequence

import numpy as np

from core.config import MAX_CHANNELS, MIN_SAMPLES
from core.recordings.layout.column_names import (
    are_signals,
    header_times,
    is_channel,
    is_counter,
    is_id,
    is_label,
    is_quantity,
    is_state,
    numbered,
)
from core.recordings.layout.down_rows import MAX_LABELS, N_LOOKED_AT, mostly_whole, tall, timed
from core.recordings.layout.evidence import Evidence, evidence_of
from core.recordings.layout.layout import Layout
from core.recordings.layout.moments import infer_moments
from core.recordings.reading.raw import Table, is_text

N_BESIDE = 256  # columns, of which is told whether values hang together along the rows
MAX_LONG = MAX_CHANNELS + 8  # columns of a table whose rows are single moments
RUNS_DOWN = 0.3  # how much a value must hang together with that above it for columns to be signals
CLEARLY = 0.5  # as much as with that beside it
IN_NO_ORDER = 0.5  # the roughness of rows in random order is 1, that of a moment after the other far less


def infer_layout(table: Table, *others: Table) -> Layout:
    """The likeliest layout of a table, from its names where they tell, and from its values.

    others: tables of the same columns that belong to it; what is the same throughout each but differs between them is a label.
    """
    if not table.columns or not len(table.columns[0]):
        return Layout()
    series = numbered(table.names) if table.has_names else set()
    if len(series) >= MIN_SAMPLES and header_times(tuple(name for name in table.names if name in series)) is not None:
        return _across(table)
    is_unique = len(set(table.names)) == len(table.names)
    is_long = len(series) < MIN_SAMPLES and 2 <= len(table.names) <= MAX_LONG and is_unique
    if is_long and (layout := infer_moments(table)):
        return layout
    if _are_samples(table, series):
        return _across(table)
    return timed(table, others) or _untimed(table, others)


def _untimed(table: Table, others: Sequence[Table]) -> Layout:
    """No column of times: signals lie along the rows, unless they are few or hang together down the columns."""
    across = _across(table)
    roles = across.roles
    sampled = [cells for name, cells in zip(table.names, table.columns, strict=True) if name not in roles]
    if len(sampled) < MIN_SAMPLES or (not across.labels and _runs_down(sampled)) or _are_named_channels(table, sampled):
        return tall(table, [column for column in evidence_of(table) if not column.is_empty], others, "")
    return across


def _are_named_channels(table: Table, sampled: list[np.ndarray]) -> bool:
    """Have the columns names of their own, so that they are quantities and no samples of one?"""
    return table.has_names and len(sampled) <= MAX_CHANNELS and len(numbered(table.names)) <= len(table.names) / 3


def _are_samples(table: Table, series: set[str]) -> bool:
    """Are numbered columns the samples of rows, although another column rises beside them?

    Then a value hangs together with those beside it, and no column but a calendar says time. Columns that are few enough for
    channels must stand beside a mere count of rows whose order means nothing.
    """
    rest = [one for one in evidence_of(table) if one.name not in series]
    if len(series) < MIN_SAMPLES or are_signals(tuple(series)) or any(_says_seconds(one) for one in rest):
        return False
    sampled = [cells for name, cells in zip(table.names, table.columns, strict=True) if name in series]
    if any(is_text(cells) or _is_calendar(cells) for cells in sampled) or not _runs_along(sampled):
        return False
    is_counted = any(one.names_counter and one.counts for one in rest)
    return len(series) > MAX_CHANNELS or (is_counted and _roughnesses(sampled)[0] > IN_NO_ORDER)


def _says_seconds(column: Evidence) -> bool:
    return column.names_time and not column.is_text and not _is_calendar(column.cells)


def _is_calendar(cells: np.ndarray) -> bool:
    return cells.dtype.kind in "Mm"


def _across(table: Table) -> Layout:
    """Each row is a signal, or one channel of it; beside the samples stand its id and its labels."""
    series = numbered(table.names) if table.has_names else set()
    is_series = MIN_SAMPLES <= len(series) < len(table.names)
    columns = evidence_of(table)
    labels: list[Evidence] = []
    ids: list[Evidence] = []
    ends = (0, len(columns) - 1)
    is_whole = mostly_whole([column for column in columns[:N_LOOKED_AT] if not column.is_text])
    for column in columns:
        if is_series and column.name in series:
            continue
        is_named = column.has_name and (is_series or is_label(column.name) or is_quantity(column.name))
        if column.has_name and (is_counter(column.name) or is_id(column.name) or _tells_row(column)):
            ids.append(column)
        elif column.is_text:
            (labels if column.repeats or is_named else ids).append(column)
        elif is_named or (column.place in ends and _is_class_of_rows(column, is_whole)):
            labels.append(column)
    signal = next((one for one in ids if one.has_name and is_id(one.name)), None)
    channels = [one for one in labels if one.has_name and is_channel(one.name)]
    channel = channels[0] if channels and signal and signal.repeats else None
    taken = {one.name for one in (signal, channel) if one}
    return Layout(
        kind="rows",
        id_column=signal.name if signal else "",
        channel_column=channel.name if channel else "",
        labels=tuple(one.name for one in labels if one.name not in taken),
        ignored=tuple(one.name for one in ids if one.name not in taken),
    )


def _tells_row(column: Evidence) -> bool:
    """Does a column without a name count the rows, or does one say when each was taken?"""
    return (column.names_counter and column.counts) or _is_calendar(column.cells) or column.counts_from_an_epoch


def _is_class_of_rows(column: Evidence, is_whole: bool) -> bool:
    """Few different whole numbers are a class, in a table of other numbers or under a name that says so."""
    if not column.is_whole:
        return False
    is_named = column.has_name and (is_label(column.name) or is_state(column.name))
    return 1 < column.n_different <= min(MAX_LABELS, len(column.cells) / 2) and (is_named or not is_whole)


def _runs_down(sampled: list[np.ndarray]) -> bool:
    """Does a value hang together with those above and below it, rather than with those beside it?

    The squared steps between neighbours, as a share of those between values in random order, are small along time alone:
    where rows are signals, their order means nothing.
    """
    down, along = _roughnesses(sampled)
    return down < RUNS_DOWN and down < CLEARLY * along


def _runs_along(sampled: list[np.ndarray]) -> bool:
    """Does a value hang together with those beside it, rather than with those above and below it?"""
    down, along = _roughnesses(sampled)
    return along < RUNS_DOWN and along < CLEARLY * down


def _roughnesses(sampled: list[np.ndarray]) -> tuple[float, float]:
    """How rough columns are down the rows, and along them; 1 for both where there is too little to tell."""
    block = np.stack([cells[:N_LOOKED_AT].astype(np.float64) for cells in sampled[:N_BESIDE]], axis=1)
    block[~np.isfinite(block)] = np.nan
    if min(block.shape) < MIN_SAMPLES:
        return 1.0, 1.0
    return _roughness(block), _roughness(block.T)


def _roughness(block: np.ndarray) -> float:
    """Mean square of the steps down the columns, as a share of what it would be in random order: 1 for white noise."""
    n = np.maximum(1, np.isfinite(block).sum(axis=0))
    spread = block - np.nansum(block, axis=0) / n
    steps = np.diff(block, axis=0)
    variance = np.nansum(spread**2) / n.sum()
    mean_square = np.nansum(steps**2) / max(1, np.isfinite(steps).sum())
    return float(mean_square / (2 * variance)) if variance > 0 else 1.0
