import errno
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
import torch

from core.config import RunConfig, changed
from core.errors import TrainingError
from core.jobs.training import execute, requested_state, train
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request, State, Status
from core.training.evaluator import Evaluator
from core.training.state import state_dict
from core.training.trainer import Trainer
from tests.unit.jobs.results import results
from tests.unit.trainings import at_step, executed, found, prepared


@pytest.fixture
def claimed(store, tiny_config) -> Iterator[Run]:
    """A new run that this process may write."""
    run = store.create(tiny_config)
    run.claim()
    yield run
    run.release()


@pytest.fixture(scope="module")
def whole(tiny_config, tmp_path_factory) -> dict[str, bytes]:
    """What a run learns that never stopped."""
    return results(train(tiny_config, data_dir=tmp_path_factory.mktemp("whole")))


def test_a_run_to_the_end_leaves_everything_behind(store, claimed):
    assert execute(claimed).state is State.FINISHED
    run = store.get(claimed.id)
    assert (run.status.state, run.status.step, run.status.error) == (State.FINISHED, 60, None)
    assert run.status.seconds > 0
    assert run.status.steps_per_second > 0
    assert run.metrics["d_loss"][0].tolist() == [10, 20, 30, 40, 50, 60]
    assert run.metrics["distance"][0].tolist() == [0, 20, 40, 60]
    assert run.reals.shape == (64, 1, 32)
    step, fakes = run.snapshots.last
    assert step == 60
    assert fakes.shape == (64, 1, 32)
    assert run.checkpoints.load()["step"] == 60


def scripted(patch: pytest.MonkeyPatch, *accuracies: float) -> None:
    """Evaluations with these accuracies, one after the other; each has its own distance."""
    found_ones = iter([found(accuracy, 10 * accuracy) for accuracy in accuracies])
    patch.setattr(Evaluator, "evaluate", lambda self, generator: next(found_ones))


@pytest.mark.parametrize("stop", [10, 30])
def test_the_surrogate_is_of_the_best_state_of_all_evaluations(claimed, monkeypatch, stop):
    scripted(monkeypatch, 0.9, 0.895, 0.6, 0.7)  # at steps 0, 20, 40 and 60
    execute(claimed, at_step(stop, State.PAUSED))
    assert claimed.load_surrogate().step == 0
    execute(claimed)
    assert claimed.metrics["accuracy"][1].tolist() == [0.9, 0.895, 0.6, 0.7]
    assert claimed.metrics["is_best"][1].tolist() == [1, 0, 1, 0]
    surrogate = claimed.load_surrogate()
    assert (surrogate.step, surrogate.distance) == (40, 6.0)
    assert surrogate.config == claimed.config


@pytest.mark.parametrize(
    ("accuracies", "patience", "step", "reason"),
    [
        ([0.9, 0.5, 0.5, 0.5], 60, 40, "indistinguishable"),
        ([0.9, 0.9, 0.9, 0.9], 40, 40, "no_gain"),
        ([0.9, 0.9, 0.9, 0.9], 0, 60, "last_step"),
    ],
)
def test_the_status_says_why_a_run_stopped(store, tiny_config, monkeypatch, accuracies, patience, step, reason):
    run = store.create(changed(tiny_config, training=tiny_config.training.model_dump() | {"patience": patience}))
    scripted(monkeypatch, *accuracies)
    status = executed(run)
    assert (status.state, status.step, status.stop_reason) == (State.FINISHED, step, reason)
    assert run.checkpoints.load()["step"] == step
    assert run.snapshots.last[0] == step


def test_the_same_settings_leave_the_same_results(claimed, whole):
    execute(claimed)
    assert len(whole) >= 8  # the reals, the surrogate, the metrics, snapshots and checkpoints
    assert results(claimed) == whole


@pytest.mark.parametrize("state", [State.PAUSED, State.STOPPED, State.INTERRUPTED])
def test_a_run_that_is_ended_early_keeps_what_it_learned(claimed, state):
    status = execute(claimed, at_step(10, state))
    assert (status.state, status.step) == (state, 10)
    assert claimed.status.state is state
    assert claimed.checkpoints.load()["step"] == 10
    assert claimed.load_surrogate().sample(3).shape == (3, 1, 32)
    assert claimed.snapshots.last[0] == 10


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
    assert claimed.checkpoints.load()["step"] == 20
    assert execute(claimed).state is State.FINISHED
    assert results(claimed) == whole


@pytest.mark.parametrize("every", [20, 25])
def test_a_run_that_was_killed_before_a_step_was_logged_misses_no_line(store, tiny_config, monkeypatch, every):
    training = tiny_config.training.model_dump() | {"checkpoint_every": every}
    whole, killed = (store.create(changed(tiny_config, training=training)) for _ in range(2))
    executed(whole)
    log_metrics = Run.log_metrics

    def log(run: Run, step: int, values: Mapping[str, float]) -> None:
        if step == 40 and "d_loss" in values:
            raise KeyboardInterrupt
        log_metrics(run, step, values)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "log_metrics", log)
        with pytest.raises(KeyboardInterrupt):
            executed(killed)
    executed(killed)
    assert results(killed) == results(whole)


def test_a_truncated_checkpoint_costs_the_steps_since_the_one_before(claimed, whole):
    execute(claimed, at_step(40, State.PAUSED))
    newest = max((claimed.path / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-10])
    assert execute(claimed).state is State.FINISHED
    assert results(claimed) == whole


def test_a_broken_checkpoint_takes_the_place_of_no_sound_one(claimed):
    execute(claimed, at_step(50, State.PAUSED))
    newest = max((claimed.path / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-10])
    execute(claimed, at_step(0, State.PAUSED))  # where it goes on
    assert claimed.checkpoints.last_step == claimed.status.step == 40
    assert not newest.exists()


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
    take_step = Trainer.take_step

    def poisoned(self: Trainer) -> torch.Tensor:
        if self.step == 52:
            torch.nn.init.constant_(self.generator.dense.weight, torch.nan)
        return take_step(self)

    monkeypatch.setattr(Trainer, "take_step", poisoned)
    status = execute(claimed)
    assert status.state is State.FAILED
    assert "diverged" in status.error
    assert all(value.isfinite().all() for value in claimed.checkpoints.load().values())
    assert np.isfinite(claimed.load_surrogate().sample(3)).all()


def of_other_networks(config: RunConfig) -> dict[str, torch.Tensor]:
    other = changed(config, network=config.network.model_dump() | {"hidden_size": 4})
    return state_dict(prepared(other))


def test_a_checkpoint_of_other_networks_fails_the_run_and_deletes_nothing(claimed):
    execute(claimed, at_step(10, State.PAUSED))
    claimed.checkpoints.save(20, of_other_networks(claimed.config))
    before = results(claimed)
    status = execute(claimed)
    assert status.state is State.FAILED
    assert "checkpoint does not fit its settings" in status.error
    assert results(claimed) == before


def test_an_error_in_a_new_run_is_not_told_as_one_of_its_checkpoint(claimed, monkeypatch):
    monkeypatch.setattr("core.training.training.first_reals", lambda *_: {}["missing"])
    status = execute(claimed)
    assert status.state is State.FAILED
    assert "error in Wavetwin" in status.error


def test_a_run_that_cannot_go_on_keeps_the_step_it_had(claimed):
    execute(claimed, at_step(10, State.PAUSED))
    claimed.checkpoints.save(20, of_other_networks(claimed.config))
    assert execute(claimed).step == 10


def test_a_broken_surrogate_does_not_keep_a_run_from_going_on(claimed):
    execute(claimed, at_step(10, State.PAUSED))
    (claimed.path / "surrogate.safetensors").write_bytes(b"broken")
    assert execute(claimed).state is State.FINISHED
    assert claimed.load_surrogate().sample(3).shape == (3, 1, 32)


@pytest.mark.parametrize("lost", ["twin", "selection"])
def test_where_nothing_is_known_of_the_best_state_it_is_looked_for_anew(store, tiny_config, monkeypatch, lost):
    run = store.create(changed(tiny_config, training=tiny_config.training.model_dump() | {"patience": 25}))
    scripted(monkeypatch, 0.9, 0.6, 0.7, 0.7)  # at steps 0 and 20; then at 30, where it goes on, and 40
    executed(run, at_step(30, State.PAUSED))
    if lost == "twin":
        run.surrogate_file.unlink()
    else:
        state = run.checkpoints.load()
        del state["selection"]
        run.checkpoints.save(30, state)
    status = executed(run)
    assert (status.state, status.step, status.stop_reason) == (State.FINISHED, 55, "no_gain")
    assert run.load_surrogate().step == 30


def test_a_finished_run_whose_twin_is_gone_gets_one_of_its_last_step(claimed):
    execute(claimed)
    claimed.surrogate_file.unlink()
    assert execute(claimed).state is State.FINISHED
    assert claimed.load_surrogate().step == 60


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
    assert [status.phase for status in told[:2]] == ["", "adversarial"]
    assert {status.device for status in told} == {"cpu"}
    assert (claimed.status.phase, claimed.status.device) == ("adversarial", "cpu")


# The twin


@pytest.fixture
def twin(store, manifold_config, few_reals) -> Iterator[Run]:
    """A new run of a twin that this process may write."""
    run = store.create(manifold_config)
    run.claim()
    yield run
    run.release()


PHASES = ["scale", "axes", "shapes", "latents", "noise", "adversarial"]


def test_the_phases_of_a_twin_are_told_as_they_begin(twin):
    told = []
    status = execute(twin, on_progress=told.append)
    assert status.state is State.FINISHED
    assert list(dict.fromkeys(status.phase for status in told)) == ["", *PHASES]
    assert twin.load_surrogate().sample(3).shape == (3, 1, 32)


def test_within_each_stage_it_is_asked_whether_to_stop(twin):
    looks = Counter()
    execute(twin, should_stop=lambda: looks.update([twin.status.phase]))
    assert list(looks) == PHASES
    assert min(looks[stage] for stage in PHASES[:-1]) > 1  # the one with which it begins


@pytest.mark.parametrize(("phase", "looks"), [("scale", 1), ("shapes", 1), ("shapes", 7), ("adversarial", 1)])
def test_a_run_that_is_paused_while_it_is_initialized_can_be_resumed(twin, phase, looks):
    left = iter([None] * (looks - 1) + [State.PAUSED])
    status = execute(twin, should_stop=lambda: next(left) if twin.status.phase == phase else None)
    assert (status.state, status.step, status.phase) == (State.PAUSED, 0, phase)
    assert twin.status.state.is_resumable
    assert not twin.has_surrogate
    assert execute(twin).state is State.FINISHED
    assert twin.metrics["distance"][0].tolist() == [0, 10, 20]
    assert twin.checkpoints.load()["step"] == 20


def test_a_run_that_is_paused_within_a_stage_raises_nothing_where_the_disk_is_full(twin, monkeypatch, caplog):
    looks = Counter()

    def fill_and_pause() -> State | None:
        looks.update([twin.status.phase])
        if looks["shapes"] < 7:
            return None
        monkeypatch.setattr(Run, "write_status", fail)
        return State.PAUSED

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert execute(twin, fill_and_pause).state is State.PAUSED
    assert "its status could not be written" in caplog.text


def test_a_twin_that_diverges_keeps_the_surrogate_of_before(twin, monkeypatch):
    take_step = Trainer.take_step

    def poisoned(self: Trainer) -> torch.Tensor:
        if self.step == 15:
            torch.nn.init.constant_(self.generator.network.last.weight, torch.nan)
        return take_step(self)

    monkeypatch.setattr(Trainer, "take_step", poisoned)
    status = execute(twin)
    assert status.state is State.FAILED
    assert "diverged" in status.error
    assert twin.load_surrogate().step <= 10
    assert np.isfinite(twin.load_surrogate().sample(100)).all()
    assert twin.checkpoints.load()["step"] == 10


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
