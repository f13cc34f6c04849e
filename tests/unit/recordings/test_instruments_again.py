"""More files of instruments, loggers and programs: clocks in parts, wrapped lines, markers of their own, arrays and frames."""

import io
from datetime import timedelta

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from core.recordings.understanding import understand
from tests.unit.recordings.instruments import ISO, ONE, START, TWO, N, V, W, check, comma, csv, moments, times

ROWS = np.round(np.sin(np.arange(64) / 5 + np.arange(30)[:, None]), 3)
CLASSES = np.repeat([0, 1, 2], 10)
SECONDS = np.arange(N) / 100
MARKED = np.where(np.arange(N) % 90 == 7, -9999, V)
FLAGS = ["bad" if i % 97 == 5 else "good" for i in range(N)]


def parts(*forms, **step):
    return [moments(form, **step) for form in forms]


def wrapped(above, width, per_line):
    lines = ["".join(f"{value:{width}.3f}" for value in V[i : i + per_line]) for i in range(0, N, per_line)]
    return "\n".join([above, *lines, ""]).encode()


def elapsed(form, step=1):
    return [form.format(h=i * step // 3600, m=i * step // 60 % 60, s=i * step % 60) for i in range(N)]


TEXTS = {
    "a clock in six columns": (
        csv("Year,Month,Day,Hour,Minute,Second,V", *parts(*["%Y", "%m", "%d", "%H", "%M", "%S"], minutes=1), V),
        {**ONE, "rate_hz": 1 / 60, "ignored": {"Year", "Second"}, "said": "one clock"},
    ),
    "months and minutes of one name": (
        csv("#YY  MM DD hh mm V", *parts(*["%Y", "%m", "%d", "%H", "%M"], minutes=10), V, sep=" "),
        {**ONE, "rate_hz": 1 / 600, "channels": ("V",)},
    ),
    "a day of the year": (
        csv("year;doy;hour;V", *parts("%Y", "%j", "%H", hours=1), comma(V), sep=";"),
        {**ONE, "rate_hz": 1 / 3600},
    ),
    "a day that is always the same": (
        csv("Data;Czas;U", *parts("%Y-%m-%d", "%H:%M:%S", seconds=1), comma(V), sep=";"),
        {**ONE, "rate_hz": 1, "channels": ("U",)},
    ),
    "columns of a database": (
        csv(
            "table,_start,_time,_value",
            [0] * N,
            ["2024-03-01T00:00:00Z"] * N,
            moments("%Y-%m-%dT%H:%M:%SZ", seconds=1),
            V,
        ),
        {**ONE, "rate_hz": 1, "channels": ("_value",)},
    ),
    "a count beside a clock": (csv("UTC,TOW,Alt", ISO, range(9000, 9000 + N), V), {**ONE, "channels": ("Alt",)}),
    "a month in German": (
        csv("Zeit;V", [t.replace("Mar", "März") for t in moments("%d. %b %Y %H:%M:%S", seconds=1)], comma(V), sep=";"),
        {**ONE, "rate_hz": 1},
    ),
    "years, months and days in Japanese": (
        csv("日時,電圧(V)", moments("%Y年%m月%d日 %H時%M分%S秒", seconds=1), V),
        {**ONE, "rate_hz": 1, "channels": ("電圧",), "unit": "V"},
    ),
    "forenoon and afternoon in Chinese": (
        csv(
            "t,V",
            [t.replace("AM", "上午").replace("PM", "下午") for t in moments("%Y/%m/%d %p %I:%M:%S", seconds=30)],
            V,
        ),
        {**ONE, "rate_hz": 1 / 30},
    ),
    "a clock without zeros": (csv("time,V", elapsed("{h}:{m}:{s}"), V), {**ONE, "rate_hz": 1}),
    "days before a clock": (csv("time,V", elapsed("3 {h:02}:{m:02}:{s:02}"), V), {**ONE, "rate_hz": 1}),
    "minutes and seconds with tenths": (
        csv("time,V", [f"{i // 600:02}:{i // 10 % 60:02}.{i % 10}" for i in range(N)], V),
        {**ONE, "rate_hz": 10},
    ),
    "seconds and nanoseconds": (
        csv("secs,nsecs,V", [1_700_000_000 + i // 100 for i in range(N)], [i % 100 * 10_000_000 for i in range(N)], V),
        {**ONE, "rate_hz": 100, "channels": ("V",), "ignored": {"secs", "nsecs"}},
    ),
    "o'clock in German": (
        csv("Uhrzeit;V", moments("%H:%M Uhr", minutes=1), comma(V), sep=";"),
        {**ONE, "rate_hz": 1 / 60},
    ),
    "thousands in a rate": (csv("a,b", V, W, above='"Sampling Freq","1,000 Hz"'), {**TWO, "rate_hz": 1000}),
    "millions in a rate": (csv("a,b", V, W, above="Sample rate: 2,500,000 Hz"), {**TWO, "rate_hz": 2.5e6}),
    "decimals in a rate": (
        csv("a;b", comma(V), comma(W), sep=";", above="Abtastrate: 1,250 Hz"),
        {**TWO, "rate_hz": 1.25},
    ),
    "a zone in brackets": (csv("time,V", [f"{t} [UTC]" for t in ISO], V), {**ONE, "rate_hz": 1}),
    "a clock of Windows": (
        csv("time,V", [133_500_000_000_000_000 + i * 100_000 for i in range(N)], V),
        {**ONE, "rate_hz": 100},
    ),
    "ticks of .NET": (
        csv("Ticks,V", [638_500_000_000_000_000 + i * 50_000 for i in range(N)], V),
        {**ONE, "rate_hz": 200},
    ),
    "a name in camel case": (csv("loggingTime,x", times(0.01, "{:.2f}", 7.3e8), V), {**ONE, "rate_hz": 100}),
    "hours in German": (csv("Zeit [Std];U", comma(SECONDS), comma(V), sep=";"), {**ONE, "rate_hz": 1 / 36}),
    "a time that is only in s": (csv("in s,C1 in V", times(0.001), V), {**ONE, "rate_hz": 1000, "unit": "V"}),
    "two times": (
        csv("t1,A,,t2,B", times(0.01), V, [""] * N, times(0.01), W),
        {**TWO, "rate_hz": 100, "channels": ("A", "B"), "ignored": {"t1", "t2"}},
    ),
    "a time before each channel": (
        csv("X [s],A [V],X [s],B [g]", times(0.01), V, times(0.01), W),
        {**TWO, "rate_hz": 100},
    ),
    "an interval as a clock": (csv("a,b", V, W, above="Sample interval: 00:00:10"), {**TWO, "rate_hz": 0.1}),
    "a step among the names": (
        csv("CH1(V),CH2(V),t0 =-5e-4s, tInc = 1e-6s,", V, W, *[[""] * N] * 3),
        {**TWO, "rate_hz": 1e6, "unit": "V", "channels": ("CH1", "CH2")},
    ),
    "an overload between decimal commas": (
        csv("t;U", comma(SECONDS), ["9.9E+37" if i % 90 == 7 else v for i, v in enumerate(comma(V))], sep=";"),
        {**ONE, "n_missing": 8, "first": V[:3]},
    ),
    "missing as 1e30": (csv("t,U", times(0.01), np.where(MARKED < -9, 1e30, V)), {**ONE, "n_missing": 8}),
    "missing as 65535": (
        csv("t,U", times(0.01), np.where(MARKED < -9, 65535, V)),
        {**ONE, "n_missing": 8, "said": "65535"},
    ),
    "no mark but large numbers": (csv("t,U", times(0.01), [f"{v:.4e}" for v in V * 1e30]), {**ONE, "n_missing": 0}),
    "a swing of a billionth": (
        csv("t,f [Hz]", times(0.01), [f"{1e9 + v:.4f}" for v in V]),
        {**ONE, "unit": "Hz", "first": 1e9 + V[:3]},
    ),
    "one name, x": (csv(",x", times(0.01), V), {**ONE, "channels": ("x",), "rate_hz": 100}),
    "thousands and millions": (
        csv("t,Vol.", times(0.01), [f"{10 + v:.3f}M" for v in V]),
        {**ONE, "first": 1e6 * (10 + V[:3])},
    ),
    "a flag now and then": (
        csv("t,V,quality", times(0.01), V, FLAGS),
        {**ONE, "channels": ("V",), "ignored": {"quality"}},
    ),
    "channels one below the other": (
        csv("time,channel,value", times(0.01)[: N // 2] * 2, ["a"] * (N // 2) + ["b"] * (N // 2), V),
        {"n_recordings": 1, "channels": ("a", "b"), "n_samples": N // 2},
    ),
    "a person without a name": (
        csv("", [33] * N, np.repeat(["walk", "run"], N // 2), V, W),
        {"n_channels": 2, "n_recordings": 2, "ignored": {"column 1"}},
    ),
    "units beside the word of a count": (
        csv("Number,Time,ms,CH1,CH2\nNO.,Time,ms,V,degC", range(1, N + 1), ISO, [0] * N, V, W),
        {**TWO, "channels": ("CH1", "CH2"), "rate_hz": 1},
    ),
    "wrapped lines and a short last one": (
        wrapped("ACCELEROGRAM\nSAMPLING INTERVAL .02 SEC\nNUMBER OF POINTS 640", 10, 9),
        {**ONE, "rate_hz": 50, "first": V[:3], "last": V[-1]},
    ),
    "wrapped lines below their duration": (
        wrapped("Sampling Freq(Hz) 100Hz\nDuration Time(s)  6.4\nDir.  N-S", 9, 7),
        {**ONE, "rate_hz": 100, "last": V[-1]},
    ),
    "a number and a step before their names": (
        wrapped("A TITLE\n 640 0.0100 NPTS, DT", 12, 5),
        {**ONE, "rate_hz": 100},
    ),
    "lists in cells": (
        ("label,signal\n" + "\n".join(f'{k},"{row.tolist()}"' for k, row in zip(CLASSES, ROWS, strict=True))).encode(),
        {"n_recordings": 30, "n_samples": 64, "conditions": ("label",), "first": ROWS[0, :3]},
    ),
}


@pytest.mark.parametrize(("content", "wanted"), TEXTS.values(), ids=TEXTS)
def test_a_text_of_an_instrument_is_read_rightly(content, wanted):
    check(understand([("a.csv", content)]), wanted)


def written(write, *arguments, **options):
    file = io.BytesIO()
    write(file, *arguments, **options)
    return file.getvalue()


def hdf5(**datasets):
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        for path, values in datasets.items():
            root[path.replace("__", "/")] = values
    return file.getvalue()


FRAME = pd.DataFrame({"x": V})
START_AND_STEP = {"A": V[:, None], "Tstart": -0.1, "Tinterval": 1e-6, "Length": float(N)}
DAYS = pd.DatetimeIndex([START + timedelta(seconds=i) for i in range(N)])
ARRAYS = {
    "days and clocks of pandas": (
        "a.parquet",
        written(lambda f: FRAME.assign(d=DAYS.date, h=DAYS.time).to_parquet(f)),
        {**ONE, "rate_hz": 1},
    ),
    "durations of pandas": (
        "a.parquet",
        written(lambda f: FRAME.assign(t=pd.to_timedelta(SECONDS, "s")).to_parquet(f)),
        {**ONE, "rate_hz": 100},
    ),
    "an index that counts": (
        "a.parquet",
        written(FRAME.set_axis(range(5, N + 5)).to_parquet),
        {**ONE, "channels": ("x",), "rate_hz": None},
    ),
    "a frame of pandas in HDF5": (
        "a.h5",
        hdf5(
            df__axis0=[b"x", b"y"],
            df__axis1=np.arange(N),
            df__block0_items=[b"x", b"y"],
            df__block0_values=np.stack([V, W], 1),
        ),
        {**TWO, "channels": ("x", "y")},
    ),
    "groups for training and testing": (
        "a.h5",
        hdf5(train__X=ROWS[:20], train__y=CLASSES[:20], test__X=ROWS[20:], test__y=CLASSES[20:]),
        {"n_recordings": 30, "n_samples": 64, "conditions": ("y",)},
    ),
    "classes marked with a 1": (
        "a.npz",
        written(np.savez, X=ROWS, y=np.eye(3)[CLASSES]),
        {"n_recordings": 30, "conditions": ("y",), "said": "marks classes"},
    ),
    "a step of an oscilloscope": ("a.mat", written(savemat, START_AND_STEP), {**ONE, "rate_hz": 1e6}),
    "missing values of an array": ("a.npy", written(np.save, MARKED), {**ONE, "n_missing": 8, "said": "-9999"}),
}


@pytest.mark.parametrize(("name", "content", "wanted"), ARRAYS.values(), ids=ARRAYS)
def test_an_array_of_a_program_is_read_rightly(name, content, wanted):
    check(understand([(name, content)]), wanted)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("XML", "<?xml version='1.0'?>\n<data><v>1</v></data>"),
        ("HTML", "<html><table><tr><td>1</td></tr></table></html>"),
        ("JSON", '{"time": [0, 1], "x": [1, 2]}'),
        ("JSON", '[{"time": 0, "x": 1}]'),
        ("JSON", "[0.1, 0.2, 0.3]"),
    ],
)
def test_trees_of_text_are_refused_in_words(kind, text):
    found = understand([("a.txt", text.encode())])
    assert found.expect == "refuse"
    assert f"holds {kind}, which is no table" in found.said[0]
