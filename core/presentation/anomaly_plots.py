"""Anomalies as pictures: the scores of all windows, and one window with the places where it is unlike the source."""

import numpy as np

from core.presentation.packing import packed
from core.presentation.palette import FAKE, REAL
from core.presentation.plots import Figure, blank_layout, house_axis, time_hover
from core.units import PLAIN, Units

LARGEST_RESIDUAL = 6.0  # times what is usual: the end of the scale
STRIP_HEIGHT = 22  # of a channel's strip, in px
MAX_POINTS = 2_000


def scores(values: np.ndarray, is_anomaly: np.ndarray, threshold: float, names: list[str]) -> Figure:
    """The score of each window, (n,), and the threshold; names: of the windows."""
    numbers = np.arange(1, len(values) + 1)
    data = [
        {
            "type": "scattergl" if len(values) > MAX_POINTS else "scatter",
            "mode": "markers",
            "x": numbers[rows].tolist(),
            "y": packed(values[rows].astype(np.float32)),
            "customdata": [names[i] for i in np.flatnonzero(rows)],
            "name": name,
            "marker": {"color": f"role:{role}", "size": 7, "symbol": symbol},
            "hovertemplate": "%{customdata}: %{y:.2f}<extra></extra>",
        }
        for name, rows, role, symbol in (
            ("usual", ~is_anomaly, "muted", "circle"),
            ("anomaly", is_anomaly, "poor", "diamond"),
        )
    ]
    layout = blank_layout(240)
    layout |= {
        "xaxis": house_axis("window", range=[0.2, len(values) + 0.8], nticks=8, tickformat=",d"),
        "yaxis": house_axis("score", nticks=5),
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": threshold,
                "y1": threshold,
                "line": {"color": "role:poor", "width": 1.2, "dash": "dot"},
            }
        ],
        "annotations": [
            {
                "text": "threshold",
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "y": threshold,
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"color": "role:poor", "size": 11},
            }
        ],
    }
    return {"data": data, "layout": layout, "narrow": {}}


def window(
    times: np.ndarray,
    signal: np.ndarray,
    nearest: np.ndarray,
    residuals: np.ndarray,
    channel: int = 0,
    units: Units = PLAIN,
) -> Figure:
    """One channel of a window over the nearest signal that the twin can make, and a strip of residuals for each channel.

    times: (n_samples,); the others (n_channels, n_samples), residuals in units of what is usual.
    """
    n_channels = len(signal)
    x = {"x0": float(times[0]), "dx": float(times[1] - times[0])}
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            **x,
            "y": packed(values[channel]),
            "line": line,
            "name": name,
            "hovertemplate": time_hover(units),
        }
        for values, line, name in ((signal, REAL, "signal"), (nearest, FAKE, "nearest fake"))
    ]
    data.append(
        {
            "type": "heatmap",
            **x,
            "y": [f"{number + 1}" for number in range(n_channels)],
            "z": residuals.round(2).tolist(),
            "name": "times as far as usual",
            "zmin": 1,
            "zmax": LARGEST_RESIDUAL,
            "colorscale": [[0, "role:grid"], [0.3, "role:fair"], [1, "role:poor"]],
            "showscale": False,
            "xaxis": "x2",
            "yaxis": "y2",
            "hovertemplate": f"%{{x:.4~g}} {units.time}: %{{z:.1f}} times as far as usual<extra></extra>",
        }
    )
    height = 300 + STRIP_HEIGHT * n_channels
    layout = blank_layout(height)
    lower = (STRIP_HEIGHT * n_channels) / (height - 54)
    ends = [float(times[0]), float(times[-1])]
    layout |= {
        "xaxis": house_axis("", range=ends, matches="x2", anchor="y", showticklabels=False),
        "yaxis": house_axis(units.value_title, domain=[lower + 0.05, 1], anchor="x", nticks=5),
        "xaxis2": house_axis(units.time_title, range=ends, anchor="y2", nticks=8),
        "yaxis2": house_axis(
            "", type="category", domain=[0, lower], anchor="x2", showgrid=False, showticklabels=n_channels > 1
        ),
    }
    return {"data": data, "layout": layout, "narrow": {}}
