"""Stands before the server: only those who may see data get any, and routes learn who asks.

Pages need no guard here: an anonymous session gets the page that asks to sign in.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlencode

from starlette._utils import get_route_path
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.access.links import is_signed, stripped
from core.access.people import VISITOR_COOKIE, Person
from core.access.settings import Access

log = logging.getLogger(__name__)

API, UPLOADS = "/api/", "/_stcore/upload_file/"
GUARDED = (API, UPLOADS, "/media/")  # the last are files that pages offer, such as reports
CALLBACK = "/oauth2callback"  # where the provider sends people who have signed in; Streamlit sends them on to page Home
PLACE_COOKIE = "wavetwin_place"  # the page that somebody wanted to see before they signed in
PLACE_SECONDS, MAX_PLACE = 600, 3000  # how long it is remembered; characters, for a cookie holds 4096 bytes
ACCESS, PERSON = "wavetwin.access", "wavetwin.person"  # in the scope of a request
SIGN_IN = "Sign in first: open the dashboard in this browser, or ask there for a link."
NOT_ALLOWED = "You are signed in, but nobody has put you on the list of those who may use this server."
NO_UPLOADS = "Nothing can be uploaded to this public demo."

ClaimsReader = Callable[[Mapping[str, str]], Mapping[str, Any]]  # of cookies; empty for those of nobody


class Guard:
    """Lets requests through or refuses them. Pure ASGI, so that downloads stay streams."""

    def __init__(self, app: ASGIApp, access: Access, claims_in: ClaimsReader, base_path: str = "") -> None:
        self.app = app
        self.access = access
        self.claims_in = claims_in
        self.base_path = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        path = self._path(request)
        person = self._person(request)
        scope[ACCESS], scope[PERSON] = self.access, person
        if path.startswith(GUARDED) and (refusal := self._refusal(request, path, person)):
            log.info("refused", extra={"path": scope["path"], "status": refusal.status_code})
            await refusal(scope, receive, send)
            return
        if path.startswith(API):  # signed or not: what a route reads is the question alone
            scope["query_string"] = urlencode(stripped(request.query_params)).encode()
        if self.access.is_for_visitors and VISITOR_COOKIE not in request.cookies:
            send = _with_page(send, _know_visitor)
        if self.access.is_sign_in_needed and path == CALLBACK:
            send = _back_to(send, unquote(request.cookies.get(PLACE_COOKIE, "")), self.base_path)
        elif self.access.is_sign_in_needed and person is None:
            send = _with_page(send, partial(_remember, request.url.path, request.url.query))
        await self.app(scope, receive, send)

    def _path(self, request: Request) -> str:
        """As routes are matched, without what the server stands below."""
        return get_route_path(request.scope).removeprefix(self.base_path)

    def _person(self, request: Request) -> Person | None:
        if self.access.is_sign_in_needed:
            return Person.signed_in(self.claims_in(request.cookies))
        return Person.visiting(request.cookies) if self.access.is_for_visitors else None

    def _refusal(self, request: Request, path: str, person: Person | None) -> Response | None:
        """Why a request for data gets none; None where it gets them."""
        access = self.access
        if access.is_for_visitors and path.startswith(UPLOADS):
            return _refused(path, NO_UPLOADS, 403)
        if not access.is_sign_in_needed or (person and person.is_allowed(access)):
            return None
        if path.startswith(API) and is_signed(f"{self.base_path}{path}", request.query_params, access.secret):
            return None
        return _refused(path, NOT_ALLOWED, 403) if person else _refused(path, SIGN_IN, 401)


def _refused(path: str, sentence: str, status: int) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if path.startswith(API):
        return JSONResponse({"error": sentence}, status, headers)
    return PlainTextResponse(sentence, status, headers)


def _with_page(send: Send, add: Callable[[MutableHeaders], None]) -> Send:
    """Adds to the headers of an answer, where it is a page."""

    async def send_with_more(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                add(headers)
                headers["cache-control"] = "no-store"
        await send(message)

    return send_with_more


def _know_visitor(headers: MutableHeaders) -> None:
    """Give a visitor what they are known by from then on."""
    _set_cookie(headers, VISITOR_COOKIE, secrets.token_urlsafe(24), 2_592_000)


def _remember(path: str, query: str, headers: MutableHeaders) -> None:
    """Keep in the browser what somebody wanted to see, until they have signed in."""
    place = quote(f"{path}?{query}" if query else path, safe="")
    if len(place) <= MAX_PLACE:
        _set_cookie(headers, PLACE_COOKIE, place, PLACE_SECONDS)


def _back_to(send: Send, place: str, base_path: str) -> Send:
    """Sends somebody who has signed in on to the place that they wanted to see, where there is one on this server."""
    is_here = (
        place.startswith(f"{base_path}/") and not place.startswith("//") and place.isprintable() and "\\" not in place
    )

    async def send_there(message: Message) -> None:
        if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
            headers = MutableHeaders(scope=message)
            if is_here:
                headers["location"] = quote(place, safe="/?&=%+,:;@~")
            _set_cookie(headers, PLACE_COOKIE, "", 0)
        await send(message)

    return send_there


def _set_cookie(headers: MutableHeaders, name: str, value: str, seconds: int) -> None:
    headers.append("set-cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}")
