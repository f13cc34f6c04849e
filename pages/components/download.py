"""A download button that shows how far the download is.

The file streams from a route of the server to the browser's own downloads; neither side ever holds it in memory.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

_component = st.components.v2.component(
    "wavetwin_download",
    html="""
        <button type="button"></button>
        <progress max="1" value="0" hidden></progress>
        <p role="status"></p>
    """,
    css=Path(__file__).with_name("download.css").read_text("utf-8"),
    js=Path(__file__).with_name("download.js").read_text("utf-8"),
)


def download_button(label: str, query: dict[str, Any], key: str, primary: bool = False) -> float | None:
    """A button that downloads what /api/signals answers to `query`.

    Returns the seconds that the download took, in the one rerun that follows its end.
    """
    result = _component(
        key=key,
        data={"label": label, "address": f"/api/signals?{urlencode(query)}", "primary": primary},
        on_seconds_change=lambda: None,
    )
    return result.get("seconds")
