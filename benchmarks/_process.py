"""Work in a process of its own, with its seconds and the most memory it took, as Linux counts it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

KIB = 1024


class Cost(NamedTuple):
    """Seconds by the clock and of the processor, start-up not counted, and MB at the peak, mapped pages of files included."""

    seconds: float
    processor: float
    megabytes: int


def told(work: Callable[[], Any]) -> None:
    """Do the work and print its cost as the last line, for `cost_of`."""
    started, before = time.perf_counter(), time.process_time()
    work()
    seconds, processor = time.perf_counter() - started, time.process_time() - before
    print(f"\n{seconds} {processor} {most_held() // KIB**2}")


def held() -> int:
    """Bytes that this process holds, from which what it holds at most is counted anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS:")


def most_held() -> int:
    """Bytes that this process held at most; `resource` would count its parent's from before it began."""
    return _status("VmHWM:")


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * KIB


def begun(function: str, *arguments: object, **environment: str) -> subprocess.Popen[bytes]:
    """Call `package.module.function`, which must end with `told`, in a process of its own."""
    module, _, name = function.rpartition(".")
    code = f"from {module} import {name}; import sys; {name}(*sys.argv[1:])"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | environment)


def cost_of(process: subprocess.Popen[bytes]) -> Cost:
    """What a process that was begun says at its end. Raises SystemExit where it failed."""
    output = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"A measured process ended with {process.returncode}.")
    seconds, processor, megabytes = output.decode().splitlines()[-1].split()
    return Cost(float(seconds), float(processor), int(megabytes))


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Of the power law that fits the seconds, by least squares of the logarithms: 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
