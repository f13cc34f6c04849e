"""The plots of a fidelity report: its pictures → plotly figures as plain dictionaries; see core/presentation/plots.py."""

from typing import Any

import numpy as np

from core.fidelity.pictures import (
    Axis,
    Bands,
    Cells,
    Histogram,
    Histograms,
    Overlay,
    Picture,
    Points,
    RequestedClasses,
    RequestedNumbers,
    Rows,
)
from core.presentation.packing import packed
from core.presentation.palette import FAKE, REAL
from core.presentation.plots import Figure, blank_layout, house_axis, panels, span, time_hover

MAX_COLUMNS = 3  # of histograms beside each other


def figure_of(picture: Picture, channel: int = 0) -> Figure:
    """A picture as a figure; where it shows channels, one of them."""
    match picture:
        case Overlay():
            return _overlay(picture, channel)
        case Rows():
            return _rows(picture, channel)
        case Histograms():
            return _outlines(picture.panels)
        case Bands():
            return _bands(picture, channel)
        case Points():
            return _points(picture)
        case Cells():
            return _cells(picture)
        case RequestedNumbers():
            return _requested_numbers(picture)
        case RequestedClasses():
            return _requested_classes(picture)
    raise TypeError(f"no drawing for pictures of kind {type(picture).__name__}")


def _axis(axis: Axis, **options: Any) -> dict[str, Any]:
    limits = {"range": list(axis.limits)} if axis.limits else {}
    scale = {"type": "log", "dtick": 1} if axis.is_logarithmic else {}
    return house_axis(axis.label, **limits, **scale, **options)


def _overlay(picture: Overlay, channel: int) -> Figure:
    """Reals and fakes on top of each other, on one scale."""
    signals = picture.channels[channel]
    data = []
    for name, line, rows in (("Real", REAL, signals.reference), ("Fake", FAKE, signals.fake)):
        for index, values in enumerate(rows):
            data.append(
                {
                    "type": "scattergl" if len(values) > 2000 else "scatter",
                    "mode": "lines",
                    "x0": picture.start,
                    "dx": picture.interval,
                    "y": packed(np.array(values)),
                    "line": line | {"width": 1},
                    "opacity": 0.75,
                    "name": f"{name} {index + 1}",
                    "hovertemplate": time_hover(picture.units),
                }
            )
    axes = {"xaxis": house_axis(picture.units.time_title), "yaxis": house_axis(picture.units.value_title)}
    return {"data": data, "layout": blank_layout(320) | axes, "narrow": {}}


def _rows(picture: Rows, channel: int) -> Figure:
    """Fakes, each below the real signal that it is compared with."""
    signals = picture.channels[channel]
    rows = [
        (np.array(signals.reference), REAL, picture.reference_name),
        (np.array(signals.fake), FAKE, "Fake"),
    ]
    times = picture.start + picture.interval * np.arange(len(signals.fake[0]))
    return panels(times, rows, picture.units)


def _outlines(histograms: list[Histogram]) -> Figure:
    """Shares of reals filled, and those of fakes as a line."""
    n_columns = min(MAX_COLUMNS, len(histograms))
    n_rows = -(-len(histograms) // n_columns)
    data: list[dict[str, Any]] = []
    wide: dict[str, Any] = blank_layout(190 * n_rows + 20)
    narrow: dict[str, Any] = {"height": 170 * len(histograms) + 20}
    for index, one in enumerate(histograms):
        number = "" if index == 0 else str(index + 1)
        middles = (np.array(one.edges[1:]) + np.array(one.edges[:-1])) / 2
        place = {"xaxis": f"x{number}", "yaxis": f"y{number}", "hovertemplate": "%{x:.3g}: %{y:.2%}"}
        data.append(
            {
                "type": "bar",
                "x": packed(middles),
                "y": packed(np.array(one.real)),
                "width": one.edges[1] - one.edges[0],
                "marker": {"color": "role:real", "opacity": 0.35, "line": {"width": 0}},
                "name": "Real",
                **place,
            }
        )
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": packed(middles),
                "y": packed(np.array(one.fake)),
                "line": FAKE | {"width": 1.8, "shape": "hvh"},
                "name": "Fake",
                **place,
            }
        )
        row, column = divmod(index, n_columns)
        for picture, x_span, y_span in (
            (wide, span(column, n_columns, 0.05), span(n_rows - 1 - row, n_rows, 0.4 / n_rows)),
            (narrow, [0, 1], span(len(histograms) - 1 - index, len(histograms), 0.4 / len(histograms))),
        ):
            axis = _axis(one.axis, domain=x_span, anchor=f"y{number}", nticks=5)
            axis["title"]["text"] = one.axis.label.replace(", channel", "<br>channel")  # not into the next panel
            picture[f"xaxis{number}"] = axis
            picture[f"yaxis{number}"] = house_axis(
                "share" if column == 0 or picture is narrow else "",
                domain=y_span,
                anchor=f"x{number}",
                rangemode="tozero",
                showticklabels=False,
            )
    return {"data": data, "layout": wide | {"bargap": 0}, "narrow": narrow}


def _bands(picture: Bands, channel: int) -> Figure:
    """Mean curves over the range that holds 90 % of the reals."""
    curves = picture.channels[channel]
    x = packed(np.array(curves.x))
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    curve = {"type": "scatter", "mode": "lines", "x": x, "hovertemplate": "%{fullData.name}: %{y:.3g} at %{x:.3g}"}
    low = edge | {"y": packed(np.array(curves.low)), "name": "5 % of reals"}
    high = edge | {"y": packed(np.array(curves.high)), "name": "95 % of reals"}
    data = [
        low,
        high | {"fill": "tonexty", "fillcolor": "role:band"},
        curve | {"y": packed(np.array(curves.real)), "line": REAL | {"width": 2}, "name": "Real"},
        curve | {"y": packed(np.array(curves.fake)), "line": FAKE | {"width": 2}, "name": "Fake"},
    ]
    axes = {"xaxis": _axis(picture.x), "yaxis": _axis(picture.y)}
    return {"data": data, "layout": blank_layout(260) | axes, "narrow": {}}


def _points(picture: Points) -> Figure:
    """Reals and fakes as points in a plane."""
    data = []
    for name, symbol, size, width, (x, y) in (
        ("real", "circle", 4, 0, picture.real),
        ("fake", "x-thin", 5, 1, picture.fake),
    ):
        color = f"role:{name}"
        data.append(
            {
                "type": "scattergl",
                "mode": "markers",
                "x": packed(np.array(x)),
                "y": packed(np.array(y)),
                "marker": {
                    "color": color,
                    "symbol": symbol,
                    "size": size,
                    "opacity": 0.65,
                    "line": {"width": width, "color": color},
                },
                "name": name.capitalize(),
                "hovertemplate": "%{x:.3g}, %{y:.3g}",
            }
        )
    axes = {"xaxis": _axis(picture.x), "yaxis": _axis(picture.y)}
    return {"data": data, "layout": blank_layout(340) | axes, "narrow": {}}


def _cells(picture: Cells) -> Figure:
    """How many fakes there are in each cell of a plane, ÷ those expected."""
    cells = {
        "type": "heatmap",
        "x": picture.x_edges,
        "y": picture.y_edges,
        "z": picture.ratio,
        "name": "fakes ÷ expected",
        "zmin": 0,
        "zmax": 2,
        # An empty cell is as empty as the paper; what differs by chance looks the same.
        "colorscale": [[0, "role:paper"], [0.3, "role:muted"], [0.7, "role:muted"], [1, "role:fake"]],
        "colorbar": {
            "title": {"text": "fakes ÷ expected", "side": "right"},
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": [0, 1, 2],
            "ticktext": ["0", "1", "2"],
        },
        "hovertemplate": "%{z:.2f} times as many as expected<extra></extra>",
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
    }
    axes = {"xaxis": _axis(picture.x, showgrid=False), "yaxis": _axis(picture.y, showgrid=False)}
    return {
        "data": [cells],
        "layout": blank_layout(340) | axes | {"margin": {"l": 52, "r": 70, "t": 12, "b": 42}},
        "narrow": {},
    }


def _requested_numbers(picture: RequestedNumbers) -> Figure:
    """What was obtained over what was requested; both are the same on the dotted line."""
    ends = [min(picture.requested), max(picture.requested)]
    points = {
        "type": "scattergl",
        "mode": "markers",
        "x": packed(np.array(picture.requested)),
        "y": packed(np.array(picture.obtained)),
        "marker": {"color": "role:fake", "size": 4, "opacity": 0.6},
        "name": "Fake",
        "hovertemplate": "requested %{x:.3g}, obtained %{y:.3g}<extra></extra>",
    }
    line = {"color": "role:muted", "width": 1, "dash": "dot"}
    diagonal = {"type": "scatter", "mode": "lines", "x": ends, "y": ends, "line": line, "hoverinfo": "skip"}
    axes = {"xaxis": house_axis(f"requested {picture.axis.label}", nticks=5), "yaxis": house_axis("obtained", nticks=5)}
    return {"data": [diagonal, points], "layout": blank_layout(300) | axes, "narrow": {}}


def _requested_classes(picture: RequestedClasses) -> Figure:
    """For each class, how many of the fakes requested are recognised as it."""
    bars = {
        "type": "bar",
        "x": picture.classes,
        "y": [None if share is None else 100 * share for share in picture.recognised],
        "marker": {"color": "role:fake", "line": {"width": 0}},
        "name": "Fake",
        "hovertemplate": "%{x}: %{y:.0f} % recognised<extra></extra>",
    }
    axes = {
        "xaxis": house_axis(f"requested {picture.name}", type="category"),
        "yaxis": house_axis("recognised / %", range=[0, 102], nticks=5),
    }
    return {"data": [bars], "layout": blank_layout(300) | axes, "narrow": {}}
