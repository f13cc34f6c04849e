"""What the web server offers besides the pages.

    GET /api/…                      endpoints.py lists them
    GET /api/openapi.json           the same in OpenAPI 3.1, with all parameters
    GET /api/docs                   and as a page for people
    GET /healthz                    whether the server can do its work
    GET /metrics                    how much it does, for Prometheus
    GET /assets/VERSION/NAME.js, /assets/plotly.min.js

Errors of /api are answered in JSON, {"error": "one sentence."}.
"""

from collections.abc import Callable
from importlib import import_module

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.presentation.web_files import WebFiles
from core.routes.assets import asset_routes
from core.routes.endpoints import ENDPOINTS
from core.routes.errors import unknown
from core.routes.event_log import LoggedAnswers
from core.routes.headers import SafeHeaders
from core.routes.lifespan import lifespan

__all__ = ["API", "lifespan", "routes"]


def _later(module: str, name: str) -> Callable[[Request], Response]:
    """A handler that is imported when it is first asked, so that the server is up before torch is."""

    def answer(request: Request) -> Response:
        handler: Callable[[Request], Response] = getattr(import_module(f"core.routes.{module}"), name)
        return handler(request)

    return answer


API = [
    *(Route(endpoint.path, _later(endpoint.module, endpoint.handler)) for endpoint in ENDPOINTS),
    Route("/api/openapi.json", _later("openapi", "document")),
    Route("/api/docs", _later("openapi", "page")),
    Route("/api/{path:path}", unknown),  # else the pages would answer
]


def routes(files: WebFiles, base_path: str = "") -> list[Route]:
    """All routes, with the modules among `files`; below `base_path` ("/twins") where the server stands there."""
    # A Mount would also take the requests below the path that are for the pages.
    safe = Middleware(SafeHeaders)
    others = (
        Route("/healthz", _later("health", "health")),
        Route("/metrics", _later("monitoring", "figures")),
        *asset_routes(files),
    )
    return [
        *(
            Route(
                f"{base_path}{route.path}",
                route.endpoint,
                middleware=[Middleware(LoggedAnswers, endpoint=route.path), safe],
            )
            for route in API
        ),
        *(Route(f"{base_path}{route.path}", route.endpoint, middleware=[safe]) for route in others),
    ]
