"""The state of a run as a coloured word."""

from typing import Literal

import streamlit as st

from core.store.status import State

Color = Literal["gray", "green", "yellow", "primary", "red"]

BADGES: dict[State, tuple[Color, str, str]] = {  # color, icon, meaning
    State.QUEUED: ("gray", ":material/schedule:", "Waiting for its turn."),
    State.RUNNING: ("green", ":material/autorenew:", "Training right now."),
    State.PAUSED: ("yellow", ":material/pause:", "Paused and saved. Resume continues it."),
    State.FINISHED: ("primary", ":material/check:", "The training is complete."),
    State.STOPPED: ("gray", ":material/stop:", "Stopped early. What it learned is kept, and Resume continues it."),
    State.FAILED: ("red", ":material/error:", "Something went wrong. What it learned before that is kept."),
    State.INTERRUPTED: (
        "yellow",
        ":material/power_off:",
        "The program ended during the training. Resume continues from the last checkpoint.",
    ),
}


def run_badge(state: State) -> None:
    """Show the state of a run."""
    color, icon, meaning = BADGES[state]
    st.badge(str(state), color=color, icon=icon, help=meaning)
