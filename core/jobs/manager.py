"""What a server does for runs: it queues, resumes, pauses and stops them, and trains in a thread what waits."""

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.config import RunConfig
from core.errors import RunFileError, RunStateError
from core.jobs.executor import Executor
from core.jobs.training import END_STATES
from core.store.owner import Owner
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request, State, Status, WorkerKind
from core.store.writing import errors_as


class JobManager:
    """The runs of one data directory, and a background thread that trains those that wait, one after the other.

    Where the environment variable WAVETWIN_TRAIN is “workers” there is no such thread, and trainings are left to `core work`.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self._executor = Executor(store, WorkerKind.DASHBOARD)
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()

    @classmethod
    @lru_cache
    def of(cls, data_dir: Path) -> "JobManager":
        """The one manager of a data directory in this process."""
        return cls(RunStore(data_dir))

    @property
    def trains(self) -> bool:
        """Whether runs are trained in this process."""
        return os.environ.get("WAVETWIN_TRAIN") != "workers"

    def start(self, config: RunConfig, name: str = "", owner: Owner | None = None) -> Run:
        """Create a run of somebody and put it in the queue. Raises RunStateError during a shutdown."""
        self._refuse_at_the_end()
        run = self.store.create(config, name, owner)
        self.watch()
        return run

    def resume(self, run_id: str) -> None:
        """Put a run that has steps left in the queue again. Raises RunStateError, RunNotFoundError, RunFileError."""
        self._refuse_at_the_end()
        run = self.store.get(run_id)
        _check_resumable(run, _status_of(run))
        run.claim()
        try:
            status = _status_of(run)
            if status.state is State.RUNNING:  # says a process that is gone, for this one holds the run
                status = status.model_copy(update={"state": State.INTERRUPTED})
            _check_resumable(run, status)
            _write(run, status, state=State.QUEUED, error=None)
        finally:
            run.release()
        self.watch()

    def request(self, run_id: str, request: Request) -> None:
        """Pause or stop a run, in whatever process it is. Raises RunStateError, RunNotFoundError, RunFileError."""
        run = self.store.get(run_id)
        if run.status.state is State.RUNNING:
            run.request(request)
            return
        try:
            run.claim()
        except RunStateError:  # a worker has just taken it
            run.request(request)
            return
        try:
            status = run.status
            if status.state is not State.QUEUED and not (status.state.is_resumable and request is Request.STOP):
                raise RunStateError(f"Run “{run.name}” is {status.state}, so there is nothing to {request}.")
            _write(run, status, state=END_STATES[request])
        finally:
            run.release()

    def watch(self) -> None:
        """Have the thread look at the queue now, and every few seconds from now on."""
        with self._guard:
            if self.trains and self._thread is None and not self._executor.is_ending:
                self._thread = threading.Thread(target=self._executor.work, name="wavetwin-training", daemon=True)
                self._thread.start()
        self._executor.wake()

    def shutdown(self) -> None:
        """Save the run in progress as interrupted, and wait for the thread to end; what waits goes on waiting."""
        with self._guard:
            self._executor.end()
            thread = self._thread
        if thread:
            thread.join()
        with self._guard:
            self._executor = Executor(self.store, WorkerKind.DASHBOARD)
            self._thread = None

    def _refuse_at_the_end(self) -> None:
        if self._executor.is_ending:
            raise RunStateError("Wavetwin is shutting down and accepts no new work; start it again.")


def _status_of(run: Run) -> Status:
    """Where a run stands; a broken status is written anew."""
    try:
        return run.status
    except RunFileError:
        return Status(state=State.INTERRUPTED)


def _write(run: Run, status: Status, **changes: Any) -> None:
    """Keep a status with these changes. Raises RunFileError where nothing can be written."""
    with errors_as(RunFileError, run.path):
        run.write_status(status.model_copy(update=changes))


def _check_resumable(run: Run, status: Status) -> None:
    if not status.state.is_resumable:
        raise RunStateError(f"Run “{run.name}” is {status.state}; only a run that has steps left can be resumed.")
