"""The twin that a page shows, or what is missing."""

import streamlit as st

from core.generation.surrogate import Surrogate
from core.store.run import Run
from pages.widgets.text import plain


def twin_of(run: Run | None, without: str, icon: str) -> Surrogate | None:
    """The best generator of the run so far; where there is none, a sentence (`without` a run) and a link to Train."""
    if run is None:
        st.info(f"{without} Train one first: it takes a minute or two.", icon=icon)
    elif not run.has_surrogate:
        st.info(
            f"“{plain(run.name)}” has not learned anything yet. Wait for its first fakes.",
            icon=":material/hourglass_top:",
        )
    else:
        return run.load_surrogate()
    st.page_link("train.py", label="Go to Train", icon=":material/arrow_forward:")
    return None
