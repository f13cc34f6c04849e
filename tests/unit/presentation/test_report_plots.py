import base64
import json
import re
from itertools import combinations, pairwise
from typing import Any, get_args

import numpy as np
import pytest
from plotly import graph_objects

from core.config import SimulatorConfig
from core.fidelity.comparison import Comparison
from core.fidelity.measures import parameters
from core.fidelity.pictures import (
    AnyPicture,
    Axis,
    Bands,
    Cells,
    Curves,
    Histogram,
    Histograms,
    Overlay,
    Picture,
    Points,
    RequestedClasses,
    RequestedNumbers,
    Rows,
    signals_by_channel,
)
from core.fidelity.signal_set import SignalSet, describer_of
from core.presentation.palette import PALETTES
from core.presentation.plots import Figure
from core.presentation.report_plots import figure_of
from core.signals.simulator import Simulator
from core.units import Units

RNG = np.random.default_rng(0)
SIGNALS = {"title": "Title", "caption": "Caption.", "start": 0.0, "interval": 0.125, "units": Units("V")}
PLANE = {
    "title": "Title",
    "caption": "Caption.",
    "x": Axis(name="amplitude", unit="V"),
    "y": Axis(name="bias", unit="V"),
}


def unpacked(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


def shares(n: int = 12) -> list[float]:
    return RNG.dirichlet(np.ones(n)).tolist()


def overlay(n_samples: int = 40) -> Overlay:
    return Overlay(key="overlay", channels=signals_by_channel(*RNG.normal(size=(2, 8, 2, n_samples))), **SIGNALS)


def rows(reference_name: str) -> Rows:
    channels = signals_by_channel(*RNG.normal(size=(2, 4, 2, 40)))
    return Rows(key="rows", reference_name=reference_name, channels=channels, **SIGNALS)


def histograms(n: int) -> Histograms:
    edges = np.linspace(0, 3, 13).tolist()
    panels = [
        Histogram(axis=Axis(name=f"quantity {index}", unit="V"), edges=edges, real=shares(), fake=shares())
        for index in range(n)
    ]
    return Histograms(key="histograms", title="Title", caption="Caption.", panels=panels)


def bands(x: Axis, n: int) -> Bands:
    channels = [
        Curves(
            x=np.arange(1.0, n + 1).tolist(),
            **{name: RNG.normal(size=n).tolist() for name in ("real", "low", "high", "fake")},
        )
        for _ in range(2)
    ]
    return Bands(key="bands", title="Title", caption="Caption.", x=x, y=Axis(name="y", unit="dB"), channels=channels)


PSD = bands(Axis(name="frequency", unit="Hz", is_logarithmic=True), 20)
ACF = bands(Axis(name="lag", unit="s"), 15)
POINTS = Points(key="scatter", real=RNG.normal(size=(2, 30)).tolist(), fake=RNG.normal(size=(2, 30)).tolist(), **PLANE)
CELLS = Cells(
    key="missing",
    x_edges=[0.0, 1.0, 3.0, 4.0],
    y_edges=[0.0, 2.0, 5.0],
    ratio=[[1.0, None, 0.0], [0.5, 2.5, 1.5]],
    **PLANE,
)
NUMBERS = RequestedNumbers(
    key="requested_0",
    title="Title",
    caption="Caption.",
    axis=Axis(name="speed", unit="rpm"),
    requested=[1.0, 2.0, 3.0],
    obtained=[1.1, 2.0, 2.9],
)
CLASSES = RequestedClasses(
    key="requested_1",
    title="Title",
    caption="Caption.",
    name="state",
    classes=["calm", "wild"],
    recognised=[0.9, None],
)
PICTURES = {
    "overlay": overlay(),
    "easiest": rows("Real"),
    "nearest": rows("Training"),
    "one histogram": histograms(1),
    "five histograms": histograms(5),
    "thirty histograms": histograms(30),
    "psd": PSD,
    "acf": ACF,
    "points": POINTS,
    "cells": CELLS,
    "numbers": NUMBERS,
    "classes": CLASSES,
}
FIGURES = {name: figure_of(picture) for name, picture in PICTURES.items()}
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


def test_every_kind_of_picture_can_be_drawn():
    union = get_args(get_args(AnyPicture)[0])
    assert {type(picture) for picture in PICTURES.values()} == set(union)


def test_a_picture_of_no_known_kind_is_refused():
    with pytest.raises(TypeError, match="no drawing for pictures of kind Picture"):
        figure_of(Picture(key="x", title="Title", caption="Caption."))


# Panels


def rectangles(figure: Figure, layout: dict[str, Any]) -> list[tuple[list[float], list[float]]]:
    """Where the panels are, each once."""
    places = {(trace["xaxis"][1:], trace["yaxis"][1:]) for trace in figure["data"]}
    return [(layout[f"xaxis{x}"]["domain"], layout[f"yaxis{y}"]["domain"]) for x, y in sorted(places)]


def apart(one: list[float], other: list[float]) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]


@pytest.mark.parametrize("n", [1, 5, 10, 30])
def test_panels_lie_in_the_picture_and_beside_each_other(n):
    figure = figure_of(histograms(n))
    for layout in layouts(figure):
        panels = rectangles(figure, layout)
        assert len(panels) == n
        for spans in panels:
            assert all(0 <= start < end <= 1 for start, end in spans)
        for (x, y), (other_x, other_y) in combinations(panels, 2):
            assert apart(x, other_x) or apart(y, other_y)


@pytest.mark.parametrize("n", [5, 10, 30])
def test_panels_leave_room_for_what_is_written_below_them(n):
    figure = figure_of(histograms(n))
    for layout in layouts(figure):
        plotted = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
        rows = sorted({tuple(y) for _, y in rectangles(figure, layout)})
        assert min(end - start for start, end in rows) * plotted > 60
        assert min(after[0] - before[1] for before, after in pairwise(rows)) * plotted > 40


def test_panels_are_in_rows_of_three_and_on_a_phone_in_one_column():
    figure = figure_of(histograms(5))
    wide, narrow = (rectangles(figure, layout) for layout in layouts(figure))
    assert len({tuple(y) for _, y in wide}) == 2
    assert len({tuple(x) for x, _ in wide}) == 3
    assert len({tuple(y) for _, y in narrow}) == 5
    assert {tuple(x) for x, _ in narrow} == {(0, 1)}
    assert figure["narrow"]["height"] > figure["layout"]["height"]


def test_the_first_panel_is_at_the_top():
    figure = figure_of(histograms(30))
    for layout in layouts(figure):
        heights = [layout[f"yaxis{n or ''}"]["domain"][0] for n in (0, *range(2, 31))]
        assert heights == sorted(heights, reverse=True)
        assert layout["xaxis"]["title"]["text"] == "quantity 0 / V"
        assert layout["xaxis30"]["title"]["text"] == "quantity 29 / V"


# What they show


each_channel = pytest.mark.parametrize("channel", [0, 1])


@each_channel
def test_reals_and_fakes_are_drawn_over_each_other(channel):
    picture = PICTURES["overlay"]
    data = figure_of(picture, channel)["data"]
    assert [trace["name"] for trace in data] == [f"{kind} {n}" for kind in ("Real", "Fake") for n in range(1, 9)]
    signals = picture.channels[channel].reference + picture.channels[channel].fake
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
    assert {trace["type"] for trace in figure_of(overlay(n_samples))["data"]} == {kind}


def test_shares_of_reals_are_filled_and_those_of_fakes_are_a_line():
    picture, figure = PICTURES["five histograms"], FIGURES["five histograms"]
    panels = [(one.axis.label, one.edges, one.real, one.fake) for one in picture.panels]
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
@pytest.mark.parametrize("picture", [PSD, ACF], ids=["psd", "acf"])
def test_means_lie_over_the_band_of_the_reals(picture, channel):
    low, high, real, fake = figure_of(picture, channel)["data"]
    found = picture.channels[channel]
    for trace, part in ((low, "low"), (high, "high"), (real, "real"), (fake, "fake")):
        np.testing.assert_array_equal(unpacked(trace["x"]), np.float32(found.x))
        np.testing.assert_array_equal(unpacked(trace["y"]), np.float32(getattr(found, part)))
    assert (high["fill"], high["fillcolor"]) == ("tonexty", "role:band")
    assert "fill" not in low
    assert (real["line"]["color"], fake["line"]["color"]) == ("role:real", "role:fake")
    assert (real["name"], fake["name"]) == ("Real", "Fake")
    assert fake["line"]["dash"]


def test_a_spectrum_is_drawn_over_the_logarithm_of_the_frequency():
    assert FIGURES["psd"]["layout"]["xaxis"]["type"] == "log"
    assert "type" not in FIGURES["acf"]["layout"]["xaxis"]


def test_two_quantities_are_points_of_two_kinds():
    figure = FIGURES["points"]
    assert [trace["name"] for trace in figure["data"]] == ["Real", "Fake"]
    for trace, kind in zip(figure["data"], ("real", "fake"), strict=True):
        np.testing.assert_array_equal([unpacked(trace["x"]), unpacked(trace["y"])], np.float32(getattr(POINTS, kind)))
        assert trace["marker"]["color"] == f"role:{kind}"
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 2
    assert figure["layout"]["xaxis"]["title"]["text"] == "amplitude / V"
    assert figure["layout"]["yaxis"]["title"]["text"] == "bias / V"


def test_cells_show_how_many_fakes_there_are_of_those_expected():
    figure = FIGURES["cells"]
    (cells,) = figure["data"]
    assert cells["z"] == CELLS.ratio
    assert (len(cells["y"]), len(cells["x"])) == (len(cells["z"]) + 1, len(cells["z"][0]) + 1)
    assert (cells["zmin"], cells["zmax"]) == (0, 2)
    places = [at for at, _ in cells["colorscale"]]
    assert (places[0], places[-1]) == (0, 1)
    assert places == sorted(places)
    assert cells["colorscale"][0][1] != cells["colorscale"][-1][1]
    assert figure["layout"]["xaxis"]["title"]["text"] == "amplitude / V"
    assert figure["layout"]["yaxis"]["title"]["text"] == "bias / V"


def test_a_cell_without_fakes_is_where_they_are_missing():
    simulator = Simulator(SimulatorConfig(n_samples=32))
    signals, parameters_ = simulator.draw(3000, np.random.default_rng(0))
    sets = signals[:800], signals[1600:][parameters_.amplitude[1600:] < 5]
    real, fake = (SignalSet(one, simulator.times, describer_of(simulator)) for one in sets)
    _, found = parameters._map(Comparison(real=real, other=fake, training=signals[800:1600]))
    assert found.x.name == "amplitude"
    ratio, edges = np.array(found.ratio, float), np.array(found.x_edges)
    assert ratio.shape == (len(found.y_edges) - 1, len(edges) - 1)
    assert np.nanmax(ratio[:, edges[:-1] > 5.5]) < 0.2
    assert np.nanmin(ratio[:, edges[1:] < 4.5]) > 1


@each_channel
@pytest.mark.parametrize(("name", "title"), [("easiest", "Real"), ("nearest", "Training")])
def test_fakes_stand_below_what_they_are_compared_with(name, title, channel):
    figure = figure_of(PICTURES[name], channel)
    traces, layout = figure["data"], figure["layout"]
    assert [trace["name"] for trace in traces] == [f"{kind} {n}" for kind in (title, "Fake") for n in range(1, 5)]
    found = PICTURES[name].channels[channel]
    signals = found.reference + found.fake
    for trace, signal in zip(traces, signals, strict=True):
        np.testing.assert_array_equal(unpacked(trace["y"]), np.float32(signal))
    assert [trace["line"]["color"] for trace in traces] == ["role:real"] * 4 + ["role:fake"] * 4
    assert layout["yaxis"]["domain"][0] > layout["yaxis5"]["domain"][1]
    assert layout["xaxis"]["domain"] == layout["xaxis5"]["domain"]


def test_what_was_obtained_stands_over_what_was_requested():
    diagonal, points = FIGURES["numbers"]["data"]
    assert diagonal["x"] == diagonal["y"] == [1.0, 3.0]
    np.testing.assert_array_equal(unpacked(points["x"]), np.float32(NUMBERS.requested))
    np.testing.assert_array_equal(unpacked(points["y"]), np.float32(NUMBERS.obtained))
    layout = FIGURES["numbers"]["layout"]
    assert (layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"]) == ("requested speed / rpm", "obtained")


def test_classes_are_bars_in_percent():
    (bars,) = FIGURES["classes"]["data"]
    assert (bars["x"], bars["y"]) == (["calm", "wild"], [90, None])
    assert FIGURES["classes"]["layout"]["xaxis"]["title"]["text"] == "requested state"


def test_the_channel_of_a_quantity_stands_below_it():
    (panel,) = histograms(1).panels
    panel = panel.model_copy(update={"axis": Axis(name="standard deviation, channel 3", unit="V")})
    layout = figure_of(Histograms(key="histograms", title="Title", caption="Caption.", panels=[panel]))["layout"]
    assert layout["xaxis"]["title"]["text"] == "standard deviation<br>channel 3 / V"
