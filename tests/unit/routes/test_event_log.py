import io
import json
import logging
import sys

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from core.access.guard import Guard
from core.access.settings import Access
from core.presentation.web_files import WebFiles
from core.routes import routes
from core.routes.event_log import JsonLine, log_events


@pytest.fixture
def lines(monkeypatch):
    """What the server logs, as the programs that collect it read it."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    monkeypatch.setenv("WAVETWIN_LOG", "json")
    loggers = [logging.getLogger(name) for name in ("core", "pages")]
    before = [(one.handlers, one.propagate, one.level) for one in loggers]
    log_events()
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


def test_each_answer_of_the_api_is_a_line(lines, tmp_path, monkeypatch):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    client = TestClient(Starlette(routes=routes(WebFiles())))
    size = len(client.get("/api/explore?run=none&at=1").content)
    client.get("/healthz")
    (line,) = lines()
    assert (line["event"], line["path"], line["status"], line["bytes"]) == ("answered", "/api/explore", 404, size)
    assert line["seconds"] >= 0
    assert line["level"] == "info"


def test_who_asked_and_who_was_refused_is_logged_where_people_sign_in(lines, tmp_path, monkeypatch):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    claims = {"is_logged_in": True, "sub": "1", "email": "ada@lab.org"}
    guard = Middleware(Guard, Access(secret="any"), lambda cookies: claims if cookies else {})
    client = TestClient(Starlette(routes=routes(WebFiles()), middleware=[guard]))
    client.get("/api/explore?run=none&at=1")
    client.get("/api/explore?run=none&at=1", headers={"cookie": "any=any"})
    refused, answered = lines()
    assert (refused["event"], refused["path"], refused["status"]) == ("refused", "/api/explore", 401)
    assert (answered["event"], answered["person"]) == ("answered", "ada@lab.org")


def test_an_error_is_one_line_with_its_traceback(lines):
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("core.jobs").exception("Run %s failed", "a\nb")
    (line,) = lines()
    assert line["event"] == "Run a\nb failed"
    assert "ZeroDivisionError" in line["traceback"]


def test_a_fact_of_any_kind_is_written(lines):
    logging.getLogger("pages.x").info("seen", extra={"where": {1}})
    assert lines()[0]["where"] == "{1}"


def test_without_asking_nothing_changes(monkeypatch):
    monkeypatch.delenv("WAVETWIN_LOG", raising=False)
    log_events()
    assert not any(isinstance(one.formatter, JsonLine) for one in logging.getLogger("core").handlers)
