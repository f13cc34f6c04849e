import json
import re

import numpy as np
import pytest
from plotly import graph_objects

from core.config import ValueRange
from core.presentation import plots, training_plots
from core.presentation.palette import FAKE, PALETTES, REAL
from core.training.metrics import Metrics
from tests.unit.presentation.figures import METRICS, unpacked

TIMES = np.linspace(0, 2, 50)
REALS = np.random.default_rng(0).normal(0, 3, (12, 1, 50)).astype(np.float32)
FAKES = np.random.default_rng(1).normal(0, 5, (12, 1, 50)).astype(np.float32)
RANGE = ValueRange(minimum=0, maximum=10, step=0.5)
EMPTY = Metrics({})


def drawn_with(metrics: Metrics) -> dict[str, plots.Figure]:
    """Every kind of figure."""
    return {
        "signal_pairs": plots.signal_pairs(TIMES, REALS, FAKES),
        "signal_rows": plots.signal_rows(TIMES, REALS),
        "one_spectrum": plots.spectra(10, {"Real": REALS}),
        "spectra": plots.spectra(10, {"Real": REALS, "Fake": FAKES}),
        "histograms": plots.histograms({"Bias": (RANGE, RANGE.draw(100, np.random.default_rng(0)))}),
        "no_histograms": plots.histograms({}),
        "losses": training_plots.losses(metrics, 1000, 0.8, "minmax"),
        "certainty": training_plots.certainty(metrics, 1000, 0.8),
        "distances": training_plots.distances(metrics, 1000),
        "distances_after_stages": training_plots.distances(metrics, 1000, [80.0, 40.0]),
        "told_apart": training_plots.told_apart(metrics, 1000),
        "told_apart_after_stages": training_plots.told_apart(metrics, 1000, [1.0, 0.7]),
        "compared": training_plots.compared({"a": metrics["d_loss"], "b": metrics["g_loss"]}, "loss", 1000, 0.8),
        "compared_to_a_floor": training_plots.compared({"a": metrics["distance"]}, "distance / floor", 1000, floor=1.0),
    }


DRAWN = {**drawn_with(METRICS), **{f"{name}_of_nothing": drawn for name, drawn in drawn_with(EMPTY).items()}}


def test_the_spectrum_of_a_wave_peaks_at_its_frequency():
    times = np.arange(1024) / 256
    signals = np.sin(2 * np.pi * 20 * times)[None, None].repeat(3, axis=0)
    frequencies, power = plots.mean_psd(signals, 256)
    assert frequencies[np.argmax(power)] == 20


def test_the_spectrum_holds_the_variance_and_not_the_mean():
    signals = 100 + np.random.default_rng(0).normal(0, 3, (200, 1, 512))
    frequencies, power = plots.mean_psd(signals, 50)
    assert frequencies[0] > 0
    assert frequencies[-1] == 25
    assert np.sum(power) * frequencies[0] == pytest.approx(9, rel=0.05)


def test_short_signals_have_a_spectrum_too():
    frequencies, power = plots.mean_psd(REALS[:, :, :16], 10)
    assert len(frequencies) == len(power) == 8


# Drawing


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_every_figure_is_plain_json(drawn):
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_plotly_knows_every_property(drawn):
    colors = {"#000000": re.compile(r'"role:\w+"')}
    text = json.dumps(drawn)
    for color, role in colors.items():
        text = role.sub(f'"{color}"', text)
    drawn = json.loads(text)
    graph_objects.Figure(data=drawn["data"], layout=drawn["layout"])
    graph_objects.Figure(data=drawn["data"], layout=drawn["layout"] | drawn["narrow"])


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_every_colour_is_in_both_themes(drawn):
    roles = set(re.findall(r'"role:(\w+)"', json.dumps(drawn)))
    assert roles
    for palette in PALETTES.values():
        assert roles <= palette.keys()


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_every_curve_has_its_axes_wide_and_narrow(drawn):
    for layout in (drawn["layout"], drawn["layout"] | drawn["narrow"]):
        assert layout["height"] > 0
        for trace in drawn["data"]:
            assert f"xaxis{trace.get('xaxis', 'x')[1:]}" in layout
            assert f"yaxis{trace.get('yaxis', 'y')[1:]}" in layout


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_axes_lie_within_the_figure(drawn):
    for layout in (drawn["layout"], drawn["layout"] | drawn["narrow"]):
        for name, axis in layout.items():
            if "axis" in name and "domain" in axis:
                assert 0 <= axis["domain"][0] < axis["domain"][1] <= 1


def test_reals_are_solid_above_fakes_that_are_dashed():
    drawn = plots.signal_pairs(TIMES, REALS, FAKES)
    lines = [(trace["name"], trace["line"]["color"], trace["line"].get("dash", "solid")) for trace in drawn["data"]]
    assert lines[:4] == [(f"Real {n}", "role:real", "solid") for n in (1, 2, 3, 4)]
    assert [line[:2] for line in lines[4:]] == [(f"Fake {n}", "role:fake") for n in (1, 2, 3, 4)]
    assert all(line[2] != "solid" for line in lines[4:])
    real, fake = drawn["layout"]["yaxis"]["domain"], drawn["layout"]["yaxis5"]["domain"]
    assert real[0] > fake[1]


def test_a_picture_holds_the_signals_themselves():
    traces = plots.signal_pairs(TIMES, REALS, FAKES)["data"]
    for trace, signal in zip(traces, [*REALS[:4, 0], *FAKES[:4, 0]], strict=True):
        np.testing.assert_array_equal(unpacked(trace["y"]), signal)
        assert trace["x0"] == TIMES[0]
        assert trace["dx"] == pytest.approx(TIMES[1])


def test_real_and_fake_share_their_axes():
    layout = plots.signal_pairs(TIMES, REALS, FAKES)["layout"]
    ranges = {name: axis["range"] for name, axis in layout.items() if "axis" in name}
    assert len(ranges) == 16
    assert len({tuple(limits) for name, limits in ranges.items() if name[0] == "x"}) == 1
    ((low, high),) = {tuple(limits) for name, limits in ranges.items() if name[0] == "y"}
    shown = np.concatenate([REALS[:4], FAKES[:4]])
    assert low < shown.min()
    assert high > shown.max()


def test_a_dozen_signals_stand_in_three_rows():
    drawn = plots.signal_rows(TIMES, REALS)
    assert len(drawn["data"]) == 12
    assert len({tuple(drawn["layout"][f"yaxis{n}"]["domain"]) for n in ("", *range(2, 13))}) == 3
    assert len({tuple(drawn["narrow"][f"yaxis{n}"]["domain"]) for n in ("", *range(2, 13))}) == 6


def test_on_a_phone_each_real_stands_beside_a_fake():
    layout = plots.signal_pairs(TIMES, REALS, FAKES)["narrow"]
    for real, fake in (("", 5), (2, 6), (3, 7), (4, 8)):
        assert layout[f"yaxis{real}"]["domain"] == layout[f"yaxis{fake}"]["domain"]
        assert layout[f"xaxis{real}"]["domain"][1] < layout[f"xaxis{fake}"]["domain"][0]


def test_constant_signals_can_be_drawn():
    low, high = plots.signal_rows(TIMES, np.full((12, 1, 50), 3, np.float32))["layout"]["yaxis"]["range"]
    assert low < 3 < high


def test_a_few_signals_can_be_drawn():
    assert len(plots.signal_pairs(TIMES, REALS[:2], FAKES[:2])["data"]) == 4


def test_a_bar_counts_what_was_drawn():
    drawn = RANGE.draw(1000, np.random.default_rng(0))
    (bars,) = plots.histograms({"Bias": (RANGE, drawn)})["data"]
    centers, counts = unpacked(bars["x"]), unpacked(bars["y"])
    assert len(counts) == RANGE.count
    for center, count in zip(centers, counts, strict=True):
        assert count == np.sum(np.isclose(drawn, center))


@pytest.mark.parametrize(
    "values",
    [
        ValueRange(minimum=0, maximum=1, step=0.01),
        ValueRange(minimum=-5, maximum=5, step=0.003),
        ValueRange(minimum=1, maximum=2, step=0.001),
        ValueRange(minimum=0, maximum=0.9, step=0.7),
    ],
    ids=str,
)
def test_no_value_falls_beside_the_bars(values):
    drawn = values.minimum + values.step * np.arange(values.count)
    (bars,) = plots.histograms({"Bias": (values, drawn)})["data"]
    counts = unpacked(bars["y"])
    assert len(counts) <= plots.N_BARS
    assert counts.sum() == len(drawn)
    assert len(set(counts[:-1])) <= 1  # evenly drawn values fill even bars, but perhaps the last


# Signals at work


def test_reals_and_fakes_of_a_class_make_one_bar():
    figure = plots.class_counts(("new", "worn"), np.array([5, 2]), np.array([0, 3]))
    assert [(trace["name"], trace["x"], trace["y"]) for trace in figure["data"]] == [
        ("real", [5, 2], ["new", "worn"]),
        ("fake", [0, 3], ["new", "worn"]),
    ]
    assert figure["layout"]["barmode"] == "stack"


def test_estimates_stand_in_rows_with_their_intervals():
    found = [(0.5, 0.4, 0.7), (0.9, 0.9, 0.9)]
    figure = plots.estimates(["reals", "fakes"], {"340 reals": found, "34 reals": found}, "right / %")
    first, second = figure["data"]
    np.testing.assert_allclose(first["x"], [50, 90])
    np.testing.assert_allclose(first["error_x"]["array"], [20, 0])
    np.testing.assert_allclose(first["error_x"]["arrayminus"], [10, 0])
    assert np.all(np.array(first["y"]) < second["y"])  # neither hides the other
    assert figure["layout"]["yaxis"]["ticktext"] == ["reals", "fakes"]
    assert figure["layout"]["showlegend"]
    assert not plots.estimates(["reals"], {"340 reals": found[:1]}, "")["layout"]["showlegend"]


def titles_above(layout) -> dict[str, str]:
    return {note["yref"].removesuffix(" domain"): note["text"] for note in layout["annotations"]}


def test_on_a_phone_rows_have_their_names_above_them():
    rows = [(REALS[:4, 0], REAL, "Real"), (FAKES[:4, 0], FAKE, "Scale"), (FAKES[:4, 0], FAKE, "Axes")]
    layout = plots.panels(TIMES, rows)["narrow"]
    assert titles_above(layout) == {"y": "Real", "y5": "Scale", "y9": "Axes"}
    assert all(layout[f"xaxis{n}"]["domain"][0] == 0 for n in ("", 5, 9))
    assert layout["margin"]["t"] > 13
    assert titles_above(plots.signal_pairs(TIMES, REALS, FAKES)["narrow"]) == {"y": "Real", "y5": "Fake"}


def test_rows_that_are_all_of_one_kind_have_no_names():
    rows = [(REALS[:4, 0], REAL, "Real"), (REALS[:4, 0], REAL, "Real")]
    assert "annotations" not in plots.panels(TIMES, rows)["narrow"]
