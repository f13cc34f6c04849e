"""The replay of a run: its frames for the page, or a file to keep."""

import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from core.config import Model, validated
from core.demos.replay import replay
from core.demos.replay_page import MEDIA_TYPES, encoded
from core.routes.errors import errors_as_json
from core.store.runs import RunStore


class ReplayQuery(Model):
    """The query string of /api/replay."""

    run: str = Field(description="Id of the run, see `python -m core runs`.")
    channel: int = Field(0, ge=0, description="Counted from 0.")
    format: str = Field(
        "json", pattern=f"^(json|{'|'.join(MEDIA_TYPES)})$", description=f"One of json, {', '.join(MEDIA_TYPES)}."
    )


@errors_as_json
def replayed(request: Request) -> Response:
    """What the player shows, or a file that shows it."""
    query = validated(ReplayQuery, dict(request.query_params))
    found = replay(RunStore().get(query.run), query.channel)
    if query.format == "json":
        return Response(
            orjson.dumps(found.as_json()), media_type="application/json", headers={"Cache-Control": "no-store"}
        )
    name = f"wavetwin-{query.run}-replay.{query.format}"
    return Response(
        encoded(found, query.format),
        media_type=MEDIA_TYPES[query.format],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Encoding": "identity",
            "Cache-Control": "no-store",
        },
    )
