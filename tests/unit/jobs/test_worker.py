import threading
from collections.abc import Iterator

import pytest

from core.errors import RunStateError
from core.jobs.worker import Worker
from tests.waiting import wait_until


class Log:
    """What was done; the job "wait" says when it has begun, and ends when it may."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.begun, self.may_end = threading.Event(), threading.Event()

    def work(self, job: str) -> None:
        if job == "wait":
            self.begun.set()
            assert self.may_end.wait(300)
        if job == "fail":
            raise ZeroDivisionError
        self.done.append(job)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def worker(log: Log) -> Iterator[Worker[str]]:
    worker = Worker("wavetwin-test", log.work)
    yield worker
    log.may_end.set()
    worker.shutdown()


def threads() -> int:
    return sum(thread.name == "wavetwin-test" for thread in threading.enumerate())


def waiting(worker: Worker[str], log: Log, *others: str) -> None:
    """Some jobs behind one that is in progress."""
    worker.submit("wait")
    assert log.begun.wait(300)
    for job in others:
        worker.submit(job)


def test_jobs_are_done_in_their_order_by_one_thread(worker, log):
    assert threads() == 0
    waiting(worker, log, "a", "b", "c")
    assert threads() == 1
    assert log.done == []
    log.may_end.set()
    wait_until(lambda: len(log.done) == 4)
    assert log.done == ["wait", "a", "b", "c"]


def test_a_job_that_waits_can_be_withdrawn_and_one_in_progress_cannot(worker, log):
    waiting(worker, log, "a", "b")
    assert worker.withdraw(lambda job: job == "a") == "a"
    assert worker.withdraw(lambda job: job in ("a", "wait")) is None
    log.may_end.set()
    wait_until(lambda: log.done == ["wait", "b"])


def test_a_job_that_fails_is_logged_and_does_not_hold_up_the_next(worker, log, caplog):
    worker.submit("fail")
    worker.submit("a")
    wait_until(lambda: log.done == ["a"])
    assert "A job of wavetwin-test failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_shutdown_waits_for_the_job_in_progress_and_returns_the_others(worker, log):
    waiting(worker, log, "a", "b")
    left: list[str] = []
    ending = threading.Thread(target=lambda: left.extend(worker.shutdown()))
    ending.start()
    wait_until(lambda: worker.is_ending)
    with pytest.raises(RunStateError, match="shutting down"):
        worker.submit("c")
    assert ending.is_alive()
    log.may_end.set()
    ending.join(300)
    assert (left, log.done, threads()) == (["a", "b"], ["wait"], 0)


def test_a_worker_can_be_used_again_after_a_shutdown(worker, log):
    assert worker.shutdown() == []
    worker.submit("a")
    wait_until(lambda: log.done == ["a"])
    worker.shutdown()
    assert threads() == 0
