"""Runs of visitors are deleted when their time is over."""

import logging
import time
from threading import Event

from core.errors import RunStateError, WavetwinError
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request

log = logging.getLogger(__name__)

SWEEP_SECONDS = 300.0  # between two looks


def sweep(store: RunStore) -> None:
    """Delete the runs whose time is over; one that is still trained is asked to stop, and goes the next time."""
    for run in store.all():
        owner = run.owner
        if owner and owner.expires_at and owner.expires_at < time.time():
            _delete(store, run)


def sweep_until(ends: Event, store: RunStore) -> None:
    """Sweep now and then, until `ends` is set."""
    while True:
        try:
            sweep(store)
        except Exception:  # the next one may succeed
            log.exception("Sweeping %s failed", store.root)
        if ends.wait(SWEEP_SECONDS):
            return


def _delete(store: RunStore, run: Run) -> None:
    try:
        store.delete(run.id)
        log.info("run expired", extra={"run": run.id})
    except RunStateError:
        run.request(Request.STOP)
    except (WavetwinError, OSError) as error:
        log.warning("Run %s could not be deleted: %s", run.id, error)
