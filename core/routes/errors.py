"""Errors as answers in plain text."""

from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.errors import ConfigError, RunNotFoundError, WavetwinError

Handler = Callable[[Request], Response]


def errors_as_text(handler: Handler) -> Handler:
    """The handler, with what users may see of its errors answered as a sentence in plain text."""

    @wraps(handler)
    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except ConfigError as error:
            return PlainTextResponse(str(error), 400)
        except RunNotFoundError as error:
            return PlainTextResponse(str(error), 404)
        except WavetwinError as error:
            return PlainTextResponse(str(error), 409)

    return answer
