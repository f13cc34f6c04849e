"""Clocks, times and axes that instruments, loggers and programs write are read rightly."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from core.recordings.import_files import ReadSettings
from core.recordings.reading.files import read
from core.recordings.understanding import understand
from tests.unit.recordings.instruments import (
    BIG,
    ISO,
    ONE,
    RNG,
    TURNED,
    TWO,
    N,
    V,
    W,
    check,
    comma,
    csv,
    moments,
    times,
    us,
)

HOURS = moments("%Y-%m-%d %H:%M", hours=1)
JITTER = np.round(np.cumsum(0.005 + 0.003 * np.random.default_rng(3).random(N)), 4)
CLOCKS = {
    "days of the year": (csv("day,V", moments("%Y-%j", days=1), V), {**ONE, "rate_hz": 1 / 86_400}),
    "days of the year before a clock": (
        csv("UTC,V", moments("%Y-%jT%H:%M:%SZ", seconds=20), V),
        {**ONE, "rate_hz": 0.05},
    ),
    "days of the year between colons": (csv("ERT,V", moments("%Y:%j:%H:%M:%S", seconds=1), V), {**ONE, "rate_hz": 1}),
    "a clock without a name": (csv(",V", ISO, V), {**ONE, "rate_hz": 1, "ignored": {"column 1"}}),
    "a clock last in the table": (csv("V,when", V, ISO), {**ONE, "rate_hz": 1, "channels": ("V",)}),
    "a clock with a zone": (csv("ts,V", [f"{t}+01:00" for t in ISO], V), {**ONE, "rate_hz": 1}),
    "a clock with tenths behind a comma": (csv("Zeit;V", us("%H:%M:%S,%f"), comma(V), sep=";"), {**ONE, "rate_hz": 50}),
    "a clock with tenths behind a colon": (csv("time;V", us("%H:%M:%S:%f"), V, sep=";"), {**ONE, "rate_hz": 50}),
    "a clock of 12 hours": (csv("time,V", moments("%m/%d/%Y %I:%M:%S %p", seconds=30), V), {**ONE, "rate_hz": 1 / 30}),
    "a clock of 12 hours in Spanish": (
        csv("Hora;V", [t.replace("AM", "a. m.") for t in moments("%I:%M:%S %p", seconds=2)], V, sep=";"),
        {**ONE, "rate_hz": 0.5},
    ),
    "a clock whose name nobody knows": (
        csv("GPST;V", moments("%H:%M:%S", seconds=2), V, sep=";"),
        {**ONE, "rate_hz": 0.5},
    ),
    "milliseconds beside a clock": (
        csv(
            "Date,Time,ms,V",
            moments("%Y/%m/%d", milliseconds=500),
            moments("%H:%M:%S", milliseconds=500),
            [0, 500] * (N // 2),
            V,
        ),
        {**ONE, "rate_hz": 2, "channels": ("V",)},
    ),
    "a time by its unit alone": (csv("ITOW [ms],V", times(100, "{:.0f}", 396_000), V), {**ONE, "rate_hz": 10}),
    "names of months": (csv("date,V", moments("%d-%b-%Y %H:%M:%S", seconds=2), V), {**ONE, "rate_hz": 0.5}),
    "dates with slashes, day first": (
        csv("date,V", moments("%d/%m/%Y %H:%M", hours=1), V),
        {**ONE, "rate_hz": 1 / 3600},
    ),
    "compact dates": (csv("time,V", moments("%Y%m%dT%H%M%S", seconds=1), V), {**ONE, "rate_hz": 1}),
    "day and time with points": (
        csv("Date;Time;V", moments("%d/%m/%Y", hours=1), moments("%H.%M.%S", hours=1), comma(V), sep=";"),
        {**ONE, "rate_hz": 1 / 3600, "ignored": {"Date", "Time"}},
    ),
    "durations of pandas": (csv(",V", [f"0 days 00:00:{i * 0.05:09.6f}" for i in range(N)], V), {**ONE, "rate_hz": 20}),
    "a clock over midnight": (
        csv(
            "time,V", [(datetime(2024, 1, 1, 23, 55) + timedelta(seconds=i)).strftime("%H:%M:%S") for i in range(N)], V
        ),
        {**ONE, "rate_hz": 1, "said": "midnight"},
    ),
    "the newest first": (csv("when,V", TURNED, V), {**ONE, "rate_hz": 1 / 60, "first": V[::-1][:3], "said": "newest"}),
    "a coarse clock": (csv("time,V", [t for t in ISO for _ in range(4)][:N], V), {**ONE, "rate_hz": 4}),
    **{
        f"{rate} Hz by a clock of {digits} decimals": (
            csv("t,V", [f"{i / rate:.{digits}f}" for i in range(N)], V),
            {**ONE, "rate_hz": rate, "n_missing": 0},
        )
        for rate, digits in ((256, 2), (16, 1), (200, 2), (2000, 3), (25, 1), (2.5, 0), (10.1, 0))
    },
    "nanoseconds since 1970": (
        csv("timestamp,V", [1_700_000_000_000_000_000 + i * 10_000_000 for i in range(N)], V),
        {**ONE, "rate_hz": 100},
    ),
    "microseconds since 1970": (
        csv("t,V", [1_700_000_000_000_000 + i * 5_000 for i in range(N)], V),
        {**ONE, "rate_hz": 200},
    ),
    "a clock of two ticks": (csv("time,V", [*ISO[:1] * 200, *ISO[1:2] * 440], V), {**ONE, "rate_hz": 440}),
    "digits of dates": (
        csv("date,V", moments("%Y%m%d", days=1), V),
        {**ONE, "rate_hz": 1 / 86_400, "said": "digits of a date"},
    ),
    "digits of moments": (
        csv("time,V", moments("%Y%m%d%H%M%S", seconds=2), V),
        {**ONE, "rate_hz": 0.5, "said": "digits of a date"},
    ),
    "an endless time": (csv("t,V", ["inf", *times(0.01)[1:]], V), {**ONE, "rate_hz": 100, "said": "no time in 1 row"}),
    "no time at both ends": (
        csv("t,V", [*[""] * 10, *times(0.01)[10:-2], "", ""], V),
        {**ONE, "rate_hz": 100, "said": "no time in 12 rows, the first is row 1"},
    ),
    "back to winter time": (
        csv("time,V", [*moments("%Y-%m-%d %H:%M", minutes=10)[:66], *moments("%Y-%m-%d %H:%M", minutes=10)[60:-6]], V),
        {**ONE, "rate_hz": 1 / 600, "said": "changes by an hour in row 67, as between summer and winter time"},
    ),
    "to summer time and back": (
        csv("time,V", [*HOURS[:50], *HOURS[51:400], *HOURS[399:]], V),
        {**ONE, "rate_hz": 1 / 3600, "n_missing": 0, "said": "changes by an hour in row 51"},
    ),
    "on to summer time alone": (
        csv("time,V", [*HOURS[:50], *HOURS[51:]], V[1:]),
        {**ONE, "rate_hz": 1 / 3600, "n_missing": 1, "said": "1 of 640 rows is missing"},
    ),
    "seconds since 1970 without a name": (
        csv("", [f"{1.7e9 + i / 8:.3f}" for i in range(N)], V),
        {**ONE, "rate_hz": 8},
    ),
    "days of a spreadsheet": (
        csv("date,V", [f"{45_000 + i / 1440:.6f}" for i in range(N)], V),
        {**ONE, "rate_hz": 1 / 60},
    ),
    "days of a spreadsheet without a name": (
        csv("", [f"{45_000 + i / 1440:.6f}" for i in range(N)], V),
        {**ONE, "rate_hz": 1 / 60, "said": "days of a spreadsheet"},
    ),
    "seconds from 45,000 on": (csv("time,V", times(0.5, start=45_000), V), {**ONE, "rate_hz": 2}),
    "steps shorter than any clock's": (csv("t,V", times(1e-18), V), {**ONE, "rate_hz": None}),
    "a rate of many digits": (
        csv("t [s],V", [repr(i / 3.1415926535897931) for i in range(N)], V),
        {**ONE, "rate_hz": 3.1415926535897931},
    ),
    "dates that could begin with the month": (
        csv(
            "date,V",
            [*(f"{i:02}/{i:02}/2024" for i in range(1, 13)), *(f"01/{i:02}/2025" for i in range(1, 10))],
            V[:21],
        ),
        {"n_recordings": 1, "n_samples": 21, "said": "could begin with the month; they are read with the day first"},
    ),
    "digits of times, of which one is a word": (
        csv("t,V", ["x" if i == 300 else 1_700_000_000_000_000 + 1_000 * i for i in range(N)], V),
        {**ONE, "rate_hz": None, "ignored": {"t"}},
    ),
    "a clock of seconds that there are not": (
        csv("time,V", [f"10:{i // 60 % 60:02}:{i % 60 + 30:02}" for i in range(N)], V),
        {**ONE, "rate_hz": None, "ignored": {"time"}},
    ),
    "time in minutes": (csv("Elapsed (min),V", times(0.5), V), {**ONE, "rate_hz": 1 / 30}),
    "time in nanoseconds": (csv("t [ns];V", times(10), V, sep=";"), {**ONE, "rate_hz": 1e8}),
    "time with its unit behind a comma": (csv('"Time, ms",V', times(4), V), {**ONE, "rate_hz": 250}),
    "time with its unit behind a slash": (
        csv("t / ms;U / mV", times(4), V, sep=";"),
        {**ONE, "rate_hz": 250, "unit": "mV", "channels": ("U",)},
    ),
    "an axis of frequency": (
        csv("Frequency (Hz),dB", times(12.5), V),
        {**ONE, "rate_hz": None, "ignored": {"Frequency"}},
    ),
    "an axis of angle": (csv("angle [deg],torque [Nm]", times(0.5), V), {**ONE, "rate_hz": None, "unit": "Nm"}),
    "an axis without a unit": (csv("wavelength,counts", times(0.5, start=400), BIG), {**ONE, "rate_hz": None}),
    "rows counted from 1": (csv("No.,V,W", range(1, N + 1), V, W), {**TWO, "rate_hz": None, "channels": ("V", "W")}),
    "packets counted again and again": (
        csv("nSeq\tA1", [i % 16 for i in range(N)], V, sep="\t"),
        {**ONE, "channels": ("A1",)},
    ),
    "two sweeps one below the other": (
        csv("t,v", times(0.01)[:320] * 2, V),
        {"n_recordings": 2, "n_samples": 320, "rate_hz": 100},
    ),
    "a pause": (
        csv("t,v", [f"{i / 100 + (900 if i > 400 else 0):.2f}" for i in range(N)], V),
        {"n_recordings": 2, "n_samples": 401, "rate_hz": 100, "said": "pauses"},
    ),
    "a few rows missing": (
        csv(
            "t,v",
            [f"{i / 100:.2f}" for i in range(N) if i not in (50, 51, 90)],
            [v for i, v in enumerate(V) if i not in (50, 51, 90)],
        ),
        {**ONE, "n_missing": 3, "said": "3"},
    ),
    "a pair of rows swapped": (
        csv("t,v", [f"{k / 100:.2f}" for k in [*range(100), 101, 100, *range(102, N)]], V),
        {**ONE, "rate_hz": 100, "said": "sorted"},
    ),
    "jitter": (
        csv("t (s),v", np.round(np.cumsum(0.005 + 0.003 * RNG.random(N)), 4), V),
        {"n_recordings": 1, "n_channels": 1, "said": "uneven"},
    ),
    "jitter with values missing": (
        csv("t (s),v", JITTER, ["" if 100 <= i < 110 else v for i, v in enumerate(V)]),
        {"n_channels": 1, "n_missing": 11, "said": "uneven"},
    ),
    "jitter in two parts, of which one has a channel": (
        csv("t (s),w,v", [*JITTER[:320], *JITTER[:320]], [*[""] * 320, *W[:320]], V),
        {"n_channels": 2, "n_recordings": 2, "n_missing": 320, "said": "uneven"},
    ),
}


@pytest.mark.parametrize(("content", "wanted"), CLOCKS.values(), ids=CLOCKS)
def test_a_clock_is_read_rightly(content, wanted):
    check(understand([("a.csv", content)]), wanted)


def test_a_clock_in_text_is_kept_as_times_and_says_what_may_be_swapped():
    table = read("a.csv", csv("when,v", moments("%d.%m.%y %H:%M:%S", seconds=1), V))
    assert table.columns[0].dtype == "datetime64[ns]"
    assert str(table.columns[0][0]).startswith("2024-03-05T10:00:00")
    assert table.swappable == ()  # the other order would not rise as evenly, or be as far apart
    days = [f"{i % 12 + 1:02d}/{i % 11 + 1:02d}/2024 10:00:00" for i in range(N)]
    assert read("a.csv", csv("when,v", days, V)).swappable == ("when",)


REFUSED = {
    "a list of changes": ([f"{t:.7f}" for t in np.cumsum(RNG.exponential(0.01, N))], "not evenly spaced (steps of "),
    "times that are mostly missing": (["" if i % 5 == 1 else f"{i / 100}" for i in range(N)], "no time in its row 2"),
    "a part in which time stands still": ([*times(0.01)[:400], *["0"] * 240], "never rise"),
}


@pytest.mark.parametrize(("cells", "says"), REFUSED.values(), ids=REFUSED)
def test_times_that_make_no_sense_are_refused_with_what_helps(cells, says):
    found = understand([("a.csv", csv("Time [s],D0", cells, np.arange(N) % 2))])
    assert found.expect == "refuse"
    assert says in found.said[0]
    assert "leave " in found.said[0]


def test_a_column_that_is_no_clock_may_be_named_as_one():
    settings = ReadSettings(layout="channels", roles={"a": "time"})
    check(understand([("a.csv", csv("a,v", ["45000"] * N, V))], settings), {**ONE, "channels": ("v",), "rate_hz": None})
    found = understand([("a.csv", csv("a,v", [""] * N, V))], settings)
    assert found.said == ("“a.csv” has no time in its row 1; fill it in or leave the row out.",)


def two_numbers(start, step=1, n=N):
    """Clocks of two numbers, the second from 0 to 59."""
    return [f"{i // 60:02}:{i % 60:02}" for i in range(start, start + n * step, step)]


SHORT = {  # name of the column, its cells, lines above; the rate, and what is said
    "from zero on": ("time", two_numbers(0), "", 1, "is read as minutes and seconds; if they are hours and minutes"),
    "several rows each": (
        "time",
        [cell for cell in two_numbers(0) for _ in range(10)][:N],
        "",
        10,
        "is read as minutes and seconds",
    ),
    "beyond 24": ("time", two_numbers(1200), "", 1, "is read as minutes and seconds"),
    "beyond the hour": (
        "time",
        [f"{i // 60 % 60:02}:{i % 60:02}" for i in range(3300, 3300 + N)],
        "",
        1,
        "each full hour",
    ),
    "in the morning": (
        "time",
        two_numbers(480),
        "",
        1 / 60,
        "is read as hours and minutes; if they are minutes and seconds",
    ),
    "each five minutes": ("time", two_numbers(0, 5, 288), "", 1 / 300, "is read as hours and minutes"),
    "minutes by name": ("Time (mm:ss)", two_numbers(480), "", 1, ""),
    "hours by name": ("Time [hh:mm]", two_numbers(0), "", 1 / 60, ""),
    "seconds by the rate": ("time", two_numbers(480), "Sample rate: 1 Hz", 1, ""),
    "minutes by the interval": ("time", two_numbers(0), "Interval: 60 s", 1 / 60, ""),
    "tenths": ("time", [f"{i // 600:02}:{i // 10 % 60:02}.{i % 10}" for i in range(N)], "", 10, ""),
}


@pytest.mark.parametrize(("name", "cells", "above", "rate", "said"), SHORT.values(), ids=SHORT)
def test_a_clock_of_two_numbers_is_read_as_what_it_is_or_it_is_said(name, cells, above, rate, said):
    found = understand([("a.csv", csv(f"{name},V", cells, V[: len(cells)], above=above))])
    assert found.rate_hz == pytest.approx(rate)
    sentences = " ".join(found.said)
    assert said in sentences
    assert ("is read as" in sentences) == ("is read as" in said or "full hour" in said)


def test_hours_and_minutes_beside_a_day_are_no_minutes_and_seconds():
    found = understand([("a.csv", csv("date,time,V", ["2024-03-05"] * N, two_numbers(0), V))])
    assert found.rate_hz == pytest.approx(1 / 60)
    assert "is read as" not in " ".join(found.said)


@pytest.mark.parametrize(("start", "unit", "rate"), [(480, "s", 1), (0, "min", 1 / 60), (0, "s", 1)])
def test_the_unit_of_a_clock_of_two_numbers_can_be_set(start, unit, rate):
    found = understand([("a.csv", csv("time,V", two_numbers(start), V))], ReadSettings(time_unit=unit))
    assert found.rate_hz == pytest.approx(rate)
    assert "is read as" not in " ".join(found.said)


@pytest.mark.parametrize("day", ["2023-366", "2024-367", "2024-000"])
def test_a_day_that_no_year_has_is_no_time(day):
    cells = [*moments("%Y-%j", days=1)[:-1], day]
    assert understand([("a.csv", csv("day,V", cells, V))]).rate_hz is None
