"""Recordings of any lengths → signals of one length: whole recordings, or windows of them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from core.config import MAX_SAMPLES, MIN_SAMPLES
from core.recordings.preparation.gaps import resampled

Lengths = Literal["crop", "pad", "resample"]
FEWEST_RECORDINGS = 20  # where there are fewer, each is divided into stretches that count as recordings
PIECE = 1 << 20  # values that are moved at a time
REACHED = 0.1  # share of recordings that may be too short for the length they are cropped to


@dataclass(frozen=True)
class Cut:
    """Signals float32 (n, n_channels, n_samples), and for each the recording it was cut from, the number of the stretch
    that counts as its recording, and its first sample there, (n,) each."""

    signals: np.ndarray
    sources: np.ndarray
    recordings: np.ndarray
    starts: np.ndarray
    are_windows: bool

    def only(self, rows: np.ndarray) -> "Cut":
        """These signals, in rising order, in the memory of them all: the others are gone."""
        n = 0
        for some in _pieces(rows, math.prod(self.signals.shape[1:])):
            self.signals[n : n + len(some)] = self.signals[some]
            n += len(some)
        signals = self.signals[:n]
        return Cut(signals, self.sources[rows], self.recordings[rows], self.starts[rows], self.are_windows)


@dataclass(frozen=True)
class Stretches:
    """How windows divide: counts: (n,) windows of each recording. parts: (n,) stretches that each is divided into.

    reach: how many windows on, one no longer overlaps: windows j and j + reach have no sample in common.
    """

    counts: np.ndarray
    parts: np.ndarray
    reach: int

    @property
    def total(self) -> int:
        """How many windows there are, those over borders included."""
        return int(self.counts.sum())


def _pieces(rows: np.ndarray, n_values: int) -> Iterator[np.ndarray]:
    """Rows of so many values, some at a time."""
    n = max(1, PIECE // n_values)
    return (rows[start : start + n] for start in range(0, len(rows), n))


def common_length(lengths: np.ndarray, how: Lengths) -> int:
    """The number of samples that recordings of these lengths, (n,), are best brought to.

    What half of them have already; else what nine in ten reach (crop), the longest (pad), or the median (resample).
    """
    values, counts = np.unique(lengths, return_counts=True)
    if 2 * counts.max() >= len(lengths):
        length = values[counts.argmax()]
    elif how == "crop":
        length = np.quantile(lengths, REACHED, method="lower")
    else:
        length = lengths.max() if how == "pad" else np.median(lengths)
    return int(np.clip(length, MIN_SAMPLES, MAX_SAMPLES))


def cut_whole(values: list[np.ndarray], n_samples: int, how: Lengths) -> Cut:
    """Each recording as one signal. Values (n_channels, n_samples) each, long enough where they are cropped.

    crop: its first samples. pad: also the last value held where there are too few. resample: stretched to the length.
    """
    lengths = np.array([part.shape[1] for part in values])
    signals = np.empty((len(values), len(values[0]), n_samples), np.float32)
    for length in np.unique(lengths).tolist():
        for rows in _pieces(np.flatnonzero(lengths == length), len(values[0]) * max(length, n_samples)):
            block = np.stack([values[i] for i in rows])
            if how == "resample" and length != n_samples:
                block = resampled(block, Fraction(n_samples, length))
            elif how == "pad" and length < n_samples:
                block = np.pad(block, ((0, 0), (0, 0), (0, n_samples - length)), mode="edge")
            signals[rows] = block[:, :, :n_samples]
    numbers = np.arange(len(values))
    return Cut(signals, numbers, numbers, np.zeros(len(values), np.int64), are_windows=False)


def split_recordings(
    lengths: np.ndarray, window: int, hop: int, offset: int, fewest: int = FEWEST_RECORDINGS
) -> Stretches:
    """How many windows recordings of these lengths, (n,), give, and into how many stretches each must be divided.

    fewest: recordings that all of them are to count as, at least.
    """
    counts = np.maximum(0, (lengths - offset - window) // hop + 1)
    parts = np.ones(len(lengths), np.int64)
    reach = math.ceil(window / hop)
    while (counts > 0).sum() + (parts - 1).sum() < fewest:
        room = np.where((parts + 1) * reach <= counts, counts / parts, 0.0)
        if room.max() == 0:
            break
        parts[room.argmax()] += 1
    return Stretches(counts, parts, reach)


def cut_windows(values: list[np.ndarray], stretches: Stretches, window: int, hop: int, offset: int) -> Cut:
    """Windows of recordings, (n_channels, n_samples) each; those over a border between two stretches are left out."""
    counts = stretches.counts
    sources = np.repeat(np.arange(len(values)), counts)
    places = np.arange(stretches.total) - np.repeat(np.cumsum(counts) - counts, counts)
    stretch = places * stretches.parts[sources] // counts[sources]
    last = np.minimum(places + stretches.reach - 1, counts[sources] - 1)
    inside = stretch == last * stretches.parts[sources] // counts[sources]
    sources, places, stretch = sources[inside], places[inside], stretch[inside]
    firsts = np.cumsum(stretches.parts) - stretches.parts
    starts = offset + hop * places
    signals = np.empty((len(sources), len(values[0]), window), np.float32)
    bounds = np.searchsorted(sources, np.arange(len(values) + 1))
    for i in np.unique(sources):
        views = np.lib.stride_tricks.sliding_window_view(values[i], window, axis=1)
        for rows in _pieces(np.arange(bounds[i], bounds[i + 1]), len(values[i]) * window):
            signals[rows] = views[:, starts[rows]].swapaxes(0, 1)
    return Cut(signals, sources, firsts[sources] + stretch, starts, are_windows=True)
