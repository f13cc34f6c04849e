"""Whether the server can do its work, for those who watch over it."""

import logging
from pathlib import Path
from tempfile import TemporaryFile

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.store.paths import default_data_dir
from core.store.runs import RunStore
from core.store.status import State
from core.version import __version__

log = logging.getLogger(__name__)

PROBE = bytes(4096)  # a block, which a full disk has no room for


def health(_request: Request) -> Response:
    """The version, whether the data directory can be written, and how many runs are trained or wait; 503 where it cannot."""
    data_dir = default_data_dir()
    writable = _can_be_written(data_dir)
    states = [status.state for status in RunStore(data_dir).statuses()]
    return JSONResponse(
        {
            "version": __version__,
            "data_writable": writable,
            "running": states.count(State.RUNNING),
            "queued": states.count(State.QUEUED),
        },
        200 if writable else 503,
        headers={"Cache-Control": "no-store"},
    )


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(PROBE)
            file.flush()
    except OSError as error:
        log.warning("%s cannot be written: %s", folder, error)
        return False
    return True
