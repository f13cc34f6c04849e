"""What processes do that work side by side; each of them loads this file, and not those of the tests."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from core.jobs.processes import on_signals


def say_and_exit(folder: str, name: str, code: int) -> None:
    """What a process does: it leaves a file with its number, and the first one of name “dies” is killed."""
    file = Path(folder, f"{name}-{os.getpid()}")
    first = not any(Path(folder).glob(f"{name}-*"))
    file.touch()
    if name == "dies" and first:
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "stays":
        ended = threading.Event()
        with on_signals(ended.set):
            ended.wait(300)
    sys.exit(code)


def say_and_wait(folder: str, name: str, other: str) -> None:
    """It leaves a file with its number, and waits for the second process of another name; 1 where that does not come."""
    Path(folder, f"{name}-{os.getpid()}").touch()
    end = time.monotonic() + 60
    while len(list(Path(folder).glob(f"{other}-*"))) < 2:
        if time.monotonic() > end:
            sys.exit(1)
        time.sleep(0.05)
