"""The times of a table's rows: of one column, of a day and a time of the day, or of a clock of two numbers, as in 12:30."""

import re
from dataclasses import replace

import numpy as np

from core.recordings.layout.timestamps import DAY, Times, read_times
from core.recordings.reading.raw import Table, is_text

MINUTES_FIRST = re.compile(r"\bm{1,2}:ss?|\bmin\w*\W{1,3}s(?:ec\w*)?\b", re.IGNORECASE)
HOURS_FIRST = re.compile(r"\b[hH]{1,2}:[mM]{1,2}\b(?!:)|\bh(?:ou)?r?s?\W{1,3}min", re.IGNORECASE)
MINUTE = 60.0  # s
SAME_RATE = 0.05  # rates that differ by less are one
BY_SECONDS = "minutes and seconds; if they are hours and minutes, set the unit of times to min"
BY_MINUTES = "hours and minutes; if they are minutes and seconds, set the unit of times to s"


def times_of(table: Table, time_column: str, date_column: str = "", unit: float = 0.0) -> Times:
    """The times of a table's rows, of one column or of a day and a time; unit: seconds in one unit, where somebody says it."""
    cells = table.columns[table.names.index(time_column)]
    if unit and not is_text(cells):
        values = cells.astype(np.float64)
        there = values[np.isfinite(values)]
        return Times((values - (there[0] if len(there) else 0)) * unit)
    times = _read(table, time_column)
    if date_column:
        return _of_day_and_time(_read(table, date_column), times)
    return _of_two_numbers(time_column, times, unit, table.rate) if times.is_short else times


def _of_day_and_time(days: Times, times: Times) -> Times:
    """Days in one column and times of the day in another, as one clock."""
    first = np.flatnonzero(np.isfinite(times.seconds))[:1]
    total = days.seconds + times.seconds
    return Times(total - (total[first[0]] if len(first) else 0), "moment", may_be_swapped=days.may_be_swapped)


def _read(table: Table, column: str) -> Times:
    times = read_times(column, table.columns[table.names.index(column)])
    return replace(
        times,
        may_be_swapped=times.may_be_swapped or column in table.swappable,
        is_short=times.is_short or column in table.short_clocks,
    )


def _of_two_numbers(name: str, times: Times, unit: float, rate: float) -> Times:
    """The times of a clock of two numbers, which were read as hours and minutes, as what they are.

    name: of the column. unit: seconds in the unit of the second number, where somebody says it. rate: in Hz, NaN where nothing
    else says it. Where only the numbers tell, it is said what they are read as.
    """
    steps = np.diff(times.seconds[np.isfinite(times.seconds)])
    steps = steps[steps > 0]
    if not len(steps):
        return times
    step = float(np.median(steps))
    by_minutes, by_seconds = replace(times, unit=BY_MINUTES), _by_seconds(times, BY_SECONDS)
    if unit:
        return _by_seconds(times) if unit < MINUTE else times
    if MINUTES_FIRST.search(name):
        return _by_seconds(times)
    if HOURS_FIRST.search(name) or abs(step * rate - 1) < SAME_RATE:
        return times
    if abs(step / MINUTE * rate - 1) < SAME_RATE:
        return _by_seconds(times)
    last = times.start + float(np.nanmax(times.seconds))
    if last >= DAY:
        return by_seconds
    tick = float(steps.min())
    begins_at_zero = times.start <= tick == MINUTE and last + tick < DAY  # a whole day of minutes begins there, too
    return by_seconds if begins_at_zero else by_minutes


def _by_seconds(times: Times, unit: str = "") -> Times:
    return replace(times, seconds=times.seconds / MINUTE, clock="time of day", unit=unit)
