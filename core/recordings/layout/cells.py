"""The cells of a table by what their columns mean."""

from typing import Literal

import numpy as np
import pyarrow as pa

from core.errors import SignalFileError
from core.recordings.layout.layout import Layout
from core.recordings.reading.precision import loses_swing
from core.recordings.reading.raw import Table, different, is_filled, is_text

TRUTHS: tuple[tuple[str, str], ...] = (  # words for on and off
    ("on", "off"),
    ("true", "false"),
    ("yes", "no"),
    ("high", "low"),
    ("open", "closed"),
    ("up", "down"),
    ("active", "inactive"),
    ("enabled", "disabled"),
    ("running", "stopped"),
    ("pressed", "released"),
    ("an", "aus"),
    ("ein", "aus"),
    ("ja", "nein"),
    ("wahr", "falsch"),
)
LOOKED_AT = 2_000  # cells, in which there are enough different words
MOST_TRUTHS = 3  # different words, with that for what is missing


def cells_of(table: Table, column: str) -> np.ndarray:
    """The column of that name, (n_rows,)."""
    return table.columns[table.names.index(column)]


def label_cells(table: Table, layout: Layout) -> dict[str, np.ndarray]:
    """The columns of what is known, (n_rows,) each, by name."""
    labels = {name: cells_of(table, name) for name in layout.labels}
    return {name: as_text(cells) if cells.dtype.kind in "Mm" else cells for name, cells in labels.items()}


def sample_columns(table: Table, layout: Layout, name: str) -> list[int]:
    """The places of the columns that hold samples. Raises SignalFileError where there are none or one holds text."""
    roles = layout.roles
    sampled = [i for i, column in enumerate(table.names) if column not in roles]
    if not sampled:
        raise SignalFileError(f"No column of “{name}” is left to hold samples; give at least one column another role.")
    for i in sampled:
        if is_text(table.columns[i]) and not truths(table.columns[i]):
            row = int(np.argmax(is_filled(table.columns[i])))
            raise SignalFileError(
                f"Column “{table.names[i][:40]}” of “{name}” holds text (“{table.columns[i][row][:20]}” in row {row + 1:,}); "
                "ignore it, take it as a label, or write plain numbers."
            )
    return sampled


def samples(table: Table, sampled: list[int], order: Literal["C", "F"] = "C") -> np.ndarray:
    """Columns side by side, (n_rows, n): float32 unless that loses the swing of any. order: F keeps columns in one piece each."""
    needs_double = any(loses_swing(table.columns[i]) for i in sampled)
    matrix = np.empty((len(table.columns[0]), len(sampled)), np.float64 if needs_double else np.float32, order)
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is found when signals are made ready
        for place, i in enumerate(sampled):
            cells = table.columns[i]
            matrix[:, place] = as_truths(cells) if cells.dtype == object else cells
    return matrix


def truths(cells: np.ndarray) -> tuple[str, str] | None:
    """The words of a column of text that say on and off, in this order; None where it holds anything else."""
    if cells.dtype != object:
        return None
    words = (
        {str(word).strip().lower(): str(word) for word in set(cells[:LOOKED_AT].tolist())}
        if len(cells) > LOOKED_AT
        else {}
    )
    if len(words) > MOST_TRUTHS:
        return None
    words = {str(word).strip().lower(): str(word) for word in set(cells.tolist())}
    words.pop("", None)
    for on, off in TRUTHS:
        if words.keys() and words.keys() <= {on, off} and len(words) == 2:
            return words[on], words[off]
    return None


def as_truths(cells: np.ndarray) -> np.ndarray:
    """Words that say on and off as 1 and 0, float32 (n,), NaN where there are none."""
    found = truths(cells)
    assert found is not None
    on, off = (word.strip().lower() for word in found)
    values = {on: 1.0, off: 0.0}
    return np.array([values.get(str(cell).strip().lower(), np.nan) for cell in cells], np.float32)


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
    """Equal cells as equal numbers, in the order in which they first appear, int32 (n,)."""
    if values.dtype == object:
        return different(values)[1]
    values = values.view(np.int64) if values.dtype.kind in "Mm" else values  # where what is missing is a value, too
    codes: np.ndarray = pa.array(values).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return codes


def as_text(values: np.ndarray) -> np.ndarray:
    """Numbers, times or text as text, (n,): 3.0 is "3", and what is missing is empty."""
    if values.dtype == object:
        return values
    if values.dtype.kind in "Mm":
        words = [str(value) for value in values.astype(f"{values.dtype.kind}8[us]").tolist()]
        return np.where(np.isnat(values), "", np.array(words, object))
    return np.array(["" if np.isnan(value) else f"{value:.15g}" for value in values.tolist()], dtype=object)
