import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.presentation.web_files import WebFiles
from core.routes import API, routes


@pytest.fixture(scope="module")
def files() -> WebFiles:
    return WebFiles()


@pytest.fixture
def client(files) -> TestClient:
    return TestClient(Starlette(routes=routes(files)))


def test_plotlys_script_is_served_from_here(client):
    answer = client.get("/assets/plotly.min.js?v=7")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert b"plotly.js v" in answer.content[:500]


def test_a_module_may_be_kept_for_good_below_its_version(client, files):
    answer = client.get(f"/assets/{files.version}/canvas.js")
    assert answer.text == files.read("canvas.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_a_module_of_another_version_is_not_kept(client, files):
    answer = client.get("/assets/0123456789ab/canvas.js")
    assert answer.text == files.read("canvas.js")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.js", "player.css", "..%2Fpalette.py", "%2Fetc%2Fpasswd"])
def test_nothing_else_is_served(client, files, name):
    assert client.get(f"/assets/{files.version}/{name}").status_code == 404


def test_a_server_below_a_path_answers_there(files):
    client = TestClient(Starlette(routes=routes(files, "/twins")))
    assert client.get(f"/twins/assets/{files.version}/canvas.js").status_code == 200
    assert client.get("/twins/api/downloads/none").json() == {"error": "There is no such download."}
    assert client.get("/api/downloads/none").status_code == 404
    assert "There is no such download." not in client.get("/api/downloads/none").text


@pytest.mark.parametrize("path", ["/api/downloads/none", "/api/docs", "/assets/plotly.min.js", "/assets/0/canvas.js"])
def test_browsers_take_no_answer_for_what_it_is_not(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_every_route_of_the_api_is_there(files):
    assert {route.path for route in API} < {route.path for route in routes(files)}
