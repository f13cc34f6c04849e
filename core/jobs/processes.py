"""Processes of one's own that work side by side, each of which is replaced when it dies."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0  # before a process takes the place of one that died
# One CPU thread each: networks this small gain nothing from more, and sums that are not split are the same to the last bit.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def side_by_side(target: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> list[int]:
    """Call `target` with each of `arguments` in a process of its own, and return their exit codes once all have ended.

    A process that a signal kills is replaced by another, unless this one was told to end; then all others are told so.
    """
    os.environ |= ONE_THREAD
    context = multiprocessing.get_context("spawn")  # a fork would inherit locks and threads
    processes = [context.Process(target=target, args=each) for each in arguments]
    is_ending = False

    def end() -> None:
        nonlocal is_ending
        is_ending = True
        for process in processes:
            if process.is_alive():
                process.terminate()

    def start(process: BaseProcess) -> None:
        if not is_ending:
            process.start()
            if is_ending:  # told so meanwhile
                process.terminate()

    def is_over(process: BaseProcess) -> bool:
        """Whether nothing more is to be done about a process; one that was killed waits for another to take its place."""
        if process.exitcode is None:
            return process.pid is None  # never started
        return process.exitcode >= 0 or is_ending

    with on_signals(end):
        for process in processes:
            start(process)
        while going := [(place, process) for place, process in enumerate(processes) if not is_over(process)]:
            wait([process.sentinel for _, process in going])
            for place, process in going:
                if process.exitcode is not None and not is_over(process):
                    log.warning(
                        "Worker %d was killed by signal %d; another takes its place", process.pid, -process.exitcode
                    )
                    time.sleep(RESTART_SECONDS)
                    processes[place] = context.Process(target=target, args=arguments[place])
                    start(processes[place])
    return [process.exitcode or 0 for process in processes]


@contextmanager
def on_signals(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` on Ctrl-C, when the process is told to end, and when the one that started it by `side_by_side` has died."""
    previous = {number: signal.signal(number, lambda *_: end()) for number in (signal.SIGINT, signal.SIGTERM)}
    threading.Thread(target=_after_parent, args=(end,), name="wavetwin-parent", daemon=True).start()
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _after_parent(end: Callable[[], None]) -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        end()
