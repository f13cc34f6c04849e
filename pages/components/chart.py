"""Shows a figure of core/presentation/plots.py in the colours of the theme; on new data it is drawn again in place.

`st.plotly_chart` mounts a new picture whenever the data change: it flickers and forgets what was zoomed into.
"""

import plotly

from core.presentation.plots import Figure
from pages.components.web import component

_component = component(
    "chart",
    html='<div class="wavetwin-chart" role="figure"></div>',
    css=".wavetwin-chart { width: 100%; }",
)


def chart(figure: Figure, key: str, description: str) -> None:
    """Draw a figure; `description` is what a screen reader says of it."""
    _component(
        key=key,
        data={"figure": figure, "plotly": plotly.__version__, "description": description},
    )
