"""Signals of a run as files that are streamed, and how far each download is."""

import re
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from core.config import MAX_SEED, Model, validated
from core.errors import ConfigError
from core.generation.balance import TABLES, Balance
from core.generation.conditions import parse_conditions
from core.generation.export import FORMATS, Content, encode
from core.routes.errors import errors_as_text
from core.signals.batch import Batch
from core.store.datasets import open_source
from core.store.runs import RunStore

MAX_COUNT = 1_000_000  # signals in one download; the command line makes more
MAX_KEPT_TICKETS = 256


class SignalsQuery(Model):
    """The query string of /api/signals."""

    run: str
    kind: str = Field("fake", pattern="^(fake|real)$")
    count: int = Field(ge=1, le=MAX_COUNT)
    seed: int = Field(0, ge=0, le=MAX_SEED)
    format: str = Field("csv", pattern=f"^({'|'.join(map(re.escape, FORMATS))})$")
    conditions: str = Field("{}", max_length=4000)  # of fakes: a JSON object of text for parse_conditions
    ticket: str = Field("", max_length=64)

    @property
    def file_name(self) -> str:
        """What the browser calls the file."""
        return f"wavetwin-{self.run}-{self.kind}-{self.count}-seed{self.seed}.{self.format}"


class BalancedQuery(Model):
    """The query string of /api/balanced."""

    run: str
    column: str = Field("", max_length=80)  # empty: the only class that the twin knows
    seed: int = Field(0, ge=0, le=MAX_SEED)
    format: str = Field("csv", pattern=f"^({'|'.join(map(re.escape, TABLES))})$")
    ticket: str = Field("", max_length=64)

    @property
    def file_name(self) -> str:
        """What the browser calls the file."""
        return f"wavetwin-{self.run}-balanced-seed{self.seed}.zip"


@dataclass
class Progress:
    """The progress of a download."""

    count: int
    started: float
    sent: int = 0  # signals that were handed to the network
    ended: float | None = None

    def as_json(self) -> dict[str, float]:
        """For the page that shows it."""
        seconds = (self.ended or time.monotonic()) - self.started
        return {"count": self.count, "sent": self.sent, "seconds": seconds, "done": self.ended is not None}


_progress: OrderedDict[str, Progress] = OrderedDict()  # by ticket; the oldest go first


@errors_as_text
def signals(request: Request) -> Response:
    """Stream signals of a run as a file."""
    query = validated(SignalsQuery, dict(request.query_params))
    pieces, content = _pieces(query)
    progress = _begun(query.count, query.ticket)
    body = encode(_counted(pieces, progress), query.count, content, query.format)
    return _streamed(body, progress, FORMATS[query.format].media_type, query.file_name)


@errors_as_text
def balanced(request: Request) -> Response:
    """Stream a ZIP file with a run's reals and as many fakes of each class as balance them."""
    query = validated(BalancedQuery, dict(request.query_params))
    run = RunStore().get(query.run)
    twin = run.load_surrogate()
    balance = Balance.of(run.config, open_source(run.config, run.data_dir), query.column)
    progress = _begun(balance.n_signals, query.ticket)
    body = balance.folder(twin, query.seed, query.format, lambda pieces: _counted(pieces, progress))
    return _streamed(body, progress, "application/zip", query.file_name)


def _begun(count: int, ticket: str) -> Progress:
    """The progress of a download that begins now, kept under its ticket where it has one."""
    progress = Progress(count, time.monotonic())
    if ticket:
        _progress[ticket] = progress
        while len(_progress) > MAX_KEPT_TICKETS:
            _progress.popitem(last=False)
    return progress


def _streamed(body: Iterator[bytes], progress: Progress, media_type: str, file_name: str) -> Response:
    return StreamingResponse(
        _watched(body, progress),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Content-Encoding": "identity",  # the server would spend more on gzip than on everything else
            "Cache-Control": "no-store",
        },
    )


def _pieces(query: SignalsQuery) -> tuple[Iterator[Batch], Content]:
    """The signals in pieces, and what is in them."""
    run = RunStore().get(query.run)
    content = Content.of(run.config)
    if query.kind == "real":
        return open_source(run.config, run.data_dir).stream(query.count, query.seed), content
    twin = run.load_surrogate()
    return twin.stream(query.count, query.seed, parse_conditions(run.config.columns, _texts(query.conditions))), content


def _texts(conditions: str) -> dict[str, str]:
    try:
        texts = orjson.loads(conditions)
    except orjson.JSONDecodeError:
        texts = None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise ConfigError('The conditions are not a JSON object of texts; give them as in {"amplitude": "5"}.')
    return texts


def _counted(pieces: Iterator[Batch], progress: Progress) -> Iterator[Batch]:
    for piece in pieces:
        yield piece
        progress.sent += len(piece)


def _watched(body: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
    try:
        yield from body
        progress.sent = progress.count
    finally:  # also where the browser cancels it
        progress.ended = time.monotonic()


def download_progress(request: Request) -> Response:
    """The progress of the download with a ticket."""
    progress = _progress.get(request.path_params["ticket"])
    if progress is None:
        return PlainTextResponse("There is no such download.", 404)
    return JSONResponse(progress.as_json(), headers={"Cache-Control": "no-store"})
