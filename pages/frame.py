"""The frame around every page: navigation, the run picker, the style."""

from collections import Counter
from pathlib import Path

import streamlit as st

from core.errors import WavetwinError
from core.store.run import Run
from pages import access, session
from pages.components.web import FILES
from pages.widgets.text import plain

HERE = Path(__file__).parent


def run_picker() -> None:
    """Choose the run that all pages show; the URL stores the choice."""
    runs, _ = session.store().readable()
    labels = _labels(runs)
    asked = st.query_params.get(session.RUN)
    if asked and asked not in labels:
        st.warning(
            f"Run “{plain(asked[:40])}” does not exist or was deleted. Choose another one.",
            icon=":material/search_off:",
        )
    candidates = (run_id for run_id in (asked, st.session_state.get(session.RUN), *labels) if run_id in labels)
    st.session_state[session.RUN] = next(candidates, None)
    with st.sidebar:
        if not runs:
            st.query_params.pop(session.RUN, None)
            st.caption("No runs yet. Your first training will appear here.")
            return
        st.query_params[session.RUN] = st.session_state[session.RUN]
        st.selectbox(
            "Run",
            list(labels),
            format_func=lambda run_id: labels.get(run_id, run_id),
            key=session.RUN,
            on_change=_keep_in_url,
            help="Every page shows the fakes and the measurements of this run.",
        )
        run = session.picked_run()
        if run and run.origin:
            st.caption(f"An example that comes with Wavetwin, made with “{plain(run.origin)}”.")


def large_type() -> None:
    """Larger text for projection; the choice lives in the URL, so a link may ask for it."""
    with st.sidebar:
        if st.toggle("Large type", key="large", bind="query-params", help="For a projector, or for tired eyes."):
            st.html("<style>:root { font-size: 20px !important; }</style>")


def _keep_in_url() -> None:
    st.query_params[session.RUN] = st.session_state[session.RUN]


def _labels(runs: list[Run]) -> dict[str, str]:
    """The runs' names by id; the end of the id tells those of one name apart."""
    names = Counter(run.name for run in runs)
    return {run.id: f"{run.name} ({run.id[-4:]})" if names[run.name] > 1 else run.name for run in runs}


st.set_page_config(page_title="Wavetwin", page_icon=str(HERE / "widgets" / "icon.svg"), layout="wide")
styles = [FILES.read("palette.css"), FILES.read("legend.css"), (HERE / "widgets" / "style.css").read_text("utf-8")]
st.html(f"<style>{''.join(styles)}</style>")
st.logo(HERE / "widgets" / "logo.svg", size="large")
is_in = False
with session.show_errors():
    is_in = access.admitted()
page = st.navigation(
    [
        st.Page(HERE / "home.py", title="Home", icon=":material/home:", default=True),
        st.Page(HERE / "how.py", title="How it works", icon=":material/school:"),
        st.Page(HERE / "signals.py", title="Signals", icon=":material/graphic_eq:"),
        st.Page(HERE / "train.py", title="Train", icon=":material/model_training:"),
        st.Page(HERE / "fidelity.py", title="Fidelity", icon=":material/straighten:"),
        st.Page(HERE / "spot.py", title="Spot the fake", icon=":material/visibility:"),
        st.Page(HERE / "generate.py", title="Generate", icon=":material/output:"),
        st.Page(HERE / "anomalies.py", title="Anomalies", icon=":material/troubleshoot:"),
        st.Page(HERE / "explore.py", title="Explore", icon=":material/tune:"),
        st.Page(HERE / "runs.py", title="Runs", icon=":material/list:"),
    ],
    position="sidebar" if is_in else "hidden",
)
if not is_in:
    st.stop()
with session.show_errors():
    try:
        session.take_source_from_url()
    except WavetwinError as error:
        st.warning(plain(str(error)), icon=":material/link_off:")
    session.keep_source_in_url()
    run_picker()
    large_type()
    page.run()
