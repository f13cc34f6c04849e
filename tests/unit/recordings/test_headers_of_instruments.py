"""What instruments, loggers and programs write above a table is read rightly: settings, rates, names and units."""

import numpy as np
import pytest

from core.recordings.understanding import understand
from tests.unit.recordings.instruments import ISO, ONE, TWO, N, V, W, check, comma, csv, times

SIGNALS = np.round(np.sin(np.arange(80) / 9 + np.arange(24)[:, None] ** 2), 3)  # a row each, unlike the one above
SAMPLED = {"n_recordings": 24, "n_samples": 80, "n_channels": 1, "first": SIGNALS[0, :3]}
TIMES = ",".join(f"{i / 1000}" for i in range(80))
COUNTS = ",".join(map(str, range(80)))
NUMBERED = ",".join(f"s{i}" for i in range(80))
LOADS = [f"{1 + i * 0.25}" for i in range(24)]
MINUTES = [f"2024-03-05 10:{2 * i:02}:00" for i in range(24)]
CLASSES = ["normal", "worn"] * 12
HEADERS = {
    "times above signals": (csv(TIMES, *SIGNALS.T), {**SAMPLED, "rate_hz": 1000}),
    "times above signals and their index": (csv("," + TIMES, range(24), *SIGNALS.T), {**SAMPLED, "rate_hz": 1000}),
    "times above signals beside classes": (
        csv(TIMES + ",state,kind", *SIGNALS.T, CLASSES, CLASSES[::-1]),
        {**SAMPLED, "rate_hz": 1000, "conditions": ("state", "kind")},
    ),
    "times above signals behind loads": (
        csv("load," + TIMES, LOADS, *SIGNALS.T),
        {**SAMPLED, "rate_hz": 1000, "conditions": ("load",)},
    ),
    "times with decimal commas above signals": (
        csv(TIMES.replace(",", ";").replace(".", ","), *map(comma, SIGNALS.T), sep=";"),
        {**SAMPLED, "rate_hz": 1000},
    ),
    "counts with decimals above signals, as in workbooks": (
        csv("," + COUNTS.replace(",", ".0,") + ".0", range(24), *SIGNALS.T),
        {**SAMPLED, "rate_hz": None, "ignored": {"column 1"}},
    ),
    "counts above signals of whole numbers": (
        csv(COUNTS, *(1000 * SIGNALS.T).astype(int)),
        {"n_recordings": 24, "n_samples": 80},
    ),
    "counts above signals and their index": (
        csv("," + COUNTS, range(24), *SIGNALS.T),
        {**SAMPLED, "rate_hz": None, "ignored": {"column 1"}},
    ),
    "counts above short signals and their index": (
        csv("," + ",".join(map(str, range(40))), range(24), *SIGNALS.T[:40]),
        {"n_recordings": 24, "n_samples": 40, "ignored": {"column 1"}},
    ),
    "counts above signals, their index and classes": (
        csv(f",{COUNTS},state", range(24), *SIGNALS.T, CLASSES),
        {**SAMPLED, "conditions": ("state",), "ignored": {"column 1"}},
    ),
    "numbered samples of signals in the order of their loads": (
        csv(",load," + NUMBERED, range(24), LOADS, *SIGNALS.T),
        {**SAMPLED, "conditions": ("load",), "ignored": {"column 1"}},
    ),
    "numbered samples of signals with a date each": (
        csv("timestamp," + NUMBERED, MINUTES, *SIGNALS.T),
        {**SAMPLED, "rate_hz": None, "ignored": {"timestamp"}},
    ),
    "numbered signals beside an index": (
        csv(",".join(["", *(f"s{i}" for i in range(80))]), range(160), *(np.roll(V, i * i)[:160] for i in range(80))),
        {"n_recordings": 80, "n_samples": 160},
    ),
    "a frequency alone": (
        csv("a,b", V, W, above="Frequency (Hz): 500"),
        {
            **TWO,
            "rate_hz": 500,
            "said": "500 Hz in line 1 of “a.csv” is taken as the sampling rate; if it is another, set",
        },
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
}


@pytest.mark.parametrize(("content", "wanted"), HEADERS.values(), ids=HEADERS)
def test_what_stands_above_a_table_is_read_rightly(content, wanted):
    check(understand([("a.csv", content)]), wanted)


def test_times_count_and_not_a_frequency_alone():
    found = understand([("a.csv", csv("t,v", times(0.01), V, above="Frequency: 50"))])
    assert found.rate_hz == pytest.approx(100)
    assert "50 Hz" not in " ".join(found.said)
