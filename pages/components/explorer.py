"""Sliders for a twin's latents, with the signal, its spectrum, its sound and its neighbours.

The browser asks the routes below /api/explore and draws what comes; turning a knob is no rerun of the page.
"""

from typing import Any

from core.demos.explorer import Explorer
from core.store.runs import Run
from pages.components.web import FILES, component
from pages.widgets.wishes import label

_component = component("explorer", FILES.read("explorer.html"), FILES.read("explorer.css"))


def explorer(run: Run, opened: Explorer, channel: int, at: str, to: str, share: float, key: str) -> None:
    """Show the signal of a place (text, see core.demos.explorer.Place), or of one on the way from it `to` another."""
    _component(key=key, data=picture(run, opened, channel) | {"at": at, "to": to, "share": share})


def picture(run: Run, opened: Explorer, channel: int) -> dict[str, Any]:
    """What the browser needs before it asks for signals."""
    times = opened.times
    return {
        "run": run.id,
        "version": opened.twin.step,
        "channel": channel,
        "noise": opened.has_noise,
        "columns": [
            {"label": label(one), "minimum": one.minimum, "maximum": one.maximum, "classes": list(one.classes)}
            for one in opened.config.columns
        ],
        "times": [float(times[0]), float(times[-1])],
        "range": opened.value_range(channel),
        "powers": opened.power_range(channel),
        "unit": opened.config.source.unit,
        "walk": walk_note(opened),
        "sound": opened.sound_note,
    }


def walk_note(opened: Explorer) -> str:
    """What happens between two signals."""
    if opened.is_local:
        return (
            "Keep two signals and move from one to the other. This twin blends the neighbours of one real signal at a time, so "
            "half way it changes over."
        )
    return "Keep two signals, then move from one to the other: everything between is a signal of the twin, too."
