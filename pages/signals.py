"""Set the source of real signals: the simulator, or recordings."""

import streamlit as st

from core.config import RecordingsConfig
from pages import session
from pages.sources import recordings, simulator

SIMULATOR, RECORDINGS = "Simulator", "Recordings"

st.title("Signals")
st.html('<p class="wt-lead">Set the source: what the real signals look like that the twin will learn to imitate.</p>')
now = RECORDINGS if isinstance(session.current_source(), RecordingsConfig) else SIMULATOR
kind = st.segmented_control(
    "Where they come from",
    [SIMULATOR, RECORDINGS],
    default=now,
    required=True,
    key="source-kind",
    help="The simulator makes waves as you set them. Recordings are files of your own, from a real experiment.",
)
if kind == RECORDINGS:
    recordings.show()
else:
    simulator.show()
