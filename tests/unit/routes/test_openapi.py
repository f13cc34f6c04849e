import importlib
import sys
from html import unescape

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from core.jobs.training import train
from core.presentation.web_files import WebFiles
from core.routes import API, openapi, routes
from core.routes.endpoints import ENDPOINTS
from core.store.run import Run

OPERATIONS = {path: operations["get"] for path, operations in openapi.described("")["paths"].items()}
QUERIES = {path: operation for path, operation in OPERATIONS.items() if "{" not in path}
UNANSWERED = {  # of a run without classes, without planted faults, and without a process of its own to export it
    "/api/balanced": 400,
    "/api/signals/faulty.csv": 400,
    "/api/twin": 200,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config) -> Run:
    return train(tiny_config, "Mine", tmp_path_factory.mktemp("data"))


@pytest.fixture
def client(run, monkeypatch) -> TestClient:
    monkeypatch.setenv("WAVETWIN_DATA", str(run.path.parent.parent))
    monkeypatch.setattr("core.routes.twin._exported", lambda _: b"a twin")
    return TestClient(Starlette(routes=API))


def required(operation, run: Run) -> dict[str, object]:
    """A question with what it must have, and nothing else."""
    examples = {"run": run.id, "count": 3, "at": "1"}
    return {one["name"]: examples[one["name"]] for one in operation["parameters"] if one["required"]}


def test_every_address_is_described(client):
    document = client.get("/api/openapi.json").json()
    described = {"/api/openapi.json", "/api/docs", "/api/{path:path}", *document["paths"]}
    assert described == {route.path for route in API}
    assert document["openapi"] == "3.1.0"
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names) == len(ENDPOINTS)


@pytest.mark.parametrize("path", QUERIES)
def test_a_question_made_from_the_description_is_answered_as_described(path, client, run):
    operation = QUERIES[path]
    answer = client.get(path, params=required(operation, run))
    assert answer.status_code == UNANSWERED.get(path, 200), answer.text
    kind = answer.headers["content-type"].split(";")[0]
    assert kind in operation["responses"][str(answer.status_code)]["content"]


@pytest.mark.parametrize("path", QUERIES)
def test_all_that_may_be_asked_is_described(path, client, run):
    operation = QUERIES[path]
    given = {one["name"]: one["schema"].get("default") for one in operation["parameters"]} | required(operation, run)
    assert client.get(path, params=given).status_code == UNANSWERED.get(path, 200)
    answer = client.get(path, params=given | {"undescribed": 1})
    assert answer.status_code == 400
    assert "undescribed" in answer.json()["error"]


@pytest.mark.parametrize("path", QUERIES)
def test_an_unknown_run_is_answered_as_described(path, client, run):
    answer = client.get(path, params=required(QUERIES[path], run) | {"run": "20200101-000000-dead"})
    assert str(answer.status_code) in QUERIES[path]["responses"]
    assert list(answer.json()) == ["error"]


def test_every_parameter_of_a_query_has_a_meaning():
    parameters = [one for operation in OPERATIONS.values() for one in operation["parameters"] if one["in"] == "query"]
    assert [one["name"] for one in parameters if not one.get("description")] == []


def test_a_server_below_a_path_says_so():
    client = TestClient(Starlette(routes=routes(WebFiles(), "/twins")))
    assert client.get("/twins/api/openapi.json").json()["servers"] == [{"url": "/twins"}]


def test_the_page_shows_every_parameter_and_loads_nothing(client):
    text = client.get("/api/docs").text
    for path, operation in OPERATIONS.items():
        assert f"<code>{path}</code>" in text
        assert operation["summary"] in unescape(text)
        assert all(f"<code>{one['name']}</code>" in text for one in operation["parameters"])
    assert "src=" not in text
    assert "http" not in text


# A client that a program makes from the document


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The package that openapi-python-client makes, which must understand all of the document."""
    from openapi_python_client import generate  # only here: other tests need not wait for it
    from openapi_python_client.config import Config, ConfigFile, MetaType

    folder = tmp_path_factory.mktemp("generated")
    document = folder / "openapi.json"
    document.write_text(JSONResponse(openapi.described("")).body.decode())
    files = ConfigFile(
        post_hooks=[],  # its layout is nobody's concern
        content_type_overrides=dict.fromkeys(("application/zip", "audio/wav"), "application/octet-stream"),
    )
    package = folder / "wavetwin_client"
    assert generate(config=Config.from_sources(files, MetaType.NONE, document, "utf-8", True, package)) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("wavetwin_client")
    for name in [name for name in sys.modules if name.startswith("wavetwin_client")]:
        del sys.modules[name]


def asked(generated, client, operation: str, **query):
    """What the client's function for an operation answers."""
    function = importlib.import_module(f"{generated.__name__}.api.default.{operation}")
    return function.sync_detailed(client=generated.Client("http://testserver").set_httpx_client(client), **query)


def test_a_generated_client_gets_signals_and_their_progress(generated, client, run):
    answer = asked(generated, client, "signals", run=run.id, count=3, seed=5, format_="npy", ticket="t")
    expected = run.load_surrogate().sample(3, seed=5)[:, 0]
    np.testing.assert_array_equal(np.load(answer.parsed.payload), expected)
    assert b'"sent":3' in asked(generated, client, "downloads_ticket", ticket="t").content


def test_a_generated_client_gets_a_sentence_for_a_wrong_question(generated, client, run):
    nobody = asked(generated, client, "explore", run="20200101-000000-dead", at="1")
    assert nobody.status_code == 404
    assert nobody.parsed.error.startswith("There is no run “20200101-000000-dead”")
    assert asked(generated, client, "balanced", run=run.id).parsed.error.startswith("This twin has no classes")
