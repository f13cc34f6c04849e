"""What can be asked of /api: where, with which query, and what is answered."""

from typing import NamedTuple

BYTES = "application/octet-stream"
JSON = "application/json"


class Endpoint(NamedTuple):
    """An address below /api. module: in this room; handler and query: names in it, the latter of the model that reads the query
    string (empty where there is none); media_types: of the answers, of which clients take the first as the usual one."""

    path: str
    module: str
    handler: str
    query: str
    media_types: tuple[str, ...]


ENDPOINTS = (
    Endpoint("/api/signals", "downloads", "signals", "SignalsQuery", (BYTES, "text/csv")),
    Endpoint("/api/signals/faulty.csv", "downloads", "marks", "SignalsQuery", ("text/csv",)),
    Endpoint("/api/signals/card.json", "downloads", "card", "SignalsQuery", (JSON,)),
    Endpoint("/api/signals/card.md", "downloads", "card", "SignalsQuery", ("text/markdown",)),
    Endpoint("/api/balanced", "downloads", "balanced", "BalancedQuery", ("application/zip",)),
    Endpoint("/api/downloads/{ticket}", "downloads", "download_progress", "", (JSON,)),
    Endpoint("/api/twin", "twin", "twin", "TwinQuery", ("application/zip",)),
    Endpoint("/api/replay", "replay", "replayed", "ReplayQuery", (JSON, "text/html", "image/gif")),
    Endpoint("/api/explore", "explore", "signal", "ExploreQuery", (JSON,)),
    Endpoint("/api/explore/nearest", "explore", "nearest", "ExploreQuery", (JSON,)),
    Endpoint("/api/explore/sound", "explore", "sound", "ExploreQuery", ("audio/wav",)),
)
