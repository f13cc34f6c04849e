"""Which axis of an array is time, and what the arrays beside it say of its axes: rates, channels, facts about recordings."""

import math

import numpy as np

from core.config import MAX_CHANNELS, MIN_SAMPLES
from core.recordings.layout.column_names import is_channel, plain
from core.recordings.layout.timestamps import even_rates, seconds
from core.recordings.reading.single_arrays import Arrays, facts_of

SMOOTHER = 0.7  # as rough as along the other axis: time is the axis along which neighbours hang together


def is_labelled(shape: tuple[int, ...], lengths: set[int]) -> bool:
    """Does a vector of one of these lengths say something of each signal of a matrix, and not of each moment?"""
    return any(shape[axis] in lengths and shape[1 - axis] >= MIN_SAMPLES for axis in (0, 1))


def channels_of(item: np.ndarray) -> np.ndarray:
    """One recording, (n_channels, n_samples): the longer axis is time."""
    item = np.stack([item.real, item.imag]) if item.dtype.kind == "c" and item.ndim == 1 else item
    if item.ndim < 2:
        return item.reshape(1, -1)
    item = item.reshape(item.shape[0], -1)
    return item.T if item.shape[0] > item.shape[1] else item


def stacked(arrays: Arrays, main: str) -> list[str]:
    """Other arrays that hold recordings of the same kind: as many dimensions, all equal but the first."""
    array = arrays[main]
    return [
        key
        for key, other in arrays.items()
        if key != main and other.ndim == array.ndim and other.shape[1:] == array.shape[1:] and other.dtype.kind in "iuf"
    ]


def has_channels_last(block: np.ndarray, lengths: set[int]) -> bool:
    """Is time the second axis of (n, ?, ?)? Times of these lengths tell; else the longer axis, or that of smooth courses."""
    _, second, last = block.shape
    if {second, last} & lengths and second != last:
        return second in lengths
    if min(second, last) < MIN_SAMPLES or max(second, last) > MAX_CHANNELS:
        return second > last
    some = block[:64].astype(np.float64)
    return _roughness(some, axis=1) < SMOOTHER * _roughness(some, axis=2)


def _roughness(block: np.ndarray, axis: int) -> float:
    """Mean square of the steps along an axis."""
    steps = np.diff(block, axis=axis)
    return float(np.mean(steps[np.isfinite(steps)] ** 2)) if np.isfinite(steps).any() else math.inf


def rate_of(times: Arrays, rate: float) -> float:
    """In Hz: from evenly spaced times, else as given."""
    for key, array in times.items():
        found = even_rates(seconds(key, facts_of(array))[None])[0]
        if math.isfinite(found):
            return float(f"{found:.9g}")
    return rate


def names_channels(key: str, array: np.ndarray) -> bool:
    """Is this a vector of the channels' names?"""
    is_named = is_channel(key) or plain(key) in {"names", "columns", "channel names", "labels", "ch names", "leads"}
    return array.ndim == 1 and array.dtype.kind in "US" and is_named and len(set(array.tolist())) == len(array)


def channel_names(arrays: Arrays, n: int) -> tuple[str, ...]:
    """The names of n channels, where a vector of text holds them."""
    for key, array in arrays.items():
        if len(array) == n and names_channels(key, array):
            return tuple(facts_of(array).tolist())
    return ()
