"""Write the twin of a run as files that need no Wavetwin."""

import argparse
import time

from core import formatting
from core.commands.output import say, write
from core.generation.portable.archive import N_CHECKED, archive
from core.store.orders import Order
from core.store.runs import RunStore


def main(options: argparse.Namespace) -> int:
    """Write the twin of a run as a zip file with its ONNX graph and a page of Python that runs it."""
    run = RunStore().get(options.run)
    started = time.perf_counter()
    content = archive(run.load_surrogate(), Order(run, N_CHECKED).card())
    n_bytes = write(options.onnx, iter([content]), "--onnx")
    seconds = time.perf_counter() - started
    result = {"run_id": run.id, "path": str(options.onnx), "bytes": n_bytes, "seconds": seconds}
    size, duration = formatting.size(n_bytes), formatting.duration(seconds)
    say(options, result, f"The twin in {options.onnx} ({size}), compared with its own signals, after {duration}.")
    return 0
