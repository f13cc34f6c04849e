"""What the rows and columns of a table probably mean, from their names and values. People see the guess and may change it."""

import numpy as np

from core.config import MIN_SAMPLES
from core.errors import SignalFileError
from core.recordings.layout.cells import cells_of, codes_of
from core.recordings.layout.column_names import (
    are_signals,
    header_times,
    is_channel,
    is_counter,
    is_id,
    is_label,
    is_quantity,
    is_time,
    numbered,
)
from core.recordings.layout.layout import Kind, Layout
from core.recordings.layout.timestamps import even_rates, seconds
from core.recordings.reading.raw import Table

N_LOOKED_AT = 2_000  # rows and columns, of which a table's form is told
MAX_LABELS = 20  # whole numbers as different as this are no classes
MANY = 20  # columns beside a time: rather signals than channels
MAX_LONG = 32  # columns of a table whose rows are single moments
RUNS_DOWN = 0.3  # how much a value must hang together with that above it for columns to be signals
CLEARLY = 0.5  # as much as with that beside it


def infer_layout(table: Table) -> Layout:
    """The likeliest layout of a table, from its names where they tell, and from its values."""
    if not table.columns or not len(table.columns[0]):
        return Layout()
    series = numbered(table.names) if table.has_names else set()
    if len(series) >= MIN_SAMPLES and header_times(tuple(name for name in table.names if name in series)) is not None:
        return _across(table)
    is_long = (
        len(series) < MIN_SAMPLES and 2 <= len(table.names) <= MAX_LONG and len(set(table.names)) == len(table.names)
    )
    return (_long(table) if is_long else None) or _timed(table) or _untimed(table)


def _long(table: Table) -> Layout | None:
    """Rows of single moments: ids repeat, and where there is a time it starts again with each."""
    by_name = dict(zip(table.names, table.columns, strict=True))
    time = next((name for name in by_name if is_time(name) and _is_readable_time(name, by_name[name])), "")
    candidates = [name for name in by_name if is_id(name) or is_channel(name) or by_name[name].dtype == object]
    repeated = [name for name in candidates if name != time and _repeats(by_name[name])]
    channel = next((name for name in repeated if is_channel(name)), "")
    texts = [name for name in repeated if by_name[name].dtype == object and name != channel]
    signals = [name for name in repeated if is_id(name)]
    for signal in dict.fromkeys([*signals, *texts]):
        others = [name for name in texts if name != signal and not is_label(name)]
        for by in dict.fromkeys([channel, "", *others]):
            if _rises_within(table, time, [signal, by] if by else [signal]):
                return _long_layout(table, signal, time, by)
    return None


def _long_layout(table: Table, signal: str, time: str, channel: str) -> Layout:
    """Other columns are known where they are the same throughout a signal, else values; with channels there is one."""
    signals = codes_of(cells_of(table, signal))
    taken = {signal, time, channel} - {""}  # a column may be named by nothing, as counters of rows often are
    rest = [name for name in table.names if name not in taken]
    known = [name for name in rest if _is_constant_within(cells_of(table, name), signals) and not is_counter(name)]
    values = [
        name for name in rest if name not in known and not is_counter(name) and cells_of(table, name).dtype != object
    ]
    values = values[:1] if channel else values
    ignored = tuple(name for name in rest if name not in known and name not in values)
    return Layout(
        kind="long", id_column=signal, time_column=time, channel_column=channel, labels=tuple(known), ignored=ignored
    )


def _timed(table: Table) -> Layout | None:
    """A column of times, or a first one that rises evenly, beside columns that are signals or channels."""
    if len(table.names) < 2:
        return None
    named = [
        name
        for name, cells in zip(table.names, table.columns, strict=True)
        if is_time(name) and _runs(table, name, cells)
    ]
    if named:
        return _tall(table, named[0])
    return _tall(table, table.names[0]) if _is_clock(table) else None


def _tall(table: Table, time: str) -> Layout:
    """Time runs down the rows: each column is a signal, or a channel where there are few."""
    is_whole = _is_whole(table)
    sampled: list[str] = []
    labels: list[str] = []
    ignored: list[str] = []
    for name, cells in zip(table.names, table.columns, strict=True):
        if time and name == time:
            continue
        if table.has_names and is_counter(name):
            ignored.append(name)
        elif cells.dtype == object or (table.has_names and is_label(name) and _is_class(name, cells, is_whole)):
            (labels if _repeats(cells) else ignored).append(name)
        else:
            sampled.append(name)
    kind: Kind = "columns" if len(sampled) >= MANY or (len(sampled) > 1 and are_signals(tuple(sampled))) else "channels"
    if kind == "columns":
        labels, ignored = [], [*ignored, *labels]
    if time and not table.has_names and bool((np.diff(cells_of(table, time)) == 1).all()):
        time, ignored = "", [time, *ignored]  # it only counts the rows
    return Layout(kind=kind, time_column=time, labels=tuple(labels), ignored=tuple(ignored))


def _untimed(table: Table) -> Layout:
    """No column of times: signals lie along the rows, unless they are few or hang together down the columns."""
    across = _across(table)
    roles = across.roles
    sampled = [cells for name, cells in zip(table.names, table.columns, strict=True) if name not in roles]
    if len(sampled) < MIN_SAMPLES or (not across.labels and _runs_down(sampled)):
        return _tall(table, "")
    return across


def _across(table: Table) -> Layout:
    """Each row is a signal, or one channel of it; beside the samples stand its id and what is known of it."""
    series = numbered(table.names) if table.has_names else set()
    is_series = MIN_SAMPLES <= len(series) < len(table.names)
    is_whole = _is_whole(table)
    known: list[str] = []
    ids: list[str] = []
    for name, cells in zip(table.names, table.columns, strict=True):
        if is_series and name in series:
            continue
        is_named = table.has_names and (is_series or is_label(name) or is_quantity(name))
        if table.has_names and (is_counter(name) or is_id(name)):
            ids.append(name)
        elif cells.dtype == object:
            (known if _repeats(cells) or is_named else ids).append(name)
        elif is_named or (name in (table.names[0], table.names[-1]) and _is_class(name, cells, is_whole)):
            known.append(name)
    signal = next((name for name in ids if table.has_names and is_id(name)), "")
    channels = [name for name in known if table.has_names and is_channel(name)]
    channel = channels[0] if channels and signal and _repeats(cells_of(table, signal)) else ""
    taken = {signal, channel} - {""}
    return Layout(
        kind="rows",
        id_column=signal,
        channel_column=channel,
        labels=tuple(name for name in known if name not in taken),
        ignored=tuple(name for name in ids if name not in taken),
    )


def _runs_down(sampled: list[np.ndarray]) -> bool:
    """Does a value hang together with those above and below it, rather than with those beside it?

    The squared steps between neighbours, as a share of those between values in random order, are small along time alone:
    where rows are signals, their order means nothing.
    """
    block = np.stack([cells[:N_LOOKED_AT].astype(np.float64) for cells in sampled[:N_LOOKED_AT]], axis=1)
    block[~np.isfinite(block)] = np.nan
    if min(block.shape) < MIN_SAMPLES:
        return False
    down, along = _roughness(block), _roughness(block.T)
    return down < RUNS_DOWN and down < CLEARLY * along


def _roughness(block: np.ndarray) -> float:
    """Mean square of the steps down the columns, as a share of what it would be in random order: 1 for white noise."""
    n = np.maximum(1, np.isfinite(block).sum(axis=0))
    spread = block - np.nansum(block, axis=0) / n
    steps = np.diff(block, axis=0)
    variance = np.nansum(spread**2) / n.sum()
    mean_square = np.nansum(steps**2) / max(1, np.isfinite(steps).sum())
    return float(mean_square / (2 * variance)) if variance > 0 else 1.0


def _repeats(cells: np.ndarray) -> bool:
    """Do values come more than once, and not all the same?"""
    n_different = int(codes_of(cells).max()) + 1
    return 1 < n_different <= len(cells) / 2


def _rises_within(table: Table, time: str, columns: list[str]) -> bool:
    """Are the rows of each combination of values many, and is their time rising though not that of the whole table?"""
    codes = np.zeros(len(table.columns[0]), np.int64)
    for column in columns:
        own = codes_of(cells_of(table, column))
        codes = np.unique(codes * (own.max() + 1) + own, return_inverse=True)[1]
    if len(codes) < MIN_SAMPLES / 2 * (codes.max() + 1):
        return False
    if not time:
        return bool((np.diff(codes) != 0).sum() == codes.max())  # the rows of each stand together
    times = seconds(time, cells_of(table, time))
    order = np.lexsort((times, codes))
    within = np.diff(codes[order]) == 0
    return bool((np.diff(times) <= 0).any() and (np.diff(times[order])[within] > 0).all())


def _is_constant_within(cells: np.ndarray, signals: np.ndarray) -> bool:
    codes = codes_of(cells)
    firsts = np.unique(signals, return_index=True)[1]
    return bool((codes == codes[firsts][signals]).all())


def _is_readable_time(name: str, cells: np.ndarray) -> bool:
    try:
        return bool(np.isfinite(seconds(name, cells)).all())
    except SignalFileError:
        return False


def _runs(table: Table, name: str, cells: np.ndarray) -> bool:
    """Do the times of a column rise, and evenly where there are columns enough for signals along the rows?"""
    if not _is_readable_time(name, cells) or len(cells) < 2:
        return False
    times = seconds(name, cells)
    return bool(np.isfinite(even_rates(times[None])[0]) or ((np.diff(times) > 0).all() and len(table.names) < MANY))


def _is_clock(table: Table) -> bool:
    """Does the first column rise evenly, though its name does not say that it holds times?"""
    name, cells = table.names[0], table.columns[0]
    if cells.dtype == object or len(cells) < MIN_SAMPLES or (table.has_names and (is_counter(name) or is_id(name))):
        return False
    return bool(np.isfinite(even_rates(cells[None].astype(np.float64))[0]))


def _is_class(name: str, cells: np.ndarray, is_whole: bool) -> bool:
    """Few different whole numbers are a class, in a table of other numbers or under a name that says so."""
    if cells.dtype == object:
        return _repeats(cells)
    there = cells[np.isfinite(cells)]
    if (there != np.round(there)).any():
        return False
    return 1 < len(np.unique(there)) <= min(MAX_LABELS, len(cells) / 2) and (is_label(name) or not is_whole)


def _is_whole(table: Table) -> bool:
    """Are most columns whole numbers, as counts of a converter are?"""
    columns = [cells[:N_LOOKED_AT] for cells in table.columns[:N_LOOKED_AT] if cells.dtype != object]
    whole = [bool((cells == np.round(cells))[np.isfinite(cells)].all()) for cells in columns]
    return sum(whole) > len(whole) / 2
