"""Tables in which several rows belong to one signal → recordings."""

from itertools import pairwise

import numpy as np

from core.config import MAX_CHANNELS
from core.errors import SignalFileError
from core.recordings.layout.cells import as_text, cells_of, codes_of, label_cells, sample_columns, samples, trimmed
from core.recordings.layout.layout import Layout
from core.recordings.layout.timestamps import even_rates, places, seconds
from core.recordings.reading.raw import Recorded, Table


def moments(table: Table, layout: Layout, name: str) -> Recorded:
    """Rows that hold one moment each of the signal that `id_column` names."""
    sampled = sample_columns(table, layout, name)
    if layout.channel_column and len(sampled) != 1:
        raise SignalFileError(
            f"Beside the column that names the channel there must be one column of values in “{name}”, not {len(sampled)}; "
            "give the others a meaning or ignore them."
        )
    order, starts, channels = _by_signal_and_channel(table, layout, name)
    bounds = [slice(a, b) for a, b in pairwise([*starts.tolist(), len(order)])]
    values = samples(table, sampled)[order]
    recordings = [values[rows].reshape(len(channels), -1) if channels else values[rows].T for rows in bounds]
    names = _names(table, layout, name, order, starts)
    rates = np.full(len(recordings), table.rate)
    if layout.time_column:
        times = seconds(layout.time_column, cells_of(table, layout.time_column))[order]
        _place(recordings, rates, [times[rows].reshape(max(1, len(channels)), -1) for rows in bounds], names)
    if not channels and len(sampled) > 1 and table.has_names:
        channels = tuple(table.names[i] for i in sampled)
    return Recorded(names, recordings, rates, _labels(table, layout, order, starts), channels)


def rows_of_channels(table: Table, layout: Layout, name: str, rate: float) -> Recorded:
    """Rows that hold one channel each of the signal that `id_column` names; rate in Hz."""
    matrix = samples(table, sample_columns(table, layout, name))
    order, starts, channels = _by_signal_and_channel(table, layout, name)
    if len(order) != len(starts) * len(channels):
        raise SignalFileError(
            f"“{name}” has several rows for one channel of one signal; name the column that tells signals apart as the id."
        )
    signals = trimmed(matrix[order].reshape(len(starts), len(channels), -1))
    names = _names(table, layout, name, order, starts)
    return Recorded(names, signals, np.full(len(signals), rate), _labels(table, layout, order, starts), channels)


def _place(recordings: list[np.ndarray], rates: np.ndarray, times: list[np.ndarray], names: list[str]) -> None:
    """Put the samples of each recording where their times say, and set the rates; times: (n_channels, n_samples) in s each."""
    for own, name in zip(times, names, strict=True):
        if len(own) > 1 and not np.array_equal(own[1:], np.broadcast_to(own[0], own[1:].shape), equal_nan=True):
            raise SignalFileError(
                f"The channels of “{name}” were not taken at the same times; bring them to the same ones."
            )
    if len({own.shape for own in times}) == 1:
        rates[:] = even_rates(np.stack([own[0] for own in times]))
    else:
        rates[:] = np.concatenate([even_rates(own[:1]) for own in times])
    for i in np.flatnonzero(np.isnan(rates)):
        rows, rates[i] = places(f"“{names[i]}”", times[i][0])
        spread = np.full((len(recordings[i]), rows[-1] + 1), np.nan, recordings[i].dtype)
        spread[:, rows] = recordings[i]
        recordings[i] = spread


def _by_signal_and_channel(table: Table, layout: Layout, name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """The rows in the order of signal, channel and time; where in it each signal starts; and the names of channels.

    Signals and channels come in the order in which they first appear. Raises SignalFileError where an id or a channel is
    missing, or where a signal has more rows of one channel than of another.
    """
    signals = _filled_codes(table, layout.id_column, name)
    channels = np.zeros(len(signals), np.int64)
    channel_names: tuple[str, ...] = ()
    if layout.channel_column:
        channels = _filled_codes(table, layout.channel_column, name)
        channel_names = _channel_names(table, layout, name, channels)
    keys = [channels, signals]
    if layout.time_column:
        keys.insert(0, seconds(layout.time_column, cells_of(table, layout.time_column)))
    order = np.lexsort(keys)
    starts = np.flatnonzero(np.diff(signals[order], prepend=-1))
    n_channels = max(1, len(channel_names))
    counts = np.bincount(signals * n_channels + channels, minlength=len(starts) * n_channels).reshape(-1, n_channels)
    uneven = np.flatnonzero(counts.min(axis=1) != counts.max(axis=1))
    if len(uneven):
        own = counts[uneven[0]]
        raise SignalFileError(
            f"“{_names(table, layout, name, order, starts)[uneven[0]]}” has {own.max():,} rows of channel "
            f"“{channel_names[own.argmax()][:40]}” and {own.min():,} of “{channel_names[own.argmin()][:40]}”; give all "
            "channels of a signal the same rows."
        )
    return order, starts, channel_names


def _channel_names(table: Table, layout: Layout, name: str, channels: np.ndarray) -> tuple[str, ...]:
    firsts = np.unique(channels, return_index=True)[1]
    if len(firsts) > MAX_CHANNELS:
        raise SignalFileError(
            f"Column “{layout.channel_column[:40]}” of “{name}” names {len(firsts):,} channels; a signal may have up to "
            f"{MAX_CHANNELS}, so leave some out."
        )
    return tuple(as_text(cells_of(table, layout.channel_column)[firsts]))


def _names(table: Table, layout: Layout, name: str, order: np.ndarray, starts: np.ndarray) -> list[str]:
    """What signals are called in messages: by their ids."""
    ids = as_text(cells_of(table, layout.id_column)[order[starts]])
    return [f"{name}, {layout.id_column[:40]} {label[:40]}" for label in ids]


def _filled_codes(table: Table, column: str, name: str) -> np.ndarray:
    """The codes of a column in which no cell may be empty, (n_rows,)."""
    cells = cells_of(table, column)
    missing = cells == "" if cells.dtype == object else np.isnan(cells)
    if missing.any():
        raise SignalFileError(
            f"Column “{column[:40]}” of “{name}” is empty in row {np.argmax(missing) + 1:,}; fill it in or leave the row out."
        )
    return codes_of(cells)


def _labels(table: Table, layout: Layout, order: np.ndarray, starts: np.ndarray) -> dict[str, np.ndarray]:
    """What is known of each signal, (n_signals,) each; it stands in each of the signal's rows."""
    lengths = np.diff([*starts, len(order)])
    labels = {}
    for column, cells in label_cells(table, layout).items():
        codes = codes_of(cells)[order]
        if (codes != np.repeat(codes[starts], lengths)).any():
            raise SignalFileError(
                f"Column “{column[:40]}” changes within one signal, so it is not known of the whole; "
                "take it as samples or ignore it."
            )
        labels[column] = cells[order[starts]]
    return labels
