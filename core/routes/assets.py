"""Files that pages load, so that everything works offline."""

from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse, Response


def plotting_script(_request: Request) -> Response:
    """plotly.min.js; its address carries the version, so a browser may keep it for good."""
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return FileResponse(
        script, media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
