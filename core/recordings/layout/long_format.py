"""Tables in which several rows belong to one signal → recordings."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from core.config import MAX_CHANNELS
from core.errors import SignalFileError
from core.recordings.findings import Finding
from core.recordings.layout.cells import as_text, cells_of, codes_of, label_cells, sample_columns, samples, trimmed
from core.recordings.layout.layout import Layout
from core.recordings.layout.row_times import times_of
from core.recordings.layout.sentinels import without_sentinels
from core.recordings.layout.timeline import timeline
from core.recordings.layout.timestamps import Times, even_rates
from core.recordings.reading.raw import Recorded, Table, is_filled
from core.recordings.units import SECONDS

MOST_TOLD = 3


def moments(table: Table, layout: Layout, name: str) -> Recorded:
    """Rows that hold one moment each of the signal that `id_column` names."""
    sampled = sample_columns(table, layout, name)
    if layout.channel_column and len(sampled) != 1:
        raise SignalFileError(
            f"Beside the column that names the channel there must be one column of values in “{name}”, not {len(sampled)}; "
            "give the others a meaning or ignore them."
        )
    matrix, found = without_sentinels(
        samples(table, sampled), [f"column “{table.names[i][:40]}”" for i in sampled], f"“{name}”"
    )
    times = (
        times_of(table, layout.time_column, layout.date_column, SECONDS.get(layout.time_unit, 0.0))
        if layout.time_column
        else None
    )
    order, starts, channels = _by_signal_and_channel(table, layout, name, times)
    bounds = [slice(a, b) for a, b in pairwise([*starts.tolist(), len(order)])]
    values = matrix[order]
    recordings = [values[rows].reshape(len(channels), -1) if channels else values[rows].T for rows in bounds]
    names = _names(table, layout, name, order, starts)
    labels = _labels(table, layout, order, starts)
    placed = _Placed(recordings, np.full(len(recordings), table.rate), np.arange(len(recordings)))
    if times is not None:
        own = [times.seconds[order][rows].reshape(max(1, len(channels)), -1) for rows in bounds]
        placed = _placed(recordings, own, names, times)
        names = placed.names_of(names)
        labels = {column: cells[placed.sources] for column, cells in labels.items()}
        if not times.is_known:
            placed.rates[:] = table.rate
    if not channels and table.has_names:
        channels = tuple(table.names[i] for i in sampled)
    source = (
        f"the times in column “{layout.time_column[:40]}”"
        if times is not None and np.isfinite(placed.rates).any()
        else ""
    )
    return Recorded(
        names, placed.values, placed.rates, labels, channels, rate_source=source, findings=(*found, *placed.findings)
    )


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


@dataclass(frozen=True)
class _Placed:
    """Recordings on even grids. values: (n_channels, n_samples) each. rates: (n,) in Hz. sources: (n,) the signal of each."""

    values: list[np.ndarray]
    rates: np.ndarray
    sources: np.ndarray
    findings: tuple[Finding, ...] = ()

    def names_of(self, names: list[str]) -> list[str]:
        """What the recordings are called, of the signals' names: with a number where a signal was cut."""
        counts = np.bincount(self.sources, minlength=len(names))
        seen: Counter[int] = Counter()
        found = []
        for source in self.sources.tolist():
            seen[source] += 1
            found.append(f"{names[source]}, part {seen[source]}" if counts[source] > 1 else names[source])
        return found


def _placed(recordings: list[np.ndarray], seconds: list[np.ndarray], names: list[str], times: Times) -> _Placed:
    """Put the samples of each recording where their times say; seconds: (n_channels, n_samples) of each."""
    for own, name in zip(seconds, names, strict=True):
        if len(own) > 1 and not np.array_equal(own[1:], np.broadcast_to(own[0], own[1:].shape), equal_nan=True):
            raise SignalFileError(
                f"The channels of “{name}” were not taken at the same times; bring them to the same ones."
            )
    if len({own.shape for own in seconds}) == 1:
        rates = even_rates(np.stack([own[0] for own in seconds]))
    else:
        rates = np.concatenate([even_rates(own[:1]) for own in seconds])
    if np.isfinite(rates).all():
        return _Placed(recordings, rates, np.arange(len(recordings)))
    values: list[np.ndarray] = []
    found: list[tuple[float, int]] = []
    findings: list[Finding] = []
    for i, (recording, own) in enumerate(zip(recordings, seconds, strict=True)):
        if np.isfinite(rates[i]):
            values.append(recording)
            found.append((rates[i], i))
            continue
        over = timeline(f"“{names[i]}”", replace(times, seconds=own[0], is_known=True))
        values += [piece.spread(recording, over.rate) for piece in over.pieces]
        found += [(over.rate, i)] * len(over.pieces)
        findings += over.findings[: max(0, MOST_TOLD - len(findings))]
    return _Placed(values, np.array([rate for rate, _ in found]), np.array([i for _, i in found]), tuple(findings))


def _by_signal_and_channel(
    table: Table, layout: Layout, name: str, times: Times | None = None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """The rows in the order of signal, channel and time; where in it each signal starts; and the names of channels.

    Signals and channels come in the order in which they first appear. Raises SignalFileError where an id or a channel is
    missing, or where a signal has more rows of one channel than of another.
    """
    n_rows = len(table.columns[0])
    signals = _filled_codes(table, layout.id_column, name) if layout.id_column else np.zeros(n_rows, np.int64)
    channels = np.zeros(len(signals), np.int64)
    channel_names: tuple[str, ...] = ()
    if layout.channel_column:
        channels = _filled_codes(table, layout.channel_column, name)
        channel_names = _channel_names(table, layout, name, channels)
    keys = [channels, signals]
    if times is not None:
        keys.insert(0, times.seconds)
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
    if not layout.id_column:
        return [name]
    ids = as_text(cells_of(table, layout.id_column)[order[starts]])
    return [f"{name}, {layout.id_column[:40]} {label[:40]}" for label in ids]


def _filled_codes(table: Table, column: str, name: str) -> np.ndarray:
    """The codes of a column in which no cell may be empty, (n_rows,)."""
    cells = cells_of(table, column)
    missing = ~is_filled(cells)
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
