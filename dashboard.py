"""Wavetwin's dashboard: `streamlit run dashboard.py`."""

import streamlit as st

from core.routes import lifespan, routes
from pages.components.web import FILES, base_path

app = st.App("pages/frame.py", routes=routes(FILES, base_path()), lifespan=lifespan)
