"""All runs: their results, and what to do with them."""

import base64
from datetime import UTC, datetime
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from core import formatting
from core.errors import WavetwinError
from core.presentation import training_plots
from core.presentation.palette import PALETTES
from core.store.runs import MAX_NAME, Run
from core.training.selection import handed_over
from pages import access, session
from pages.components.chart import chart
from pages.widgets.page_header import page_header
from pages.widgets.source import short
from pages.widgets.text import plain

COMPARED = {
    "distance": "Distance to real",
    "d_loss": "Discriminator loss",
    "g_loss": "Generator loss",
    "d_accuracy": "Discriminator accuracy",
}


def row(run: Run) -> dict[str, Any]:
    """A run as a row of the table."""
    status, config, metrics, owner = run.status, run.config, run.metrics, run.owner
    distances, best = metrics["distance"][1], handed_over(metrics)
    return {
        "fakes": thumbnail(run),
        "name": run.name,
        "owner": owner.name if owner else None,
        "state": str(status.state),
        "preset": config.preset,
        "source": short(config.source),
        "steps": f"{formatting.count(status.step)} of {formatting.count(config.training.steps)}",
        "distance": None if best is None else distances[best],
        "verdict": run.report.verdict.title if run.report else None,
        "d_accuracy": metrics.last("d_accuracy"),
        "trained": formatting.duration(status.seconds),
        "created": formatting.ago(run.created_at, datetime.now(UTC)),
    }


def thumbnail(run: Run) -> str | None:
    """Three of the newest fakes as a small picture (an SVG as a data URL)."""
    snapshot = run.snapshots.last
    if snapshot is None:
        return None
    fakes = snapshot[1][:3, 0, :: max(1, snapshot[1].shape[2] // 100)]
    low, spread = fakes.min(), np.ptp(fakes) or 1.0
    x, color = np.linspace(2, 118, fakes.shape[1]), PALETTES["light"]["fake"]
    lines = "".join(
        f'<polyline fill="none" stroke="{color}" stroke-width="1.2" points="'
        + " ".join(f"{a:.0f},{38 - 36 * (b - low) / spread:.1f}" for a, b in zip(x, fake, strict=True))
        + '"/>'
        for fake in fakes
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40">{lines}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def table(runs: list[Run]) -> list[Run]:
    """All runs; returns those that are selected."""
    rows = [row(run) for run in runs]
    event = st.dataframe(
        rows,
        key="table-" + "-".join(run.id for run in runs),
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        row_height=48,
        column_config={
            "fakes": st.column_config.ImageColumn("Fakes", width=130, help="Three of the newest fakes."),
            "name": "Name",
            "owner": "Started by" if any(one["owner"] for one in rows) else None,
            "state": "State",
            "preset": "Preset",
            "source": "Source",
            "steps": "Steps",
            "distance": st.column_config.NumberColumn(
                "Distance",
                format="%.2f",
                help="Distance to real of the run's best state, in multiples of the floor: 1 is the goal.",
            ),
            "verdict": st.column_config.TextColumn("Verdict", help="Of the latest report on page Fidelity."),
            "d_accuracy": st.column_config.NumberColumn(
                "D acc.",
                format="percent",
                help="Discriminator accuracy: how often it is right, at the last step; 50 % is guessing.",
            ),
            "trained": "Training",
            "created": "Created",
        },
    )
    return [runs[index] for index in event.selection.rows if index < len(runs)]


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
    n_steps = max(run.config.training.steps for run in runs)
    curves = {f"{escape(run.name)} ({run.id[-4:]})": run.metrics[key] for run in runs}
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
    live = any(run.status.state.is_live for run in session.store().readable()[0])

    @st.fragment(run_every=2.0 if live else None)
    def view() -> None:
        with session.show_errors():
            runs, broken = session.store().readable()
            if live and not any(run.status.state.is_live for run in runs):
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
    elif chosen := table(runs):
        if len(chosen) == 1:
            actions(chosen[0])
        else:
            compare(chosen)


page_header(
    "Runs",
    "Every training and its results. Select one run to rename or delete it, several to compare them.",
)
for problem in st.session_state.pop("run_problems", []):
    st.error(plain(problem), icon=":material/error:")
overview()
