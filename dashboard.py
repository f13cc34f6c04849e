"""Wavetwin's dashboard: `streamlit run dashboard.py`."""

from functools import partial

import streamlit as st
from starlette.middleware import Middleware

from core.access.guard import Guard
from core.routes import lifespan, routes
from pages.access import at_start, claims_in
from pages.components.web import FILES, base_path

access = at_start()
app = st.App(
    "pages/frame.py",
    routes=routes(FILES, base_path()),
    middleware=[Middleware(Guard, access, claims_in, base_path())],
    lifespan=partial(lifespan, access=access, address=st.get_option("server.address")),
)
