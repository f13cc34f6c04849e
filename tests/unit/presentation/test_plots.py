import base64
import json
import re
from typing import get_args

import numpy as np
import pytest
import torch
from plotly import graph_objects

from core.config import ValueRange
from core.presentation import plots
from core.presentation.palette import PALETTES
from core.training.losses import Loss, d_loss, g_loss
from core.training.metrics import Metrics

TIMES = np.linspace(0, 2, 50)
REALS = np.random.default_rng(0).normal(0, 3, (12, 1, 50)).astype(np.float32)
FAKES = np.random.default_rng(1).normal(0, 5, (12, 1, 50)).astype(np.float32)
STEPS = list(range(10, 1010, 10))
RANGE = ValueRange(minimum=0, maximum=10, step=0.5)
METRICS = Metrics(
    {
        "d_loss": (STEPS, np.linspace(2, 1, 100).tolist()),
        "g_loss": (STEPS, np.linspace(1, 2, 100).tolist()),
        "d_accuracy": (STEPS, np.linspace(1, 0.5, 100).tolist()),
        "distance": (STEPS, np.linspace(30, 1, 100).tolist()),
        "accuracy": (STEPS, np.linspace(1, 0.5, 100).tolist()),
        "accuracy_low": (STEPS, np.linspace(0.98, 0.48, 100).tolist()),
        "accuracy_high": (STEPS, np.linspace(1, 0.52, 100).tolist()),
    }
)
EMPTY = Metrics({})


def unpacked(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


def drawn_with(metrics: Metrics) -> dict[str, plots.Figure]:
    """Every kind of figure."""
    return {
        "signal_pairs": plots.signal_pairs(TIMES, REALS, FAKES),
        "signal_rows": plots.signal_rows(TIMES, REALS),
        "one_spectrum": plots.spectra(10, {"Real": REALS}),
        "spectra": plots.spectra(10, {"Real": REALS, "Fake": FAKES}),
        "histograms": plots.histograms({"Bias": (RANGE, RANGE.draw(100, np.random.default_rng(0)))}),
        "no_histograms": plots.histograms({}),
        "losses": plots.losses(metrics, 1000, 0.8, "minmax"),
        "certainty": plots.certainty(metrics, 1000, 0.8),
        "distances": plots.distances(metrics, 1000),
        "distances_after_stages": plots.distances(metrics, 1000, [80.0, 40.0]),
        "told_apart": plots.told_apart(metrics, 1000),
        "told_apart_after_stages": plots.told_apart(metrics, 1000, [1.0, 0.7]),
        "compared": plots.compared({"a": metrics["d_loss"], "b": metrics["g_loss"]}, "loss", 1000, 0.8),
        "compared_to_a_floor": plots.compared({"a": metrics["distance"]}, "distance / floor", 1000, floor=1.0),
    }


DRAWN = {**drawn_with(METRICS), **{f"{name}_of_nothing": drawn for name, drawn in drawn_with(EMPTY).items()}}

# Data


def test_without_smoothing_nothing_changes():
    values = np.array([3.0, 1.0, 2.0])
    assert plots.smoothed(values, 0) is values


def test_smoothing_is_a_moving_average_without_a_pull_to_zero():
    np.testing.assert_allclose(plots.smoothed(np.full(20, 7.0), 0.9), 7.0)
    np.testing.assert_allclose(plots.smoothed(np.array([1.0, 2.0]), 0.5), [1, (0.5 * 1 + 2) / 1.5])


def test_smoothing_nothing_gives_nothing():
    assert len(plots.smoothed(np.empty(0), 0.9)) == 0


def test_a_short_series_is_drawn_as_it_is():
    steps, values = np.arange(10), np.random.default_rng(0).normal(size=10)
    thin_steps, thin_values = plots.thinned((steps, values), 10)
    np.testing.assert_array_equal(thin_steps, steps)
    np.testing.assert_array_equal(thin_values, values)


@pytest.mark.parametrize("n", [11, 19, 20, 101, 1000])
def test_a_long_series_is_drawn_by_means_of_stretches(n):
    steps, values = np.arange(n), np.random.default_rng(0).normal(size=n)
    thin_steps, thin_values = plots.thinned((steps, values), 10)
    assert len(thin_steps) == len(thin_values) == 10
    assert thin_steps[-1] == steps[-1]
    assert np.all(np.diff(thin_steps) > 0)
    sizes = np.diff(thin_steps, prepend=-1)
    assert np.sum(thin_values * sizes) == pytest.approx(values.sum())


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


@pytest.mark.parametrize("loss", get_args(Loss))
def test_dotted_lines_are_where_losses_settle(loss):
    levels = {shape["y0"] for shape in plots.losses(METRICS, 1000, 0.5, loss)["layout"]["shapes"]}
    guess = torch.zeros(4)
    losses = {d_loss(loss, guess, guess).item(), g_loss(loss, guess, guess).item()}
    assert sorted(levels) == pytest.approx(sorted(losses))


def test_curves_reach_over_the_whole_training():
    for drawn in (plots.losses(METRICS, 5000, 0, "minmax"), plots.certainty(METRICS, 5000, 0)):
        assert drawn["layout"]["xaxis"]["range"] == [0, 5000]


def test_a_curve_holds_the_logged_figures():
    discriminator, generator = plots.losses(METRICS, 1000, 0, "minmax")["data"]
    np.testing.assert_array_equal(unpacked(discriminator["x"]), STEPS)
    np.testing.assert_allclose(unpacked(discriminator["y"]), METRICS["d_loss"][1], rtol=1e-6)
    np.testing.assert_allclose(unpacked(generator["y"]), METRICS["g_loss"][1], rtol=1e-6)


def test_certainty_is_in_percent():
    (curve,) = plots.certainty(METRICS, 1000, 0)["data"]
    np.testing.assert_allclose(unpacked(curve["y"]), 100 * METRICS["d_accuracy"][1], rtol=1e-6)


def test_all_distances_lie_on_their_axis():
    layout = plots.distances(METRICS, 1000)["layout"]
    low, high = layout["yaxis"]["range"]
    assert layout["yaxis"]["type"] == "log"
    assert 10**low < 1
    assert 10**high > 30


def test_the_lowest_possible_distance_lies_on_its_axis():
    metrics = Metrics({"distance": ([10, 20], [5.0, 0.5])})
    low, _ = plots.distances(metrics, 20)["layout"]["yaxis"]["range"]
    assert 10**low < 0.5


def test_compared_runs_have_lines_of_their_own():
    curves = {f"run {n}": METRICS["d_loss"] for n in range(15)}
    lines = [json.dumps(trace["line"]) for trace in plots.compared(curves, "loss", 1000)["data"]]
    assert len(set(lines)) == 15


def test_compared_runs_have_a_legend():
    drawn = plots.compared({"a": METRICS["d_loss"], "b": METRICS["g_loss"]}, "loss", 1000)
    assert drawn["layout"]["showlegend"]
    assert [trace["name"] for trace in drawn["data"]] == ["a", "b"]


def test_classifiers_accuracy_is_drawn_in_percent_with_its_interval():
    metrics = Metrics(
        {
            name: ([0, 100], [value, 0.5])
            for name, value in {"accuracy": 0.6, "accuracy_low": 0.58, "accuracy_high": 0.62}.items()
        }
    )
    low, high, line = plots.told_apart(metrics, 100)["data"]
    assert [round(float(unpacked(trace["y"])[0])) for trace in (low, high, line)] == [58, 62, 60]


@pytest.mark.parametrize("draw", [plots.distances, plots.told_apart])
def test_stages_stand_at_the_left_and_end_where_the_steps_begin(draw):
    metrics = Metrics(
        {name: ([0, 100], [0.6, 0.5]) for name in ("distance", "accuracy", "accuracy_low", "accuracy_high")}
    )
    figure = draw(metrics, 100, [0.9, 0.7])
    stages, steps = figure["data"][-1], figure["data"][-2]
    assert stages["xaxis"] == "x2"
    assert len(unpacked(stages["y"])) == 3
    assert unpacked(stages["y"])[-1] == unpacked(steps["y"])[0]
    assert figure["layout"]["xaxis2"]["domain"][1] < figure["layout"]["xaxis"]["domain"][0]
    assert "xaxis2" not in draw(metrics, 100)["layout"]


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
