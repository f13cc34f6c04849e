"""Times of rows → recordings on even grids: clocks are set right, pauses cut, missing rows left empty, jitter evened out."""

from dataclasses import dataclass

import numpy as np

from core.errors import SignalFileError
from core.formatting import duration, number, quantity
from core.recordings.findings import Finding, told
from core.recordings.layout.timestamps import JITTER, Times

GAP_JITTER = 0.25  # of a step, by which the distance over missing rows may differ from a whole number
LONGEST_GAP = 100  # missing rows: more are a pause, which cuts a recording
FEWEST_ROWS = 16  # of a part that is cut off at a pause
WRAPS = (  # after how many seconds clocks begin again at zero, and what is said of it
    (86_400.0, "midnight"),
    (43_200.0, "noon and midnight, a clock of 12 hours"),
    (3_600.0, "each full hour"),
    (60.0, "each full minute"),
)
COUNTER_BITS = (32, 24, 16)  # of counters of time that overflow
MOST_LOST = 2  # steps, within which a counter of time begins again
HOUR = 3_600.0
FALLING_SHARE = 0.95  # of the steps: the newest row comes first
REPEATED_SHARE = 0.1  # of the steps: the clock is coarser than the rows
DISORDER = 0.05  # share of rows that may stand in a wrong place and be sorted
NEARBY = 5.0  # steps: a row that falls back by less stands in a wrong place; by more, something begins anew
UNEVEN = (
    8.0  # how many times longer the long steps (19 in 20 are shorter) may be than the short ones (1 in 20 is shorter)
)
VISIBLE_JITTER = 0.1  # of a step: more is told
MOST_TOLD = 3
MOST_HZ = 1e15  # of any recording


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
        own = values[:, self.rows]
        if self.places is None:
            return _evened_out(own, self.seconds, rate)
        if self.places[-1] + 1 == len(self.places):
            return own
        found = np.full((len(own), self.places[-1] + 1), np.nan, values.dtype)
        found[:, self.places] = own
        return found


@dataclass(frozen=True)
class Timeline:
    """What times make of rows. rate in Hz, NaN unknown."""

    pieces: tuple[Piece, ...]
    rate: float
    findings: tuple[Finding, ...] = ()


def timeline(where: str, times: Times) -> Timeline:
    """The recordings that rows with these times are. `where` is named in the SignalFileError for times that make no sense."""
    seconds = times.seconds.astype(np.float64)
    rows = np.arange(len(seconds))
    findings: list[Finding] = []
    seconds, rows = _filled(where, seconds, rows, findings)
    if len(seconds) < 2 or float(seconds.max() - seconds.min()) == 0:
        return Timeline((Piece(rows, np.arange(len(rows)), seconds),), np.nan, tuple(findings))
    seconds, rows = _forwards(where, seconds, rows, findings)
    step = _typical_step(seconds)
    seconds = _set_right(where, seconds, step, times, findings)
    starts = _restarts(where, seconds, step, findings)
    if starts is None:
        order = np.argsort(seconds, kind="stable")
        seconds, rows, starts = seconds[order], rows[order], np.zeros(1, np.int64)
    stretches = [
        part
        for one in np.split(np.arange(len(seconds)), starts[1:])
        for part in _without_pauses(where, one, seconds, step, findings)
    ]
    parts = [(one, *_ticks(seconds[one])) for one in stretches]
    rate = _rate_of([own for _, own, _ in parts], [quantum for _, _, quantum in parts])
    pieces = []
    for one, own, quantum in parts:
        pieces.append(_piece(where, rows[one], own, quantum, rate, findings))
    if not times.is_known:
        rate = np.nan
    return Timeline(tuple(pieces), rate, tuple(_merged(findings)))


def _filled(
    where: str, seconds: np.ndarray, rows: np.ndarray, findings: list[Finding]
) -> tuple[np.ndarray, np.ndarray]:
    """Times with those that are missing on a line between their neighbours. Raises SignalFileError where many are."""
    is_missing = ~np.isfinite(seconds)
    if not is_missing.any():
        return seconds, rows
    n = int(is_missing.sum())
    row = int(np.argmax(is_missing)) + 1
    if n > 0.1 * len(seconds) or n > len(seconds) - 2:
        raise SignalFileError(f"{where} has no time in its row {row:,}; fill it in or leave the row out.")
    there = np.flatnonzero(~is_missing)
    seconds = np.interp(rows, there, seconds[there])
    if is_missing[-1] or is_missing[0]:  # a line goes on at both ends
        step = float(np.median(np.diff(seconds[there]) / np.diff(there)))
        first, last = there[0], there[-1]
        seconds[:first] = seconds[first] - step * np.arange(first, 0, -1)
        seconds[last + 1 :] = seconds[last] + step * np.arange(1, len(seconds) - last)
    sentence = f"{where} has no time in {quantity(n, 'row')}, the first is row {row:,}; they are placed between their neighbours."
    findings.append(told("time", sentence, "filled", "value", "", n))
    return seconds, rows


def _forwards(
    where: str, seconds: np.ndarray, rows: np.ndarray, findings: list[Finding]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows in the order of time where the newest comes first."""
    steps = np.diff(seconds)
    if np.mean(steps <= 0) < FALLING_SHARE or np.mean(steps < 0) <= np.mean(steps > 0) or seconds[-1] >= seconds[0]:
        return seconds, rows
    findings.append(
        told(
            "time",
            f"The newest row of {where} comes first; the rows are turned round, so that time runs forwards.",
            "converted",
        )
    )
    return seconds[::-1] - seconds[-1], rows[::-1]


def _typical_step(seconds: np.ndarray) -> float:
    steps = np.diff(seconds)
    rising = steps[steps > 0]
    if not len(rising):
        return float(np.median(np.abs(steps[steps != 0])))
    return float(np.median(rising))


def _set_right(where: str, seconds: np.ndarray, step: float, times: Times, findings: list[Finding]) -> np.ndarray:
    """Times without the jumps of clocks that begin again or change between summer and winter time."""
    steps = np.diff(seconds)
    tolerance = max(0.6 * step, 1e-9)
    jumps = np.zeros(len(steps))
    if times.clock in ("moment", "day"):
        near = min(tolerance, HOUR / 4) if step <= HOUR else -1.0
        is_back, is_on = np.abs(steps - (step - HOUR)) < near, np.abs(steps - (step + HOUR)) < near
        jumps[is_back] = HOUR
        if is_on.any() and _are_clock_changes(is_on, is_back, seconds):
            jumps[is_on] = -HOUR
        if jumps.any():
            row = int(np.flatnonzero(jumps)[0]) + 2
            findings.append(
                told(
                    "time",
                    f"The clock of {where} changes by an hour in row {row:,}, as between summer and winter time; the rows are "
                    "taken to go on evenly.",
                    "assumed",
                )
            )
            return seconds + np.concatenate([[0.0], np.cumsum(jumps)])
    falls = np.flatnonzero(steps < -0.5 * step)
    if not len(falls) or (steps[falls] >= -NEARBY * step).all():
        return seconds
    wraps = list(WRAPS) if times.clock == "time of day" else []
    if times.clock == "elapsed":
        wraps += [
            (2.0**bits * unit, f"its {bits} bits are full") for bits in COUNTER_BITS for unit in _units(seconds, step)
        ]
        wraps += list(WRAPS)
    for period, what in wraps:
        gained = steps[falls] + period
        whole = np.round(gained / step)
        most = LONGEST_GAP if times.clock == "time of day" else MOST_LOST
        is_near = np.abs(gained - whole * step) < np.maximum(tolerance, JITTER * step)
        if (is_near & (whole >= 1) & (whole <= most)).all():
            jumps[falls] = period
            row = int(falls[0]) + 2
            begins = f"begins again {'at ' if 'bits' not in what else 'as '}{what}"
            findings.append(
                told(
                    "time",
                    f"The clock of {where} {begins}, first in row {row:,}; the times are taken to go on.",
                    "converted",
                )
            )
            return seconds + np.concatenate([[0.0], np.cumsum(jumps)])
    return seconds


def _units(seconds: np.ndarray, step: float) -> tuple[float, ...]:
    """Units that a counter of time may count: of its own values, and those of the usual clocks."""
    own = np.abs(np.diff(seconds))
    smallest = float(own[own > 0].min()) if (own > 0).any() else step
    return tuple(dict.fromkeys((1.0, 1e-3, 1e-6, 1e-9, smallest)))


def _are_clock_changes(is_on: np.ndarray, is_back: np.ndarray, seconds: np.ndarray) -> bool:
    """Do clocks that leap by an hour change to summer time: once a year, in a recording where they are put back, too?"""
    n_years = (seconds[-1] - seconds[0]) / (365 * 86_400) + 1
    return bool(is_on.sum() <= n_years and is_back.any())


def _restarts(where: str, seconds: np.ndarray, step: float, findings: list[Finding]) -> np.ndarray | None:
    """The rows with which recordings begin, as the times begin again there; None where rows only stand in a wrong order."""
    steps = np.diff(seconds)
    falls = np.flatnonzero(steps < 0)
    if not len(falls):
        return np.zeros(1, np.int64)
    if len(falls) <= DISORDER * len(steps) and (steps[falls] >= -NEARBY * step).all():
        n, row = len(falls), int(falls[0]) + 2
        stand = "row stands" if n == 1 else "rows stand"
        sentence = (
            f"{n:,} {stand} behind a later one in {where}, the first is row {row:,}; the rows are sorted by time."
        )
        findings.append(told("time", sentence, "converted", "line", "", n))
        return None
    starts = np.concatenate([[0], falls + 1])
    lengths = np.diff([*starts, len(seconds)])
    if (steps[falls] < -NEARBY * step).all() and np.median(lengths) >= FEWEST_ROWS:
        times = "once" if len(falls) == 1 else f"{len(falls):,} times"
        sentence = (
            f"The times of {where} begin again {times}, first in row {falls[0] + 2:,}; it is cut there into recordings."
        )
        findings.append(told("time", sentence, "cut", "recording", "", len(falls)))
        return starts
    raise SignalFileError(
        f"The times of {where} do not rise in its row {int(falls[0]) + 2:,}; sort the rows by time, name the column that says "
        "which signal or channel a row belongs to, or leave the column of times out."
    )


def _without_pauses(
    where: str, part: np.ndarray, seconds: np.ndarray, step: float, findings: list[Finding]
) -> list[np.ndarray]:
    """Rows cut where the recorder paused."""
    steps = np.diff(seconds[part])
    longest = (LONGEST_GAP + 1.5) * max(step, float(np.median(steps)) if len(steps) else step)
    pauses = np.flatnonzero(steps > longest)
    if not len(pauses):
        return [part]
    row = int(part[pauses[0]]) + 2
    total = duration(float(steps[pauses].max()))
    times = "once" if len(pauses) == 1 else f"{len(pauses):,} times"
    sentence = f"{where} pauses {times}, first before row {row:,}, for up to {total}; it is cut there into recordings."
    findings.append(told("pauses", sentence, "cut", "recording", "", len(pauses)))
    return np.split(part, pauses + 1)


def _ticks(seconds: np.ndarray) -> tuple[np.ndarray, float]:
    """Times of rows of which several share one tick of a coarse clock, spread over it; and how coarse times are, in s."""
    steps = np.diff(seconds)
    rising = steps[steps > 0]
    quantum = float(rising.min()) if len(rising) else 0.0
    if len(seconds) < FEWEST_ROWS or np.mean(steps == 0) < REPEATED_SHARE or not len(rising):
        return seconds, quantum if (steps == 0).any() else 0.0
    ticks, counts = np.unique(seconds, return_counts=True)
    if len(ticks) < 3:
        return seconds, quantum
    tick = float(np.median(np.diff(ticks)))
    inner = counts[1:-1]
    usual = float(np.median(inner))
    found = np.empty(len(seconds))
    starts = np.concatenate([[0], np.cumsum(counts)])
    is_regular = np.mean(inner == usual) > 0.5
    for i, (time, count) in enumerate(zip(ticks, counts, strict=True)):
        per_tick = max(usual if is_regular else count, count)
        behind = per_tick - count if i == 0 else 0  # the first tick is seen from its middle on
        found[starts[i] : starts[i + 1]] = time + tick * (behind + np.arange(count)) / per_tick
    return found, tick if not is_regular or (inner != usual).any() else 0.0


def _rate_of(parts: list[np.ndarray], quanta: list[float]) -> float:
    """The sampling rate in Hz that parts of a recording have together, as round as their times allow."""
    rates, weights = [], []
    for seconds in parts:
        if len(seconds) < 2 or seconds[-1] <= seconds[0]:
            continue
        steps = np.diff(seconds)
        step = float(np.median(steps[steps > 0]))
        hops = np.maximum(1, np.round(steps / step))
        is_grid = np.abs(steps / step - hops).max() < 0.5
        n = float(hops.sum()) if is_grid else len(steps)
        if (steps == 0).any():
            n = len(steps)
        rates.append(n / (seconds[-1] - seconds[0]))
        weights.append(len(seconds))
    if not rates:
        return float("nan")
    rate = float(np.average(rates, weights=weights))
    if not 1 / MOST_HZ < rate < MOST_HZ:
        return float("nan")  # broken numbers, no clock
    longest = max(parts, key=len)
    steps = np.diff(longest)
    coarse = max(max(quanta), float(np.abs(steps - np.median(steps)).max()) if len(steps) else 0.0)
    return _rounded(rate, min(0.004, coarse / max(longest[-1] - longest[0], 1e-300)))


def _rounded(rate: float, uncertainty: float) -> float:
    """The number with the fewest digits, as a rate or as a step, within what is not known of it."""
    for digits in range(1, 10):
        for candidate in (float(f"{rate:.{digits}g}"), 1 / float(f"{1 / rate:.{digits}g}")):
            if abs(candidate / rate - 1) <= max(uncertainty, 1e-12):
                return candidate
    return rate


def _piece(
    where: str, rows: np.ndarray, seconds: np.ndarray, quantum: float, rate: float, findings: list[Finding]
) -> Piece:
    """Rows on an even grid: as they are, with gaps, or evened out. Raises SignalFileError where they are far from even."""
    n = len(seconds)
    if n < 2 or not np.isfinite(rate):
        return Piece(rows, np.arange(n), seconds)
    own = seconds - seconds[0]
    off = own * rate - np.arange(n)
    middle = (off.max() + off.min()) / 2
    span = float(np.abs(off - middle).max())
    if span <= max(JITTER, 1.001 * quantum * rate):
        if span > VISIBLE_JITTER and not quantum:
            _tell_jitter(where, span, findings)
        return Piece(rows, np.arange(n), seconds)
    steps = np.diff(own)
    hops = steps * rate
    whole = np.round(hops)
    if quantum:
        places = np.round(own * rate).astype(np.int64)
        if (np.diff(places) >= 1).all() and quantum * rate < 1:
            return _with_gaps(where, rows, places, seconds, findings)
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
            f"The times of {where} are not evenly spaced ({_range_of(rising)}), as in a list of changes or events, which is no "
            "sampled signal; bring it to one sampling rate, or leave the column of times out, so that rows are samples."
        )
    sentence = (
        f"The times of {where} are uneven ({_range_of(rising)}); values are read between the rows on straight lines, at their "
        f"mean rate of {number(rate)} Hz."
    )
    findings.append(told("jitter", sentence, "resampled", "recording"))
    return Piece(rows, None, seconds)


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


def _merged(findings: list[Finding]) -> list[Finding]:
    """Findings without those that many pieces share."""
    counts: dict[str, int] = {}
    kept = []
    for finding in findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
        if counts[finding.kind] <= MOST_TOLD:
            kept.append(finding)
    return kept
