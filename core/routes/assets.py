"""Files that pages load; all come from this server, so that everything works offline."""

from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.presentation.web_files import WebFiles

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}  # the address changes with the content
NOT_KEPT = {"Cache-Control": "no-cache"}


def asset_routes(files: WebFiles) -> list[Route]:
    """Routes to plotly's script and to the JavaScript modules among `files`, below their version."""

    def module(request: Request) -> Response:
        name, version = request.path_params["name"], request.path_params["version"]
        if name not in files.names or not name.endswith(".js"):
            return PlainTextResponse("There is no such file.", 404)
        # A page that was opened before an update asks for the old version: it must not keep what it gets.
        headers = FOR_GOOD if version == files.version else NOT_KEPT
        return Response(files.read(name), media_type="text/javascript", headers=headers)

    return [Route("/assets/plotly.min.js", _plotly), Route("/assets/{version}/{name}", module)]


def _plotly(_request: Request) -> Response:
    """plotly.min.js from the installed package."""
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return FileResponse(script, media_type="text/javascript", headers=FOR_GOOD)
