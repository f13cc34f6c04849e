"""Waiting for what another thread does."""

import time
from collections.abc import Callable
from typing import Any

from core.store.run import Run
from core.store.status import State, Status

LONGEST_PAUSE = 0.2  # seconds


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for what a thread is about to do."""
    end, pause = time.monotonic() + 300, 0.01
    while not condition():
        assert time.monotonic() < end, "this should have come about long ago"
        time.sleep(pause)
        pause = min(1.2 * pause, LONGEST_PAUSE)  # to look costs what is waited for its share of the processor


def wait_for(run: Run, state: State) -> Status:
    """Wait until a run stands somewhere; its status then."""
    wait_until(lambda: run.status.state is state)
    return run.status
