"""All runs: their results, and what to do with them."""

from html import escape

import streamlit as st

from core import formatting
from core.errors import WavetwinError
from core.presentation import training_plots
from core.store.queue import may_change_by_itself
from core.store.run import MAX_NAME, Run
from core.store.status import State
from pages import access, session
from pages.components.chart import chart
from pages.widgets.page_header import page_header
from pages.widgets.run_table import run_table
from pages.widgets.text import plain

COMPARED = {
    "distance": "Distance to real",
    "d_loss": "Discriminator loss",
    "g_loss": "Generator loss",
    "d_accuracy": "Discriminator accuracy",
}
ALL = "All runs"


def actions(run: Run) -> None:
    """The buttons for one run."""
    st.subheader(plain(run.name))
    with st.container(horizontal=True):
        if st.button("Watch", key="watch", icon=":material/visibility:"):
            st.switch_page("train.py", query_params={session.RUN: run.id})
        if st.button("Judge", key="judge", icon=":material/straighten:", disabled=not run.has_surrogate):
            st.switch_page("fidelity.py", query_params={session.RUN: run.id})
        if st.button("Generate", key="generate", icon=":material/output:", disabled=not run.has_surrogate):
            st.switch_page("generate.py", query_params={session.RUN: run.id})
        if access.may_change_run(run):
            if st.button("Rename", key="rename", icon=":material/edit:"):
                rename(run)
            if st.button("Delete", key="delete", icon=":material/delete:"):
                delete([run])


@st.dialog("Rename the run")
def rename(run: Run) -> None:
    """Ask for another name."""
    name = st.text_input("Name", run.name, max_chars=MAX_NAME, key="new-name")
    if st.button("Rename", type="primary", key="confirm-rename", disabled=not name.strip()):
        with session.show_errors():
            run.rename(name)
            st.rerun()


@st.dialog("Delete permanently?")
def delete(runs: list[Run]) -> None:
    """Ask before anything is deleted."""
    names = ", ".join(f"“{plain(run.name)}”" for run in runs)
    st.markdown(f"This deletes {names} with everything that was learned. You cannot undo it.")
    if st.button("Delete", type="primary", key="confirm-delete", icon=":material/delete:"):
        problems = []
        for run in runs:
            try:
                session.store().delete(run.id)
            except WavetwinError as error:
                problems.append(str(error))
        st.session_state["run_problems"] = problems
        st.query_params.pop(session.RUN, None)  # which may name one of them
        st.rerun()


def compare(runs: list[Run]) -> None:
    """The curves of several runs in one chart."""
    st.subheader(f"{len(runs)} runs compared")
    key = st.segmented_control(
        "Curve",
        list(COMPARED),
        default="distance",
        required=True,
        format_func=lambda key: COMPARED[key],
        key="compared",
    )
    curves = {f"{escape(run.name)} ({run.id[-4:]})": run.metrics[key] for run in runs}
    n_steps = max([1, *(int(steps[-1]) for steps, _ in curves.values() if len(steps))])
    scale = 100 if key == "d_accuracy" else 1
    unit = {"distance": "distance / floor", "d_accuracy": "accuracy / %"}.get(key, "loss")
    scaled = {name: (steps, scale * values) for name, (steps, values) in curves.items()}
    figure = training_plots.compared(
        scaled,
        unit,
        n_steps,
        smoothing=0.0 if key == "distance" else 0.8,
        floor=1.0 if key == "distance" else None,
    )
    chart(figure, "compared-chart", f"{COMPARED[key]} of the selected runs by step.")
    if all(map(access.may_change_run, runs)) and st.button(
        f"Delete these {len(runs)} runs", key="delete-many", icon=":material/delete:"
    ):
        delete(runs)


def overview() -> None:
    """The table, kept up to date during training, and what can be done with the selected runs."""
    live = any(map(may_change_by_itself, session.store().readable()[0]))

    @st.fragment(run_every=2.0 if live else None)
    def view() -> None:
        with session.show_errors():
            runs, broken = session.store().readable()
            if live and not any(map(may_change_by_itself, runs)):
                st.rerun()
            show(runs, broken)

    view()


def show(runs: list[Run], broken: dict[str, str]) -> None:
    """Broken runs first, each with what is wrong; then the others."""
    for run_id, sentence in broken.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(plain(sentence), icon=":material/broken_image:")
            if access.may_change_shared() and st.button("Delete it", key=f"delete-{run_id}"):
                delete([session.store().get(run_id)])
    if not runs:
        st.info("No runs yet. Every training you start appears here.", icon=":material/list:")
        st.page_link("train.py", label="Start your first training", icon=":material/arrow_forward:")
        return
    sweep = chosen_sweep(runs)
    shown = [run for run in runs if sweep in (None, run.sweep)]
    st.caption(in_short(shown))
    chosen = run_table(shown, sweep)
    if len(chosen) == 1:
        actions(chosen[0])
    elif chosen:
        compare(chosen)


def chosen_sweep(runs: list[Run]) -> str | None:
    """A widget for the sweep that is looked at; None for all runs, and where there are no sweeps."""
    sweeps = sorted({run.sweep for run in runs if run.sweep}, key=str.casefold)
    if not sweeps:
        return None
    chosen = st.selectbox(
        "Sweep",
        [ALL, *sweeps],
        key="sweep",
        bind="query-params",
        width=320,
        help="Runs that `python -m core sweep` queued together. Those of one sweep are ranked, the best first.",
    )
    return None if chosen == ALL else chosen


def in_short(runs: list[Run]) -> str:
    """How many runs there are, and how many of them are trained or wait."""
    states = [run.status.state for run in runs]
    parts = [formatting.quantity(len(runs), "run")]
    for state, words in ((State.RUNNING, "in training"), (State.QUEUED, "waiting")):
        if n := states.count(state):
            parts.append(f"{formatting.count(n)} {words}")
    return " · ".join(parts)


page_header(
    "Runs",
    "Every training and its results. Select one run to rename or delete it, several to compare them.",
)
for problem in st.session_state.pop("run_problems", []):
    st.error(plain(problem), icon=":material/error:")
overview()
