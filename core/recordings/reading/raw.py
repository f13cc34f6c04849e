"""What stands between a file and a data set: a table of cells, and recordings as they came."""

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Table:
    """Cells in rows and columns, of which nobody has said yet what they mean.

    names: one for each column, made up ("column 1") where `has_names` is False. columns: (n_rows,) each, float32 or
    float64 with NaN where a cell is empty, or text (object array of str). rate: samples per second in Hz, NaN unknown.
    """

    names: tuple[str, ...]
    columns: tuple[np.ndarray, ...]
    has_names: bool
    rate: float = math.nan


@dataclass(frozen=True)
class Recorded:
    """Recordings as they came, of any lengths.

    names: what each is called, for messages. values: float32 (n_channels, n_samples) each, NaN where a value is missing.
    rates: (n,) in Hz, NaN where unknown. known: what is known of each besides, by name, (n,) numbers or text. unit: of the
    values, where the files say it.
    """

    names: list[str]
    values: list[np.ndarray]
    rates: np.ndarray
    known: dict[str, np.ndarray] = field(default_factory=dict)
    channel_names: tuple[str, ...] = ()
    unit: str = ""
