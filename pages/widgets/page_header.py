"""The top of a page."""

import streamlit as st


def page_header(title: str, lead: str) -> None:
    """The page's title, and one sentence or two that say what one does here."""
    st.title(title)
    st.html(f'<p class="wt-lead">{lead}</p>')
