"""Errors as answers in JSON, one sentence each."""

import logging
from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.errors import AccessError, ConfigError, RunNotFoundError, WavetwinError

Handler = Callable[[Request], Response]

log = logging.getLogger(__name__)


def refused(sentence: str, status: int) -> Response:
    """A sentence that says why there is no other answer: {"error": sentence}."""
    return JSONResponse({"error": sentence}, status, headers={"Cache-Control": "no-store"})


def unknown(_request: Request) -> Response:
    """An address below /api that there is not."""
    return refused("There is no such address; /api/docs lists those there are.", 404)


def errors_as_json(handler: Handler) -> Handler:
    """The handler, with its errors answered as a sentence; of those that no user should see, the log has the traceback."""

    @wraps(handler)
    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except ConfigError as error:
            return refused(str(error), 400)
        except RunNotFoundError as error:
            return refused(str(error), 404)
        except AccessError as error:
            return refused(str(error), 403)
        except WavetwinError as error:
            return refused(str(error), 409)
        except Exception:
            log.exception("%s failed", request.url.path)
            return refused("Something failed on the server; its log says what.", 500)

    return answer
