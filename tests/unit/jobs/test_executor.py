import threading
from collections.abc import Callable

import pytest

from benchmarks._faulty_disk import Fault, FaultyDisk
from core.config import RunConfig, changed
from core.jobs.executor import MOST_LOST, Executor
from core.jobs.training import execute
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request, State, Status, WorkerKind, WorkerRecord
from tests.unit.jobs.results import results
from tests.unit.trainings import at_step, executed
from tests.waiting import wait_until


@pytest.fixture
def executor(store) -> Executor:
    return Executor(store, WorkerKind.WORK)


@pytest.fixture
def swept(store, tiny_config) -> Callable[..., Run]:
    """Queues a run of a sweep."""

    def queue(config: RunConfig = tiny_config, **training: object) -> Run:
        return store.create(changed(config, training=config.training.model_dump() | training), sweep="Sweep")

    return queue


def lost(run: Run, step: int, worker: WorkerRecord | None = None) -> None:
    """Train a run up to a step, and leave it as a process does that is killed there."""
    run.claim()
    execute(run, at_step(step, State.INTERRUPTED), worker=worker or WorkerRecord.here(WorkerKind.WORK))
    run.write_status(run.status.model_copy(update={"state": State.RUNNING}))
    run.release()


def test_everything_that_waits_is_trained_in_its_order(executor, swept):
    runs = [swept(seed=seed, steps=10) for seed in range(2)]
    ended: list[tuple[str, State]] = []
    executor.work(until_empty=True, on_end=lambda run, status: ended.append((run.id, status.state)))
    assert ended == [(run.id, State.FINISHED) for run in runs]
    assert all(run.worker.is_here and run.worker.kind is WorkerKind.WORK for run in runs)


def test_two_who_share_the_work_train_each_run_once(store, swept):
    runs = [swept(seed=seed, steps=10) for seed in range(4)]
    ended: list[str] = []
    executors = [Executor(RunStore(store.root.parent), WorkerKind.WORK) for _ in range(2)]
    threads = [
        threading.Thread(target=one.work, args=(True, lambda run, status: ended.append(run.id))) for one in executors
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == [run.id for run in runs]
    assert {run.status.state for run in runs} == {State.FINISHED}


def test_a_run_whose_worker_died_goes_on_bit_for_bit(store, executor, swept, tiny_config):
    whole = store.create(tiny_config)
    executed(whole)
    run = swept()
    lost(run, 30)
    assert run.status.state is State.INTERRUPTED
    executor.work(until_empty=True)
    assert run.status.state is State.FINISHED
    assert results(run) == results(whole)
    assert (run.worker.step, run.worker.n_lost) == (30, 1)


def test_a_run_that_seems_to_be_held_while_somebody_else_looks_is_not_left_behind(executor, swept, monkeypatch):
    run = swept(steps=10)
    run.write_status(Status(state=State.RUNNING))  # and its process died
    answers = iter([True])
    is_held = Run.is_held
    monkeypatch.setattr(Run, "is_held", lambda self: next(answers, False) or is_held(self))
    executor.work(until_empty=True)
    assert run.status.state is State.FINISHED


def test_an_executor_that_ends_leaves_its_run_to_others(store, swept, endless):
    run = swept(endless)
    one = Executor(store, WorkerKind.WORK)
    thread = threading.Thread(target=one.work)
    thread.start()
    wait_until(lambda: run.status.step > 0)
    one.end()
    thread.join()
    step = run.status.step
    assert (run.status.state, run.checkpoints.last_step) == (State.INTERRUPTED, step)
    another = Executor(store, WorkerKind.WORK)
    thread = threading.Thread(target=another.work)
    thread.start()
    wait_until(lambda: run.status.step > step)
    another.end()
    thread.join()
    assert run.worker.n_lost == 0


def test_what_is_put_in_an_empty_queue_is_trained_when_the_executor_is_woken(executor, swept, monkeypatch):
    monkeypatch.setattr("core.jobs.executor.POLL_SECONDS", 1000)
    thread = threading.Thread(target=executor.work)
    thread.start()
    run = swept(steps=10)
    executor.wake()
    wait_until(lambda: run.status.state is State.FINISHED)
    executor.end()
    thread.join()


def test_a_run_that_takes_its_workers_down_is_given_up(executor, swept):
    run = swept()
    lost(run, 20)
    for n_lost in range(1, MOST_LOST):
        before = run.worker
        lost(run, 0, WorkerRecord.here(WorkerKind.WORK).model_copy(update={"step": 20, "n_lost": n_lost}))
        assert before.n_lost < run.worker.n_lost
    executor.work(until_empty=True)
    assert run.status.state is State.FAILED
    assert f"{MOST_LOST} processes in a row" in run.status.error


def test_a_run_that_gets_on_is_not_given_up_however_many_die(executor, swept):
    run = swept()
    lost(run, 20, WorkerRecord.here(WorkerKind.WORK).model_copy(update={"step": 0, "n_lost": MOST_LOST}))
    executor.work(until_empty=True)
    assert run.status.state is State.FINISHED
    assert run.worker.n_lost == 1


def test_a_failing_run_does_not_hold_up_the_next(executor, swept, hopeless):
    failing, other = swept(hopeless), swept(steps=10)
    executor.work(until_empty=True)
    assert failing.status.state is State.FAILED
    assert other.status.state is State.FINISHED


def test_an_unforeseen_error_is_logged_and_tried_again(executor, swept, monkeypatch, caplog):
    run = swept()
    answers = iter([OSError("stale file handle")])

    def claim(store: RunStore) -> Run | None:
        for error in answers:
            raise error
        return None

    monkeypatch.setattr("core.jobs.executor.POLL_SECONDS", 0)
    monkeypatch.setattr("core.jobs.executor.claim_next", claim)
    executor.work(until_empty=True)
    assert "trying again" in caplog.text
    assert run.status.state is State.QUEUED


def test_a_run_whose_end_cannot_be_written_is_not_begun_again_at_once(store, executor, swept):
    run, seen = swept(), []
    with FaultyDisk(store.root, Fault.FULL, 1).used():
        executor.work(until_empty=True, on_end=lambda run, status: seen.append(status.state))
    assert seen == [State.FAILED]
    assert run.status.state is State.QUEUED


def test_one_run_is_trained_if_it_still_waits(executor, swept):
    run = swept(steps=10)
    assert executor.train(run.id).state is State.FINISHED
    assert executor.train(run.id) is None


def test_a_request_ends_a_run_and_is_forgotten(store, executor, swept, monkeypatch):
    run = swept()
    monkeypatch.setattr("core.jobs.executor.requested_state", lambda run: State.PAUSED)
    run.request(Request.PAUSE)
    assert executor.train(run.id) == Status(**run.status.model_dump() | {"updated_at": 0.0})
    assert (run.status.state, run.requested()) == (State.PAUSED, None)
