"""Numbers, markers, classes and odd lines that instruments, loggers and programs write are read rightly."""

import numpy as np
import pytest

from core.recordings.understanding import understand
from tests.unit.recordings.instruments import (
    BIG,
    BLOCKS,
    KINDS,
    ONE,
    PULSES,
    TWO,
    N,
    V,
    W,
    check,
    comma,
    csv,
    grouped,
    moments,
    times,
)

WHOLE = [i * 37 % 2_000 for i in range(N)]
GROUPS = [f"{value:,}" for value in WHOLE]
TRIALS = np.repeat([f"b{i}" for i in range(1, 17)], N // 16)
MOMENTS = np.tile(np.arange(N // 16) / 10, 16)
KEPT = [i for i in range(N) if i not in (50, 51)]
CELLS = {
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
    "thousands by commas beside whole numbers": (
        csv("t;P", range(N), GROUPS, sep=";"),
        {**ONE, "first": WHOLE[:3], "said": "has marks between thousands"},
    ),
    "millions by commas": (
        csv("t,P", times(0.01), [f'"{1_000_000 + 1_001 * i:,}"' for i in range(N)]),
        {**ONE, "first": (1_000_000, 1_001_001, 1_002_002)},
    ),
    "millions by points": (
        csv("t;P", times(0.01), [f"{1_000_000 + 1_001 * i:,}".replace(",", ".") for i in range(N)], sep=";"),
        {**ONE, "first": (1_000_000, 1_001_001, 1_002_002)},
    ),
    "thousands by points beside whole numbers": (
        csv("t;P", range(N), [cell.replace(",", ".") for cell in GROUPS], sep=";"),
        {**ONE, "first": WHOLE[:3]},
    ),
    "thousands by points beside decimal commas": (
        csv("t;P;V", range(N), [f"{1_000 + i:,}".replace(",", ".") for i in WHOLE], comma(V), sep=";"),
        {**TWO, "first": (1_000, 1_037, 1_074)},
    ),
    "thousands by points in some cells, decimal commas in others": (
        csv("t;P", times(0.01), [f"{i},5" if i % 2 else f"{1_000 + i:,}".replace(",", ".") for i in range(N)], sep=";"),
        {**ONE, "first": (1_000, 1.5, 1_002)},
    ),
    "thousands by commas in some cells, decimal points in others": (
        csv("t;P", range(N), [f"{i}.5" if i % 2 else f"{1_000 + i:,}" for i in range(N)], sep=";"),
        {**ONE, "first": (1_000, 1.5, 1_002)},
    ),
    "three decimals behind a comma": (
        csv("t;P;V", range(N), [f"{1_000 + i:,}" for i in range(N)], comma(V), sep=";"),
        {**TWO, "first": (1, 1.001, 1.002)},
    ),
    "three digits behind a comma": (
        csv("n;P", range(N), [f"{1_000 + i:,}" for i in range(N)], sep=";"),
        {
            **ONE,
            "first": (1, 1.001, 1.002),
            "said": "The commas in column “P” of “a.csv” are read as decimal signs; if",
        },
    ),
    "units of several quantities": (
        csv("t,V,P", times(0.01), V, [f"{w} {'V' if i % 2 else 's'}" for i, w in enumerate(W)]),
        {**ONE, "channels": ("V",), "ignored": {"P"}},
    ),
    "numbers of versions before a unit": (
        csv("t,V,P", times(0.01), V, [f"1.2.{i} V" for i in range(N)]),
        {**ONE, "channels": ("V",), "ignored": {"P"}},
    ),
    "numbers among many words": (
        csv("t,V,P", times(0.01), V, [f"word {i}" if i % 3 == 1 else w for i, w in enumerate(W)]),
        {**ONE, "channels": ("V",), "ignored": {"P"}},
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
    "missing as -9999 in five channels": (
        csv(
            "t,a,b,c,d,e",
            times(0.01),
            *[[-9999 if i % 90 == 7 else v for i, v in enumerate(k * V)] for k in range(1, 6)],
        ),
        {"n_channels": 5, "n_missing": 8, "said": "So do numbers in 16 cells of 2 other columns of “a.csv”."},
    ),
    "a mark in one channel is one in another": (
        csv("t,a,b", times(0.01), [-99 if i == 5 else 20 * v for i, v in enumerate(V)], [-99, *W[1:]]),
        {**TWO, "n_missing": 1, "said": "-99 in 1 of 640 cells of column “a”"},
    ),
    "-99 not far from the others": (
        csv("t,v", times(0.01), [-99 if i % 90 == 7 else 20 * v for i, v in enumerate(V)]),
        ONE,
    ),
    "999 once, not so far from the others": (
        csv("t,v", times(0.01), [999 if i == 5 else 100 * v for i, v in enumerate(V)]),
        ONE,
    ),
    "nothing but -999": (csv("t,v", times(0.01), [-999] * N), {**ONE, "first": (-999, -999, -999)}),
    "missing as INF": (
        csv("t,v", times(0.01), ["INF" if i % 90 == 7 else v for i, v in enumerate(V)]),
        {**ONE, "n_missing": 8},
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
    "a row for each moment of a trial, two of them missing": (
        csv("id,time,v", TRIALS[KEPT], MOMENTS[KEPT], V[KEPT]),
        {
            **ONE,
            "n_recordings": 16,
            "n_samples": 40,
            "rate_hz": 10,
            "said": "2 of 40 rows are missing in the times of “a.csv, id b2”",
        },
    ),
    "a pause in a trial": (
        csv("id,time,v", TRIALS, MOMENTS + 100 * (np.arange(N) // 20 == 3), V),
        {**ONE, "n_recordings": 17, "n_samples": 40, "rate_hz": 10, "said": "“a.csv, id b2” pauses once"},
    ),
    "a row for each moment of a trial in an unknown unit": (
        csv("id,time,v", TRIALS, (20_000 * MOMENTS).astype(int), V),
        {**ONE, "n_recordings": 16, "n_samples": 40, "rate_hz": None},
    ),
    "settings beside the first rows": (
        csv("", ["Sample Interval", "Unit", *[""] * (N - 2)], ["0.01", "V", *[""] * (N - 2)], V),
        {**ONE, "rate_hz": 100, "unit": "V"},
    ),
    "the number of samples and their step above them": (
        csv("", [N, 0.01, *V]),
        {**ONE, "rate_hz": 100, "first": V[:3], "said": "no samples but their number and 0.01, the step or the rate"},
    ),
    "the number of samples above them": (
        csv("", [N, *V]),
        {**ONE, "rate_hz": None, "first": V[:3], "said": "The first row of “a.csv” is no sample but their number."},
    ),
    "signals in columns that pause": (
        csv(
            "time," + ",".join(f"s{i}" for i in range(25)),
            MOMENTS[:40] + 100 * (np.arange(40) > 19),
            *V.reshape(16, 40),
            *W.reshape(16, 40)[:9],
        ),
        {
            "n_channels": 1,
            "n_recordings": 50,
            "n_samples": 20,
            "rate_hz": 10,
            "said": "pauses once, first before row 21",
        },
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
    "a class whose name could mark a missing value": (
        csv(
            ",".join(["state", *(f"t={i / 1000:g} s" for i in range(16))]),
            ["normal"] * 20 + ["fault"] * 20,
            *V.reshape(16, 40),
        ),
        {"n_recordings": 40, "n_samples": 16, "rate_hz": 1000, "conditions": ("state",)},
    ),
    "a state at the end whose name could mark a missing value": (
        csv("t,v,state", times(0.01), V, ["idle"] * 100 + ["run"] * 100 + ["fault"] * (N - 200)),
        {"n_channels": 1, "n_recordings": 3, "rate_hz": 100, "conditions": ("state",)},
    ),
    "a dead channel": (csv("t,v,dead", times(0.01), V, [0] * N), {**TWO, "channels": ("v", "dead")}),
}


@pytest.mark.parametrize(("content", "wanted"), CELLS.values(), ids=CELLS)
def test_cells_are_read_rightly(content, wanted):
    check(understand([("a.csv", content)]), wanted)


def test_a_step_above_the_samples_is_as_it_is_written():
    assert understand([("a.csv", csv("", [N, 0.01, *V]))]).rate_hz == 100
