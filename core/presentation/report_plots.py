"""The pictures of a fidelity report: its evidence → plotly figures as plain dictionaries; see core/presentation/plots.py."""

from typing import Any

import numpy as np

from core.fidelity.evidence import Evidence
from core.presentation.packing import packed
from core.presentation.palette import FAKE, REAL
from core.presentation.plots import Figure, blank_layout, house_axis, panels, span, value_title

MAX_COLUMNS = 3  # of histograms beside each other


def overlay(evidence: Evidence, channel: int, unit: str) -> Figure:
    """Reals and fakes on top of each other, on one scale."""
    times = np.array(evidence["times"])
    data = []
    for name, line in (("real", REAL), ("fake", FAKE)):
        for index, values in enumerate(evidence["channels"][channel]["overlay"][name]):
            data.append(
                {
                    "type": "scattergl" if len(times) > 2000 else "scatter",
                    "mode": "lines",
                    "x0": float(times[0]),
                    "dx": float(times[1] - times[0]),
                    "y": packed(np.array(values)),
                    "line": line | {"width": 1},
                    "opacity": 0.75,
                    "name": f"{name.capitalize()} {index + 1}",
                    "hovertemplate": "%{x:.2f} s: %{y:.3f}",
                }
            )
    return {
        "data": data,
        "layout": blank_layout(320) | {"xaxis": house_axis("time / s"), "yaxis": house_axis(value_title(unit))},
        "narrow": {},
    }


def histograms(evidence: Evidence) -> Figure:
    """How often each quantity has which value; reals filled, fakes as a line."""
    return _outlines([(one["name"], one["edges"], one["real"], one["fake"]) for one in evidence["histograms"]])


def nearest_distances(evidence: Evidence) -> Figure:
    """How far signals are from the nearest training signal: where fakes pile up at the left, they are copies."""
    found = evidence["nearness"]
    return _outlines([("distance to the nearest training signal", found["edges"], found["real"], found["fake"])])


def _outlines(panels_: list[tuple[str, list[float], list[float], list[float]]]) -> Figure:
    n_columns = min(MAX_COLUMNS, len(panels_))
    n_rows = -(-len(panels_) // n_columns)
    data: list[dict[str, Any]] = []
    wide: dict[str, Any] = blank_layout(190 * n_rows + 20)
    narrow: dict[str, Any] = {"height": 170 * len(panels_) + 20}
    for index, (name, edges, real, fake) in enumerate(panels_):
        number = "" if index == 0 else str(index + 1)
        middles = (np.array(edges[1:]) + np.array(edges[:-1])) / 2
        place = {"xaxis": f"x{number}", "yaxis": f"y{number}", "hovertemplate": "%{x:.3g}: %{y:.2%}"}
        data.append(
            {
                "type": "bar",
                "x": packed(middles),
                "y": packed(np.array(real)),
                "width": float(edges[1] - edges[0]),
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
                "y": packed(np.array(fake)),
                "line": FAKE | {"width": 1.8, "shape": "hvh"},
                "name": "Fake",
                **place,
            }
        )
        row, column = divmod(index, n_columns)
        for picture, x_span, y_span in (
            (wide, span(column, n_columns, 0.05), span(n_rows - 1 - row, n_rows, 0.4 / n_rows)),
            (narrow, [0, 1], span(len(panels_) - 1 - index, len(panels_), 0.4 / len(panels_))),
        ):
            picture[f"xaxis{number}"] = house_axis(name, domain=x_span, anchor=f"y{number}", nticks=5)
            picture[f"yaxis{number}"] = house_axis(
                "share" if column == 0 or picture is narrow else "",
                domain=y_span,
                anchor=f"x{number}",
                rangemode="tozero",
                showticklabels=False,
            )
    return {"data": data, "layout": wide | {"bargap": 0}, "narrow": narrow}


def psd(evidence: Evidence, channel: int) -> Figure:
    """Mean power spectral densities in dB, and between what 90 % of the reals lie."""
    found = evidence["channels"][channel]["psd"]
    return _banded(found, house_axis("frequency / Hz", type="log", dtick=1), house_axis("PSD / dB"))


def acf(evidence: Evidence, channel: int) -> Figure:
    """Mean autocorrelations, and between what 90 % of the reals lie."""
    found = evidence["channels"][channel]["acf"]
    return _banded(found, house_axis("lag / s"), house_axis("autocorrelation", range=[-1.05, 1.05]))


def _banded(found: Evidence, x_axis: dict[str, Any], y_axis: dict[str, Any]) -> Figure:
    x = packed(np.array(found["x"]))
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    curve = {"type": "scatter", "mode": "lines", "x": x, "hovertemplate": "%{fullData.name}: %{y:.3g} at %{x:.3g}"}
    data = [
        edge | {"y": packed(np.array(found["low"])), "name": "5 % of reals"},
        edge
        | {
            "y": packed(np.array(found["high"])),
            "fill": "tonexty",
            "fillcolor": "role:band",
            "name": "95 % of reals",
        },
        curve | {"y": packed(np.array(found["real"])), "line": REAL | {"width": 2}, "name": "Real"},
        curve | {"y": packed(np.array(found["fake"])), "line": FAKE | {"width": 2}, "name": "Fake"},
    ]
    return {"data": data, "layout": blank_layout(260) | {"xaxis": x_axis, "yaxis": y_axis}, "narrow": {}}


def scatter(evidence: Evidence) -> Figure:
    """Reals and fakes as points in the plane of the two quantities in which most is missing."""
    found = evidence["map"]
    data = []
    for name, symbol in (("real", "circle"), ("fake", "x-thin")):
        data.append(
            {
                "type": "scattergl",
                "mode": "markers",
                "x": packed(np.array(found[name][0])),
                "y": packed(np.array(found[name][1])),
                "marker": {
                    "color": f"role:{name}",
                    "symbol": symbol,
                    "size": 4 if name == "real" else 5,
                    "opacity": 0.65,
                    "line": {"width": 0 if name == "real" else 1, "color": f"role:{name}"},
                },
                "name": name.capitalize(),
                "hovertemplate": "%{x:.3g}, %{y:.3g}",
            }
        )
    axes = {"xaxis": house_axis(found["x_name"]), "yaxis": house_axis(found["y_name"])}
    return {"data": data, "layout": blank_layout(340) | axes, "narrow": {}}


def missing(evidence: Evidence) -> Figure:
    """How many fakes there are in each cell of that plane, as a share of those that there should be."""
    found = evidence["map"]
    cells = {
        "type": "heatmap",
        "x": found["x_edges"],
        "y": found["y_edges"],
        "z": found["ratio"],
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
    axes = {"xaxis": house_axis(found["x_name"], showgrid=False), "yaxis": house_axis(found["y_name"], showgrid=False)}
    return {
        "data": [cells],
        "layout": blank_layout(340) | axes | {"margin": {"l": 52, "r": 70, "t": 12, "b": 42}},
        "narrow": {},
    }


def easiest(evidence: Evidence, channel: int, unit: str) -> Figure:
    """The reals and the fakes that a classifier was surest of."""
    found = evidence["channels"][channel]["easiest"]
    rows = [(np.array(found["real"]), REAL, "Real"), (np.array(found["fake"]), FAKE, "Fake")]
    return panels(np.array(evidence["times"]), rows, unit)


def nearest(evidence: Evidence, channel: int, unit: str) -> Figure:
    """The fakes that come nearest to a training signal, below that signal."""
    found = evidence["channels"][channel]["nearest"]
    rows = [(np.array(found["training"]), REAL, "Training"), (np.array(found["fake"]), FAKE, "Fake")]
    return panels(np.array(evidence["times"]), rows, unit)


def asked(evidence: Evidence) -> Figure:
    """What was asked for and what came, a panel for each condition; of classes how often the right one came."""
    conditions = evidence["asked"]
    data: list[dict[str, Any]] = []
    wide = blank_layout(300)
    narrow: dict[str, Any] = {"height": 280 * len(conditions) + 20}
    for index, found in enumerate(conditions):
        number = "" if index == 0 else str(index + 1)
        place = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        x_title, y_title, drawn = _asked_classes(found) if found["classes"] else _asked_numbers(found)
        data += [one | place for one in drawn]
        n = len(conditions)
        for layout, x_span, y_span in (
            (wide, span(index, n, 0.08), [0, 1]),
            (narrow, [0, 1], span(n - 1 - index, n, 0.35 / n)),
        ):
            layout[f"xaxis{number}"] = house_axis(x_title, domain=x_span, anchor=f"y{number}", nticks=5)
            layout[f"yaxis{number}"] = house_axis(y_title, domain=y_span, anchor=f"x{number}", nticks=5)
            if found["classes"]:
                layout[f"xaxis{number}"] |= {"type": "category"}
                layout[f"yaxis{number}"] |= {"range": [0, 102]}
    return {"data": data, "layout": wide, "narrow": narrow}


def _asked_numbers(found: Evidence) -> tuple[str, str, list[dict[str, Any]]]:
    name = f"{found['name'].replace('_', ' ')}{' / ' + found['unit'] if found['unit'] else ''}"
    ends = [min(found["asked"]), max(found["asked"])]
    points = {
        "type": "scattergl",
        "mode": "markers",
        "x": packed(np.array(found["asked"])),
        "y": packed(np.array(found["came"])),
        "marker": {"color": "role:fake", "size": 4, "opacity": 0.6},
        "name": "Fake",
        "hovertemplate": "asked for %{x:.3g}, came %{y:.3g}<extra></extra>",
    }
    line = {"color": "role:muted", "width": 1, "dash": "dot"}
    diagonal = {"type": "scatter", "mode": "lines", "x": ends, "y": ends, "line": line, "hoverinfo": "skip"}
    return f"{name}, asked for", "came", [diagonal, points]


def _asked_classes(found: Evidence) -> tuple[str, str, list[dict[str, Any]]]:
    bars = {
        "type": "bar",
        "x": found["classes"],
        "y": [None if share is None else 100 * share for share in found["right"]],
        "marker": {"color": "role:fake", "line": {"width": 0}},
        "name": "Fake",
        "hovertemplate": "%{x}: %{y:.0f} % taken for it<extra></extra>",
    }
    return f"{found['name'].replace('_', ' ')}, asked for", "taken for it / %", [bars]
