import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.presentation.web_files import WebFiles
from core.routes import health, routes
from core.store.status import State
from core.version import __version__


@pytest.fixture
def client(tmp_path, monkeypatch) -> TestClient:
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    return TestClient(Starlette(routes=routes(WebFiles())))


def test_a_server_that_can_work_says_so(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"version": __version__, "data_writable": True, "running": 0, "queued": 0}
    assert answer.headers["cache-control"] == "no-store"


def test_runs_in_progress_are_counted_and_broken_ones_are_not(client, store, tiny_config):
    runs = [store.create(tiny_config) for _ in range(3)]
    for run, state in zip(runs, (State.RUNNING, State.QUEUED, State.QUEUED), strict=True):
        run.claim()
        run.write_status(run.status.model_copy(update={"state": state}))
    (runs[2].path / "status.json").write_text("{")
    assert client.get("/healthz").json() | {"version": ""} == {
        "version": "",
        "data_writable": True,
        "running": 1,
        "queued": 1,
    }
    for run in runs:
        run.release()


def test_a_disk_that_is_full_is_noticed(client, monkeypatch):
    def full(dir):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(health, "TemporaryFile", full)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["data_writable"] is False


def test_a_probe_leaves_nothing_behind(client, tmp_path):
    client.get("/healthz")
    assert list(tmp_path.iterdir()) == []
