"""HTML with drawings: `st.html` takes SVG out, and a drawing in an image cannot follow the theme's colours."""

import streamlit as st

_component = st.components.v2.component(
    "wavetwin_markup",
    html="<div></div>",
    js="""
    export default function ({ data, parentElement }) {
      const node = parentElement.querySelector("div");
      if (node.wavetwinHtml !== data.html) node.innerHTML = node.wavetwinHtml = data.html;
    }
    """,
    isolate_styles=False,  # the styles are in style.css
)


def markup(html: str, key: str) -> None:
    """Show HTML made by the pages themselves; whatever a user typed must be escaped in it."""
    _component(key=key, data={"html": html})
