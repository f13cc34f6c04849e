"""Stands before the server: only those who may see data get any, and routes learn who asks.

Pages need no guard here: an anonymous session gets the page that asks to sign in.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

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
        is_new = self.access.is_for_visitors and VISITOR_COOKIE not in request.cookies
        await self.app(scope, receive, _with_cookie(send) if is_new else send)

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


def _with_cookie(send: Send) -> Send:
    """Gives a visitor, with a page, what they are known by from then on."""

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                value = f"{VISITOR_COOKIE}={secrets.token_urlsafe(24)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"
                headers.append("set-cookie", value)
                headers["cache-control"] = "no-store"
        await send(message)

    return send_with_cookie
