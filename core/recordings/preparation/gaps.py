"""Missing values and sampling rates: recordings → recordings without short gaps, all of one rate."""

from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

FINEST_RATIO = 1_000  # largest part of a ratio of two rates: 44,100 to 48,000 Hz is 147 to 160


def without_infinities(values: np.ndarray) -> np.ndarray:
    """Infinities become missing; values (n_channels, n_samples) come back as they are where there are none."""
    is_infinite = np.isinf(values)
    return np.where(is_infinite, np.float32(np.nan), values) if is_infinite.any() else values


def filled(values: np.ndarray, max_gap: int) -> np.ndarray:
    """Gaps of up to `max_gap` missing samples on a straight line between their neighbours; longer ones stay.

    values: (n_channels, n_samples). At either end of a recording the nearest value is held.
    """
    result = values.copy()
    for channel in result:
        is_missing = np.isnan(channel)
        if is_missing.all() or not is_missing.any():
            continue
        edges = np.flatnonzero(np.diff(is_missing, prepend=False, append=False))
        starts, ends = edges[::2], edges[1::2]
        short = ends - starts <= max_gap
        at = np.flatnonzero(is_missing & ~_within(starts[~short], ends[~short], len(channel)))
        there = np.flatnonzero(~is_missing)
        channel[at] = np.interp(at, there, channel[there])
    return result


def resampled(values: np.ndarray, ratio: Fraction) -> np.ndarray:
    """At `ratio` times the sampling rate, free of aliases; what is near a missing value is missing.

    values: (…, n_samples).
    """
    if not values.shape[-1]:
        return values
    is_missing = np.isnan(values)
    whole = _bridged(values) if is_missing.any() else values
    n = values.shape[-1]
    # A line through both ends is resampled exactly by itself; what is left begins and ends at zero, as the filter takes for
    # granted of what is outside, and does not carry the ripples of a large mean.
    first, slope = whole[..., :1], (whole[..., -1:] - whole[..., :1]) / max(1, n - 1)
    rest = resample_poly(whole - first - slope * np.arange(n), ratio.numerator, ratio.denominator, axis=-1)
    places = np.arange(rest.shape[-1]) / float(ratio)
    result = (rest + first + slope * places).astype(np.float32)
    if is_missing.any():
        places = np.minimum(places, n - 1)
        near = is_missing[..., np.floor(places).astype(int)] | is_missing[..., np.ceil(places).astype(int)]
        result[near] = np.nan
    return result


def ratio_of(rate: float, to: float) -> Fraction:
    """How many samples at rate `to` there are for one at `rate`, of whole numbers that are not too large."""
    if to < rate:
        return 1 / Fraction(rate / to).limit_denominator(FINEST_RATIO)
    return Fraction(to / rate).limit_denominator(FINEST_RATIO)


def _within(starts: np.ndarray, ends: np.ndarray, n: int) -> np.ndarray:
    """Whether each of `n` places lies in one of the stretches, bool (n,)."""
    steps = np.zeros(n + 1, np.int64)
    steps[starts] += 1
    steps[ends] -= 1
    return np.cumsum(steps[:-1]) > 0


def _bridged(values: np.ndarray) -> np.ndarray:
    """Every missing value on the line between its neighbours; zeros where nothing is there at all."""
    n = values.shape[-1]
    rows = filled(values.reshape(-1, n), n)
    return np.nan_to_num(rows).reshape(values.shape)
