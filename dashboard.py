"""Wavetwin's dashboard: `streamlit run dashboard.py`."""

import streamlit as st

from core.routes import ROUTES, lifespan

app = st.App("pages/frame.py", routes=ROUTES, lifespan=lifespan)
