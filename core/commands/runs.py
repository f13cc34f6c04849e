"""List all runs."""

import argparse
import sys
from typing import Any

from core.commands.output import say
from core.store.runs import Run, RunStore


def main(options: argparse.Namespace) -> int:
    """List all runs."""
    good, broken = RunStore().readable()
    rows = [_row(run) for run in good]
    lines = [
        f"{row['run_id']}  {row['state']:<11}  {row['steps']:>9,} / {row['of_steps']:<9,}  {row['name']}"
        for row in rows
    ]
    for sentence in broken.values():
        print(sentence, file=sys.stderr)
    say(options, {"runs": rows, "broken": broken}, "\n".join(lines) or "There are no runs yet; train one.")
    return 0


def _row(run: Run) -> dict[str, Any]:
    status = run.status
    return {
        "run_id": run.id,
        "name": run.name,
        "state": status.state,
        "preset": run.config.preset,
        "steps": status.step,
        "of_steps": run.config.training.steps,
        "seconds": status.seconds,
        "distance": run.metrics.last("distance"),
        "error": status.error,
    }
