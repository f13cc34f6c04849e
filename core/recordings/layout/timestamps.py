"""Columns of times → seconds: clocks in text, and numbers whose unit a name, a size or nobody tells."""

from dataclasses import dataclass

import numpy as np

from core.errors import SignalFileError
from core.recordings.layout.clocks import MISSING, Clock, read_clock
from core.recordings.layout.column_names import seconds_per_unit, unit_of_time
from core.recordings.reading.raw import is_text

DAY = 86_400.0  # s
EPOCHS = (  # values of clocks that count from some day on, from about 1995 to 2096, and seconds in one unit
    ((8e8, 4e9), 1.0, "seconds since 1970"),
    ((8e11, 4e12), 1e-3, "milliseconds since 1970"),
    ((8e14, 4e15), 1e-6, "microseconds since 1970"),
    ((8e17, 4e18), 1e-9, "nanoseconds since 1970"),
    ((1.2e17, 1.6e17), 1e-7, "tenths of microseconds since 1601"),
    ((6.2e17, 6.7e17), 1e-7, "tenths of microseconds since the year 1"),
)
DAY_NUMBERS = (  # of calendars that count days
    ((25_000.0, 75_000.0), "days of a spreadsheet"),
    ((7.2e5, 7.7e5), "days of MATLAB"),
    ((2.43e6, 2.48e6), "Julian days"),
)
COMPACT_DATES = ((19_500_101, 21_001_231), (19_500_101_000_000, 21_001_231_235_959))  # 20240301, 20240301100000
NICE_SECONDS = tuple(k * 10.0**n for n in range(-6, 1) for k in (1, 2, 2.5, 4, 5, 8)) + tuple(
    60.0 * k for k in (0.25, 0.5, 1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
)
NICE_STEPS = tuple(k * 10.0**n for n in range(-9, 1) for k in (1, 1.25, 2, 2.5, 4, 5, 8))
NICE = 1e-4  # relative difference from a round number
SPREAD = 0.03  # relative difference from it of a step that rounding may have changed
LONGEST_STEP = 1_000.0  # of whole units without a name: more are hardly seconds
PIECE = 1 << 16  # cells that are looked at at a time
DAY_WORDS = ("date", "datum", "day", "serial", "datenum")


@dataclass(frozen=True)
class Times:
    """Times of rows.

    seconds: float64 (n,) from the first on, NaN where missing. clock: what kind of clock they come from. unit: what the values
    were read as, where it is an assumption or a finding, for people; is_known: False where nothing says their unit. start: the
    first time in s, of clocks in text; is_short, may_be_swapped: see `ClockTimes`.
    """

    seconds: np.ndarray
    clock: Clock = "elapsed"
    unit: str = ""
    is_known: bool = True
    may_be_swapped: bool = False
    is_short: bool = False
    start: float = 0.0


def read_times(name: str, cells: np.ndarray) -> Times:
    """A column of times. Raises SignalFileError where its text is no time."""
    if is_text(cells):
        found = read_clock(cells)
        if found is None:
            word = next((str(cell) for cell in cells if str(cell).strip()), "")
            raise SignalFileError(
                f"Column “{name[:40]}” holds text that is no time (“{word[:30]}”); take it as a label, or leave it out."
            )
        own = found.nanoseconds
        start = float(own[np.argmin(own == MISSING)]) / 1e9 if len(own) else 0.0
        return Times(
            _from_first(own), found.clock, may_be_swapped=found.may_be_swapped, is_short=found.is_short, start=start
        )
    values = cells.astype(np.float64, copy=False)
    is_there = np.isfinite(values)
    there = values if is_there.all() else values[is_there]
    if not len(there):
        return Times(values)
    if unit := unit_of_time(name):
        return Times((values - there[0]) * seconds_per_unit(name), _clock_of(there), unit)
    middle = float(np.median(there))
    compact = _compact_date(there)
    if compact:
        dates = np.array([f"{value:.0f}" if np.isfinite(value) else "" for value in values], object)
        found = read_clock(dates)
        if found is not None:
            return Times(_from_first(found.nanoseconds), found.clock, "digits of a date")
    clock = _seconds_of_digits(values)
    if clock is not None:
        return Times(clock - clock[np.isfinite(clock)][0], "time of day", "digits of a clock")
    for (low, high), factor, unit in EPOCHS:
        if low <= middle <= high and there.min() >= low / 2:
            return Times((values - there[0]) * factor, "moment", unit)
    for (low, high), unit in DAY_NUMBERS:
        if low <= there.min() and there.max() <= high and _counts_days(name, there):
            return Times((values - there[0]) * DAY, "moment", unit)
    return Times(values - there[0], "elapsed", "seconds", is_known=_may_be_seconds(name, there))


def may_be_moment(name: str, value: float) -> bool:
    """May a column that begins with this number hold moments since some day?"""
    limits = (
        [(low / 2, high) for (low, high), _, _ in EPOCHS] + [limits for limits, _ in DAY_NUMBERS] + list(COMPACT_DATES)
    )
    return bool(unit_of_time(name)) or any(low <= value <= high for low, high in limits)


def seconds(name: str, cells: np.ndarray) -> np.ndarray:
    """A column of times in seconds from the first on, float64 (n,), NaN where missing. Raises SignalFileError."""
    return read_times(name, cells).seconds


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


JITTER = 0.4  # of a step: rows nearer than this to where they should be are evenly spaced


def _from_first(nanoseconds: np.ndarray) -> np.ndarray:
    is_missing = nanoseconds == MISSING
    found: np.ndarray = (nanoseconds - nanoseconds[np.argmin(is_missing)]) / 1e9 if len(nanoseconds) else np.empty(0)
    found[is_missing] = np.nan
    return found


def _clock_of(values: np.ndarray) -> Clock:
    return "moment" if EPOCHS[0][0][0] <= float(np.median(values)) <= EPOCHS[0][0][1] else "elapsed"


def _compact_date(values: np.ndarray) -> bool:
    """Are these numbers such as 20240301 or 20240301100000?"""
    if (values != np.round(values)).any():
        return False
    low, high = float(values.min()), float(values.max())
    return any(first <= low <= high <= last for first, last in COMPACT_DATES)


def _seconds_of_digits(values: np.ndarray) -> np.ndarray | None:
    """Seconds of the day of numbers such as 100059 and 100100 (hours, minutes, seconds); None where they are others.

    They are such numbers where none has 60 minutes or seconds, and where they rise more evenly as a clock than as numbers.
    """
    if np.isinf(values).any():
        return None
    found = np.empty(len(values))
    for start in range(0, len(values), PIECE):
        piece = values[start : start + PIECE]
        whole = np.floor(piece)
        hours, minutes, rest = whole // 10_000, whole // 100 % 100, whole % 100
        is_clock = np.isnan(piece) | ((piece >= 0) & (hours < 24) & (minutes < 60) & (rest < 60))
        if not is_clock.all():
            return None
        found[start : start + PIECE] = hours * 3600 + minutes * 60 + rest + (piece - whole)
    n_as_clock, n_as_numbers = (len(np.unique(np.diff(one).round(6))) for one in (found, values))
    return found if n_as_clock < n_as_numbers and float(np.nanmax(values)) >= 100 else None


def _counts_days(name: str, values: np.ndarray) -> bool:
    """Do the steps of these numbers make sense in days and not as seconds?"""
    if any(word in name.lower() for word in DAY_WORDS):
        return True
    steps = np.abs(np.diff(values))
    steps = steps[steps > 0]
    if not len(steps):
        return False
    step = (values.max() - values.min()) / max(1, len(steps))
    return _is_near(step * DAY, NICE_SECONDS, SPREAD) and not _is_near(step, NICE_STEPS, NICE)


def _is_near(value: float, round_numbers: tuple[float, ...], tolerance: float) -> bool:
    return any(abs(value / one - 1) < tolerance for one in round_numbers)


def _may_be_seconds(name: str, values: np.ndarray) -> bool:
    """May times whose unit nobody says be seconds? Hardly where they are whole and far apart."""
    steps = np.abs(np.diff(values))
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    is_whole = bool((values == np.round(values)).all())
    return not (is_whole and step >= LONGEST_STEP and not _is_near(step, NICE_SECONDS, NICE))
