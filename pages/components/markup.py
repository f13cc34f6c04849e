"""HTML with drawings: `st.html` removes SVG, and a drawing in an image cannot follow the theme's colours."""

from pages.components.web import component

_component = component("markup", html='<div class="wavetwin-markup"></div>')


def markup(html: str, key: str) -> None:
    """Show HTML that the pages themselves make; text that a user typed must be escaped in it."""
    _component(key=key, data={"html": html})
