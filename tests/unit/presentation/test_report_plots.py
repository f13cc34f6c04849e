import base64
import json
import re
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pytest
from plotly import graph_objects

from core.config import SimulatorConfig
from core.fidelity import evidence
from core.fidelity.comparison import Comparison, SignalSet
from core.fidelity.evidence import Evidence
from core.fidelity.measures.c2st import boosted_trees
from core.fidelity.report import FEWEST, evaluate
from core.presentation import report_plots
from core.presentation.palette import PALETTES
from core.presentation.plots import Figure
from core.signals.simulator import Simulator

TIMES = np.arange(40) / 8
NAMES = ("overlay", "histograms", "nearest_distances", "psd", "acf", "scatter", "missing", "easiest", "nearest")
OF_A_CHANNEL = {"overlay": ("V",), "psd": (), "acf": (), "easiest": ("V",), "nearest": ("V",)}  # with what follows it


def unpacked(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


def shares(rng: np.random.Generator, n: int = 12) -> list[float]:
    return rng.dirichlet(np.ones(n)).tolist()


def made_up(n_quantities: int = 5, n_samples: int = len(TIMES), n_channels: int = 1) -> Evidence:
    """Evidence of the shape that a report has."""
    rng = np.random.default_rng(n_quantities)

    def signals(n: int) -> list[list[float]]:
        return rng.normal(size=(n, n_samples)).tolist()

    def bands(n: int) -> dict[str, list[float]]:
        return {"x": np.arange(1.0, n + 1).tolist()} | {
            name: rng.normal(size=n).tolist() for name in ("real", "low", "high", "fake")
        }

    edges = np.linspace(0, 3, 13).tolist()
    return {
        "times": (np.arange(n_samples) / 8).tolist(),
        "channels": [
            {
                "overlay": {"real": signals(8), "fake": signals(8)},
                "psd": bands(20),
                "acf": bands(15),
                "easiest": {"fake": signals(4), "real": signals(4)},
                "nearest": {"fake": signals(4), "training": signals(4)},
            }
            for _ in range(n_channels)
        ],
        "classifier": "Trees",
        "histograms": [
            {"name": f"quantity {n}", "edges": edges, "real": shares(rng), "fake": shares(rng)}
            for n in range(n_quantities)
        ],
        "map": {
            "x_name": "amplitude",
            "y_name": "bias",
            "real": rng.normal(size=(2, 30)).tolist(),
            "fake": rng.normal(size=(2, 30)).tolist(),
            "x_edges": [0.0, 1.0, 3.0, 4.0],
            "y_edges": [0.0, 2.0, 5.0],
            "ratio": [[1.0, None, 0.0], [0.5, 2.5, 1.5]],
        },
        "nearness": {"edges": edges, "real": shares(rng), "fake": shares(rng)},
        "asked": [],
    }


EVIDENCE = made_up(n_channels=2)


def measured(n_channels: int) -> Evidence:
    reals = np.random.default_rng(0).normal(size=(3 * FEWEST, n_channels, 24))
    return evaluate(reals, 2 * reals[:FEWEST], quick=True).evidence


def drawn(name: str, found: Evidence = EVIDENCE, channel: int = 0) -> Figure:
    chosen = (channel, *OF_A_CHANNEL[name]) if name in OF_A_CHANNEL else ()
    return getattr(report_plots, name)(found, *chosen)


MADE_UP = {"made up": EVIDENCE, "one quantity": made_up(1), "thirty quantities": made_up(30)}
FIGURES = {f"{name}, {of}": drawn(name, found) for of, found in MADE_UP.items() for name in NAMES}
every_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)


def layouts(figure: Figure) -> list[dict[str, Any]]:
    """The layout on a screen and that on a phone."""
    return [figure["layout"], figure["layout"] | figure["narrow"]]


# All pictures


@every_figure
def test_a_picture_is_plain_json_of_three_parts(figure):
    assert set(figure) == {"data", "layout", "narrow"}
    assert figure["data"]
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


@every_figure
def test_plotly_knows_every_property(figure):
    painted = json.loads(re.sub(r'"role:\w+"', '"#000000"', json.dumps(figure)))
    for layout in layouts(painted):
        graph_objects.Figure(data=painted["data"], layout=layout)


@every_figure
def test_every_colour_is_in_both_themes(figure):
    roles = set(re.findall(r'"role:(\w+)"', json.dumps(figure)))
    assert roles
    for palette in PALETTES.values():
        assert roles <= palette.keys()


@every_figure
def test_every_curve_has_its_axes_wide_and_narrow(figure):
    for layout in layouts(figure):
        assert layout["height"] > 0
        for trace in figure["data"]:
            assert f"xaxis{trace.get('xaxis', 'x')[1:]}" in layout
            assert f"yaxis{trace.get('yaxis', 'y')[1:]}" in layout


@pytest.mark.parametrize("n_channels", [1, 2])
def test_every_picture_of_a_real_report_can_be_drawn(n_channels):
    found = measured(n_channels)
    for name, channel in product(NAMES, range(n_channels)):
        figure = drawn(name, found, channel)
        assert figure["data"], name
        json.dumps(figure, allow_nan=False)


# Panels


def rectangles(figure: Figure, layout: dict[str, Any]) -> list[tuple[list[float], list[float]]]:
    """Where the panels are, each once."""
    places = {(trace["xaxis"][1:], trace["yaxis"][1:]) for trace in figure["data"]}
    return [(layout[f"xaxis{x}"]["domain"], layout[f"yaxis{y}"]["domain"]) for x, y in sorted(places)]


def apart(one: list[float], other: list[float]) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]


@pytest.mark.parametrize("n", [1, 5, 10, 30])
def test_panels_lie_in_the_picture_and_beside_each_other(n):
    figure = drawn("histograms", made_up(n))
    for layout in layouts(figure):
        panels = rectangles(figure, layout)
        assert len(panels) == n
        for spans in panels:
            assert all(0 <= start < end <= 1 for start, end in spans)
        for (x, y), (other_x, other_y) in combinations(panels, 2):
            assert apart(x, other_x) or apart(y, other_y)


@pytest.mark.parametrize("n", [5, 10, 30])
def test_panels_leave_room_for_what_is_written_below_them(n):
    figure = drawn("histograms", made_up(n))
    for layout in layouts(figure):
        plotted = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
        rows = sorted({tuple(y) for _, y in rectangles(figure, layout)})
        assert min(end - start for start, end in rows) * plotted > 60
        assert min(after[0] - before[1] for before, after in pairwise(rows)) * plotted > 40


def test_panels_are_in_rows_of_three_and_on_a_phone_in_one_column():
    figure = drawn("histograms", made_up(5))
    wide, narrow = (rectangles(figure, layout) for layout in layouts(figure))
    assert len({tuple(y) for _, y in wide}) == 2
    assert len({tuple(x) for x, _ in wide}) == 3
    assert len({tuple(y) for _, y in narrow}) == 5
    assert {tuple(x) for x, _ in narrow} == {(0, 1)}
    assert figure["narrow"]["height"] > figure["layout"]["height"]


def test_the_first_panel_is_at_the_top():
    figure = drawn("histograms", made_up(30))
    for layout in layouts(figure):
        heights = [layout[f"yaxis{n or ''}"]["domain"][0] for n in (0, *range(2, 31))]
        assert heights == sorted(heights, reverse=True)
        assert layout["xaxis"]["title"]["text"] == "quantity 0"
        assert layout["xaxis30"]["title"]["text"] == "quantity 29"


# What they show


each_channel = pytest.mark.parametrize("channel", [0, 1])


@each_channel
def test_reals_and_fakes_are_drawn_over_each_other(channel):
    data = drawn("overlay", channel=channel)["data"]
    assert [trace["name"] for trace in data] == [f"{kind} {n}" for kind in ("Real", "Fake") for n in range(1, 9)]
    overlaid = EVIDENCE["channels"][channel]["overlay"]
    signals = overlaid["real"] + overlaid["fake"]
    for trace, signal in zip(data, signals, strict=True):
        np.testing.assert_array_equal(unpacked(trace["y"]), np.float32(signal))
        assert (trace["x0"], trace["dx"]) == (0, pytest.approx(1 / 8))
        assert "xaxis" not in trace
    assert [trace["line"]["color"] for trace in data] == ["role:real"] * 8 + ["role:fake"] * 8
    assert (
        len({trace["line"].get("dash") for trace in data[:8]} | {trace["line"].get("dash") for trace in data[8:]}) == 2
    )


@pytest.mark.parametrize(("n_samples", "kind"), [(40, "scatter"), (2001, "scattergl")])
def test_long_signals_are_drawn_by_the_graphics_card(n_samples, kind):
    assert {trace["type"] for trace in drawn("overlay", made_up(1, n_samples))["data"]} == {kind}


def panels_of(name: str) -> list[tuple[str, list[float], list[float], list[float]]]:
    if name == "histograms":
        return [(one["name"], one["edges"], one["real"], one["fake"]) for one in EVIDENCE["histograms"]]
    found = EVIDENCE["nearness"]
    return [("distance to the nearest training signal", found["edges"], found["real"], found["fake"])]


@pytest.mark.parametrize("name", ["histograms", "nearest_distances"])
def test_shares_of_reals_are_filled_and_those_of_fakes_are_a_line(name):
    figure, panels = drawn(name), panels_of(name)
    assert len(figure["data"]) == 2 * len(panels)
    for index, (title, edges, reals, fakes) in enumerate(panels):
        bars, line = figure["data"][2 * index : 2 * index + 2]
        middles = (np.array(edges[1:]) + edges[:-1]) / 2
        assert (bars["type"], bars["marker"]["color"], bars["name"]) == ("bar", "role:real", "Real")
        assert (line["type"], line["line"]["color"], line["name"]) == ("scatter", "role:fake", "Fake")
        assert line["line"]["dash"]
        assert bars["width"] == pytest.approx(edges[1] - edges[0])
        for trace, values in ((bars, reals), (line, fakes)):
            np.testing.assert_allclose(unpacked(trace["x"]), middles, rtol=1e-6)
            np.testing.assert_array_equal(unpacked(trace["y"]), np.float32(values))
        assert figure["layout"][f"xaxis{bars['xaxis'][1:]}"]["title"]["text"] == title


@each_channel
@pytest.mark.parametrize("name", ["psd", "acf"])
def test_means_lie_over_the_band_of_the_reals(name, channel):
    low, high, real, fake = drawn(name, channel=channel)["data"]
    found = EVIDENCE["channels"][channel][name]
    for trace, part in ((low, "low"), (high, "high"), (real, "real"), (fake, "fake")):
        np.testing.assert_array_equal(unpacked(trace["x"]), np.float32(found["x"]))
        np.testing.assert_array_equal(unpacked(trace["y"]), np.float32(found[part]))
    assert (high["fill"], high["fillcolor"]) == ("tonexty", "role:band")
    assert "fill" not in low
    assert (real["line"]["color"], fake["line"]["color"]) == ("role:real", "role:fake")
    assert (real["name"], fake["name"]) == ("Real", "Fake")
    assert fake["line"]["dash"]


def test_a_spectrum_is_drawn_over_the_logarithm_of_the_frequency():
    assert drawn("psd")["layout"]["xaxis"]["type"] == "log"
    assert "type" not in drawn("acf")["layout"]["xaxis"]


def test_two_quantities_are_points_of_two_kinds():
    figure = drawn("scatter")
    found = EVIDENCE["map"]
    assert [trace["name"] for trace in figure["data"]] == ["Real", "Fake"]
    for trace, kind in zip(figure["data"], ("real", "fake"), strict=True):
        np.testing.assert_array_equal([unpacked(trace["x"]), unpacked(trace["y"])], np.float32(found[kind]))
        assert trace["marker"]["color"] == f"role:{kind}"
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 2
    assert figure["layout"]["xaxis"]["title"]["text"] == "amplitude"
    assert figure["layout"]["yaxis"]["title"]["text"] == "bias"


def test_cells_show_how_many_fakes_there_are_of_those_expected():
    figure = drawn("missing")
    (cells,) = figure["data"]
    assert cells["z"] == EVIDENCE["map"]["ratio"]
    assert (len(cells["y"]), len(cells["x"])) == (len(cells["z"]) + 1, len(cells["z"][0]) + 1)
    assert (cells["zmin"], cells["zmax"]) == (0, 2)
    places = [at for at, _ in cells["colorscale"]]
    assert (places[0], places[-1]) == (0, 1)
    assert places == sorted(places)
    assert cells["colorscale"][0][1] != cells["colorscale"][-1][1]
    assert figure["layout"]["xaxis"]["title"]["text"] == "amplitude"
    assert figure["layout"]["yaxis"]["title"]["text"] == "bias"


def test_a_cell_without_fakes_is_where_they_are_missing():
    simulator = Simulator(SimulatorConfig(n_samples=32))
    signals, parameters = simulator.draw(3000, np.random.default_rng(0))
    sets = signals[:800], signals[800:1600], signals[1600:][parameters.amplitude[1600:] < 5]
    space = [SignalSet(one, simulator.times, simulator.sines) for one in (sets[0], sets[2])]
    told = {"Trees": boosted_trees(*(one.features for one in space), 0)}
    found = evidence.collect(Comparison(*space, sets[1], 0), told)["map"]
    assert found["x_name"] == "amplitude"
    ratio, edges = np.array(found["ratio"], float), np.array(found["x_edges"])
    assert ratio.shape == (len(found["y_edges"]) - 1, len(edges) - 1)
    assert np.nanmax(ratio[:, edges[:-1] > 5.5]) < 0.2
    assert np.nanmin(ratio[:, edges[1:] < 4.5]) > 1


@each_channel
@pytest.mark.parametrize(("name", "above", "title"), [("easiest", "real", "Real"), ("nearest", "training", "Training")])
def test_fakes_stand_below_what_they_are_compared_with(name, above, title, channel):
    figure = drawn(name, channel=channel)
    traces, layout = figure["data"], figure["layout"]
    assert [trace["name"] for trace in traces] == [f"{kind} {n}" for kind in (title, "Fake") for n in range(1, 5)]
    found = EVIDENCE["channels"][channel][name]
    signals = found[above] + found["fake"]
    for trace, signal in zip(traces, signals, strict=True):
        np.testing.assert_array_equal(unpacked(trace["y"]), np.float32(signal))
    assert [trace["line"]["color"] for trace in traces] == ["role:real"] * 4 + ["role:fake"] * 4
    assert layout["yaxis"]["domain"][0] > layout["yaxis5"]["domain"][1]
    assert layout["xaxis"]["domain"] == layout["xaxis5"]["domain"]
