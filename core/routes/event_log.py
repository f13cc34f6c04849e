"""One line of JSON for each event, for programs that collect logs; on demand, with WAVETWIN_LOG=json."""

import logging
import os
import sys
import time
from datetime import UTC, datetime

import orjson
from prometheus_client import Counter, Gauge
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.access.guard import PERSON

log = logging.getLogger(__name__)

ANSWERS = Counter("wavetwin_answers", "Answers of the API.", ("endpoint", "status"))
SENT = Counter("wavetwin_sent_bytes", "Bytes that the API has sent.", ("endpoint",))
IN_PROGRESS = Gauge("wavetwin_answers_in_progress", "Answers of the API being sent now, downloads among them.")

PLAIN = vars(logging.makeLogRecord({})).keys()  # what every record has; the rest are the facts of an event


def log_events() -> None:
    """Write what core and pages log to standard error as lines of JSON, where the environment asks for it."""
    if os.environ.get("WAVETWIN_LOG") != "json":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine())
    for name in ("core", "pages"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)


class JsonLine(logging.Formatter):
    """A record as a JSON object: time, level, event and its facts; of an error the traceback, too."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        facts = {name: value for name, value in vars(record).items() if name not in PLAIN}
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line | facts, default=str).decode()


class LoggedAnswers:
    """Logs and counts each answer when it has been sent, with its status, its size and how long it took. Pure ASGI.

    endpoint: the address as the description of /api has it, without what differs from one request to the next.
    """

    def __init__(self, app: ASGIApp, endpoint: str) -> None:
        self.app = app
        self.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        started, status, n_bytes = time.perf_counter(), 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, n_bytes
            await send(message)
            status = message.get("status", status)
            n_bytes += len(message.get("body", b""))

        try:
            with IN_PROGRESS.track_inprogress():
                await self.app(scope, receive, counted)
        finally:  # also where the browser went away
            seconds = round(time.perf_counter() - started, 3)
            facts = {"path": scope["path"], "status": status, "bytes": n_bytes, "seconds": seconds}
            if person := scope.get(PERSON):
                facts["person"] = person.email or person.id
            log.info("answered", extra=facts)
            ANSWERS.labels(self.endpoint, status).inc()
            SENT.labels(self.endpoint).inc(n_bytes)
