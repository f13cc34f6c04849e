"""What is wrong with clocks: times that are missing, fall back, begin again or pause are set right or cut, and told."""

from itertools import pairwise

import numpy as np

from core.errors import SignalFileError
from core.formatting import duration, quantity
from core.recordings.findings import Finding, told
from core.recordings.layout.even_grid import FEWEST_ROWS, PIECE
from core.recordings.layout.timestamps import JITTER, Times

LONGEST_GAP = 100  # missing rows: more are a pause, which cuts a recording
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
DISORDER = 0.05  # share of rows that may stand in a wrong place and be sorted
NEARBY = 5.0  # steps: a row that falls back by less stands in a wrong place; by more, something begins anew


def filled_times(
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


def forwards(
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


def typical_step(seconds: np.ndarray) -> float:
    steps = np.diff(seconds)
    steps = steps[steps > 0] if (steps > 0).any() else np.abs(steps[steps != 0])
    return float(np.median(steps, overwrite_input=True))


def set_right(where: str, seconds: np.ndarray, step: float, times: Times, findings: list[Finding]) -> np.ndarray:
    """Times without the jumps of clocks that begin again or change between summer and winter time."""
    steps = np.diff(seconds)
    tolerance = max(0.6 * step, 1e-9)
    jumps = np.zeros(len(steps))
    if times.clock in ("moment", "day"):
        near = min(tolerance, HOUR / 4) if step <= HOUR else -1.0
        is_back, is_on = _are_near(steps, step - HOUR, near), _are_near(steps, step + HOUR, near)
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


def _are_near(steps: np.ndarray, wanted: float, tolerance: float) -> np.ndarray:
    """Which steps are one step, nearly: bool (n,)."""
    found = np.empty(len(steps), bool)
    for start in range(0, len(steps), PIECE):
        found[start : start + PIECE] = np.abs(steps[start : start + PIECE] - wanted) < tolerance
    return found


def _units(seconds: np.ndarray, step: float) -> tuple[float, ...]:
    """Units that a counter of time may count: of its own values, and those of the usual clocks."""
    own = np.abs(np.diff(seconds))
    smallest = float(own[own > 0].min()) if (own > 0).any() else step
    return tuple(dict.fromkeys((1.0, 1e-3, 1e-6, 1e-9, smallest)))


def _are_clock_changes(is_on: np.ndarray, is_back: np.ndarray, seconds: np.ndarray) -> bool:
    """Do clocks that leap by an hour change to summer time: once a year, in a recording where they are put back, too?"""
    n_years = (seconds[-1] - seconds[0]) / (365 * 86_400) + 1
    return bool(is_on.sum() <= n_years and is_back.any())


def restarts(where: str, seconds: np.ndarray, step: float, findings: list[Finding]) -> np.ndarray | None:
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


def without_pauses(where: str, part: slice, seconds: np.ndarray, step: float, findings: list[Finding]) -> list[slice]:
    """Rows cut where the recorder paused."""
    steps = np.diff(seconds[part])
    longest = (LONGEST_GAP + 1.5) * max(step, float(np.median(steps)) if len(steps) else step)
    pauses = np.flatnonzero(steps > longest)
    if not len(pauses):
        return [part]
    row = part.start + int(pauses[0]) + 2
    total = duration(float(steps[pauses].max()))
    times = "once" if len(pauses) == 1 else f"{len(pauses):,} times"
    sentence = f"{where} pauses {times}, first before row {row:,}, for up to {total}; it is cut there into recordings."
    findings.append(told("pauses", sentence, "cut", "recording", "", len(pauses)))
    bounds = [part.start, *(part.start + pauses + 1).tolist(), part.stop]
    return [slice(start, stop) for start, stop in pairwise(bounds)]
