"""Work in a process of its own, with its seconds and the most memory it took, as Linux counts it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


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
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    print(f"\n{seconds} {processor} {int(peak.split()[1]) // 1024}")


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
