"""Pictures: arrays → plotly figures as plain dictionaries.

Colours are named by their role ("role:real"); whoever shows a figure puts in those of the theme from PALETTES. A
figure's `narrow` entry holds the layout that replaces parts of the usual one on a phone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.config import ValueRange
from core.presentation.packing import packed
from core.presentation.palette import FAKE, REAL
from core.signals.spectrum import mean_psd
from core.units import PLAIN, Units, axis_title

Figure = dict[str, Any]  # data, layout, narrow

N_BARS = 40
N_COLUMNS = 4  # pairs of signals beside each other


def signal_pairs(
    times: np.ndarray, reals: np.ndarray, fakes: np.ndarray, channel: int = 0, units: Units = PLAIN
) -> Figure:
    """Real signals above and fake ones below, all on one scale; times (n_samples,), signals (n, n_channels, n_samples).

    On a narrow screen real and fake stand side by side, a pair in each row.
    """
    rows = [(reals[:N_COLUMNS, channel], REAL, "Real"), (fakes[:N_COLUMNS, channel], FAKE, "Fake")]
    return panels(times, rows, units)


def signal_rows(
    times: np.ndarray, signals: np.ndarray, n_rows: int = 3, channel: int = 0, units: Units = PLAIN
) -> Figure:
    """A dozen real signals on one scale, in rows."""
    starts = range(0, n_rows * N_COLUMNS, N_COLUMNS)
    return panels(times, [(signals[start : start + N_COLUMNS, channel], REAL, "Real") for start in starts], units)


def panels(times: np.ndarray, rows: list[tuple[np.ndarray, dict[str, Any], str]], units: Units = PLAIN) -> Figure:
    """Small panels, a row of them for each entry (signals, line, name); all share their axes' ranges.

    Where the values have a unit, each row says so. On a phone the names of rows stand above them.
    """
    signals = np.concatenate([row for row, _, _ in rows])
    low, high = float(signals.min()), float(signals.max())
    margin = 0.05 * (high - low) or 1.0
    time_range = [float(times[0]), float(times[-1])]
    n_columns = max(len(row) for row, _, _ in rows)
    are_named = len({name for _, _, name in rows}) == len(rows) > 1
    n_narrow = n_columns * len(rows) // 2  # rows of two on a phone
    data: list[dict[str, Any]] = []
    wide = blank_layout(150 * len(rows) + 60)
    narrow: dict[str, Any] = {"height": 130 * n_narrow + 60}
    if are_named:
        starts = (index * n_columns for index in range(len(rows)))
        titles = [panel_title(_axis(start), name) for start, (_, _, name) in zip(starts, rows, strict=True)]
        narrow |= {"annotations": titles, "margin": wide["margin"] | {"t": 26}}
    for index, (row, line, name) in enumerate(rows):
        for column, values in enumerate(row):
            axis = _axis(len(data))
            place = (index, column)
            # On a phone: two columns, filled row by row of panels where all are alike, side by side where they differ.
            narrow_place = (column, index) if len(rows) == 2 else divmod(index * n_columns + column, 2)
            data.append(
                {
                    "type": "scattergl" if len(times) > 2000 else "scatter",
                    "mode": "lines",
                    "x0": time_range[0],
                    "dx": float(times[1] - times[0]),
                    "y": packed(values),
                    "line": line,
                    "name": f"{name} {(column if are_named else len(data)) + 1}",
                    "hovertemplate": time_hover(units),
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                }
            )
            for layout, (at_row, at_column), grid in (
                (wide, place, (len(rows), n_columns)),
                (narrow, narrow_place, (n_narrow, 2)),
            ):
                bottom, left = at_row == grid[0] - 1, at_column == 0
                layout[f"xaxis{axis}"] = house_axis(
                    units.time_title if bottom else "",
                    domain=span(at_column, grid[1]),
                    anchor=f"y{axis}",
                    range=time_range,
                    matches="x" if axis else None,
                    showticklabels=bottom,
                    nticks=4,
                )
                layout[f"yaxis{axis}"] = house_axis(
                    _row_title(name if are_named else "", units.value) if left and layout is wide else "",
                    domain=span(grid[0] - 1 - at_row, grid[0]),
                    anchor=f"x{axis}",
                    range=[low - margin, high + margin],
                    matches="y" if axis else None,
                    showticklabels=left,
                    nticks=5,
                )
    return {"data": data, "layout": wide, "narrow": narrow}


def _axis(index: int) -> str:
    """What plotly calls the axes of the index-th panel, behind x and y."""
    return str(index + 1) if index else ""


def panel_title(axis: str, text: str) -> dict[str, Any]:
    """A title above the panel with these axes."""
    return {
        "text": text,
        "showarrow": False,
        "xref": f"x{axis} domain",
        "yref": f"y{axis} domain",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"color": "role:ink", "size": 13},
    }


def _row_title(name: str, unit: str) -> str:
    return axis_title(name, unit) if name else unit


def time_hover(units: Units) -> str:
    """What is shown where the pointer rests on a signal: time and value."""
    return f"%{{x:{'.2f' if units.is_timed else '.0f'}}} {units.time}: %{{y:.3f}}"


def spectra(sampling_rate: float, signals: Mapping[str, np.ndarray], units: Units = PLAIN) -> Figure:
    """Mean PSDs, both axes logarithmic; the keys "Real" and "Fake" get their colours."""
    data = []
    for name, values in signals.items():
        frequencies, power = mean_psd(values, sampling_rate)
        data.append(curve(frequencies, power, name, FAKE if name == "Fake" else REAL))
    layout = blank_layout(260)
    layout |= {
        "xaxis": house_axis(units.frequency_title, type="log", dtick=1),
        "yaxis": house_axis(units.power_title, type="log", dtick=1, exponentformat="power"),
        "showlegend": len(data) > 1,
    }
    return {"data": data, "layout": layout, "narrow": {}}


def histograms(parameters: Mapping[str, tuple[ValueRange, np.ndarray]]) -> Figure:
    """How often each value of a range was drawn; for each name the range and the drawn values, (n,)."""
    data, wide = [], blank_layout(200)
    narrow: dict[str, Any] = {"height": 150 * len(parameters) + 40}
    for index, (name, (values, drawn)) in enumerate(parameters.items()):
        axis = "" if index == 0 else str(index + 1)
        # The same number of possible values in each bar, or bars of evenly drawn values would differ.
        width = values.step * -(-values.count // N_BARS)
        edges = values.minimum - values.step / 2 + width * np.arange(-(-values.count * values.step // width) + 1)
        counts, _ = np.histogram(drawn, bins=edges)
        data.append(
            {
                "type": "bar",
                "x": packed((edges[1:] + edges[:-1]) / 2),
                "y": packed(counts),
                "width": float(width),
                "marker": {"color": "role:real", "line": {"width": 0}},
                "name": "signals",
                "hovertemplate": "%{x:.3f}: %{y:.0f}",
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
            }
        )
        for layout, x_span, y_span in (
            (wide, span(index, len(parameters)), [0, 1]),
            (narrow, [0, 1], span(len(parameters) - 1 - index, len(parameters), gap=0.14)),
        ):
            layout[f"xaxis{axis}"] = house_axis(name, domain=x_span, anchor=f"y{axis}", nticks=5)
            layout[f"yaxis{axis}"] = house_axis(
                "signals" if index == 0 else "",
                domain=y_span,
                anchor=f"x{axis}",
                rangemode="tozero",
                showticklabels=False,
            )
    return {"data": data, "layout": wide | {"bargap": 0}, "narrow": narrow}


def class_counts(classes: Sequence[str], n_real: np.ndarray, n_fake: np.ndarray) -> Figure:
    """How many reals and fakes each class has, (n_classes,) each: a bar for each class, the reals first."""
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "x": counts.tolist(),
            "y": list(classes),
            "name": name,
            "marker": {"color": f"role:{name}", "line": {"width": 0}},
            "hovertemplate": f"%{{y}}: %{{x:,}} {name}<extra></extra>",
        }
        for name, counts in (("real", n_real), ("fake", n_fake))
    ]
    layout = blank_layout(34 * len(classes) + 80)
    layout |= {
        "barmode": "stack",
        "bargap": 0.35,
        "xaxis": house_axis("signals", rangemode="tozero", nticks=6, tickformat=",d"),
        "yaxis": house_axis("", type="category", autorange="reversed", automargin=True, showgrid=False),
    }
    return {"data": data, "layout": layout, "narrow": {}}


def estimates(rows: Sequence[str], series: Mapping[str, Sequence[tuple[float, float, float]]], title: str) -> Figure:
    """Values with their intervals, in percent: a row for each name, and a colour for each series of (value, low, high)."""
    data = []
    for index, (name, found) in enumerate(series.items()):
        values, low, high = (100 * np.array(part) for part in zip(*found, strict=True))
        role, symbol = (("ink", "circle"), ("accent", "diamond"))[index % 2]
        shift = 0.18 * (index - (len(series) - 1) / 2)
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": values.tolist(),
                "y": [row + shift for row in range(len(rows))],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": (high - values).tolist(),
                    "arrayminus": (values - low).tolist(),
                    "color": f"role:{role}",
                    "thickness": 1.4,
                    "width": 4,
                },
                "marker": {"color": f"role:{role}", "size": 9, "symbol": symbol},
                "name": name,
                "customdata": list(zip(rows, low.tolist(), high.tolist(), strict=True)),
                "hovertemplate": "%{customdata[0]}: %{x:.1f} % (%{customdata[1]:.1f} to %{customdata[2]:.1f})",
            }
        )
    layout = blank_layout(46 * len(rows) + 90)
    layout |= {
        "xaxis": house_axis(title, nticks=6),
        "yaxis": house_axis(
            "",
            tickvals=list(range(len(rows))),
            ticktext=list(rows),
            range=[len(rows) - 0.5, -0.5],
            automargin=True,
            showgrid=False,
        ),
    }
    figure = {"data": data, "layout": layout, "narrow": {}}
    return with_legend(figure) if len(data) > 1 else figure


# Parts of drawings


def blank_layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 52, "r": 10, "t": 12, "b": 42},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "role:muted", "size": 12},
        "showlegend": False,
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "uirevision": "kept",  # what the user zoomed into stays while the data go on
    }


def house_axis(title: str, **options: Any) -> dict[str, Any]:
    """An axis in the house style; options that are None are left out."""
    return {
        "title": {"text": title, "standoff": 6},
        "gridcolor": "role:grid",
        "zeroline": False,
        "linecolor": "role:grid",
        "ticks": "",
        "automargin": False,
    } | {name: value for name, value in options.items() if value is not None}


def span(index: int, n: int, gap: float = 0.03) -> list[float]:
    """The part of the unit interval that belongs to the index-th of `n` panels."""
    size = (1 - gap * (n - 1)) / n
    start = index * (size + gap)
    return [max(0.0, start), min(1.0, start + size)]


def curve(x: np.ndarray, y: np.ndarray, name: str, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": packed(x),
        "y": packed(y),
        "name": name,
        "line": line,
        "hovertemplate": "%{fullData.name}: %{y:.3g} at %{x:,.5~g}<extra></extra>",
    }


def with_legend(figure: Figure) -> Figure:
    """With a legend above, in the order of the lines."""
    figure["layout"] |= {"showlegend": True, "margin": {"l": 52, "r": 10, "t": 30, "b": 42}}
    return figure
