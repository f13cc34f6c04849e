"""Queue the runs of a sweep."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from core import formatting
from core.commands.output import files_of, say
from core.scale.sweep import Sweep
from core.store.datasets import DataSetStore
from core.store.queue import enqueue_missing, identity, of_sweep
from core.store.runs import RunStore


def main(options: argparse.Namespace) -> int:
    """Queue those runs of a sweep that are not there yet, or list them."""
    sweep, store = Sweep.read(options.spec), RunStore()
    if options.dry_run:
        return _list(sweep, store, options)
    wanted = sweep.runs(DataSetStore(), files_of)
    made = enqueue_missing(store, sweep.name, wanted)
    sentence = f"Sweep “{sweep.name}”: {formatting.quantity(len(made), 'run')} queued."
    if n := len(wanted) - len(made):
        sentence += f" {formatting.quantity(n, 'run')} of it {'was' if n == 1 else 'were'} there already."
    queued = [{"run_id": run.id, "name": run.name} for run in made]
    say(options, {"sweep": sweep.name, "queued": queued, "already_there": n}, sentence)
    return 0


def _list(sweep: Sweep, store: RunStore, options: argparse.Namespace) -> int:
    """List what would be queued; files are read, and nothing is kept."""
    with TemporaryDirectory() as folder:
        wanted = sweep.runs(DataSetStore(), files_of, keep_in=DataSetStore(Path(folder)))
    known = {identity(run.config) for run in of_sweep(store, sweep.name)}
    rows = [{"name": run.name, "already_there": identity(run.config) in known} for run in wanted]
    lines = [f"{row['name']}{'  (already there)' if row['already_there'] else ''}" for row in rows]
    say(options, {"sweep": sweep.name, "runs": rows}, "\n".join(lines))
    return 0
