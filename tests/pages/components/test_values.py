"""The tables below pictures: which values of a figure stand where."""

import subprocess

import numpy as np
import orjson
import pytest

from core.config import ValueRange
from core.presentation import anomaly_plots, plots, training_plots
from core.presentation.recordings_plot import first_recordings
from core.units import Units
from pages.components.web import FILES
from tests.node import NODE

N_SAMPLES = 5
TIMES = np.arange(N_SAMPLES) / 4
SIGNALS = np.arange(8 * N_SAMPLES, dtype=np.float32).reshape(8, 1, N_SAMPLES)
STEPS = np.array([100, 200])
IN_VOLTS = Units.of("V", True)
FIGURES = {
    "pairs": plots.signal_pairs(TIMES, SIGNALS[:2], SIGNALS[2:4], units=IN_VOLTS),
    "rows": plots.signal_rows(TIMES, SIGNALS, n_rows=2),
    "recordings": first_recordings([np.ones((2, 3)), np.zeros((2, 3))], 2.0, ("force", "speed")),
    "histograms": plots.histograms({"phase": (ValueRange(minimum=0, maximum=2, step=1), np.array([0, 2, 2]))}),
    "classes": plots.class_counts(["good", "bad"], np.array([5, 1]), np.array([0, 4])),
    "estimates": plots.estimates(["reals", "both"], {"5 reals": [(0.5, 0.4, 0.7), (0.6, 0.5, 0.8)]}, "error / %"),
    "distances": training_plots.distances({"distance": (STEPS, np.array([3.0, 2.0]))}, 200, (9.0, 5.0)),
    "scores": anomaly_plots.scores(np.array([1.0, 7.0]), np.array([False, True]), 3.0, ["a.csv", "b.csv"]),
    "window": anomaly_plots.window(TIMES, SIGNALS[0], SIGNALS[1], np.full((1, N_SAMPLES), np.nan), units=IN_VOLTS),
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The tables of all figures: caption and names of columns, each with its values."""
    script = tmp_path_factory.mktemp("values") / "values.mjs"
    figures = orjson.dumps(FIGURES, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    script.write_text(
        f"{FILES.inlined('values.js')}\nconst figures = {figures};\n"
        "const words = ({ along, columns, title, value }) => ({ value, title, along, columns });\n"
        "console.log(JSON.stringify(Object.entries(figures).map(([name, one]) => [name, tablesOf(one).map(words)])));\n"
    )
    found = subprocess.run([NODE, script], capture_output=True, text=True, check=True)
    return dict(orjson.loads(found.stdout))


def heads(tables):
    return [(one["value"], one["title"], [column["name"] for column in one["columns"]]) for one in tables]


def test_signals_stand_beside_each_other_by_time(tables):
    assert heads(tables["pairs"]) == [
        ("Real / V", "time / s", ["Real 1", "Real 2"]),
        ("Fake / V", "time / s", ["Fake 1", "Fake 2"]),
    ]
    assert tables["pairs"][0]["along"] == TIMES.tolist()
    assert tables["pairs"][1]["columns"][1]["values"] == SIGNALS[3, 0].tolist()
    assert heads(tables["rows"])[0][2] == [f"Real {n}" for n in range(1, 9)]
    assert heads(tables["recordings"]) == [
        (channel, "time / s", ["Recording 1", "Recording 2"]) for channel in ("force", "speed")
    ]


def test_bars_and_intervals_begin_with_what_they_are_of(tables):
    assert heads(tables["histograms"]) == [("signals", "phase", ["signals"])]
    (classes,) = tables["classes"]
    assert classes["along"] == ["good", "bad"]
    assert [(column["name"], column["values"]) for column in classes["columns"]] == [("real", [5, 1]), ("fake", [0, 4])]
    (estimates,) = tables["estimates"]
    assert estimates["along"] == ["reals", "both"]
    assert heads([estimates]) == [("error / %", "", ["5 reals", "5 reals, from", "5 reals, to"])]
    assert np.allclose([column["values"] for column in estimates["columns"]], [[50, 60], [40, 50], [70, 80]])


def test_curves_of_stages_and_steps_are_two_tables(tables):
    assert heads(tables["distances"]) == [
        ("distance / floor", "step", ["distance"]),
        ("distance / floor", "stage", ["stage"]),
    ]
    assert tables["distances"][1]["columns"][0]["values"] == [9, 5, 3]


def test_windows_are_named_and_maps_have_a_column_for_each_row(tables):
    assert [(one["along"], one["columns"][0]["name"]) for one in tables["scores"]] == [
        (["a.csv"], "usual"),
        (["b.csv"], "anomaly"),
    ]
    assert heads(tables["window"]) == [
        ("value / V", "time / s", ["signal", "nearest fake"]),
        ("times as far as usual", "time / s", ["times as far as usual 1"]),
    ]
    assert tables["window"][1]["columns"][0]["values"] == [None] * N_SAMPLES
