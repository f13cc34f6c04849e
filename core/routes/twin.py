"""The twin itself as a file that runs without Wavetwin."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore, Lock

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from core.config import Model, validated
from core.errors import WavetwinError
from core.routes.errors import errors_as_json
from core.store.paths import ROOT
from core.store.run import Run
from core.store.runs import RunStore

TIMEOUT = 300  # seconds; a slow machine takes half a minute
MOST_WAITING = 3  # each holds a thread, of which other answers need some
_one_at_a_time = Lock()
_places = BoundedSemaphore(1 + MOST_WAITING)


class TwinQuery(Model):
    """The query string of /api/twin."""

    run: str = Field(description="Id of the run, see `python -m core runs`.")


@errors_as_json
def twin(request: Request) -> Response:
    """The zip file that `python -m core export` writes."""
    run = RunStore().get(validated(TwinQuery, dict(request.query_params)).run)
    run.load_surrogate()  # where there is none, it is said at once
    if not _places.acquire(blocking=False):
        raise WavetwinError("The server is busy with other twins; try again in a few minutes.")
    try:
        with _one_at_a_time:
            content = _exported(run)
    finally:
        _places.release()
    headers = {"Content-Disposition": f'attachment; filename="{file_name(run.id)}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


def file_name(run_id: str) -> str:
    """What the browser calls the file."""
    return f"wavetwin-{run_id}-twin.zip"


def _exported(run: Run) -> bytes:
    """The file, from a process of its own: what it loads is gone afterwards, and neither pages nor trainings wait for it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "twin.zip"
        command = [sys.executable, "-m", "core", "export", "--run", run.id, "--onnx", str(file)]
        environment = os.environ | {"WAVETWIN_DATA": str(run.data_dir)}  # what is relative means another folder there
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise WavetwinError(
                f"The file was not ready after {TIMEOUT // 60} minutes; try again when the server has less to do."
            ) from None
        if done.returncode == 2:
            raise WavetwinError(done.stderr.strip().splitlines()[-1])
        done.check_returncode()
        return file.read_bytes()
