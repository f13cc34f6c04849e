"""Works off the queue of a data directory: claims one waiting run after the other and trains it."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from core.jobs.training import clock, execute, requested_state
from core.store.queue import claim_next, claimed
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, Status, WorkerKind, WorkerRecord

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0  # between two looks at an empty queue
MOST_LOST = 3  # workers that a run may take down with it, one after the other

OnEnd = Callable[[Run, Status], None]


class Executor:
    """Trains what waits, until it is told to end.

    Any number of them may share a data directory, in one process or on many machines: whoever gets the lock of a run trains
    it. When an executor ends or dies, its run goes on elsewhere if it belongs to a sweep.
    """

    def __init__(self, store: RunStore, kind: WorkerKind) -> None:
        self.store = store
        self.is_ending = False
        self._kind = kind
        self._woken = threading.Event()

    def work(self, until_empty: bool = False, on_end: OnEnd = lambda run, status: None) -> None:
        """Train runs until `end`; with `until_empty`, at most until nothing waits."""
        while not self.is_ending:
            try:
                run = claim_next(self.store)
                if run is None and until_empty:
                    # Whoever looks whether a run is held seems to hold it for a moment.
                    run = claim_next(self.store)
                if run:
                    status = self._train(run)
                    on_end(run, status)
                    if run.status.state is status.state:
                        continue
                    # else its end could not be written, as on a full disk: to begin it again at once is of no use
            except Exception:  # such as a network folder that is away for a moment
                log.exception("Working off the queue in %s failed; trying again", self.store.root)
            else:
                if until_empty:
                    return
            self._woken.wait(POLL_SECONDS)
            self._woken.clear()

    def train(self, run_id: str) -> Status | None:
        """Train one run if it still waits; None where it does not. Raises RunNotFoundError."""
        run = self.store.get(run_id)
        return self._train(run) if claimed(run) else None

    def wake(self) -> None:
        """Look at the queue now."""
        self._woken.set()

    def end(self) -> None:
        """Have the run in progress saved as interrupted, and begin no other."""
        self.is_ending = True
        self.wake()

    def _train(self, run: Run) -> Status:
        """Train a run that this executor has claimed, and let go of it."""
        try:
            worker = _record(run, self._kind)
            if worker.n_lost >= MOST_LOST:
                return _given_up(run)
            is_over = clock(run)
            return execute(
                run,
                lambda: State.INTERRUPTED if self.is_ending else requested_state(run) or is_over(),
                worker=worker,
            )
        finally:
            with suppress(OSError):  # whoever claims the run next clears it
                run.clear_request()
            run.release()


def _record(run: Run, kind: WorkerKind) -> WorkerRecord:
    """This process, knowing how many died at the same place of the run before it."""
    before, step = run.worker, run.checkpoints.last_step or 0
    was_lost = run.status.state is State.RUNNING and before is not None  # for nobody but this process holds the run
    n_lost = (before.n_lost if before.step == step else 0) + 1 if was_lost and before else 0
    return WorkerRecord.here(kind).model_copy(update={"step": step, "n_lost": n_lost})


def _given_up(run: Run) -> Status:
    status = run.status.model_copy(
        update={
            "state": State.FAILED,
            "error": f"{MOST_LOST} processes in a row ended without an error message while they trained this run, "
            "perhaps because "
            "memory ran out. Resume it on a machine with more memory; it continues from its last checkpoint.",
        }
    )
    run.write_status(status)
    log.warning("Run %s is given up: %d workers in a row died of it", run.id, MOST_LOST)
    return status
