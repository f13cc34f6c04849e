import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.routes import API, twin


@pytest.fixture
def client(examples, monkeypatch) -> TestClient:
    monkeypatch.setenv("WAVETWIN_DATA", str(examples))
    return TestClient(Starlette(routes=API))


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> Path:
    """A data directory with the examples."""
    from core.examples import give

    folder = tmp_path_factory.mktemp("examples")
    give(folder)
    return folder


def run_id(examples: Path) -> str:
    return min(path.name for path in (examples / "runs").iterdir())


def ends(code: int, said: str = "", content: bytes = b""):
    """A process that ends so at once, having written a file."""

    def run(command, **_):
        assert command[1:5] == ["-m", "core", "export", "--run"]
        Path(command[-1]).write_bytes(content)
        return subprocess.CompletedProcess(command, code, "", said)

    return run


def test_the_file_of_the_command_is_sent(client, examples, monkeypatch):
    monkeypatch.setattr(subprocess, "run", ends(0, content=b"a twin"))
    answer = client.get("/api/twin", params={"run": run_id(examples)})
    assert (answer.status_code, answer.content) == (200, b"a twin")
    assert answer.headers["content-type"] == "application/zip"
    assert twin.file_name(run_id(examples)) in answer.headers["content-disposition"]


def test_the_command_looks_where_the_server_does(client, examples, monkeypatch):
    told = {}

    def run(command, env, **more):
        told.update(env)
        return ends(0)(command, **more)

    monkeypatch.chdir(examples.parent)
    monkeypatch.setenv("WAVETWIN_DATA", examples.name)  # which is another folder from where the command works
    monkeypatch.setattr(subprocess, "run", run)
    assert client.get("/api/twin", params={"run": run_id(examples)}).status_code == 200
    assert told["WAVETWIN_DATA"] == str(examples)


def test_what_the_command_says_is_passed_on(client, examples, monkeypatch):
    monkeypatch.setattr(subprocess, "run", ends(2, "Advice\nInstall two packages.\n"))
    answer = client.get("/api/twin", params={"run": run_id(examples)})
    assert (answer.status_code, answer.json()) == (409, {"error": "Install two packages."})


def test_a_failure_is_no_file_and_only_the_log_has_its_traceback(client, examples, monkeypatch, caplog):
    monkeypatch.setattr(subprocess, "run", ends(1, "Traceback"))
    answer = client.get("/api/twin", params={"run": run_id(examples)})
    assert (answer.status_code, list(answer.json())) == (500, ["error"])
    assert "CalledProcessError" in caplog.text
    assert "CalledProcessError" not in answer.text


def test_nobody_waits_for_ever(client, examples, monkeypatch):
    def hang(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    answer = client.get("/api/twin", params={"run": run_id(examples)})
    assert answer.status_code == 409
    assert "not ready after 5 minutes" in answer.text


def test_one_file_is_written_at_a_time_few_wait_and_the_others_are_refused_at_once(client, examples, monkeypatch):
    at_work, most = [], []

    def run(command, **more):
        at_work.append(command)
        most.append(len(at_work))
        done = ends(0, content=b"a twin")(command, **more)
        at_work.remove(command)
        return done

    monkeypatch.setattr(subprocess, "run", run)

    def ask(_number: int):
        return client.get("/api/twin", params={"run": run_id(examples)})

    with ThreadPoolExecutor(1 + twin.MOST_WAITING) as pool:
        with twin._one_at_a_time:
            waiting = [pool.submit(ask, number) for number in range(1 + twin.MOST_WAITING)]
            while twin._places._value:
                time.sleep(0.001)
            assert "busy with other twins" in ask(0).text
        assert [one.result().content for one in waiting] == [b"a twin"] * (1 + twin.MOST_WAITING)
    assert max(most) == 1
    assert ask(0).status_code == 200


def test_an_unknown_run_is_not_found(client):
    assert client.get("/api/twin", params={"run": "20200101-000000-dead"}).status_code == 404
