"""List all runs, or those of a sweep."""

import argparse
import sys
from typing import Any

from core.commands.output import say
from core.store.paths import named_data_dir
from core.store.queue import waiting
from core.store.ranking import ranks, result
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State


def main(options: argparse.Namespace) -> int:
    """List all runs, the newest first; those of a sweep, the best first."""
    store = RunStore(named_data_dir(None))
    good, broken = store.readable()
    places = {run.id: place for place, run in enumerate(waiting(store), 1)}
    rank: dict[str, int] = {}
    if options.sweep is not None:
        good = [run for run in good if run.sweep == options.sweep]
        rank = ranks(good)
        last = len(good) + 1
        good.sort(key=lambda run: rank.get(run.id, last))
    rows = [_row(run, places.get(run.id), rank.get(run.id)) for run in good]
    for sentence in broken.values():
        print(sentence, file=sys.stderr)
    nothing = "There are no runs of that sweep." if options.sweep is not None else "There are no runs yet; train one."
    say(options, {"runs": rows, "broken": broken}, "\n".join(map(_line, rows)) or nothing)
    return 0


def _row(run: Run, place: int | None, rank: int | None) -> dict[str, Any]:
    status, found = run.status, result(run)
    worker = run.worker if status.state is State.RUNNING else None
    return {
        "run_id": run.id,
        "name": run.name,
        "sweep": run.sweep,
        "rank": rank,
        "state": status.state,
        "place_in_queue": place,
        "worker": worker and worker.model_dump(include={"kind", "host", "pid", "since"}),
        "preset": run.config.preset,
        "steps": status.step,
        "of_steps": run.config.training.steps,
        "seconds": status.seconds,
        "accuracy": found and found.accuracy,
        "distance": run.metrics.last("distance"),
        "error": status.error,
    }


def _line(row: dict[str, Any]) -> str:
    rank = f"{row['rank']:>3}. " if row["rank"] else ""
    steps = f"{row['steps']:>9,} / {row['of_steps']:<9,}"
    accuracy = f"  told apart {row['accuracy']:.2f}" if rank and row["accuracy"] is not None else ""
    return f"{rank}{row['run_id']}  {row['state']:<11}  {steps}  {row['name']}{accuracy}"
