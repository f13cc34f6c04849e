"""What the web server offers besides the pages.

    GET /api/signals?run=ID&kind=fake|real&count=N&seed=S&format=csv[&conditions=JSON][&faults=JSON][&ticket=T]
    GET /api/signals/faulty.csv?…   which samples of the same signals planted faults changed
    GET /api/signals/card.json?…, /api/signals/card.md?…  what the same signals are, and how far they can be trusted
    GET /api/balanced?run=ID[&column=NAME]&seed=S&format=csv|csv.gz|parquet[&ticket=T]
    GET /api/downloads/T            {"count", "sent", "seconds", "done"} of the download with that ticket
    GET /api/twin?run=ID            a zip file with the twin as ONNX, written while the caller waits
    GET /api/replay?run=ID[&channel=C][&format=json|html|gif]
    GET /api/explore?run=ID&at=POINT[&to=POINT&share=S][&channel=C]
    GET /api/explore/nearest?…, /api/explore/sound?…[&clean=true]
    GET /assets/VERSION/NAME.js, /assets/plotly.min.js

Errors are answered in plain text, one sentence each.
"""

from collections.abc import Callable
from importlib import import_module

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.presentation.web_files import WebFiles
from core.routes.assets import asset_routes
from core.routes.lifespan import lifespan

__all__ = ["API", "lifespan", "routes"]


def _later(module: str, name: str) -> Callable[[Request], Response]:
    """A handler that is imported when it is first asked, so that the server is up before torch is."""

    def answer(request: Request) -> Response:
        handler: Callable[[Request], Response] = getattr(import_module(f"core.routes.{module}"), name)
        return handler(request)

    return answer


API = [
    Route("/api/signals", _later("downloads", "signals")),
    Route("/api/signals/faulty.csv", _later("downloads", "marks")),
    Route("/api/signals/card.json", _later("downloads", "card")),
    Route("/api/signals/card.md", _later("downloads", "card")),
    Route("/api/balanced", _later("downloads", "balanced")),
    Route("/api/downloads/{ticket}", _later("downloads", "download_progress")),
    Route("/api/twin", _later("twin", "twin")),
    Route("/api/replay", _later("replay", "replayed")),
    Route("/api/explore", _later("explore", "signal")),
    Route("/api/explore/nearest", _later("explore", "nearest")),
    Route("/api/explore/sound", _later("explore", "sound")),
]


def routes(files: WebFiles, base_path: str = "") -> list[Route]:
    """All routes, with the modules among `files`; below `base_path` ("/twins") where the server stands there."""
    # A Mount would also take the requests below the path that are for the pages.
    return [Route(f"{base_path}{route.path}", route.endpoint) for route in (*API, *asset_routes(files))]
