import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.errors import RunStateError
from core.fidelity.report import MIN_SIGNALS, Report, evaluate
from core.store.run import MAX_NAME
from core.store.status import Request, State, Status, WorkerKind, WorkerRecord

ROOT = Path(__file__).parents[3]


# Status, and who may write


def test_a_status_comes_back_with_the_time_it_was_written(run):
    run.write_status(Status(state=State.FAILED, step=7, seconds=1.5, steps_per_second=60, error="No room."))
    status = run.status
    assert status.model_copy(update={"updated_at": 0.0}) == Status(
        state=State.FAILED, step=7, seconds=1.5, steps_per_second=60, error="No room."
    )
    assert abs(status.updated_at - time.time()) < 60


def test_a_run_in_progress_that_nobody_holds_is_interrupted(store, run):
    run.claim()
    run.write_status(Status(state=State.RUNNING, step=7))
    assert store.get(run.id).status.state is State.RUNNING
    run.release()
    assert store.get(run.id).status.state is State.INTERRUPTED
    assert store.get(run.id).status.step == 7


@pytest.mark.parametrize("state", [state for state in State if state is not State.RUNNING])
def test_a_run_at_rest_needs_nobody_to_hold_it(run, state):
    run.write_status(Status(state=state))
    assert run.status.state is state


def test_a_run_has_one_writer_at_a_time(store, run):
    other = store.get(run.id)
    run.claim()
    with pytest.raises(RunStateError, match="“Mine” is being trained already"):
        other.claim()
    run.release()
    other.claim()
    other.release()


def test_a_run_in_progress_cannot_be_deleted(store, run):
    run.claim()
    with pytest.raises(RunStateError, match="being trained"):
        store.delete(run.id)
    assert run.path.is_dir()
    run.release()
    store.delete(run.id)
    assert store.all() == []


CLAIMING = """
import sys, time
from pathlib import Path
from core.store.run import Run
from core.store.status import State, Status
run = Run(Path(sys.argv[1]))
run.claim()
run.write_status(Status(state=State.RUNNING, step=20))
print("claimed", flush=True)
time.sleep(60)
"""


def test_a_run_whose_process_was_killed_is_interrupted(store, run):
    with subprocess.Popen(
        [sys.executable, "-c", CLAIMING, str(run.path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "claimed\n"
            assert run.status.state is State.RUNNING
            with pytest.raises(RunStateError):
                store.delete(run.id)
        finally:
            process.kill()
    assert run.status.state is State.INTERRUPTED
    assert run.status.step == 20
    assert State.INTERRUPTED.is_resumable
    run.claim()
    run.release()


def test_a_run_says_who_trains_it(store, run):
    run.write_worker(WorkerRecord.here(WorkerKind.WORK))
    worker = store.get(run.id).worker
    assert worker.kind is WorkerKind.WORK
    assert worker.is_here
    assert not worker.model_copy(update={"pid": worker.pid + 1}).is_here
    (run.path / "worker.json").write_text("{")
    assert run.worker is None


def test_a_run_knows_its_sweep(store, tiny_config):
    assert store.get(store.create(tiny_config, sweep=" Noise\n levels").id).sweep == "Noise levels"


def test_requests_are_passed_on_and_forgotten(store, run):
    assert run.requested() is None
    for request in Request:
        run.request(request)
        assert store.get(run.id).requested() is request
    run.clear_request()
    run.clear_request()
    assert run.requested() is None


def test_claiming_a_run_forgets_what_was_asked_of_its_last_writer(run):
    run.request(Request.STOP)
    run.claim()
    assert run.requested() is None
    run.release()


def test_a_request_that_nobody_knows_is_none(run):
    (run.path / "request").write_text("explode")
    assert run.requested() is None


# Reports


@pytest.fixture(scope="module")
def report() -> Report:
    """Any report."""
    reals = np.random.default_rng(0).normal(size=(3 * MIN_SIGNALS, 16))
    return evaluate(reals, 2 * reals[:MIN_SIGNALS], quick=True)


def test_a_new_run_has_no_report(run):
    assert run.report is None


def test_a_report_is_kept(store, run, report):
    run.save_report(report)
    assert store.get(run.id).report == report
    assert {path.name for path in run.path.iterdir() if path.is_file()} >= {"fidelity.json"}
    assert not list(run.path.glob(".fidelity*"))


def test_a_report_takes_the_place_of_the_one_before(run, report):
    run.save_report(report)
    assert run.report == report
    named = report.model_copy(update={"subject": report.subject.model_copy(update={"name": "Another"})})
    run.save_report(named)
    assert run.report == named


def test_a_report_can_be_deleted(run, report):
    run.save_report(report)
    assert run.report
    (run.path / "fidelity.json").unlink()
    assert run.report is None


def test_reports_of_two_runs_are_told_apart(store, tiny_config, run, report):
    run.save_report(report)
    assert store.create(tiny_config).report is None


BROKEN_REPORTS = {
    "empty": lambda text: "",
    "truncated": lambda text: text[: len(text) // 2],
    "a list": lambda text: "[]",
    "null": lambda text: "null",
    "deep": lambda text: "[" * 5000,
    "without a verdict": lambda text: json.dumps(json.loads(text) | {"verdict": None}),
    "with something unknown": lambda text: json.dumps(json.loads(text) | {"mood": "good"}),
    "of an unknown level": lambda text: text.replace('"level":"', '"level":"Nearly '),
    "of another format": lambda text: json.dumps(json.loads(text) | {"format": 999}),
}


@pytest.mark.parametrize("damage", BROKEN_REPORTS.values(), ids=BROKEN_REPORTS)
def test_a_report_that_cannot_be_read_is_none(damage, run, report):
    run.save_report(report)
    file = run.path / "fidelity.json"
    file.write_text(damage(file.read_text("utf-8")), "utf-8")
    assert run.report is None
    run.save_report(report)
    assert run.report == report


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 10])
def test_a_report_of_any_bytes_is_none(content, run):
    (run.path / "fidelity.json").write_bytes(content)
    assert run.report is None


def test_a_folder_in_the_place_of_a_report_is_none(run):
    (run.path / "fidelity.json").mkdir()
    assert run.report is None


@pytest.mark.parametrize("name", ["\u202egpj.exe", "gpj.exe\u2066\n", "\x00gpj.exe"])
def test_a_name_shows_all_of_itself_even_if_the_file_was_made_by_hand(name, run):
    run.rename(name)
    assert run.name == "gpj.exe"
    (run.path / "name.txt").write_text(name, "utf-8")
    assert run.name == "gpj.exe"


def test_a_name_of_ten_thousand_letters_is_cut(run):
    (run.path / "name.txt").write_text(10_000 * "x", "utf-8")
    assert run.name == MAX_NAME * "x"
