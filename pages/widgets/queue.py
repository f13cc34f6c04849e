"""The queue of trainings in words: who trains what, and what comes when."""

from core.store.queue import waiting
from core.store.run import Run
from core.store.status import WorkerRecord
from pages import session


def places() -> dict[str, int]:
    """Places in the queue, from 1, by the id of each run that waits."""
    return {run.id: place for place, run in enumerate(waiting(session.store()), 1)}


def waiting_text(run: Run) -> str:
    """What a run waits for."""
    place = places().get(run.id)
    where = f": place {place} in the queue" if place else ""
    who = "" if session.manager().trains else " This dashboard trains nothing; workers do, see `python -m core work`."
    return f"Waiting for its turn{where}.{who}"


def trained_by(worker: WorkerRecord) -> str:
    """Who trains a run."""
    return "this dashboard" if worker.is_here else f"{worker.host}, process {worker.pid}"
