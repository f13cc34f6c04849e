"""Sliders for a twin's latents, with the signal, its spectrum, its sound and its neighbours.

The browser asks the routes below /api/explore and draws what comes; turning a knob is no rerun of the page.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from core.demos.explorer import Explorer
from core.presentation.palette import PALETTES
from core.store.runs import Run
from pages.widgets.wishes import label

HERE = Path(__file__).parent
CANVAS = HERE.parents[1] / "core" / "presentation" / "web" / "canvas.js"

_component = st.components.v2.component(
    "wavetwin_explorer",
    html=HERE.joinpath("explorer.html").read_text("utf-8"),
    css=HERE.joinpath("explorer.css").read_text("utf-8"),
    js="\n".join(file.read_text("utf-8") for file in (CANVAS, HERE / "link.js", HERE / "explorer.js")),
    isolate_styles=False,  # the colours of the theme are in the document
)


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
        "palettes": PALETTES,
    }


def walk_note(opened: Explorer) -> str:
    """What happens between two signals."""
    if opened.is_local:
        return (
            "Keep two signals and move from one to the other. This twin blends the neighbours of one real signal at a time, so "
            "half way it changes over."
        )
    return "Keep two signals, then move from one to the other: everything between is a signal of the twin, too."
