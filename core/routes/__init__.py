"""What the web server offers besides the pages.

    GET /api/signals?run=ID&kind=fake|real&count=N&seed=S&format=csv[&wishes=JSON][&ticket=T]
    GET /api/downloads/T            {"count", "sent", "seconds", "done"} of the download with that ticket
    GET /api/replay?run=ID[&channel=C][&format=json|html|gif]
    GET /api/explore?run=ID&at=PLACE[&to=PLACE&share=S][&channel=C]
    GET /api/explore/nearest?…, /api/explore/sound?…[&clean=true]
    GET /assets/plotly.min.js       from the installed package, so that everything works offline

Errors are answered in plain text, one sentence each.
"""

from starlette.routing import Route

from core.routes.assets import plotting_script
from core.routes.downloads import download_progress, signals
from core.routes.explore import explored, heard, neighbours
from core.routes.lifespan import lifespan
from core.routes.replay import replayed

__all__ = ["ROUTES", "lifespan"]

ROUTES = [
    Route("/api/signals", signals),
    Route("/api/downloads/{ticket}", download_progress),
    Route("/api/replay", replayed),
    Route("/api/explore", explored),
    Route("/api/explore/nearest", neighbours),
    Route("/api/explore/sound", heard),
    Route("/assets/plotly.min.js", plotting_script),
]
