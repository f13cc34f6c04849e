import signal
from collections.abc import Callable

import numpy as np

from core.config import PRESETS, changed
from core.jobs.training import execute
from core.store.datasets import DataSetStore
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, Status
from tests.unit.commands.outcomes import last_line, written


def interrupted_at_its_first_step(run: Run, should_stop: Callable, show: Callable[[Status], None], **more) -> Status:
    """Trains until somebody presses Ctrl-C, as soon as there is something to lose."""

    def watch(status: Status) -> None:
        if status.step:
            signal.raise_signal(signal.SIGINT)
        show(status)

    return execute(run, should_stop, watch, **more)


def test_training_ends_with_one_json_object(command, tiny):
    code, out, err = command("train", "--config", tiny, "--json")
    assert code == 0
    result = last_line(out)
    run = RunStore().get(result["run_id"])
    assert run.status.state is State.FINISHED
    assert (result["state"], result["steps"], result["error"]) == ("finished", 60, None)
    assert result["seconds"] > 0
    assert result["distance"] == run.load_surrogate().distance
    assert "Traceback" not in err


def test_training_says_what_came_of_it(command, tiny):
    code, out, err = command("train", "--config", tiny, "--steps", 20, "--seed", 3, "--name", "My first")
    assert code == 0
    (run,) = RunStore().all()
    assert err == f"Training run {run.id}; Ctrl-C saves it, to go on later.\n"
    assert out == (
        f"Run {run.id} is finished after 20 steps. The training took all its steps. Next: evaluate --run {run.id}, and "
        f"generate --run {run.id} --out signals.csv.\n"
    )
    assert run.name == "My first"
    assert run.config.training.steps == 20
    assert run.config.training.seed == 3


def test_training_begins_with_the_first_preset(command, monkeypatch):
    monkeypatch.setattr("core.commands.train.execute", lambda *_, **__: Status(state=State.FINISHED))
    code, _, _ = command("train", "--steps", 1)
    assert code == 0
    assert RunStore().all()[0].config.preset == next(iter(PRESETS))


def test_training_with_a_bar_names_the_phase(command, tiny, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    _, _, err = command("train", "--config", tiny)
    assert "Adversarial training: 100%" in err


def test_a_training_that_fails_says_why(command, tiny_config, tmp_path):
    nothing = {"minimum": 0, "maximum": 0, "step": 1}
    source = {"n_samples": 32, "amplitude": nothing, "bias": nothing, "noise_amplitude": 0}
    config = written(changed(tiny_config, source=source), tmp_path / "nothing.json")
    code, out, err = command("train", "--config", config, "--json")
    assert code == 1
    _, why = err.splitlines()
    assert "nothing to learn" in why
    assert last_line(out)["state"] == "failed"
    assert last_line(out)["error"] == why


def test_a_finished_run_resumed_stays_finished(command, tiny):
    command("train", "--config", tiny)
    (run,) = RunStore().all()
    code, out, _ = command("train", "--resume", run.id, "--json")
    assert code == 0
    assert last_line(out)["state"] == "finished"
    assert last_line(out)["steps"] == 60


def test_an_interrupted_training_is_saved_and_resumed_to_its_end(command, endless, tmp_path, monkeypatch):
    config = written(endless, tmp_path / "endless.json")
    with monkeypatch.context() as patch:
        patch.setattr("core.commands.train.execute", interrupted_at_its_first_step)
        code, out, err = command("train", "--config", config, "--json")
    assert code == 130
    assert "Traceback" not in err
    assert last_line(out)["state"] == "interrupted"
    step = last_line(out)["steps"]
    assert step > 0
    (run,) = RunStore().all()
    assert run.status.state is State.INTERRUPTED
    written(changed(endless, training=endless.training.model_dump() | {"steps": step + 20}), run.path / "config.json")
    code, out, _ = command("train", "--resume", run.id, "--json")
    assert code == 0
    assert last_line(out)["run_id"] == run.id
    assert last_line(out)["state"] == "finished"
    assert last_line(out)["steps"] == step + 20


def test_an_interrupted_training_says_how_to_go_on(command, endless, tmp_path, monkeypatch):
    monkeypatch.setattr("core.commands.train.execute", interrupted_at_its_first_step)
    code, out, _ = command("train", "--config", written(endless, tmp_path / "endless.json"))
    assert code == 130
    assert out.endswith(f" To go on: train --resume {RunStore().all()[0].id}.\n")


def test_files_show_how_far_they_are_and_ctrl_c_keeps_nothing_of_them(command, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "waves.npy", rng.normal(size=(200, 32)).astype(np.float32))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.store.atomic.write_array", interrupt)
    code, out, err = command("train", "--data", "waves.npy", "--preset", "article")
    assert (code, out) == (130, "")
    assert "1/1" in err
    assert err.endswith("Preparing …\nInterrupted: no data set was kept.\n")
    assert DataSetStore(tmp_path).ids() == []
    assert RunStore(tmp_path).all() == []
