"""One background thread that does jobs one after the other."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from core.errors import RunStateError

log = logging.getLogger(__name__)

Job = TypeVar("Job")


class Worker(Generic[Job]):
    """A queue and the thread that works it off, which is started with the first job.

    A server must call `shutdown` before it exits: torch aborts an interpreter that exits while another thread computes. The
    thread is a daemon all the same, so that a process that forgot it ends at all, which one of concurrent.futures would not.
    """

    def __init__(self, name: str, work: Callable[[Job], None]) -> None:
        self.is_ending = False  # long jobs look at this
        self._name = name
        self._work = work
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        """Put a job at the end of the queue. Raises RunStateError during a shutdown."""
        with self._changed:
            if self.is_ending:
                raise RunStateError("Wavetwin is shutting down and accepts no new work; start it again.")
            self._waiting.append(job)
            if not self._thread:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def withdraw(self, is_meant: Callable[[Job], bool]) -> Job | None:
        """Take the first such job out of the queue; None where none of those that wait is meant."""
        with self._changed:
            job = next(filter(is_meant, self._waiting), None)
            if job is not None:
                self._waiting.remove(job)
            return job

    def shutdown(self) -> list[Job]:
        """Wait for the job in progress, and return those that were never begun. The worker can be used again afterwards."""
        with self._changed:
            self.is_ending = True
            left = list(self._waiting)
            self._waiting.clear()
            self._changed.notify()
        if self._thread:
            self._thread.join()
        self._thread, self.is_ending = None, False
        return left

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self.is_ending)
                if self.is_ending:
                    return
                job = self._waiting.popleft()
            try:
                self._work(job)
            except Exception:
                log.exception("A job of %s failed", self._name)
