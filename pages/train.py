"""Train a twin and watch it learn."""

import streamlit as st

from core.store.run import Run
from core.store.status import Status
from pages import session
from pages.training.header import header
from pages.training.new import new_training
from pages.training.present import present
from pages.training.replay import past
from pages.widgets.page_header import page_header

VIEWS = ["Now", "Replay"]


def live(run: Run) -> None:
    """Show the run, updated once a second while it trains."""
    was = run.status.state

    # A run at rest may be resumed in another browser.
    @st.fragment(run_every=1.0 if was.is_live else 3.0 if was.is_resumable else None)
    def view() -> None:
        with session.show_errors():
            status = run.status
            if status.state.is_live != was.is_live:
                st.rerun()  # which restarts the timer
            show(run, status)

    view()


def show(run: Run, status: Status) -> None:
    """Show a run: its state, and its present or its replay."""
    header(run, status)
    view = st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    if view == "Replay":
        past(run, status)
    else:
        present(run, status)


page_header(
    "Train",
    "Start a training and watch two networks at work: one makes fakes, the other tries to catch them.",
)
with st.container(key="split"):
    controls, picture = st.columns([1, 2.6], gap="large")
with controls:
    new_training()
with picture:
    run = session.picked_run()
    if run is None:
        st.info(
            "Here you will see real signals beside fakes that get better every second. Press **Start training** to "
            "begin.",
            icon=":material/model_training:",
        )
    else:
        live(run)
