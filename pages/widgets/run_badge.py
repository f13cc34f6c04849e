"""The state of a run as a coloured word."""

import streamlit as st

from core.store.status import State

LOOKS = {
    State.QUEUED: ("gray", ":material/schedule:", "Waits for its turn."),
    State.RUNNING: ("green", ":material/autorenew:", "Is being trained right now."),
    State.PAUSED: ("yellow", ":material/pause:", "Saved and put aside; Resume goes on."),
    State.FINISHED: ("primary", ":material/check:", "All steps are done."),
    State.STOPPED: ("gray", ":material/stop:", "Ended early; what was learned is kept, and Resume goes on."),
    State.FAILED: ("red", ":material/error:", "Something went wrong; what was learned before is kept."),
    State.INTERRUPTED: (
        "yellow",
        ":material/power_off:",
        "Its program ended; Resume goes on from the last checkpoint.",
    ),
}


def run_badge(state: State) -> None:
    """Show where a run stands."""
    color, icon, meaning = LOOKS[state]
    st.badge(str(state), color=color, icon=icon, help=meaning)
