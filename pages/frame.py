"""The frame around every page: navigation, the run picker, the style."""

from pathlib import Path

import streamlit as st

from core.errors import ConfigError, RunFileError
from core.runs import Run
from pages.widgets import state

HERE = Path(__file__).parent


def run_picker() -> None:
    """Choose the run that all pages show; the choice lives in the URL."""
    runs, _ = state.store().readable()
    names = {run.id: run for run in runs}
    asked = st.query_params.get(state.RUN)
    if asked and asked not in names:
        st.warning(f"There is no run “{asked[:40]}” (any more); choose another one.", icon=":material/search_off:")
    if st.session_state.get(state.RUN) not in names:
        st.session_state.pop(state.RUN, None)
    with st.sidebar:
        if not runs:
            st.caption("No runs yet. The first training appears here.")
            return
        st.selectbox(
            "Run",
            list(names),
            format_func=lambda run_id: _label(names.get(run_id)),
            key=state.RUN,
            bind="query-params",
            help="The training whose fakes and figures the pages show.",
        )


def _label(run: Run | None) -> str:
    try:
        return f"{run.name} · {run.status.state}" if run else "deleted"
    except RunFileError:
        return run.id if run else "deleted"


st.set_page_config(page_title="Wavetwin", page_icon=":material/airwave:", layout="wide")
st.html(HERE / "widgets" / "style.css")
page = st.navigation(
    [
        st.Page(HERE / "home.py", title="Home", icon=":material/home:", default=True),
        st.Page(HERE / "signals.py", title="Signals", icon=":material/graphic_eq:"),
        st.Page(HERE / "train.py", title="Train", icon=":material/model_training:"),
        st.Page(HERE / "generate.py", title="Generate", icon=":material/output:"),
        st.Page(HERE / "runs.py", title="Runs", icon=":material/list:"),
    ]
)
with state.in_words():
    try:
        state.take_source_from_url()
    except ConfigError as error:
        st.warning(str(error), icon=":material/link_off:")
    state.keep_source_in_url()
    run_picker()
    page.run()
