import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.commands.work import _show_only
from core.config import changed
from core.jobs.training import train
from core.store.queue import enqueue_missing
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, WorkerKind
from tests.unit.commands.outcomes import last_line, refused
from tests.unit.jobs.results import results
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
SMALL_CORE = (sys.executable, "-m", "tests.unit.commands.small_core")


@pytest.fixture
def swept(tiny_config):
    """Queues runs of a sweep over seeds."""

    def queue(n: int, **training: object) -> list[Run]:
        settings = tiny_config.training.model_dump() | training
        wanted = [(f"{n}", changed(tiny_config, training=settings | {"seed": n})) for n in range(n)]
        return enqueue_missing(RunStore(), "Sweep", wanted)

    return queue


def test_a_worker_trains_what_waits(command, swept):
    first, second = swept(2, steps=10)
    code, out, err = command("work", "--until-empty")
    assert (code, err) == (0, "")
    assert out == "".join(f"Run {run.id} ({run.name}) is finished after 10 steps.\n" for run in (first, second))
    assert first.worker.kind is WorkerKind.WORK


def test_a_worker_works_off_the_folder_that_is_named_and_says_what_failed(command, hopeless, tmp_path, monkeypatch):
    run = RunStore().create(hopeless)
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path / "elsewhere"))
    code, out, _ = command("work", "--data", tmp_path, "--until-empty", "--json")
    result = last_line(out)
    assert code == 1
    assert "nothing to learn" in result.pop("error")
    assert result == {"run_id": run.id, "name": run.name, "state": "failed", "steps": 0}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--workers", 0], "--workers is 0; there may stand a number from 1."),
        (["--devices", "gpu1"], "--devices has “gpu1”; there may stand cpu, cuda, and cuda:0, cuda:1 and so on."),
        (["--devices", "cuda:"], "--devices has “cuda:”"),
        (["--engine", "ray", "--workers", 2], "leave out --workers"),
        (["--engine", "ray", "--until-empty"], 'pip install "wavetwin[ray]"'),
    ],
)
def test_what_is_impossible_is_said(command, swept, options, sentence, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    swept(1)
    outcome = command("work", *options)
    assert refused(outcome)
    assert sentence in outcome[2]


@pytest.mark.parametrize(("device", "seen"), [("cpu", ""), ("cuda:1", "1"), ("cuda", None), ("", None)])
def test_a_worker_sees_the_card_that_it_is_given(device, seen, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    _show_only(device)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ("7" if seen is None else seen)


@pytest.mark.parametrize(
    ("given", "devices"),
    [([], [""]), (["--workers", "2"], ["", ""]), (["--devices", "cuda:0,cuda:1"], ["cuda:0", "cuda:1"])],
)
def test_each_worker_gets_the_next_device(command, given, devices, monkeypatch):
    begun: list[str] = []
    monkeypatch.setattr("core.commands.work._work", lambda data_dir, device, *rest: begun.append(device) or 0)
    monkeypatch.setattr(
        "core.commands.work.side_by_side", lambda target, each: begun.extend(one[1] for one in each) or [0]
    )
    assert command("work", *given)[0] == 0
    assert begun == devices


def test_a_training_on_the_command_line_is_not_taken_by_a_worker(tiny_config, monkeypatch, tmp_path):
    """Between its creation and its first step."""
    left: list[object] = []

    def execute(run: Run, *_: object, **__: object):
        run.release()
        left.append(RunStore(tmp_path).get(run.id).status.state)
        return run.status

    monkeypatch.setattr("core.jobs.training.execute", execute)
    train(tiny_config, data_dir=tmp_path)
    assert left == [State.INTERRUPTED]


@pytest.mark.slow
def test_a_killed_worker_loses_no_run_and_none_is_trained_twice(command, tiny_config):
    """A process is killed in the middle of a training; this one does the rest, until it is told to end."""
    settings = tiny_config.training.model_dump() | {"steps": 160, "n_eval": 160}
    runs = [RunStore().create(changed(tiny_config, training=settings), sweep="Sweep") for _ in range(3)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    worker = subprocess.Popen([*SMALL_CORE, "work"], env=environment)
    try:
        wait_until(lambda: trained_by(worker, runs))
    finally:
        worker.kill()
        worker.wait()
    (killed,) = trained_by(worker, runs)

    def tell() -> None:
        try:
            wait_until(lambda: all(run.status.state is State.FINISHED for run in runs))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    telling = threading.Thread(target=tell)
    telling.start()
    assert command("work")[0] == 0
    telling.join()
    assert killed.worker.pid == os.getpid()
    assert killed.worker.step > 0  # it went on from a checkpoint
    whole = next(run for run in runs if run.id != killed.id)
    assert results(killed) == results(whole)


def trained_by(worker: subprocess.Popen, runs: list[Run]) -> list[Run]:
    """What a worker has begun and not ended, and has saved a checkpoint of."""
    unfinished = (run for run in runs if run.status.state in (State.RUNNING, State.INTERRUPTED))
    own = (run for run in unfinished if run.worker and run.worker.pid == worker.pid)
    return [run for run in own if run.checkpoints.last_step]
