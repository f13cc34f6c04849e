"""Which values signals can take, in sentences."""

import streamlit as st

from core import formatting
from pages.widgets.text import plain

N_SHOWN = 8  # sentences


def told(sentences: list[str]) -> None:
    """Show the sentences of some limits, as far as there is room."""
    for sentence in sentences[:N_SHOWN]:
        st.markdown(plain(sentence))
    if len(sentences) > N_SHOWN:
        st.markdown(f"There are {formatting.count(len(sentences) - N_SHOWN)} more channels with limits.")
