"""What happens when the server starts and ends."""

import gc
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from threading import Event, Thread

from anyio import to_thread

from core.access.expiry import sweep_until
from core.access.settings import UNLIMITED, Access
from core.examples import give
from core.routes.event_log import log_events
from core.store.paths import default_data_dir
from core.store.runs import RunStore
from core.version import __version__

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_app: object, access: Access = UNLIMITED, address: str | None = "127.0.0.1") -> AsyncIterator[None]:
    """Around the server's life: it answers at once and warms up meanwhile; training in progress is saved when it ends.

    address: where it listens; None for all addresses of the machine.
    """
    log_events()
    log.info("server started", extra={"version": __version__, "data": str(default_data_dir())})
    for sentence in access.warnings(address):
        log.warning("%s", sentence)
    await to_thread.run_sync(give, default_data_dir())
    warming_up = Thread(target=_warm_up, name="wavetwin-warm-up")
    warming_up.start()
    with _sweeping(access):
        yield
    await to_thread.run_sync(warming_up.join)
    await to_thread.run_sync(_end_work)
    log.info("server ended")


@contextmanager
def _sweeping(access: Access) -> Iterator[None]:
    """While it lasts, runs of visitors are deleted when their time is over; only where there are visitors."""
    ends = Event()
    if access.is_for_visitors:
        Thread(target=sweep_until, args=(ends, RunStore()), name="wavetwin-sweep", daemon=True).start()
    yield
    ends.set()


def _warm_up() -> None:
    """Load and do what is slow the first time, in the order in which it is needed.

    What is loaded then is taken from the garbage collector's rounds, which would stall a training otherwise.
    """
    try:
        from core.training.cost import machine_pace

        machine_pace()  # page Home says it; with torch's first optimizer
        for name in ("jobs.evaluation", "jobs.training", "routes.downloads", "routes.explore", "routes.replay"):
            import_module(f"core.{name}")
    except Exception:  # a page that needs it will say so
        log.exception("Warming up failed")
    gc.collect()
    gc.freeze()
    from core.jobs.manager import JobManager

    JobManager.of(default_data_dir()).watch()  # what still waits, and what others will put in the queue


def _end_work() -> None:
    """End the background threads: a live torch thread would abort the interpreter's exit."""
    from core.jobs.evaluation import EvaluationManager
    from core.jobs.manager import JobManager

    EvaluationManager.of(default_data_dir()).shutdown()
    JobManager.of(default_data_dir()).shutdown()
