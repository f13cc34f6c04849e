"""The table of runs: what came of each, who trains it, and how the runs of a sweep compare."""

import base64
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core import formatting
from core.presentation.palette import PALETTES
from core.store.ranking import ranks, result
from core.store.run import Run
from core.store.status import State
from pages.widgets.queue import places, trained_by
from pages.widgets.source import short

SOMETIMES = ("rank", "owner", "sweep", "place", "worker")  # columns that are shown where a run has something there


def run_table(runs: list[Run], sweep: str | None) -> list[Run]:
    """The runs, those of a sweep the best first; returns those that are selected."""
    place, rank = places(), ranks(runs) if sweep else {}
    if sweep:
        last = len(runs) + 1
        runs = sorted(runs, key=lambda run: (short(run.config.source), rank.get(run.id, last), place.get(run.id, 0)))
    rows = [row(run, place.get(run.id), rank.get(run.id), sweep) for run in runs]
    columns = _columns()
    event = st.dataframe(
        rows,
        key="table-" + "-".join(run.id for run in runs),
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        row_height=48,
        column_order=list(columns),
        column_config=columns | {name: None for name in SOMETIMES if not any(row[name] for row in rows)},
        placeholder="",
    )
    return [runs[index] for index in event.selection.rows if index < len(runs)]


def row(run: Run, place: int | None, rank: int | None, sweep: str | None) -> dict[str, Any]:
    """A run as a row of the table, with its place in the queue and its rank in its sweep, where that is looked at."""
    status, config, worker, owner = run.status, run.config, run.worker, run.owner
    shown = {
        **_learned(run.path, status.updated_at),
        "rank": rank,
        "name": run.name,
        "owner": owner.name if owner else None,
        "sweep": None if sweep else run.sweep,
        "state": str(status.state),
        "place": place,
        "worker": trained_by(worker) if worker and status.state is State.RUNNING else None,
        "preset": config.preset,
        "source": short(config.source),
        "steps": f"{formatting.count(status.step)} of {formatting.count(config.training.steps)}",
        "verdict": run.report.verdict.title if run.report else None,
        "trained": formatting.duration(status.seconds),
        "created": formatting.ago(run.created_at, datetime.now(UTC)),
    }
    return {name: formatting.csv_cell(value) for name, value in shown.items()}  # the table can be saved as CSV


@lru_cache(maxsize=2048)
def _learned(path: Path, _updated_at: float) -> dict[str, Any]:
    """What came of a run, read anew once its status was written anew."""
    run = Run(path)
    found = result(run)
    return {
        "fakes": thumbnail(run),
        "accuracy": found and found.accuracy,
        "distance": found and found.distance,
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


def _columns() -> dict[str, Any]:
    """What each column is called and how it is shown, in their order: what one looks for first is seen without scrolling."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "rank": number(
            "Rank",
            help="Among the finished runs of the same source: by the verdicts where all of them were judged on page Fidelity, "
            "otherwise by what classifiers found during the training. The best of many looks a little better than it is: "
            "judge it on page Fidelity before you rely on it.",
        ),
        "fakes": st.column_config.ImageColumn("Fakes", width=110, help="Three of the newest fakes."),
        "name": text("Name", width=210),
        "verdict": text("Verdict", width=240, help="Of the latest report on page Fidelity."),
        "state": text("State"),
        "owner": text("Started by"),
        "sweep": text("Sweep", help="The sweep that queued it."),
        "place": number("Queue", help="Its place in the queue."),
        "worker": text("Worker", width=170, help="The machine and the process that train it."),
        "created": text("Created"),
        "accuracy": number(
            "Classifiers right",
            format="percent",
            help="How often classifiers are right about fakes of the best state and held-out real signals; 50 % is guessing.",
        ),
        "distance": number(
            "Distance",
            format="%.2f",
            help="Distance to real of the run's best state, in multiples of the floor: 1 is the goal.",
        ),
        "source": text("Source"),
        "preset": text("Preset"),
        "steps": text("Steps"),
        "trained": text("Training"),
    }
