"""Set the source of real signals: the simulator, or recordings."""

import streamlit as st

from core.config import RecordingsConfig
from pages import session
from pages.sources import recordings, simulator
from pages.widgets.page_header import page_header

SIMULATOR, RECORDINGS = "Simulator", "Recordings"

page_header(
    "Signals",
    "Describe the real signals that the twin will learn to imitate.",
)
now = RECORDINGS if isinstance(session.current_source(), RecordingsConfig) else SIMULATOR
kind = st.segmented_control(
    "Source",
    [SIMULATOR, RECORDINGS],
    default=now,
    required=True,
    key="source-kind",
    help="The simulator generates waves from your settings. Recordings are your own files from a real experiment.",
)
if kind == RECORDINGS:
    recordings.show()
else:
    simulator.show()
