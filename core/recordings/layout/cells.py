"""The cells of a table by what their columns mean."""

import numpy as np
import pyarrow as pa

from core.errors import SignalFileError
from core.recordings.layout.layout import Layout
from core.recordings.reading.precision import loses_swing
from core.recordings.reading.raw import Table


def cells_of(table: Table, column: str) -> np.ndarray:
    """The column of that name, (n_rows,)."""
    return table.columns[table.names.index(column)]


def label_cells(table: Table, layout: Layout) -> dict[str, np.ndarray]:
    """The columns of what is known, (n_rows,) each, by name."""
    return {name: cells_of(table, name) for name in layout.labels}


def sample_columns(table: Table, layout: Layout, name: str) -> list[int]:
    """The places of the columns that hold samples. Raises SignalFileError where there are none or one holds text."""
    roles = layout.roles
    sampled = [i for i, column in enumerate(table.names) if column not in roles]
    if not sampled:
        raise SignalFileError(f"No column of “{name}” is left to hold samples; take a meaning away from some.")
    for i in sampled:
        if table.columns[i].dtype == object:
            row = int(np.argmax(table.columns[i] != ""))
            raise SignalFileError(
                f"Column “{table.names[i][:40]}” of “{name}” holds text (“{table.columns[i][row][:20]}” in row {row + 1:,}); "
                "ignore it, take it as a label, or write plain numbers."
            )
    return sampled


def samples(table: Table, sampled: list[int]) -> np.ndarray:
    """Columns side by side, (n_rows, n): float32 unless that loses the swing of any."""
    needs_double = any(loses_swing(table.columns[i]) for i in sampled)
    matrix = np.empty((len(table.columns[0]), len(sampled)), np.float64 if needs_double else np.float32)
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is found when signals are made ready
        for place, i in enumerate(sampled):
            matrix[:, place] = table.columns[i]
    return matrix


def trimmed(values: np.ndarray) -> list[np.ndarray]:
    """Signals (n, n_channels, n_samples) without the samples at their ends that are missing in all channels.

    A signal of which nothing is there stays as it is.
    """
    signals = list(values)
    for i in np.flatnonzero(np.isnan(values[:, :, -1]).all(axis=1)):
        filled = np.flatnonzero(~np.isnan(values[i]).all(axis=0))
        signals[i] = values[i][:, : filled[-1] + 1] if len(filled) else values[i]
    return signals


def codes_of(values: np.ndarray) -> np.ndarray:
    """Equal cells as equal numbers, in the order in which they first appear, int64 (n,)."""
    return pa.array(values).dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)


def as_text(values: np.ndarray) -> np.ndarray:
    """Numbers or text as text, (n,): 3.0 is "3", and what is missing is empty."""
    if values.dtype == object:
        return values
    return np.array(["" if np.isnan(value) else f"{value:.15g}" for value in values.tolist()], dtype=object)
