"""Curves of a training over its steps: losses, the discriminator, distances, classifiers; see `core.presentation.plots`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import signal

from core.presentation.plots import Figure, blank_layout, curve, house_axis, with_legend
from core.training.metrics import Metrics, Series

MAX_POINTS = 500  # in one curve: more than a screen shows
STAGES_SHARE = 0.36  # of a figure's width, for the stages before the first step
GUESSING = {"minmax": (2 * np.log(2), np.log(2)), "relativistic": (np.log(2),)}  # losses, see core/training/losses.py


def smoothed(values: np.ndarray, smoothing: float) -> np.ndarray:
    """Exponential moving average of (n,) values, without the pull to zero at the beginning; 0 changes nothing."""
    if smoothing <= 0 or len(values) == 0:
        return values
    weighted = signal.lfilter([1 - smoothing], [1, -smoothing], values)
    return weighted / (1 - smoothing ** np.arange(1, len(values) + 1))


def thinned(series: Series, n_points: int = MAX_POINTS) -> Series:
    """The series, or where it is longer the means over at most `n_points` stretches of it."""
    steps, values = series
    if len(steps) <= n_points:
        return series
    starts = np.linspace(0, len(steps), n_points, endpoint=False).astype(int)
    sizes = np.diff(np.append(starts, len(steps)))
    ends = np.append(starts[1:], len(steps)) - 1
    return steps[ends], np.add.reduceat(values, starts) / sizes


def losses(metrics: Metrics, n_steps: int, smoothing: float, loss: str) -> Figure:
    """The losses of both networks; the dotted lines are where they settle if fakes cannot be told from reals."""
    layout = blank_layout(260)
    layout |= {"xaxis": _steps(n_steps), "yaxis": house_axis("loss", rangemode="tozero")}
    layout["shapes"] = [_level(value) for value in GUESSING[loss]]
    data = []
    for key, name, line in (
        ("d_loss", "discriminator", {"color": "role:ink", "width": 1.8}),
        ("g_loss", "generator", {"color": "role:accent", "width": 1.8, "dash": "6px,2px"}),
    ):
        steps, values = metrics[key]
        data.append(curve(*thinned((steps, smoothed(values, smoothing))), name, line))
    return with_legend({"data": data, "layout": layout, "narrow": {}})


def certainty(metrics: Metrics, n_steps: int, smoothing: float) -> Figure:
    """How often the discriminator is right, in percent; 50 % is guessing."""
    steps, values = metrics["d_accuracy"]
    data = [
        curve(
            *thinned((steps, 100 * smoothed(values, smoothing))),
            "right",
            {"color": "role:ink", "width": 1.8},
        )
    ]
    layout = blank_layout(260)
    layout |= {
        "xaxis": _steps(n_steps),
        "yaxis": house_axis("right / %", range=[0, 102], dtick=25),
        "shapes": [_level(50)],
        "annotations": [_note("guessing", 50)],
    }
    return {"data": data, "layout": layout, "narrow": {}}


def distances(metrics: Metrics, n_steps: int, stages: Sequence[float] = ()) -> Figure:
    """The distance to real in multiples of its floor, logarithmic; `stages`: the same before the first step."""
    figure = compared({"distance": metrics["distance"]}, "distance / floor", n_steps, floor=1.0, beyond=stages)
    return _after_stages(figure, stages, metrics["distance"][1])


def told_apart(metrics: Metrics, n_steps: int, stages: Sequence[float] = ()) -> Figure:
    """How often classifiers tell fakes from held-out reals, in percent, with its 95 % interval; 50 % is guessing.

    stages: the same, as shares, before the first step.
    """
    steps, values = metrics["accuracy"]
    low, high = metrics["accuracy_low"][1], metrics["accuracy_high"][1]
    edge = {"color": "role:muted", "width": 0}
    band = [curve(steps, 100 * low, "from", edge), curve(steps, 100 * high, "to", edge)]
    band[1] |= {"fill": "tonexty", "fillcolor": "role:grid"}
    line = curve(steps, 100 * values, "right", {"color": "role:ink", "width": 1.8}) | {"mode": "lines+markers"}
    layout = blank_layout(260)
    layout |= {
        "xaxis": _steps(n_steps),
        "yaxis": house_axis("right / %", range=[38, 102], dtick=10),
        "shapes": [_level(50)],
        "annotations": [_note("guessing", 50)],
    }
    figure = {"data": [*band, line], "layout": layout, "narrow": {}}
    return _after_stages(figure, 100 * np.array(stages), 100 * values)


def compared(
    curves: Mapping[str, Series],
    title: str,
    n_steps: int,
    smoothing: float = 0.0,
    floor: float | None = None,
    beyond: Sequence[float] = (),
) -> Figure:
    """One curve for each name over the steps; with a floor the axis is logarithmic and the floor drawn.

    beyond: other values that the logarithmic axis has room for.
    """
    lines: Sequence[dict[str, Any]] = [
        {"color": f"role:{role}", "width": 1.8, "dash": dash}
        for dash in ("solid", "6px,2px", "2px,2px")
        for role in ("ink", "accent", "second", "third", "fourth")
    ]
    data = []
    for index, (name, (steps, values)) in enumerate(curves.items()):
        data.append(curve(*thinned((steps, smoothed(values, smoothing))), name, lines[index % len(lines)]))
    layout = blank_layout(260)
    layout |= {"xaxis": _steps(n_steps), "yaxis": house_axis(title, rangemode="tozero")}
    if floor is not None:
        values = np.concatenate([np.array(beyond), *(series[1] for series in curves.values())])
        top = max(2.0, float(values.max(initial=0)))
        layout["yaxis"] = house_axis(
            title,
            type="log",
            range=[np.log10(0.8 * min(floor, float(values.min(initial=floor)))), np.log10(top * 1.2)],
            tickvals=[1, 2, 3, 5, 10, 20, 50, 100],
        )
        layout["shapes"] = [_level(floor)]
        layout["annotations"] = [_note("as close as real to real", np.log10(floor))]
    figure = {"data": data, "layout": layout, "narrow": {}}
    return with_legend(figure) if len(data) > 1 else figure


def _after_stages(figure: Figure, stages: Sequence[float] | np.ndarray, values: np.ndarray) -> Figure:
    """The figure of values over the steps with those of the stages before at its left, up to that of step 0."""
    if not len(stages):
        return figure
    along = np.append(stages, values[:1])
    line = curve(np.arange(1, len(along) + 1), along, "stage", {"color": "role:ink", "width": 1.8})
    figure["data"].append(line | {"mode": "lines+markers", "xaxis": "x2"})
    share = STAGES_SHARE
    figure["layout"]["xaxis"] |= {"domain": [share + 0.04, 1]}
    figure["layout"]["xaxis2"] = house_axis(
        "stage", domain=[0, share], anchor="y", range=[0.6, len(along) + 0.4], dtick=1, tick0=1
    )
    figure["layout"]["yaxis"] |= {"anchor": "x2"}
    return figure


def _steps(n_steps: int) -> dict[str, Any]:
    return house_axis("step", range=[0, n_steps], tickformat=",d", nticks=6)


def _level(value: float) -> dict[str, Any]:
    """A dotted horizontal line."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": "role:muted", "width": 1, "dash": "dot"},
    }


def _note(text: str, y: float) -> dict[str, Any]:
    """A word below a level, at the right edge: what nears the level comes from above."""
    return {
        "text": text,
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": y,
        "yanchor": "top",
        "showarrow": False,
        "font": {"color": "role:muted", "size": 11},
    }
