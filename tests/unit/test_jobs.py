import shutil
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from core.config import RunConfig, SimulatorConfig, ValueRange, changed
from core.errors import RunNotFoundError, RunStateError, TrainingError
from core.fidelity.distance import DistanceToReal
from core.jobs import JobManager, execute, requested_state, train
from core.runs import Request, Run, RunStore, State, Status
from core.signals import open_source
from core.training import Trainer


@pytest.fixture
def endless(tiny_config) -> RunConfig:
    """Settings that train until somebody ends it."""
    return changed(tiny_config, training=tiny_config.training.model_dump() | {"steps": 10_000_000, "n_eval": 1000})


@pytest.fixture
def hopeless(tiny_config) -> RunConfig:
    """Settings that there is nothing to learn with."""
    none = ValueRange(minimum=0, maximum=0, step=1)
    return changed(tiny_config, source=SimulatorConfig(n_samples=32, amplitude=none, bias=none, noise_amplitude=0))


@pytest.fixture
def claimed(store, tiny_config) -> Iterator[Run]:
    """A new run that this process may write."""
    run = store.create(tiny_config)
    run.claim()
    yield run
    run.release()


@pytest.fixture
def manager(store) -> Iterator[JobManager]:
    manager = JobManager(store)
    yield manager
    manager.shutdown()


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "this should have come about long ago"
        time.sleep(0.01)


def wait_for(run: Run, state: State) -> Status:
    wait_until(lambda: run.status.state is state)
    return run.status


def executed(run: Run, should_stop: Callable[[], State | None] = lambda: None) -> Status:
    """Claim a run, execute it and let go of it again."""
    run.claim()
    try:
        return execute(run, should_stop)
    finally:
        run.release()


def at_step(step: int, state: State) -> Callable[[], State | None]:
    """Ends a run of tiny networks there: it is asked as the training begins, and at every tenth step."""
    answers = iter([None] * (step // 10) + [state])
    return lambda: next(answers)


def results(run: Run) -> dict[str, bytes]:
    """All that a run learned: its files but for the settings, the status and the like."""
    files = {str(file.relative_to(run.path)): file for file in run.path.rglob("*") if file.is_file()}
    learned = ("metrics", "snapshots", "checkpoints", "surrogate", "reals")
    return {name: file.read_bytes() for name, file in files.items() if name.startswith(learned)}


@pytest.fixture(scope="module")
def whole(tiny_config, tmp_path_factory) -> dict[str, bytes]:
    """What a run learns that never stopped."""
    return results(train(tiny_config, data_dir=tmp_path_factory.mktemp("whole")))


# execute


def test_a_run_to_the_end_leaves_everything_behind(store, claimed):
    assert execute(claimed).state is State.FINISHED
    run = store.get(claimed.id)
    assert (run.status.state, run.status.step, run.status.error) == (State.FINISHED, 60, None)
    assert run.status.seconds > 0
    assert run.status.steps_per_second > 0
    assert run.metrics["d_loss"][0].tolist() == [10, 20, 30, 40, 50, 60]
    assert run.metrics["distance"][0].tolist() == [0, 20, 40, 60]
    assert run.reals.shape == (64, 1, 32)
    step, fakes = run.last_snapshot
    assert step == 60
    assert fakes.shape == (64, 1, 32)
    assert run.load_checkpoint()["step"] == 60


def test_the_surrogate_is_the_best_generator_of_all_evaluations(claimed, monkeypatch):
    distances = iter([5.0, 2.0, 4.0, 3.0])  # at steps 0, 20, 40 and 60
    monkeypatch.setattr(DistanceToReal, "__call__", lambda self, fakes: next(distances))
    execute(claimed, at_step(30, State.PAUSED))
    execute(claimed)
    assert claimed.metrics["distance"][1].tolist() == [5, 2, 4, 3]
    surrogate = claimed.load_surrogate()
    assert (surrogate.step, surrogate.distance) == (20, 2.0)
    assert surrogate.config == claimed.config


def test_the_same_settings_leave_the_same_results(claimed, whole):
    execute(claimed)
    assert len(whole) >= 8  # the reals, the surrogate, the metrics, snapshots and checkpoints
    assert results(claimed) == whole


@pytest.mark.parametrize("state", [State.PAUSED, State.STOPPED, State.INTERRUPTED])
def test_a_run_that_is_ended_early_keeps_what_it_learned(claimed, state):
    status = execute(claimed, at_step(10, state))
    assert (status.state, status.step) == (state, 10)
    assert claimed.status.state is state
    assert claimed.load_checkpoint()["step"] == 10
    assert claimed.load_surrogate().sample(3).shape == (3, 1, 32)
    assert claimed.last_snapshot[0] == 0


@pytest.mark.parametrize("step", [0, 20, 30])
def test_a_resumed_run_ends_as_one_that_never_stopped(claimed, whole, step):
    assert execute(claimed, at_step(step, State.PAUSED)).step == step
    assert execute(claimed).state is State.FINISHED
    assert results(claimed) == whole


def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint(claimed, whole):
    def killed() -> None:
        if claimed.metrics.last("d_loss") is not None and claimed.metrics["d_loss"][0][-1] == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(claimed, should_stop=killed)
    assert claimed.load_checkpoint()["step"] == 20
    assert execute(claimed).state is State.FINISHED
    assert results(claimed) == whole


def test_a_truncated_checkpoint_costs_the_steps_since_the_one_before(claimed, whole):
    execute(claimed, at_step(40, State.PAUSED))
    newest = max((claimed.path / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-10])
    assert execute(claimed).state is State.FINISHED
    assert results(claimed) == whole


def test_a_finished_run_has_nothing_left_to_train(claimed):
    execute(claimed)
    before = results(claimed)
    assert execute(claimed).state is State.FINISHED
    assert results(claimed) == before


def test_the_time_spent_adds_up_over_resumptions(claimed):
    first = execute(claimed, at_step(10, State.PAUSED)).seconds
    assert execute(claimed).seconds > first > 0


@pytest.mark.parametrize(("request_", "state"), [(Request.PAUSE, State.PAUSED), (Request.STOP, State.STOPPED)])
def test_a_request_from_elsewhere_ends_the_run(store, claimed, request_, state):
    ask_once = iter([request_])

    def ask(status: Status) -> None:
        for request in ask_once:
            store.get(claimed.id).request(request)

    status = execute(claimed, lambda: requested_state(claimed), on_progress=ask)
    assert (status.state, status.step) == (state, 0)


def test_progress_is_told_from_the_beginning_to_the_end(claimed):
    told = []
    execute(claimed, on_progress=told.append)
    assert (told[0].state, told[0].step) == (State.RUNNING, 0)
    assert (told[-1].state, told[-1].step) == (State.FINISHED, 60)


def test_a_run_without_anything_to_learn_fails_with_a_sentence(store, hopeless):
    run = store.create(hopeless)
    status = executed(run)
    assert status.state is State.FAILED
    assert "nothing to learn" in status.error
    assert run.status.error == status.error


def test_a_run_that_diverges_fails_with_a_sentence_and_keeps_a_sound_checkpoint(claimed, monkeypatch):
    train_step = Trainer._train_step

    def poisoned(self: Trainer) -> torch.Tensor:
        if self.step == 52:
            torch.nn.init.constant_(self.generator.dense.weight, torch.nan)
        return train_step(self)

    monkeypatch.setattr(Trainer, "_train_step", poisoned)
    status = execute(claimed)
    assert status.state is State.FAILED
    assert "beyond all bounds" in status.error
    assert all(value.isfinite().all() for value in claimed.load_checkpoint().values())
    assert np.isfinite(claimed.load_surrogate().sample(3)).all()


def of_other_networks(config: RunConfig) -> Trainer:
    other = changed(config, network=config.network.model_dump() | {"hidden_size": 4})
    trainer = Trainer(other, open_source(other.source))
    trainer.prepare()
    return trainer


def test_a_checkpoint_of_other_networks_fails_the_run_and_deletes_nothing(claimed):
    execute(claimed, at_step(10, State.PAUSED))
    claimed.save_checkpoint(20, of_other_networks(claimed.config).state_dict())
    before = results(claimed)
    status = execute(claimed)
    assert status.state is State.FAILED
    assert "checkpoint does not fit its settings" in status.error
    assert results(claimed) == before


def test_a_run_that_cannot_go_on_keeps_the_step_it_had(claimed):
    execute(claimed, at_step(10, State.PAUSED))
    claimed.save_checkpoint(20, of_other_networks(claimed.config).state_dict())
    assert execute(claimed).step == 10


def test_a_broken_surrogate_does_not_keep_a_run_from_going_on(claimed):
    execute(claimed, at_step(10, State.PAUSED))
    (claimed.path / "surrogate.safetensors").write_bytes(b"broken")
    assert execute(claimed).state is State.FINISHED
    assert claimed.load_surrogate().sample(3).shape == (3, 1, 32)


def test_a_run_with_broken_settings_fails_with_a_sentence(claimed):
    (claimed.path / "config.json").write_text("{")
    status = execute(Run(claimed.path))
    assert status.state is State.FAILED
    assert "no readable settings" in status.error


def test_a_run_whose_files_cannot_be_written_fails_with_a_sentence(claimed):
    shutil.rmtree(claimed.path / "snapshots")
    (claimed.path / "snapshots").write_text("a file where the folder should be")
    status = execute(claimed)
    assert status.state is State.FAILED
    assert "could not be written" in status.error


def test_the_status_says_what_is_being_done_and_where(claimed):
    told = []
    execute(claimed, on_progress=told.append)
    assert [status.phase for status in told[:2]] == ["", "adversarial training"]
    assert {status.device for status in told} == {"cpu"}
    assert (claimed.status.phase, claimed.status.device) == ("adversarial training", "cpu")


# The twin


@pytest.fixture
def twin(store, twin_config, few_reals) -> Iterator[Run]:
    """A new run of a twin that this process may write."""
    run = store.create(twin_config)
    run.claim()
    yield run
    run.release()


PHASES = ["learning the shapes", "matching the latents", "adversarial training"]


def test_the_phases_of_a_twin_are_told_as_they_begin(twin):
    told = []
    status = execute(twin, on_progress=told.append)
    assert status.state is State.FINISHED
    assert list(dict.fromkeys(status.phase for status in told)) == ["", *PHASES]
    assert twin.load_surrogate().sample(3).shape == (3, 1, 32)


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_a_run_that_is_paused_in_its_warm_start_can_be_resumed(twin, asked):
    answers = iter([None] * asked + [State.PAUSED])
    status = execute(twin, should_stop=lambda: next(answers))
    assert (status.state, status.step, status.phase) == (State.PAUSED, 0, PHASES[asked])
    assert twin.status.state.is_resumable
    assert not twin.has_surrogate
    assert execute(twin).state is State.FINISHED
    assert twin.metrics["distance"][0].tolist() == [0, 10, 20]
    assert twin.load_checkpoint()["step"] == 20


def test_a_twin_that_diverges_keeps_the_surrogate_of_before(twin, monkeypatch):
    train_step = Trainer._train_step

    def poisoned(self: Trainer) -> torch.Tensor:
        if self.step == 15:
            torch.nn.init.constant_(self.generator.network.last.weight, torch.nan)
        return train_step(self)

    monkeypatch.setattr(Trainer, "_train_step", poisoned)
    status = execute(twin)
    assert status.state is State.FAILED
    assert "beyond all bounds" in status.error
    assert twin.load_surrogate().step <= 10
    assert np.isfinite(twin.load_surrogate().sample(100)).all()
    assert twin.load_checkpoint()["step"] == 10


# JobManager


def test_runs_are_trained_one_after_the_other(manager, endless, tiny_config):
    first = manager.start(endless, "first")
    second = manager.start(tiny_config, "second")
    wait_until(lambda: first.status.step > 0)
    assert second.status.state is State.QUEUED
    manager.request(first.id, Request.STOP)
    assert wait_for(first, State.STOPPED).step > 0
    assert wait_for(second, State.FINISHED).step == 60


def test_a_paused_run_goes_on_where_it_was(manager, endless):
    run = manager.start(endless)
    wait_until(lambda: run.status.step > 0)
    manager.request(run.id, Request.PAUSE)
    step = wait_for(run, State.PAUSED).step
    assert run.load_checkpoint()["step"] == step
    manager.resume(run.id)
    wait_until(lambda: run.status.step > step)
    assert run.status.state is State.RUNNING


@pytest.mark.parametrize(("request_", "state"), [(Request.PAUSE, State.PAUSED), (Request.STOP, State.STOPPED)])
def test_a_queued_run_is_taken_out_of_the_queue(manager, endless, tiny_config, request_, state):
    first, second, third = manager.start(endless), manager.start(tiny_config), manager.start(tiny_config)
    manager.request(second.id, request_)
    assert (second.status.state, second.status.step) == (state, 0)
    manager.request(first.id, Request.STOP)
    wait_for(third, State.FINISHED)
    assert (second.status.state, second.status.step) == (state, 0)
    manager.resume(second.id)
    assert wait_for(second, State.FINISHED).step == 60


def test_a_paused_run_can_be_stopped(manager, tiny_config, store):
    run = store.create(tiny_config)
    executed(run, at_step(10, State.PAUSED))
    manager.request(run.id, Request.STOP)
    assert (run.status.state, run.status.step) == (State.STOPPED, 10)
    manager.resume(run.id)
    wait_for(run, State.FINISHED)


def test_a_finished_run_can_be_neither_resumed_nor_paused_nor_stopped(manager, tiny_config):
    run = manager.start(tiny_config, "Mine")
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


def test_a_failing_run_does_not_hold_up_the_next(manager, hopeless, tiny_config):
    failing = manager.start(hopeless)
    next_one = manager.start(tiny_config)
    assert "nothing to learn" in wait_for(failing, State.FAILED).error
    wait_for(next_one, State.FINISHED)


def test_a_run_whose_folder_vanishes_does_not_hold_up_the_next(manager, endless, tiny_config):
    vanishing = manager.start(endless)
    wait_for(vanishing, State.RUNNING)
    next_one = manager.start(tiny_config)
    vanishing.path.rename(vanishing.path.parent / "elsewhere")
    wait_for(next_one, State.FINISHED)


def test_a_resumed_failure_forgets_its_error(manager, store, tiny_config):
    run = store.create(tiny_config)
    run.write_status(Status(state=State.FAILED, error="No room."))
    manager.resume(run.id)
    assert wait_for(run, State.FINISHED).error is None


def test_a_run_with_a_broken_status_can_be_resumed(manager, store, tiny_config):
    run = store.create(tiny_config)
    executed(run, at_step(10, State.PAUSED))
    (run.path / "status.json").write_text("{")
    manager.resume(run.id)
    assert wait_for(run, State.FINISHED).step == 60


def test_what_is_asked_in_one_process_reaches_another(manager, store, endless):
    run = manager.start(endless)
    wait_for(run, State.RUNNING)
    JobManager(store).request(run.id, Request.PAUSE)
    wait_for(run, State.PAUSED)


def test_shutting_down_interrupts_all_runs_and_ends_the_thread(store, endless, tiny_config):
    manager = JobManager(store)
    running, queued = manager.start(endless), manager.start(tiny_config)
    wait_until(lambda: running.status.step > 0)
    manager.shutdown()
    assert [thread for thread in threading.enumerate() if thread.name == "wavetwin-training"] == []
    assert running.status.state is State.INTERRUPTED
    assert running.load_checkpoint()["step"] == running.status.step
    assert queued.status.state is State.INTERRUPTED
    assert queued.status.step == 0


def test_what_a_shutdown_interrupted_another_manager_resumes(store, endless, tiny_config):
    manager = JobManager(store)
    running, queued = manager.start(endless), manager.start(tiny_config)
    wait_until(lambda: running.status.step > 0)
    manager.shutdown()
    step = running.status.step

    another = JobManager(store)
    another.resume(queued.id)
    another.resume(running.id)
    wait_for(queued, State.FINISHED)
    wait_until(lambda: running.status.step > step)
    another.shutdown()


def test_a_manager_that_never_had_a_run_shuts_down(store):
    JobManager(store).shutdown()


def test_a_data_directory_has_one_manager(tmp_path):
    assert JobManager.of(tmp_path) is JobManager.of(tmp_path)
    assert JobManager.of(tmp_path).store.root == tmp_path / "runs"


# train


def test_training_in_the_foreground_returns_a_finished_run(tiny_config, tmp_path):
    run = train(tiny_config, "Mine", data_dir=tmp_path)
    assert run.status.state is State.FINISHED
    assert RunStore(tmp_path).get(run.id).name == "Mine"
    assert run.load_surrogate().sample(3).shape == (3, 1, 32)
    run.claim()  # nobody holds it any more
    run.release()


def test_training_in_the_foreground_raises_what_went_wrong(hopeless, tmp_path):
    with pytest.raises(TrainingError, match="nothing to learn"):
        train(hopeless, data_dir=tmp_path)
    (run,) = RunStore(tmp_path).all()
    assert run.status.state is State.FAILED
