"""What the page tests share: a data directory for each, runs in every state, and an eye on the log."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from core.fidelity.report import Report
from core.jobs.evaluation import EvaluationManager, evaluate_run
from core.jobs.manager import JobManager
from core.jobs.training import train
from core.store.run import Run
from core.store.status import State
from tests.pages.evaluations import few
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch) -> Iterator[Path]:
    """Where the pages keep their runs."""
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    yield tmp_path
    EvaluationManager.of(tmp_path).shutdown()
    JobManager.of(tmp_path).shutdown()


@pytest.fixture(scope="session", autouse=True)
def _scripts_are_compiled_once() -> Iterator[None]:
    """As in a server; each run of an AppTest would compile them anew."""
    scripts = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.testing.v1.local_script_runner.ScriptCache", lambda: scripts)
        yield


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog) -> Iterator[None]:
    """Deprecation warnings, tracebacks of pages and the like go into the log: there must be none."""
    yield
    records = [record for record in caplog.get_records("call") if record.name.startswith(("streamlit", "pages"))]
    texts = [record.getMessage() for record in records]
    assert [text for text in texts if "missing ScriptRunContext" not in text] == []


@pytest.fixture
def manager(data_dir) -> JobManager:
    """The one that the pages use."""
    return JobManager.of(data_dir)


@pytest.fixture(scope="session")
def trained(tmp_path_factory, tiny_config) -> Run:
    """A finished run that other tests copy."""
    return train(tiny_config, "Trained", tmp_path_factory.mktemp("trained"))


@pytest.fixture
def add_run(store, trained) -> Callable[..., Run]:
    """Puts another run below the data directory, as a process that has ended would have left it."""

    def add(name: str = "Mine", state: State = State.FINISHED, **status) -> Run:
        number = len(store.all())
        run = Run(store.root / f"2026010{1 + number}-120000-00{number:02x}")
        shutil.copytree(trained.path, run.path)
        run.rename(name)
        run.write_status(run.status.model_copy(update={"state": state, **status}))
        return run

    return add


@pytest.fixture
def live_run(manager, endless) -> Run:
    """A run that a thread is training right now."""
    run = manager.start(endless, "Alive")
    wait_until(lambda: run.has_surrogate and run.metrics.last("d_loss") is not None)
    return run


@pytest.fixture
def held_run(add_run) -> Iterator[Run]:
    """A run that another process, as it were, is training."""
    run = add_run("Elsewhere", State.RUNNING, step=20, steps_per_second=10.0)
    run.claim()
    yield run
    run.release()


@pytest.fixture
def no_room(data_dir) -> None:
    """A data directory in which nothing can be kept."""
    for name in ("runs", "sources"):
        (data_dir / name).write_text("a file where a folder should be")


# Page Fidelity


@pytest.fixture(scope="session")
def report(trained, tmp_path_factory) -> Report:
    """The report on a twin that other tests copy."""
    run = Run(tmp_path_factory.mktemp("judged") / trained.id)
    shutil.copytree(trained.path, run.path)
    with pytest.MonkeyPatch.context() as patch:
        few(patch)
        return evaluate_run(run, quick=True)


@pytest.fixture
def add_judged(add_run, report) -> Callable[..., Run]:
    """Puts another run with its report below the data directory."""

    def add(name: str = "Mine", **subject) -> Run:
        run = add_run(name)
        about = {"name": name, "run_id": run.id} | subject
        run.save_report(report.model_copy(update={"subject": report.subject.model_copy(update=about)}))
        return run

    return add


@pytest.fixture
def evaluations(data_dir) -> EvaluationManager:
    """The one that the page uses."""
    return EvaluationManager.of(data_dir)


@pytest.fixture
def held(monkeypatch) -> dict:
    """A measurement that goes on until somebody ends it."""
    told = {"begun": threading.Event(), "quick": []}

    def measure(run, quick, on_progress):
        told["quick"].append(quick)
        while True:
            on_progress(0.25, "Boosted trees")
            told["begun"].set()
            time.sleep(0.01)

    monkeypatch.setattr("core.jobs.evaluation.evaluate_run", measure)
    return told
