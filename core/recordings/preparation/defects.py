"""Signals that something may be wrong with: constant, repeated, far larger than the others, or clipped."""

import hashlib
import math

import numpy as np

from core.interruption import interrupted

OUTLIER = 10.0  # robust deviations from the median peak: what is beyond is far from any usual spread
CLIPPED = 5  # samples in a row at the largest or smallest value of the signal
MAD_TO_DEVIATION = 1.4826  # of a normal distribution
PIECE = 1 << 18  # values at a time, so that memory stays bounded


def constant(signals: np.ndarray) -> np.ndarray:
    """Which signals (n, n_channels, n_samples) never change, in any channel: bool (n,)."""
    return (signals.max(axis=2) == signals.min(axis=2)).all(axis=1)


def repeated(signals: np.ndarray) -> np.ndarray:
    """Which signals are the same, bit by bit, as one before them: bool (n,)."""
    return are_repeated(digests(signals))


def digests(signals: np.ndarray) -> np.ndarray:
    """What stands for each signal where not all are in memory: uint64 (n,), which two of ten million share by chance in one
    case in 100,000."""
    found = b"".join(hashlib.blake2b(signal.tobytes(), digest_size=8).digest() for signal in interrupted(signals))
    return np.frombuffer(found, np.uint64)


def are_repeated(values: np.ndarray) -> np.ndarray:
    """Which of some values, (n,), are the same as one before them: bool (n,)."""
    is_repeated = np.ones(len(values), bool)
    is_repeated[np.unique(values, return_index=True)[1]] = False
    return is_repeated


def outlying(signals: np.ndarray) -> np.ndarray:
    """Which signals have, in any channel, a peak far above that of the others: bool (n,).

    A peak is the largest distance from the level around which signals usually swing: the median of their mid-ranges.
    """
    highest, lowest = signals.max(axis=2).astype(np.float64), signals.min(axis=2).astype(np.float64)
    middle = np.median((highest + lowest) / 2, axis=0)
    peaks = np.maximum(highest - middle, middle - lowest)
    usual = np.median(peaks, axis=0)
    spread = MAD_TO_DEVIATION * np.median(np.abs(peaks - usual), axis=0)
    return ((peaks - usual > OUTLIER * spread) & (spread > 0)).any(axis=1)


def clipped(signals: np.ndarray) -> np.ndarray:
    """Which signals stay, in any channel, at their largest or smallest value for several samples in a row: bool (n,).

    A channel that never changes is not clipped.
    """
    n = max(1, PIECE // math.prod(signals.shape[1:]))
    return np.concatenate([_clipped(signals[i : i + n]) for i in interrupted(range(0, len(signals), n))])


def _clipped(signals: np.ndarray) -> np.ndarray:
    highest, lowest = signals.max(axis=2, keepdims=True), signals.min(axis=2, keepdims=True)
    changes = (highest > lowest)[:, :, 0]
    runs = [_has_run(signals == extreme) & changes for extreme in (highest, lowest)]
    return (runs[0] | runs[1]).any(axis=1)


def _has_run(is_there: np.ndarray) -> np.ndarray:
    """Whether `CLIPPED` in a row are true, along the last axis."""
    n = is_there.shape[-1] - CLIPPED + 1
    run = is_there[..., :n].copy()
    for shift in range(1, CLIPPED):
        run &= is_there[..., shift : shift + n]
    return np.asarray(run.any(axis=-1))
