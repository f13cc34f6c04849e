import os
import sys

import pytest

from core.commands.work import _show_only
from core.config import changed
from core.jobs.training import train
from core.store.queue import enqueue_missing
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, WorkerKind
from tests.unit.commands.outcomes import last_line, refused


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
        (["--workers", 0], "--workers is 0; give 1 or more."),
        (["--devices", "gpu1"], "--devices has “gpu1”; use cpu, cuda, cuda:0, cuda:1 and so on."),
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
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("core.commands.work._work", lambda data_dir, device, *rest: begun.append(device) or 0)
    monkeypatch.setattr(
        "core.commands.work.side_by_side", lambda target, each: begun.extend(one[1] for one in each) or [0]
    )
    assert command("work", *given)[0] == 0
    assert begun == devices


@pytest.mark.parametrize(
    ("devices", "n", "says"),
    [
        (
            "cuda:0",
            0,
            "--devices has “cuda:0”, but 0 CUDA devices can be used on this machine; give others, such as cpu,",
        ),
        ("cpu,cuda", 0, "--devices has “cuda”"),
        ("cuda:0,cuda:1", 1, "--devices has “cuda:1”, but 1 CUDA device can be used"),
    ],
)
def test_a_card_that_is_not_there_is_refused(devices, n, says, command, swept, monkeypatch):
    (run,) = swept(1, steps=10)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("torch.cuda.device_count", lambda: n)
    outcome = command("work", "--devices", devices, "--until-empty")
    assert refused(outcome)
    assert outcome[2].startswith(says)
    assert run.status.state is State.QUEUED


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
