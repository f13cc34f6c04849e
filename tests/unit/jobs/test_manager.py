import threading
from collections.abc import Iterator

import pytest

from core.config import RunConfig, changed
from core.errors import RunNotFoundError, RunStateError
from core.jobs.manager import JobManager
from core.store.owner import Owner
from core.store.status import Request, State, Status, WorkerKind
from tests.unit.trainings import at_step, executed
from tests.waiting import wait_for, wait_until


@pytest.fixture(scope="module")
def brief(tiny_config) -> RunConfig:
    """Settings that train for the twinkling of an eye."""
    return changed(tiny_config, training=tiny_config.training.model_dump() | {"steps": 20})


@pytest.fixture
def manager(store) -> Iterator[JobManager]:
    manager = JobManager(store)
    yield manager
    manager.shutdown()


def test_runs_are_trained_one_after_the_other(manager, endless, brief):
    first = manager.start(endless, "first")
    second = manager.start(brief, "second")
    wait_until(lambda: first.status.step > 0)
    assert second.status.state is State.QUEUED
    manager.request(first.id, Request.STOP)
    assert wait_for(first, State.STOPPED).step > 0
    assert wait_for(second, State.FINISHED).step == 20


def test_a_paused_run_goes_on_where_it_was(manager, endless):
    run = manager.start(endless)
    wait_until(lambda: run.status.step > 0)
    manager.request(run.id, Request.PAUSE)
    step = wait_for(run, State.PAUSED).step
    assert run.checkpoints.load()["step"] == step
    manager.resume(run.id)
    wait_until(lambda: run.status.step > step)
    assert run.status.state is State.RUNNING


@pytest.mark.parametrize(("request_", "state"), [(Request.PAUSE, State.PAUSED), (Request.STOP, State.STOPPED)])
def test_a_queued_run_is_taken_out_of_the_queue(manager, endless, brief, request_, state):
    first, second, third = manager.start(endless), manager.start(brief), manager.start(brief)
    manager.request(second.id, request_)
    assert (second.status.state, second.status.step) == (state, 0)
    manager.request(first.id, Request.STOP)
    wait_for(third, State.FINISHED)
    assert (second.status.state, second.status.step) == (state, 0)
    manager.resume(second.id)
    assert wait_for(second, State.FINISHED).step == 20


def test_a_training_takes_no_more_minutes_than_were_granted_over_all_resumptions(manager, endless, store):
    run = store.create(endless, owner=Owner(id="1", name="Ada", minutes=10))
    run.write_status(Status(state=State.PAUSED, seconds=600.0))
    manager.resume(run.id)
    assert wait_for(run, State.STOPPED).seconds < 700


def test_a_run_says_who_started_it(manager, brief, store):
    assert manager.start(brief).owner is None
    owner = Owner(id="1", name="Ada")
    assert store.get(manager.start(brief, "Ada's", owner).id).owner == owner


def test_a_paused_run_can_be_stopped(manager, brief, store):
    run = store.create(brief)
    executed(run, at_step(10, State.PAUSED))
    manager.request(run.id, Request.STOP)
    assert (run.status.state, run.status.step) == (State.STOPPED, 10)
    manager.resume(run.id)
    wait_for(run, State.FINISHED)


def test_a_finished_run_can_be_neither_resumed_nor_paused_nor_stopped(manager, brief):
    run = manager.start(brief, "Mine")
    wait_for(run, State.FINISHED)
    with pytest.raises(RunStateError, match="“Mine” is finished; only a run that has steps left can be resumed"):
        manager.resume(run.id)
    for request in Request:
        with pytest.raises(RunStateError, match=f"“Mine” is finished, so there is nothing to {request}"):
            manager.request(run.id, request)


def test_a_run_in_progress_cannot_be_resumed_once_more(manager, endless):
    run = manager.start(endless)
    with pytest.raises(RunStateError, match=r"is queued|is running"):
        manager.resume(run.id)
    wait_for(run, State.RUNNING)
    with pytest.raises(RunStateError, match="running"):
        manager.resume(run.id)


def test_a_run_that_does_not_exist_is_refused(manager):
    with pytest.raises(RunNotFoundError):
        manager.resume("20200101-000000-abcd")
    with pytest.raises(RunNotFoundError):
        manager.request("20200101-000000-abcd", Request.STOP)


def test_a_failing_run_does_not_hold_up_the_next(manager, hopeless, brief):
    failing = manager.start(hopeless)
    next_one = manager.start(brief)
    assert "nothing to learn" in wait_for(failing, State.FAILED).error
    wait_for(next_one, State.FINISHED)


def test_a_run_whose_folder_vanishes_does_not_hold_up_the_next(manager, endless, brief):
    vanishing = manager.start(endless)
    wait_for(vanishing, State.RUNNING)
    next_one = manager.start(brief)
    vanishing.path.rename(vanishing.path.parent / "elsewhere")
    wait_for(next_one, State.FINISHED)


def test_a_resumed_failure_forgets_its_error(manager, store, brief):
    run = store.create(brief)
    run.write_status(Status(state=State.FAILED, error="No room."))
    manager.resume(run.id)
    assert wait_for(run, State.FINISHED).error is None


def test_a_run_with_a_broken_status_can_be_resumed(manager, store, brief):
    run = store.create(brief)
    executed(run, at_step(10, State.PAUSED))
    (run.path / "status.json").write_text("{")
    manager.resume(run.id)
    assert wait_for(run, State.FINISHED).step == 20


def test_what_is_asked_in_one_process_reaches_another(manager, store, endless):
    run = manager.start(endless)
    wait_for(run, State.RUNNING)
    JobManager(store).request(run.id, Request.PAUSE)
    wait_for(run, State.PAUSED)


def test_shutting_down_interrupts_the_run_in_progress_and_ends_the_thread(store, endless, brief):
    manager = JobManager(store)
    running, queued = manager.start(endless), manager.start(brief)
    wait_until(lambda: running.status.step > 0)
    manager.shutdown()
    assert [thread for thread in threading.enumerate() if thread.name == "wavetwin-training"] == []
    assert running.status.state is State.INTERRUPTED
    assert running.checkpoints.load()["step"] == running.status.step
    assert queued.status.state is State.QUEUED
    assert queued.status.step == 0


def test_what_waited_at_a_shutdown_another_manager_trains(store, endless, brief):
    manager = JobManager(store)
    running, queued = manager.start(endless), manager.start(brief)
    wait_until(lambda: running.status.step > 0)
    manager.shutdown()
    step = running.status.step

    another = JobManager(store)
    another.watch()
    wait_for(queued, State.FINISHED)
    assert running.status.state is State.INTERRUPTED
    another.resume(running.id)
    wait_until(lambda: running.status.step > step)
    another.shutdown()


def test_what_others_put_in_the_queue_is_trained_after_what_was_started_here(manager, store, tiny_config):
    swept = store.create(tiny_config, sweep="Sweep")
    own = manager.start(tiny_config)
    wait_for(swept, State.FINISHED)
    assert own.status.state is State.FINISHED
    assert own.status.updated_at < swept.status.updated_at
    assert swept.worker.kind is WorkerKind.DASHBOARD
    assert swept.worker.is_here


def test_a_server_that_leaves_trainings_to_workers_only_queues_them(manager, tiny_config, monkeypatch):
    monkeypatch.setenv("WAVETWIN_TRAIN", "workers")
    run = manager.start(tiny_config)
    assert [thread for thread in threading.enumerate() if thread.name == "wavetwin-training"] == []
    assert run.status.state is State.QUEUED
    manager.request(run.id, Request.PAUSE)
    manager.resume(run.id)
    assert run.status.state is State.QUEUED


def test_a_run_that_a_worker_has_just_taken_is_asked_to_stop(manager, store, tiny_config, monkeypatch):
    monkeypatch.setenv("WAVETWIN_TRAIN", "workers")
    run = manager.start(tiny_config)
    other = store.get(run.id)
    other.claim()  # and has not said yet that it trains it
    manager.request(run.id, Request.STOP)
    assert other.requested() is Request.STOP
    other.release()


def test_a_manager_that_never_had_a_run_shuts_down(store):
    JobManager(store).shutdown()


def test_a_data_directory_has_one_manager(tmp_path):
    assert JobManager.of(tmp_path) is JobManager.of(tmp_path)
    assert JobManager.of(tmp_path).store.root == tmp_path / "runs"
