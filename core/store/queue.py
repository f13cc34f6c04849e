"""The queue of trainings: runs that say they wait. Whoever gets the lock of one trains it.

There is no list that could disagree with the runs: a run that is `queued` waits, whoever put it there, and so does one of
a sweep whose worker has died. A run that somebody started by itself and that was interrupted waits for that person.
"""

from collections.abc import Sequence

import orjson

from core.config import RunConfig
from core.errors import RunFileError, RunStateError
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, Status

PATIENCE = 0.2  # seconds to wait for a run: longer than anyone looks whether it is held


def waiting(store: RunStore) -> list[Run]:
    """The runs that any worker may train, in their order.

    What somebody started by itself comes before the sweeps, and among those what was begun before what was not.
    """
    found = []
    for run in store.all():
        try:
            status = run.status
        except RunFileError:  # page Runs says what is wrong with it
            continue
        if _waits(run, status.state):
            found.append((_order(run, status), run))
    return [run for _, run in sorted(found, key=lambda pair: pair[0])]


def enqueue_missing(store: RunStore, sweep: str, wanted: Sequence[tuple[str, RunConfig]]) -> list[Run]:
    """Queue those runs of a sweep, each a name and its settings, that are not there; the new ones.

    A run is there where one with the same settings belongs to a sweep of that name, wherever it stands. Raises RunFileError.
    """
    with store.alone():
        known = {identity(run.config) for run in of_sweep(store, sweep)}
        return [store.create(config, name, sweep=sweep) for name, config in wanted if identity(config) not in known]


def of_sweep(store: RunStore, sweep: str) -> list[Run]:
    """The readable runs of a sweep, newest first."""
    return [run for run in store.readable()[0] if run.sweep == sweep]


def identity(config: RunConfig) -> bytes:
    """What tells a run of a sweep from another: all its settings, whatever its data set is called by now."""
    values = config.model_dump(mode="json")
    values["source"].pop("name", None)
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


def claim_next(store: RunStore) -> Run | None:
    """Become the writer of the first run that waits; None where none waits that nobody else is taking just now."""
    return next((run for run in waiting(store) if claimed(run)), None)


def claimed(run: Run) -> bool:
    """Become the writer of a run if it still waits; whether that came about."""
    if not run.path.is_dir():  # deleted meanwhile; taking its lock would make the folder anew
        return False
    try:
        run.claim(PATIENCE)
    except (RunStateError, RunFileError):  # somebody was faster, or the folder is away
        return False
    try:
        state = run.status.state
    except RunFileError:
        state = State.FAILED
    # Nobody but this process holds it, so whoever says that he trains it is gone.
    if _waits(run, State.INTERRUPTED if state is State.RUNNING else state):
        return True
    run.release()
    return False


def may_change_by_itself(run: Run) -> bool:
    """Whether a run is being trained, or waits for any worker, here or elsewhere. Raises RunFileError."""
    state = run.status.state
    return state.is_live or _waits(run, state)


def _waits(run: Run, state: State) -> bool:
    return state is State.QUEUED or (state is State.INTERRUPTED and run.sweep is not None)


def _order(run: Run, status: Status) -> tuple[bool, bool, float, str]:
    return run.sweep is not None, status.state is State.QUEUED, status.updated_at, run.id
