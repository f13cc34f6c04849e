from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from core.access.guard import ACCESS, CALLBACK, GUARDED, MAX_PLACE, PERSON, PLACE_COOKIE, Guard
from core.access.links import sign
from core.access.people import VISITOR_COOKIE
from core.access.settings import Access
from core.routes import API

TEAM = Access(secret="secret", allowed_emails=["ada@lab.org"])
ADA = {"is_logged_in": True, "sub": "1", "email": "ada@lab.org", "name": "Ada"}
EVE = {"is_logged_in": True, "sub": "2", "email": "eve@lab.org", "name": "Eve"}
DATA = ["/api/signals", "/api/downloads/any", "/media/report.html", "/_stcore/upload_file/session/file"]


def told(request):
    """What a route learns."""
    person = request.scope[PERSON]
    assert isinstance(request.scope[ACCESS], Access)
    return JSONResponse({"query": dict(request.query_params), "person": person and person.name})


def page(_request):
    return HTMLResponse("<p>")


def client(access: Access, claims: dict | None = None, base_path: str = "") -> TestClient:
    guard = Middleware(Guard, access, lambda cookies: claims or {}, base_path)
    routes = [
        Route("/", page),
        Route(f"{base_path}/runs", page),
        Route(f"{base_path}{CALLBACK}", lambda _: RedirectResponse(f"{base_path}/", 302)),
        Route("/{path:path}", told, methods=["GET", "PUT"]),
    ]
    return TestClient(Starlette(routes=routes, middleware=[guard]), cookies={})


@pytest.mark.parametrize("path", DATA)
def test_without_sign_in_all_is_open(path):
    assert client(Access()).get(path).json() == {"query": {}, "person": None}


@pytest.mark.parametrize("path", DATA)
def test_anonymous_requests_for_data_are_refused(path):
    answer = client(TEAM).get(path)
    assert answer.status_code == 401
    assert "Sign in" in (answer.json()["error"] if path.startswith("/api") else answer.text)
    assert client(TEAM, base_path="/lab").get(f"/lab{path}").status_code == 401


@pytest.mark.parametrize("path", ["/", "/train", "/healthz", "/assets/plotly.min.js", "/_stcore/health"])
def test_what_shows_no_data_is_open(path):
    assert client(TEAM).get(path).status_code == 200


@pytest.mark.parametrize("path", DATA)
def test_those_on_the_list_are_let_in_and_others_are_not(path):
    assert client(TEAM, ADA).get(path).json()["person"] == "Ada"
    assert client(TEAM, EVE).get(path).status_code == 403
    assert client(TEAM, EVE | {"is_logged_in": False}).get(path).status_code == 401


@pytest.mark.parametrize("base_path", ["", "/lab"])
def test_a_signed_link_opens_without_a_cookie_and_the_route_sees_the_question_alone(base_path):
    path = f"{base_path}/api/signals"
    query = sign(path, {"run": "a b&c", "count": 5}, "secret")
    answer = client(TEAM, base_path=base_path).get(path, params=query)
    assert answer.json()["query"] == {"run": "a b&c", "count": "5"}
    assert client(TEAM).get("/api/balanced", params=query).status_code == 401
    assert client(TEAM).get("/media/signals", params=query).status_code == 401


def test_a_signed_link_still_opens_where_nobody_has_to_sign_in_any_more():
    query = sign("/api/signals", {"count": 5}, "secret")
    assert client(Access()).get("/api/signals", params=query).json()["query"] == {"count": "5"}


def test_every_route_that_shows_data_is_guarded():
    assert all(route.path.startswith(GUARDED) for route in API)


def test_below_a_path_of_the_server_the_same_is_guarded():
    guard = Middleware(Guard, TEAM, lambda cookies: {})
    app = Starlette(routes=[Route("/api/signals", told)], middleware=[guard])
    mounted = TestClient(Starlette(routes=[Mount("/a", app)]))
    assert mounted.get("/a/api/signals").status_code == 401


def test_a_visitor_gets_a_cookie_with_the_first_page_and_keeps_it():
    browser = client(Access(mode="visitor"))
    assert browser.get("/api/signals").json()["person"] is None
    first = browser.get("/")
    assert VISITOR_COOKIE in first.cookies
    assert first.headers["cache-control"] == "no-store"  # or somebody else would get the same
    assert "set-cookie" not in browser.get("/").headers
    assert browser.get("/api/signals").json()["person"] == "a visitor"


def test_nobody_else_gets_a_cookie():
    assert "set-cookie" not in client(Access()).get("/").headers
    assert VISITOR_COOKIE not in client(TEAM).get("/").headers["set-cookie"]


def test_visitors_upload_nothing():
    assert client(Access(mode="visitor")).put("/_stcore/upload_file/session/file").status_code == 403
    assert client(Access()).put("/_stcore/upload_file/session/file").status_code == 200


def landing(place: str, base_path: str = "") -> str:
    """Where somebody lands who has signed in and wanted to see a place."""
    browser = client(TEAM, base_path=base_path)
    browser.cookies.set(PLACE_COOKIE, quote(place, safe=""))
    return browser.get(f"{base_path}{CALLBACK}", follow_redirects=False).headers["location"]


@pytest.mark.parametrize("base_path", ["", "/lab"])
def test_after_signing_in_one_lands_where_one_wanted_to_go(base_path):
    source = quote('{"unit": "µV"}')
    wanted = f"{base_path}/runs?run=20260101-000000-0000&source={source}"
    browser = client(TEAM, base_path=base_path)
    browser.get(wanted)
    assert browser.cookies
    answer = browser.get(f"{base_path}{CALLBACK}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, wanted)
    assert not browser.cookies
    assert browser.get(f"{base_path}{CALLBACK}", follow_redirects=False).headers["location"] == f"{base_path}/"


@pytest.mark.parametrize(
    "place", ["https://evil.org", "//evil.org", "/\\evil.org", "\\evil.org", "/runs\r\nSet-Cookie: a=b", "runs", ""]
)
def test_nobody_is_sent_away_from_the_server(place):
    assert landing(place) == "/"
    assert landing(place, "/lab") == "/lab/"
    assert landing("/elsewhere", "/lab") == "/lab/"


@pytest.mark.parametrize(
    ("access", "claims", "path"),
    [
        (Access(), None, "/runs"),
        (TEAM, ADA, "/runs"),
        (TEAM, None, "/healthz"),
        (TEAM, None, f"/runs?run={'x' * MAX_PLACE}"),
    ],
)
def test_only_pages_that_somebody_must_sign_in_for_are_remembered(access, claims, path):
    browser = client(access, claims)
    browser.get(path)
    assert PLACE_COOKIE not in browser.cookies
