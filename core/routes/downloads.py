"""Signals of a run as files that are streamed, and how far each download is."""

import re
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from threading import Lock
from typing import Any, Literal

import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.access.guard import ACCESS
from core.access.quotas import check_download
from core.access.settings import UNLIMITED
from core.config import MAX_SEED, Model, validated
from core.errors import ConfigError
from core.generation.balance import TABLES, Balance, Watch
from core.generation.conditions import parse_conditions
from core.generation.export import FORMATS, by_way_of_disk
from core.generation.surrogate import MOST_AHEAD
from core.routes.errors import errors_as_json, refused
from core.routes.turns import FileInTurn, Progress
from core.signals.batch import Batch
from core.signals.faults import MASK, FaultSettings
from core.store.datasets import open_source
from core.store.orders import Order
from core.store.run import Run
from core.store.runs import RunStore

MAX_COUNT = 1_000_000  # signals in one download; the command line makes more
MAX_KEPT_TICKETS = 256
EXAMPLES = {"conditions": '"amplitude": "5"', "faults": '"kinds": ["spikes"], "share": 0.5'}  # of objects in a query


class SignalsQuery(Model):
    """The query string of /api/signals."""

    run: str = Field(description="Id of the run, see `python -m core runs`.")
    kind: Literal["fake", "real"] = Field("fake", description="Of the twin, or of its source.")
    count: int = Field(ge=1, le=MAX_COUNT, description="How many signals.")
    seed: int = Field(0, ge=0, le=MAX_SEED, description="Same seed, same signals.")
    format: str = Field(
        "csv", pattern=f"^({'|'.join(map(re.escape, FORMATS))})$", description=f"One of {', '.join(FORMATS)}."
    )
    conditions: str = Field(
        "{}", max_length=4000, description='Of fakes, a JSON object of texts, as in {"load": "2..4", "state": "a,b"}.'
    )
    faults: str = Field("", max_length=1000, description="A JSON object of fault settings; empty for none.")
    ticket: str = Field(
        "", max_length=64, description="Any text, under which the progress of the download can be asked for."
    )

    @property
    def order(self) -> Order:
        """The signals that are asked for. Raises RunNotFoundError or ConfigError."""
        run = RunStore().get(self.run)
        requested = parse_conditions(run.config.columns, _texts(self.conditions))
        faults = validated(FaultSettings, _object(self.faults, "faults")) if self.faults else None
        return Order(run, self.count, self.seed, self.kind, requested, faults)

    def file_name(self, ending: str) -> str:
        """What the browser calls a file."""
        return f"wavetwin-{self.run}-{self.kind}-{self.count}-seed{self.seed}.{ending}"


class BalancedQuery(Model):
    """The query string of /api/balanced."""

    run: str = Field(description="Id of the run, see `python -m core runs`.")
    column: str = Field("", max_length=80, description="The class to balance, where the twin knows several.")
    seed: int = Field(0, ge=0, le=MAX_SEED, description="Same seed, same signals.")
    format: str = Field(
        "csv", pattern=f"^({'|'.join(map(re.escape, TABLES))})$", description=f"One of {', '.join(TABLES)}."
    )
    ticket: str = Field(
        "", max_length=64, description="Any text, under which the progress of the download can be asked for."
    )

    @property
    def file_name(self) -> str:
        """What the browser calls the file."""
        return f"wavetwin-{self.run}-balanced-seed{self.seed}.zip"

    def folder(self, run: Run, watch: Watch) -> Iterator[bytes]:
        """The file that is asked for, of which `watch` sees the signals go by."""
        balance = Balance.of(run.config, open_source(run.config, run.data_dir), self.column)
        cautions = Order(run, balance.n_signals, self.seed).card().cautions
        return balance.folder(run.load_surrogate(), self.seed, self.format, cautions, watch)


_progress: OrderedDict[str, Progress] = OrderedDict()  # by ticket; the oldest go first
_one_at_a_time = Lock()  # of those who count all reals of a data set


@errors_as_json
def signals(request: Request) -> Response:
    """Stream signals of a run as a file."""
    query = validated(SignalsQuery, dict(request.query_params))
    form, progress, order = FORMATS[query.format], Progress(query.count), query.order
    _check_size(request, query.count, order.run)
    order.check(query.format)
    return FileInTurn(
        # Of an order of its own, as a download that waits for room is to hold no twin in memory.
        _made_later(lambda: query.order.encoded(query.format, lambda pieces: _counted(pieces, progress))),
        _held(order.run, form.held(query.count)),
        _known(progress, query.ticket),
        is_on_disk=form.is_on_disk,
        media_type=form.media_type,
        headers=_file_headers(query.file_name(form.ending)),
    )


@errors_as_json
def marks(request: Request) -> Response:
    """Stream which samples of the same signals planted faults changed, as CSV."""
    query = validated(SignalsQuery, dict(request.query_params))
    progress, order = Progress(query.count), query.order
    _check_size(request, query.count, order.run)
    order.check_marks()
    return FileInTurn(
        _made_later(lambda: query.order.encoded_marks(lambda pieces: _counted(pieces, progress))),
        _held(order.run, FORMATS["csv"].held(query.count)),
        _known(progress, query.ticket),
        is_on_disk=False,
        media_type="text/csv",
        headers=_file_headers(query.file_name(f"{MASK}.csv")),
    )


@errors_as_json
def card(request: Request) -> Response:
    """The card of the same signals, as JSON or as Markdown."""
    query = validated(SignalsQuery, dict(request.query_params))
    found, is_json = query.order.card(), request.url.path.endswith(".json")
    return Response(
        found.to_json(indent=True) if is_json else found.to_markdown(),
        media_type="application/json" if is_json else "text/markdown",
        headers=_headers(query.file_name("card.json" if is_json else "card.md")),
    )


@errors_as_json
def balanced(request: Request) -> Response:
    """Stream a ZIP file with a run's reals and as many fakes of each class as balance them."""
    query = validated(BalancedQuery, dict(request.query_params))
    run = RunStore().get(query.run)
    run.load_surrogate()  # where there is none, it is said at once
    with _one_at_a_time:
        balance = Balance.of(run.config, open_source(run.config, run.data_dir), query.column)
        progress, n_reals = Progress(balance.n_signals), len(balance.training) + len(balance.test)
        del balance  # which holds all reals; it is made anew when there is room for it
    _check_size(request, progress.count, run)
    return FileInTurn(
        _made_later(lambda: by_way_of_disk(query.folder(run, lambda pieces: _counted(pieces, progress)))),
        _held(run, FORMATS[query.format].held(progress.count) + 3 * n_reals),
        _known(progress, query.ticket),
        is_on_disk=True,
        media_type="application/zip",
        headers=_file_headers(query.file_name),
    )


def _check_size(request: Request, count: int, run: Run) -> None:
    """Raise AccessError where nobody may download so many signals of a run at once here."""
    check_download(request.scope.get(ACCESS, UNLIMITED), count, run.config.source)


def _held(run: Run, n_signals: int) -> int:
    """About how many bytes a download takes in memory that holds so many signals of a run besides those drawn ahead."""
    source = run.config.source
    return 4 * source.n_channels * source.n_samples * (n_signals + MOST_AHEAD)


def _known(progress: Progress, ticket: str) -> Progress:
    """The progress, kept under its ticket where it has one."""
    if ticket:
        _progress[ticket] = progress
        while len(_progress) > MAX_KEPT_TICKETS:
            _progress.popitem(last=False)
    return progress


def _made_later(make: Callable[[], Iterator[bytes]]) -> Generator[bytes]:
    """What it makes, of which nothing is begun before the first piece is asked for."""
    yield from make()


def _file_headers(file_name: str) -> dict[str, str]:
    # Identity, because the server would spend more on gzip than on everything else.
    return _headers(file_name) | {"Content-Encoding": "identity"}


def _headers(file_name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}


def _texts(conditions: str) -> dict[str, str]:
    texts = _object(conditions, "conditions")
    if not all(isinstance(text, str) for text in texts.values()):
        raise ConfigError('The conditions are not a JSON object of texts; give them as in {"amplitude": "5"}.')
    return texts


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ConfigError(f"The {what} are not a JSON object; give them as in {{{EXAMPLES[what]}}}.")
    return found


def _counted(pieces: Iterator[Batch], progress: Progress) -> Iterator[Batch]:
    for piece in pieces:
        yield piece
        progress.sent += len(piece)


def download_progress(request: Request) -> Response:
    """The progress of the download with a ticket."""
    progress = _progress.get(request.path_params["ticket"])
    if progress is None:
        return refused("There is no such download.", 404)
    return JSONResponse(progress.as_json(), headers={"Cache-Control": "no-store"})
