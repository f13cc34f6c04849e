"""Sliders for a twin's latents, with the signal, its spectrum, its sound and its neighbours.

The browser asks the routes below /api/explore and draws what comes; moving a slider does not rerun the page.
"""

from typing import Any

from core.demos.explorer import Explorer
from core.store.run import Run
from pages.components.web import FILES, component
from pages.widgets.conditions import label

_component = component("explorer", FILES.read("explorer.html"), FILES.read("explorer.css"))


def explorer(run: Run, opened: Explorer, channel: int, at: str, to: str, share: float, key: str) -> None:
    """Show the signal at a point (text, see core.demos.latent_point), or at a share of the way from it `to` another."""
    _component(key=key, data=picture(run, opened, channel) | {"at": at, "to": to, "share": share})


def picture(run: Run, opened: Explorer, channel: int) -> dict[str, Any]:
    """What the browser needs before it asks for signals."""
    times, units = opened.times, opened.config.source.units
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
        "range": opened.reals.value_range(channel),
        "powers": opened.reals.power_range(channel),
        "titles": {
            "time": units.time_title,
            "value": units.value_title,
            "frequency": units.frequency_title,
            "power": units.power_title,
        },
        "frequency_unit": units.frequency,
        "walk": walk_note(opened),
        "sound": opened.sound_note,
    }


def walk_note(opened: Explorer) -> str:
    """What happens between two signals."""
    if opened.is_local:
        return (
            "Keep two signals, then move from one to the other. This twin blends the neighbours of one real signal at a time, "
            "so it switches half-way."
        )
    return "Keep two signals, then move from one to the other. Every signal in between also comes from the twin."
