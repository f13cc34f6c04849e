"""Rows whose times rise → places on an even grid: coarse clocks are spread, missing rows left empty, jitter evened out."""

from dataclasses import dataclass

import numpy as np

from core.errors import SignalFileError
from core.formatting import number
from core.recordings.findings import Finding, told
from core.recordings.layout.timestamps import JITTER

GAP_JITTER = 0.25  # of a step, by which the distance over missing rows may differ from a whole number
FEWEST_TICKS = 5  # beside the first and the last
FEWEST_ROWS = 16  # of a part that is cut off at a pause
REPEATED_SHARE = 0.1  # of the steps: the clock is coarser than the rows
EVEN_ROWS = 1.5  # by which rows so far may be off a straight line over the ticks of a coarse clock
UNEVEN = (
    8.0  # how many times longer the long steps (19 in 20 are shorter) may be than the short ones (1 in 20 is shorter)
)
VISIBLE_JITTER = 0.1  # of a step: more is told
MOST_HZ = 1e15  # of any recording
PIECE = 1 << 16  # rows that are looked at at a time


@dataclass(frozen=True)
class Piece:
    """Rows that are one recording: which, in the order of time, and where on an even grid from 0 on; None where uneven.

    seconds: their times.
    """

    rows: np.ndarray
    places: np.ndarray | None
    seconds: np.ndarray

    def spread(self, values: np.ndarray, rate: float) -> np.ndarray:
        """Values of all rows, (n_channels, n_rows), on the grid of this piece: NaN where rows are missing; rate in Hz."""
        first, last = int(self.rows[0]), int(self.rows[-1])
        is_stretch = last - first + 1 == len(self.rows) and bool((np.diff(self.rows) == 1).all())
        own = values[:, first : last + 1] if is_stretch else values[:, self.rows]
        if self.places is None:
            return _evened_out(own, self.seconds, rate)
        if self.places[-1] + 1 == len(self.places):
            return own
        found = np.full((len(own), self.places[-1] + 1), np.nan, values.dtype)
        found[:, self.places] = own
        return found


def spread_ticks(seconds: np.ndarray) -> tuple[np.ndarray, float]:
    """Times of rows of which several share one tick of a coarse clock, spread over it; and how coarse times are, in s."""
    steps = np.diff(seconds)
    smallest = float(np.min(steps, where=steps > 0, initial=np.inf))
    quantum = smallest if np.isfinite(smallest) else 0.0
    if len(seconds) < FEWEST_ROWS or np.mean(steps == 0) < REPEATED_SHARE or not quantum:
        return seconds, quantum if (steps == 0).any() else 0.0
    ticks, counts = np.unique(seconds, return_counts=True)
    tick = float(np.median(np.diff(ticks)))
    inner = counts[1:-1] if len(ticks) > 2 else counts.max(keepdims=True)
    usual = float(np.median(inner))
    if (even := _evenly_spread(seconds, ticks, counts)) is not None:
        return even, tick
    found = np.empty(len(seconds))
    starts = np.concatenate([[0], np.cumsum(counts)])
    is_regular = np.mean(inner == usual) > 0.5
    for i, (time, count) in enumerate(zip(ticks, counts, strict=True)):
        per_tick = max(usual if is_regular else count, count)
        behind = per_tick - count if i == 0 else 0  # the first tick is seen from its middle on
        found[starts[i] : starts[i + 1]] = time + tick * (behind + np.arange(count)) / per_tick
    return found, tick if not is_regular or (inner != usual).any() or len(ticks) < 3 else 0.0


def _evenly_spread(seconds: np.ndarray, ticks: np.ndarray, counts: np.ndarray) -> np.ndarray | None:
    """Even times of rows whose number varies from tick to tick, as no whole number of them fits into one; None otherwise."""
    inner, steps = counts[1:-1], np.diff(ticks)
    if len(inner) < FEWEST_TICKS or steps.max() > 1.5 * steps.min():
        return None  # ticks are missing
    usual = np.median(inner)
    if np.mean(inner != usual) < REPEATED_SHARE and inner.max() <= usual:
        return None  # some rows are missing, which never adds to a tick
    so_far = np.cumsum(counts)[:-1]
    slope, start = np.polyfit(ticks[1:] - ticks[0], so_far, 1)
    off = so_far - (slope * (ticks[1:] - ticks[0]) + start)
    if not np.abs(off).max() <= EVEN_ROWS:
        return None
    even: np.ndarray = ticks[0] + (np.arange(len(seconds)) - start) / slope
    return even


def rate_of(parts: list[np.ndarray], quanta: list[float]) -> float:
    """The sampling rate in Hz that parts of a recording have together, as round as their times allow."""
    rates, weights = [], []
    for seconds in parts:
        if len(seconds) < 2 or seconds[-1] <= seconds[0]:
            continue
        steps = np.diff(seconds)
        step = float(np.median(steps[steps > 0], overwrite_input=True))
        n = _hops(steps, step) or len(steps)
        if (steps == 0).any():
            n = len(steps)
        rates.append(n / (seconds[-1] - seconds[0]))
        weights.append(len(seconds))
    rate = float(np.average(rates, weights=weights)) if rates else float("nan")
    if not 1 / MOST_HZ < rate < MOST_HZ:
        return float("nan")  # broken numbers, no clock
    longest = max(parts, key=len)
    steps = np.diff(longest)
    usual = float(np.median(steps)) if len(steps) else 0.0
    coarse = max(max(quanta), steps.max(initial=usual) - usual, usual - steps.min(initial=usual))
    return _rounded(rate, min(0.004, coarse / max(longest[-1] - longest[0], 1e-300)))


def _hops(steps: np.ndarray, step: float) -> float:
    """How many times a step fits into steps of which each is nearly a whole number of it; 0 where one is not."""
    n = 0.0
    for start in range(0, len(steps), PIECE):
        off = steps[start : start + PIECE] / step
        hops = np.maximum(1, np.round(off))
        off -= hops
        if max(-off.min(), off.max()) >= 0.5:
            return 0.0
        n += float(hops.sum())
    return n


def _rounded(rate: float, uncertainty: float) -> float:
    """The number with the fewest digits, as a rate or as a step, within what is not known of it."""
    for digits in range(1, 10):
        for candidate in (float(f"{rate:.{digits}g}"), 1 / float(f"{1 / rate:.{digits}g}")):
            if abs(candidate / rate - 1) <= max(uncertainty, 1e-12):
                return candidate
    return rate


def piece_of(
    where: str, rows: np.ndarray, seconds: np.ndarray, quantum: float, rate: float, findings: list[Finding]
) -> Piece:
    """Rows on an even grid: as they are, with gaps, or evened out. Raises SignalFileError where they are far from even."""
    n = len(seconds)
    if n < 2 or not np.isfinite(rate):
        return Piece(rows, np.arange(n, dtype=np.int32), seconds)
    span = _span(seconds, rate)
    if span <= max(JITTER, 1.001 * quantum * rate):
        if span > VISIBLE_JITTER and not quantum:
            _tell_jitter(where, span, findings)
        return Piece(rows, np.arange(n, dtype=np.int32), seconds)
    steps = np.diff(seconds)
    hops = steps * rate
    whole = np.round(hops)
    if (np.abs(hops - whole) <= GAP_JITTER).all() and (whole != 1).any():
        is_repeated = whole == 0
        if not is_repeated.any():
            return _with_gaps(where, rows, np.concatenate([[0], np.cumsum(whole)]).astype(np.int64), seconds, findings)
        if is_repeated.mean() < REPEATED_SHARE:
            kept = np.concatenate([[True], ~is_repeated])
            k = int(is_repeated.sum())
            row = int(rows[int(np.argmax(is_repeated)) + 1]) + 1
            have = "row has" if k == 1 else "rows have"
            sentence = f"{k:,} {have} the time of the row before in {where}, the first is row {row:,}; left out."
            findings.append(told("time", sentence, "left out", "line", "", k))
            places = np.concatenate([[0], np.cumsum(whole)]).astype(np.int64)[kept]
            return _with_gaps(where, rows[kept], places, seconds[kept], findings)
    rising = steps[steps > 0]
    if not len(rising):
        raise SignalFileError(
            f"The times of {where} never rise; leave the column of times out, so that rows are samples."
        )
    short, long = np.quantile(rising, [0.05, 0.95])
    if long > UNEVEN * short:
        raise SignalFileError(
            f"The times of {where} are not evenly spaced ({_range_of(rising)}), as in a list of changes or events, not a "
            "sampled signal; resample it to an even rate, or leave out the column of times, so that rows are samples."
        )
    sentence = (
        f"The times of {where} are uneven ({_range_of(rising)}); values are interpolated linearly, at their "
        f"mean rate of {number(rate)} Hz."
    )
    findings.append(told("jitter", sentence, "resampled", "recording"))
    return Piece(rows, None, seconds)


def _span(seconds: np.ndarray, rate: float) -> float:
    """By how many steps times are off an even grid at most, where it is laid in their middle."""
    lowest, highest = np.inf, -np.inf
    for start in range(0, len(seconds), PIECE):
        off = (seconds[start : start + PIECE] - seconds[0]) * rate
        off -= np.arange(start, start + len(off))
        lowest, highest = min(lowest, float(off.min())), max(highest, float(off.max()))
    return (highest - lowest) / 2


def _range_of(steps: np.ndarray) -> str:
    return f"steps of {steps.min():.3g} to {steps.max():.3g} s"


def _with_gaps(where: str, rows: np.ndarray, places: np.ndarray, seconds: np.ndarray, findings: list[Finding]) -> Piece:
    n_missing = int(places[-1]) + 1 - len(places)
    if n_missing:
        row = int(rows[int(np.argmax(np.diff(places) > 1))]) + 1
        n, are = int(places[-1]) + 1, "is" if n_missing == 1 else "are"
        count = "it counts as missing" if n_missing == 1 else "they count as missing"
        sentence = (
            f"{n_missing:,} of {n:,} rows {are} missing in the times of {where}, first after row {row:,}; {count}."
        )
        findings.append(told("gaps", sentence, "kept", "value", "", n_missing))
    return Piece(rows, places, seconds)


def _tell_jitter(where: str, span: float, findings: list[Finding]) -> None:
    sentence = (
        f"The times of {where} stray by up to {100 * span:.0f} % of a step from an even grid; they are taken as even."
    )
    findings.append(told("jitter", sentence, "assumed", "recording"))


def _evened_out(values: np.ndarray, seconds: np.ndarray, rate: float) -> np.ndarray:
    """Values (n_channels, n_rows) at an even rate in Hz, on straight lines between the rows that are there."""
    n = max(1, int(np.floor((seconds[-1] - seconds[0]) * rate + 1e-6)) + 1)
    grid = seconds[0] + np.arange(n) / rate
    found = np.empty((len(values), n), values.dtype)
    for channel, own in zip(found, values, strict=True):
        is_there = np.isfinite(own)
        if not is_there.any():
            channel[:] = np.nan
            continue
        channel[:] = np.interp(grid, seconds[is_there], own[is_there])
        if not is_there.all():  # what was missing stays missing
            nearest = np.clip(np.searchsorted(seconds, grid), 0, len(seconds) - 1)
            before = np.maximum(nearest - 1, 0)
            channel[~is_there[nearest] | ~is_there[before]] = np.nan
    return found
