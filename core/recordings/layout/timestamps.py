"""Columns of times → sampling rates, and the places of rows among evenly spaced samples."""

import numpy as np

from core.errors import SignalFileError
from core.recordings.layout.column_names import seconds_per_unit

JITTER = 0.4  # of a step: rows nearer than this to where they should be are evenly spaced
GAP_JITTER = 0.25  # of a step, by which the distance over missing rows may differ from a whole number
MOST_GAPS = 10  # times as many missing rows as there are rows: more is not one recording


def seconds(name: str, column: np.ndarray) -> np.ndarray:
    """A column of times, numbers or text such as "2024-05-01 10:00:00.25", in seconds: float64 (n,), NaN where missing.

    Raises SignalFileError where text is no time.
    """
    if column.dtype != object:
        return column.astype(np.float64) * seconds_per_unit(name)
    try:
        moments = np.array([text.strip().rstrip("Z") or "NaT" for text in column], "datetime64[us]")
    except ValueError:
        raise SignalFileError(
            f"Column “{name[:40]}” holds text that is no time; write seconds, or dates such as 2024-05-01 10:00:00.25."
        ) from None
    values = (moments - np.datetime64("1970-01-01", "us")) / np.timedelta64(1, "s")
    return np.where(np.isnat(moments), np.nan, values)


def even_rates(times: np.ndarray) -> np.ndarray:
    """The sampling rates in Hz of recordings with these times, (n, n_samples) in s; NaN where they are not evenly spaced.

    Jitter is allowed for, as times are often rounded; rising they must be.
    """
    n = times.shape[1]
    if n < 2:
        return np.full(len(times), np.nan)
    first, last = times[:, :1], times[:, -1:]
    steps = (last - first) / (n - 1)
    off = np.abs(times - first - steps * np.arange(n)).max(axis=1, keepdims=True)
    is_even = (np.diff(times, axis=1) > 0).all(axis=1, keepdims=True) & (off < JITTER * steps)
    return np.where(is_even, 1 / np.where(steps > 0, steps, np.nan), np.nan)[:, 0]


def places(where: str, times: np.ndarray) -> tuple[np.ndarray, float]:
    """The place of each row among evenly spaced samples, (n,) from 0 with gaps where rows are missing, and the rate in Hz.

    times: (n,) in s, rising. `where` is named in the SignalFileError that is raised where times are not on a grid.
    """
    n = len(times)
    steps = np.diff(times)
    if not np.isfinite(times).all():
        row = int(np.flatnonzero(~np.isfinite(times))[0]) + 1
        raise SignalFileError(f"{where} has no time in its row {row:,}; fill it in or leave the row out.")
    if n > 1 and steps.min() <= 0:
        row = int(np.argmin(steps > 0)) + 2
        raise SignalFileError(
            f"The times of {where} do not rise in its row {row:,}; sort the rows by time, or name the column that says which "
            "signal or channel a row belongs to."
        )
    rate = even_rates(times[None])[0]
    if n < 2 or np.isfinite(rate):
        return np.arange(n), float(rate)
    hops = steps / np.median(steps)
    whole = np.round(hops)
    if (np.abs(hops - whole) > GAP_JITTER).any() or whole.min() < 1 or whole.sum() > MOST_GAPS * n:
        raise SignalFileError(
            f"The times of {where} are not evenly spaced (steps of {steps.min():.3g} to {steps.max():.3g} s); bring it to one "
            "sampling rate, or split it where it pauses."
        )
    counted = np.concatenate([[0], np.cumsum(whole)]).astype(np.int64)
    return counted, float(counted[-1] / (times[-1] - times[0]))
