"""Waiting for what another thread does."""

import time
from collections.abc import Callable
from typing import Any

from core.store.runs import Run
from core.store.status import State, Status


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for what a thread is about to do."""
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end, "this should have come about long ago"
        time.sleep(0.01)


def wait_for(run: Run, state: State) -> Status:
    """Wait until a run stands somewhere; its status then."""
    wait_until(lambda: run.status.state is state)
    return run.status
