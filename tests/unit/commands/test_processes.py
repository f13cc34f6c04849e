"""Processes that share a training, and such as are killed; all in one file, so that they begin as copies of the same one."""

import os
import signal
import threading
from pathlib import Path

import pytest

from core.config import RunConfig, changed
from core.scale import shards
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request, State
from tests.processes import Command, ranks, running
from tests.unit.commands.outcomes import last_line, refused, written
from tests.unit.jobs.results import results
from tests.unit.trainings import assert_same_state
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


# One training by several processes, as torchrun starts them


@pytest.fixture
def long(endless, tmp_path) -> Path:
    """Settings of a training that somebody must end, and that evaluates hardly ever."""
    return written(
        changed(endless, training=endless.training.model_dump() | {"n_eval": 1_000_000}), tmp_path / "long.json"
    )


def the_run() -> Run:
    """The one run there is, once it has a checkpoint."""
    wait_until(lambda: RunStore().all() and RunStore().all()[0].checkpoints.last_step)
    return RunStore().all()[0]


def with_steps(config: RunConfig, steps: int) -> RunConfig:
    return changed(config, training=config.training.model_dump() | {"steps": steps})


def finished(n: int, *command: object) -> Run:
    """The run that `n` processes train to its end."""
    with ranks(n, "train", "--json", *command) as processes:
        (code, out, _), *others = (process.ended() for process in processes)
    assert code == 0
    assert [(code, out) for code, out, _ in others] == [(0, "")] * (n - 1)
    result = last_line(out)
    assert (result["state"], result["processes"]) == ("finished", n)
    return RunStore().get(result["run_id"])


def test_a_training_that_is_stopped_and_loses_a_process_ends_as_one_that_never_did(long, tmp_path):
    with ranks(2, "train", "--config", long) as processes:
        run = the_run()
        run.request(Request.STOP)
        assert [process.ended()[0] for process in processes] == [0, 0]
    stopped = run.status
    assert (stopped.state, stopped.processes, stopped.error) == (State.STOPPED, 2, None)
    with ranks(2, "train", "--resume", run.id) as processes:
        wait_until(lambda: run.checkpoints.last_step > stopped.step)
        processes[1].kill()
        assert_ended_for_want_of_the_other(processes[0])
    assert run.status.state is State.INTERRUPTED
    assert "resume the run" in run.status.error
    written(with_steps(run.config, run.checkpoints.last_step + 20), run.path / "config.json")
    resumed = finished(2, "--resume", run.id)
    whole = finished(2, "--config", written(resumed.config, tmp_path / "whole.json"))
    assert whole.id != resumed.id
    assert_same_state(whole.checkpoints.load(), resumed.checkpoints.load())
    assert whole.metrics["d_loss"][1].tolist() == resumed.metrics["d_loss"][1].tolist()


def test_where_the_process_that_leads_is_killed_the_other_ends(long):
    with ranks(2, "train", "--config", long) as processes:
        run = the_run()
        processes[0].kill()
        assert_ended_for_want_of_the_other(processes[1])
    assert run.status.state is State.INTERRUPTED


def assert_ended_for_want_of_the_other(process: Command) -> None:
    code, _, err = process.ended()
    assert code == 130
    assert "Another process of this training can no longer be reached" in err
    assert "Traceback" not in err


def test_ctrl_c_saves_a_run_that_can_go_on_with_another_number_of_processes(long, command):
    with ranks(3, "train", "--config", long) as processes:
        run = the_run()
        for process in reversed(processes):  # a terminal tells all of them
            process.interrupt()
        assert [process.ended()[0] for process in processes] == [130, 0, 0]
    assert (run.status.state, run.status.processes) == (State.INTERRUPTED, 3)
    step = run.checkpoints.last_step
    assert step == run.status.step
    written(with_steps(run.config, step + 20), run.path / "config.json")
    assert command("train", "--resume", run.id)[0] == 0
    assert (run.status.state, run.status.processes) == (State.FINISHED, 1)


def test_a_wrong_command_is_told_once(tmp_path):
    with ranks(2, "train", "--config", tmp_path / "none.json") as processes:
        first, second = (process.ended() for process in processes)
    assert refused(first)
    assert second == (0, "", "")


def test_a_process_that_was_started_as_one_of_one_trains_alone(command, tiny, monkeypatch):
    assert command("train", "--config", tiny)[0] == 0
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert command("train", "--config", tiny)[0] == 0
    first, second = RunStore().all()
    assert results(first) == results(second)


# Processes that are killed


def test_a_killed_worker_loses_no_run_and_none_is_trained_twice(command, tiny_config):
    """A process is killed in the middle of a training; this one does the rest, until it is told to end."""
    settings = tiny_config.training.model_dump() | {"steps": 160, "n_eval": 160}
    runs = [RunStore().create(changed(tiny_config, training=settings), sweep="Sweep") for _ in range(3)]
    with running("work") as worker:
        wait_until(lambda: trained_by(worker, runs))
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


def trained_by(worker: Command, runs: list[Run]) -> list[Run]:
    """What a worker has begun and not ended, and has saved a checkpoint of."""
    unfinished = (run for run in runs if run.status.state in (State.RUNNING, State.INTERRUPTED))
    own = (run for run in unfinished if run.worker and run.worker.pid == worker.pid)
    return [run for run in own if run.checkpoints.last_step]


def test_a_killed_writer_loses_no_shard(command, run, tmp_path):
    wanted = ["generate", "--run", run.id, "--per-shard", 512, "--format", "parquet"]
    with running(*wanted, "--count", 1_000_000, "--shards", tmp_path / "killed"):
        wait_until((tmp_path / "killed" / "entries" / "000001.json").exists)
    there = shards.written(str(tmp_path / "killed"))
    assert len(there) >= 2
    plan = shards.plan_at(str(tmp_path / "killed"))
    assert command(*wanted, "--count", 512 * len(there), "--shards", tmp_path / "whole")[0] == 0
    for index in there:
        name = plan.file_name(index)
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
