"""Shows a figure of core/presentation/plots.py in the colours of the theme; on new data it is drawn again in place.

`st.plotly_chart` mounts a new picture whenever the data change: it flickers and forgets what was zoomed into.
"""

from pathlib import Path

import plotly
import streamlit as st

from core.presentation.palette import PALETTES
from core.presentation.plots import Figure

_SCRIPT = f"/assets/plotly.min.js?v={plotly.__version__}"

_component = st.components.v2.component(
    "wavetwin_chart",
    html='<div class="wavetwin-chart" role="figure"></div>',
    css=".wavetwin-chart { width: 100%; }",
    js=Path(__file__).with_name("chart.js").read_text("utf-8"),
    isolate_styles=False,  # plotly puts its styles into the document's head
)


def chart(figure: Figure, key: str, description: str) -> None:
    """Draw a figure; `description` is what a screen reader says of it."""
    _component(
        key=key,
        data={"figure": figure, "palettes": PALETTES, "script": _SCRIPT, "description": description},
    )
