"""What instruments, loggers and programs write is read rightly: clocks, preambles, markers, counters, classes."""

import math
from datetime import datetime, timedelta

import numpy as np
import pytest

from core.recordings.reading.files import read
from core.recordings.understanding import understand

N = 640
RNG = np.random.default_rng(5)
V = np.round(np.sin(np.arange(N) / 9) + 0.2 * RNG.standard_normal(N), 3)
W = np.round(np.cos(np.arange(N) / 11) + 0.2 * RNG.standard_normal(N), 3)
START = datetime(2024, 3, 5, 10, 0, 0)


def csv(header, *columns, sep=",", above="", below="", end="\n"):
    """A table below a preamble; a column is a sequence of cells."""
    rows = [sep.join(str(cell) for cell in row) for row in zip(*columns, strict=True)]
    lines = ([above.rstrip("\n")] if above else []) + ([header] if header else []) + rows + ([below] if below else [])
    return (end.join(lines) + end).encode()


def times(step, form="{:g}", start=0.0):
    return [form.format(start + step * i) for i in range(N)]


def moments(form, **step):
    """The moments of all rows, written in a form."""
    return [(START + i * timedelta(**step)).strftime(form) for i in range(N)]


def us(form):
    return [text[:-3] for text in moments(form, milliseconds=20)]


def comma(values):
    return [f"{value:.3f}".replace(".", ",") for value in values]


def grouped(values, mark, decimal="."):
    return [f"{value:,.1f}".replace(".", "D").replace(",", mark).replace("D", decimal) for value in values]


BIG = 2000 + 900 * V
PULSES = [i // 40 % 2 for i in range(N)]
TURNED = moments("%Y-%m-%d %H:%M:%S", minutes=1)[::-1]
KINDS = np.repeat(["walk", "run", "sit", "walk"], N // 4)
BLOCKS = np.repeat(np.arange(1, 17), N // 16)
ISO = moments("%Y-%m-%d %H:%M:%S", seconds=1)
ONE = {"n_channels": 1, "n_recordings": 1, "n_samples": N, "n_missing": 0}
TWO = {**ONE, "n_channels": 2}

FILES = {
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
    "nanoseconds since 1970": (
        csv("timestamp,V", [1_700_000_000_000_000_000 + i * 10_000_000 for i in range(N)], V),
        {**ONE, "rate_hz": 100},
    ),
    "microseconds since 1970": (
        csv("t,V", [1_700_000_000_000_000 + i * 5_000 for i in range(N)], V),
        {**ONE, "rate_hz": 200},
    ),
    "seconds since 1970 without a name": (
        csv("", [f"{1.7e9 + i / 8:.3f}" for i in range(N)], V),
        {**ONE, "rate_hz": 8},
    ),
    "days of a spreadsheet": (
        csv("date,V", [f"{45_000 + i / 1440:.6f}" for i in range(N)], V),
        {**ONE, "rate_hz": 1 / 60},
    ),
    "time in minutes": (csv("Elapsed (min),V", times(0.5), V), {**ONE, "rate_hz": 1 / 30}),
    "time in nanoseconds": (csv("t [ns];V", times(10), V, sep=";"), {**ONE, "rate_hz": 1e8}),
    "time with its unit behind a comma": (csv('"Time, ms",V', times(4), V), {**ONE, "rate_hz": 250}),
    "time with its unit behind a slash": (
        csv("t / ms;U / mV", times(4), V, sep=";"),
        {**ONE, "rate_hz": 250, "unit": "mV", "channels": ("U",)},
    ),
    "a row of ranges below the units": (
        csv("t,a,b\ns,mV,mV\nRange,10,100", times(0.02), V, W),
        {**TWO, "rate_hz": 50, "unit": "mV"},
    ),
    "a row of counts below the names": (
        csv(f"CH1\tCH2\n{N}\t{N}", V, W, sep="\t", above="0.5 msec/sample\n2 channels"),
        {**TWO, "rate_hz": 2000, "first": V[:3]},
    ),
    "a row of units": (
        csv("t,a,b\nms,mV,mV", times(2), V, W),
        {**TWO, "rate_hz": 500, "unit": "mV", "channels": ("a", "b")},
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
    "currents named i and id": (csv("t,i,id", times(0.01), V, W), {**TWO, "rate_hz": 100, "channels": ("i", "id")}),
    "nitric oxide": (csv("time,NO,NO2", times(0.01), V, W), {**TWO, "channels": ("NO", "NO2")}),
    "axes x, y, z of whole numbers": (
        csv("t,x,y,z", times(0.01), (100 * V).astype(int), (2 * W).astype(int), (90 * W).astype(int)),
        {"n_channels": 3, "n_recordings": 1},
    ),
    "thousands by points": (
        csv("Zeit;P", comma(np.arange(N) / 100), grouped(BIG, ".", ","), sep=";"),
        {**ONE, "rate_hz": 100, "first": np.round(BIG[:3], 1)},
    ),
    "thousands by blanks": (
        csv("t;P", times(0.01), grouped(BIG, "\u202f", ","), sep=";"),
        {**ONE, "first": np.round(BIG[:3], 1)},
    ),
    "thousands by apostrophes": (
        csv("t,P", times(0.01), grouped(BIG, "’"), sep=","),
        {**ONE, "first": np.round(BIG[:3], 1)},
    ),
    "units behind numbers": (csv("t,V", times(0.01), [f"{v} mV" for v in V]), {**ONE, "first": V[:3]}),
    "units of a multimeter behind numbers": (
        csv("t,V", times(0.01), [f"{v} V DC" for v in V]),
        {**ONE, "first": V[:3]},
    ),
    "Fortran's exponents": (
        csv("t v", times(0.01), [f"{v:.4E}".replace("E", "D") for v in V], sep="  "),
        {**ONE, "first": V[:3]},
    ),
    "a minus of typography": (csv("t,v", times(0.01), [str(v).replace("-", "−") for v in V]), {**ONE, "first": V[:3]}),
    "overload in words": (
        csv("t,v", times(0.01), ["OVLD" if i % 90 == 7 else v for i, v in enumerate(V)]),
        {**ONE, "n_missing": 8, "said": "OVLD"},
    ),
    "overload in asterisks": (
        csv("t,v", times(0.01), ["*****" if i % 90 == 7 else v for i, v in enumerate(V)]),
        {**ONE, "n_missing": 8},
    ),
    "overload as 9.9E37": (
        csv("t,v", times(0.01), ["9.9E37" if i % 90 == 7 else v for i, v in enumerate(V)]),
        {**ONE, "n_missing": 8, "said": "9.9e+37"},
    ),
    "missing as -999": (
        csv("t,v", times(0.01), ["-999" if i % 90 == 7 else v for i, v in enumerate(V)]),
        {**ONE, "n_missing": 8, "said": "-999"},
    ),
    "missing as INF": (
        csv("t,v", times(0.01), ["INF" if i % 90 == 7 else v for i, v in enumerate(V)]),
        {**ONE, "n_missing": 8},
    ),
    "settings above the names": (
        csv("TIME,CH1", times(1e-5, "{:.5e}"), V, above="Model,MDO3024\nSample Interval,1e-5\nRecord Length,640\n\n"),
        {**ONE, "rate_hz": 1e5, "channels": ("CH1",)},
    ),
    "a rate above a count": (
        csv("Sample,CH1(V)", range(N), V, above=";Scope\n;Sample rate,2000"),
        {**ONE, "rate_hz": 2000, "unit": "V", "channels": ("CH1",)},
    ),
    "a rate of JSON": (
        csv(
            "",
            [i % 16 for i in range(N)],
            V,
            sep="\t",
            above='# {"dev": {"column": ["nSeq", "A1"], "sampling rate": 1000}}\n# EndOfHeader',
        ),
        {**ONE, "rate_hz": 1000, "channels": ("A1",)},
    ),
    "a logger of four lines": (
        csv(
            '"TIMESTAMP","RECORD","T_Avg"\n"TS","RN","degC"\n"","","Avg"',
            [f'"{t}"' for t in ISO],
            range(N),
            V,
            above='"TOA5","st","CR1000","1","os","prog","2","tab"',
        ),
        {**ONE, "rate_hz": 1, "channels": ("T_Avg",), "unit": "degC"},
    ),
    "quotes of WFDB": (
        csv("'Elapsed time','ECG'\n'hh:mm:ss.mmm','mV'", [f"'0:{i // 100:02}.{i % 100 * 10:03}'" for i in range(N)], V),
        {**ONE, "rate_hz": 100, "unit": "mV", "channels": ("ECG",)},
    ),
    "a long preamble": (
        csv("t;v", times(0.01), V, sep=";", above="".join(f"key {i}: some words\n" for i in range(90))),
        {**ONE, "rate_hz": 100},
    ),
    "an odd number of samples and their step": (csv("", V, above=f"{N} 0.005"), {**ONE, "rate_hz": 200}),
    "start and rate in the first rows": (
        csv("", ["1.7e9", "64.0", *V[2:]]),
        {"n_channels": 1, "n_samples": N - 2, "rate_hz": 64},
    ),
    "a line of words at the end": (
        csv("t,v", times(0.01), V, below="Measurement stopped by user"),
        {**ONE, "said": "stopped"},
    ),
    "a last line that is cut off": (
        csv("t,v,w", times(0.01), V, W)[:-9] + b"\n",
        {"n_channels": 2, "n_samples": N - 1},
    ),
    "names that come again": (
        csv("t,v", [*times(0.01)[:300], "t", *times(0.01)[300:]], [*V[:300], "v", *V[300:]]),
        {**ONE, "rate_hz": 100},
    ),
    "two sweeps one below the other": (
        csv("t,v", times(0.01)[:320] * 2, V),
        {"n_recordings": 2, "n_samples": 320, "rate_hz": 100},
    ),
    "rows that end with a semicolon": (csv("", V, W, end=";\n"), {"n_channels": 2, "n_samples": N}),
    "empty columns": (
        csv("t,,a,,b,empty", times(0.01), [""] * N, V, [""] * N, W, [""] * N),
        {**TWO, "channels": ("a", "b"), "ignored": {"column 2", "column 4", "empty"}},
    ),
    "rare comments": (
        csv("t,v,note", times(0.01), V, ["start" if i == 3 else "" for i in range(N)]),
        {**ONE, "channels": ("v",), "ignored": {"t", "note"}},
    ),
    "a switch in words": (
        csv("t,pump,p", times(0.01), ["ON" if p else "OFF" for p in PULSES], V),
        {**TWO, "channels": ("pump", "p"), "first": (0, 0, 0)},
    ),
    "a state that changes": (csv("t,valve_state,p", times(0.01), PULSES, V), {**TWO, "channels": ("valve_state", "p")}),
    "an activity cuts": (
        csv("t,a,activity", times(0.01), V, KINDS),
        {"n_recordings": 4, "n_channels": 1, "conditions": ("activity",)},
    ),
    "a class in numbers cuts": (
        csv("t,a,label", times(0.01), V, BLOCKS % 3),
        {"n_recordings": 16, "n_channels": 1, "conditions": ("label",)},
    ),
    "machines until they fail": (
        csv("engine cycle s1 s2", BLOCKS, list(range(1, 41)) * 16, V, W, sep=" "),
        {"n_recordings": 16, "n_samples": 40, "channels": ("s1", "s2"), "rate_hz": None},
    ),
    "machines without names": (
        csv("", BLOCKS, list(range(1, 41)) * 16, V, W, sep=" "),
        {"n_recordings": 16, "n_channels": 2, "n_samples": 40},
    ),
    "a row for each sensor": (
        csv("time;sensor;value", np.repeat(np.arange(N // 2) / 10, 2), ["a", "b"] * (N // 2), V, sep=";"),
        {"n_recordings": 1, "channels": ("a", "b"), "rate_hz": 10},
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
    "NUL bytes at the end": (csv("t,v", times(0.01), V) + b"\0" * 300, {**ONE, "rate_hz": 100, "said": "300"}),
    "Ctrl-Z at the end": (csv("t,v", times(0.01), V) + b"\x1a", {**ONE, "rate_hz": 100}),
    "an old encoding": (
        csv("t,Temp [°C]", times(0.01), V).decode().encode("cp1252"),
        {**ONE, "unit": "°C", "channels": ("Temp",)},
    ),
    "UTF-16 without its mark": (csv("t,v", times(0.01), V).decode().encode("utf-16-le"), {**ONE, "rate_hz": 100}),
    "line ends of an old Mac": (csv("t,v", times(0.01), V, end="\r"), {**ONE, "rate_hz": 100}),
    "tiny currents": (
        csv("t [s],I [A]", times(0.01), [f"{v * 1e-13:.4e}" for v in V]),
        {**ONE, "unit": "A", "first": V[:3] * 1e-13},
    ),
    "motion capture": (
        csv(
            "Frame,Sub Frame,X,Y,Z,X,Y,Z\n,,mm,mm,mm,mm,mm,mm",
            *(range(1, N + 1), [0] * N, V, W, V, W, V, W),
            above="Trajectories\n100\n,,Bob:LASI,,,Bob:RASI,,",
        ),
        {
            "n_channels": 6,
            "channels": tuple(f"Bob:{name} {axis}" for name in ("LASI", "RASI") for axis in "XYZ"),
            "rate_hz": 100,
            "unit": "mm",
            "ignored": {"Frame", "Sub Frame"},
            "said": "100 in line 2",
        },
    ),
    "samples within frames": (
        csv(
            "Frame,Sub Frame,Fx,Fy\n,,N,N",
            *([i // 10 + 1 for i in range(N)], [i % 10 for i in range(N)], V, W),
            above="Devices\n1000\n,,Force Plate,",
        ),
        {**TWO, "channels": ("Fx", "Fy"), "rate_hz": 1000, "unit": "N"},
    ),
    "frames and their frequency": (
        csv("", V, W, sep="\t", above="NO_OF_FRAMES\t640\nFREQUENCY\t120\nMARKER_NAMES\thip"),
        {**TWO, "rate_hz": 120},
    ),
    "a lone number that counts rows": (csv("a,b", V, W, above=f"Data\n{N}"), {**TWO, "rate_hz": None}),
    "digits of a meter": (
        csv(
            "Reading,Range Digits,Time,Fractional Seconds",
            V,
            [7.5] * N,
            moments("%H:%M:%S", milliseconds=20),
            [i % 50 / 50 for i in range(N)],
        ),
        {**ONE, "channels": ("Reading",), "ignored": {"Range Digits", "Fractional Seconds"}},
    ),
    "words below units": (
        csv(
            '"TS","RN","Volts","Deg C"\n"","","WVc","Smp"',
            ISO,
            range(N),
            V,
            W,
            above='"TOA5","x"\n"TIMESTAMP","RECORD","B","T"',
        ),
        {**TWO, "channels": ("B", "T"), "rate_hz": 1},
    ),
    "titles and units behind keys": (
        csv("", times(0.001), V, W, sep="\t", above="Interval=\t0.001 s\nChannelTitle=\tBP\tECG\nUnitName=\tmmHg\tmV"),
        {**TWO, "channels": ("BP", "ECG"), "rate_hz": 1000},
    ),
    "numbers behind keys": (
        csv(
            "",
            *([""] * N, V, W),
            above='"TraceName","CH1","CH2"\n"BlockSize",640,640\n"VUnit","V","V"\n"SampleRate",500,500\n'
            '"HUnit","s","s"\n"Date","2024/03/05","2024/03/05"\n"Time","10:00:00","10:00:00"\n',
        ),
        {**TWO, "channels": ("CH1", "CH2"), "rate_hz": 500},
    ),
    "a start and a step": (csv("", V, above='"CHANNEL"\t"1"\n"START"\t0.000000\t0.002000'), {**ONE, "rate_hz": 500}),
    "a title above a count, a time and a channel": (
        csv("", range(1, N + 1), times(0.005), V, sep="\t", above="Header size:\t2\nTitle:\tacc 1"),
        {**ONE, "rate_hz": 200},
    ),
    "units of both axes": (
        csv("t,v", times(0.01), V, above="Horizontal Units,s\nVertical Units,V"),
        {**ONE, "unit": "V"},
    ),
    "a dead channel": (csv("t,v,dead", times(0.01), V, [0] * N), {**TWO, "channels": ("v", "dead")}),
}


@pytest.mark.parametrize(("content", "wanted"), FILES.values(), ids=FILES)
def test_a_file_of_an_instrument_is_read_rightly(content, wanted):
    found = understand([("a.csv", content)])
    assert found.expect == "read", found.said
    said = wanted.pop("said", "")
    assert said in " ".join(found.said)
    for field, value in wanted.items():
        own = getattr(found, field)
        if field == "ignored":
            assert value <= set(own)
        elif field == "first":
            spread = abs(np.asarray(value, float)).max()
            np.testing.assert_allclose(own, value, rtol=1e-6, atol=1e-6 * spread)
        elif isinstance(value, float) or field == "rate_hz":
            assert (own is None) if value is None else math.isclose(own or 0, value, rel_tol=0.003), (field, own, value)
        else:
            assert own == value, field


def test_a_clock_in_text_is_kept_as_times_and_says_what_may_be_swapped():
    table = read("a.csv", csv("when,v", moments("%d.%m.%y %H:%M:%S", seconds=1), V))
    assert table.columns[0].dtype == "datetime64[ns]"
    assert str(table.columns[0][0]).startswith("2024-03-05T10:00:00")
    assert table.swappable == ()  # the other order would not rise as evenly, or be as far apart
    days = [f"{i % 12 + 1:02d}/{i % 11 + 1:02d}/2024 10:00:00" for i in range(N)]
    assert read("a.csv", csv("when,v", days, V)).swappable == ("when",)


def test_a_list_of_changes_is_refused_with_what_its_times_are():
    times = np.cumsum(RNG.exponential(0.01, N))
    found = understand([("a.csv", csv("Time [s],D0", [f"{t:.7f}" for t in times], np.arange(N) % 2))])
    assert found.expect == "refuse"
    assert "not evenly spaced" in found.said[0]
    assert "leave the column of times out" in found.said[0]


def test_a_class_that_is_the_same_throughout_each_file_tells_them_apart():
    files = [(f"{one}.csv", csv("t,v,load", times(0.01), V, [load] * N)) for one, load in (("a", 5), ("b", 10))]
    found = understand(files)
    assert (found.n_recordings, found.channels, found.conditions) == (2, ("v",), ("load",))


def test_the_names_of_files_tell_classes():
    names = ["good_1.csv", "good_2.csv", "bad_1.csv", "bad_2.csv"]
    found = understand([(name, csv("t,v", times(0.01), V + i)) for i, name in enumerate(names)])
    assert found.conditions == ("file name",)
    assert "“good”, “bad”" in " ".join(found.said)
    assert understand([(f"run_{i}.csv", csv("t,v", times(0.01), V + i)) for i in range(3)]).conditions == ()


def test_files_in_other_units_are_brought_to_those_of_the_first():
    found = understand([("a.csv", csv("t [s],U [mV]", times(0.01), V)), ("b.csv", csv("t [s],U [V]", times(0.01), V))])
    assert found.unit == "mV"
    assert found.last == pytest.approx(1000 * V[-1])
