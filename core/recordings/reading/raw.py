"""What stands between a file and a data set: a table of cells, and recordings as they came."""

import math
from dataclasses import dataclass, field

import numpy as np

from core.recordings.findings import Finding

TEXT_AND_TIMES = "OMm"  # kinds of columns that stood there as words


@dataclass(frozen=True)
class Table:
    """Cells in rows and columns, of which nobody has said yet what they mean.

    names: one for each column, made up ("column 1") where `has_names` is False. columns: (n_rows,) each, float32 or
    float64 with NaN where a cell is empty, text (object array of str), or datetime64[ns] and timedelta64[ns] of clocks that stood
    there as text. rate: samples per second in Hz, NaN unknown.
    rate_source: where the rate was read, for people; is_rate_assumed: whether only “frequency” stands there, which may be
    another. unit: of all samples, where it stands outside of the names. ignored: arrays of the file that are no columns.
    findings: what was left out or changed while the file was read. is_turned: whether few long rows of a matrix, its channels,
    became columns. swappable: clocks whose day and month could as well be the other way round. short_clocks: those of two
    numbers, which may be hours and minutes or minutes and seconds. breaks: rows before which lines of a text were left out.
    title, others: what the table is called among several of one file, and the others, which have the same columns.
    """

    names: tuple[str, ...]
    columns: tuple[np.ndarray, ...]
    has_names: bool
    rate: float = math.nan
    rate_source: str = ""
    is_rate_assumed: bool = False
    unit: str = ""
    ignored: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_turned: bool = False
    swappable: tuple[str, ...] = ()
    short_clocks: tuple[str, ...] = ()
    breaks: tuple[int, ...] = ()
    title: str = ""
    others: tuple[tuple[str, "Table"], ...] = ()


@dataclass(frozen=True)
class Recorded:
    """Recordings as they came, of any lengths.

    names: what each is called, for messages. values: (n_channels, n_samples) each, float32 unless that would lose a small
    swing on a large level, NaN where a value is missing.
    rates: (n,) in Hz, NaN where unknown. labels: what is known of each besides, by name, (n,) numbers or text.
    channel_names: without units; empty where the files name none. unit: of all values, where the files say it. units: of each
    channel; empty where nothing is known. rate_source: where the rate was read, for people. ignored: columns or arrays that
    hold neither samples nor labels: times, ids, counters, what is empty. findings: what was left out or changed so far.
    """

    names: list[str]
    values: list[np.ndarray]
    rates: np.ndarray
    labels: dict[str, np.ndarray] = field(default_factory=dict)
    channel_names: tuple[str, ...] = ()
    unit: str = ""
    units: tuple[str, ...] = ()
    rate_source: str = ""
    ignored: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def is_text(cells: np.ndarray) -> bool:
    """Did a column of a table stand there as words, be they times?"""
    return cells.dtype.kind in TEXT_AND_TIMES


def is_filled(cells: np.ndarray) -> np.ndarray:
    """In which cells of a column something stands, bool (n,)."""
    found: np.ndarray = cells != "" if cells.dtype == object else ~np.isnan(cells)
    return found


def different(words: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The different cells of a column of text, (n,), as they first appear, and the place of each among them, int32 (n,)."""
    places: dict[str, int] = {}
    codes = np.fromiter((places.setdefault(word, len(places)) for word in words), np.int32, len(words))
    return list(places), codes


def table_names(names: list[str], n_columns: int) -> tuple[str, ...]:
    """A name of its own for each column: "column 1" … where there is none, and "a (2)" for a second "a"."""
    taken: dict[str, int] = {}
    found = []
    for i in range(n_columns):
        name = " ".join(names[i].split()) if names else ""
        name = name or f"column {i + 1}"
        taken[name] = taken.get(name, 0) + 1
        found.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return tuple(found)
