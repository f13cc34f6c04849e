"""How fast a trained twin gives out signals, beside NumPy's own simulator of the same source in the same run.

    python -m benchmarks.sampling [--signals N]

The article's formula in plain NumPy is what the twin's time is a multiple of. Times are the best of three.
"""

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial

from benchmarks._sources import SOURCES
from benchmarks.simulator import plain
from core.config import changed, preset_config
from core.generation.surrogate import Surrogate
from core.signals.source import Source
from core.training.training import Training

CASES = ("sine", "pink noise", "length 1024", "three channels", "square")


def surrogate_of(source: Source) -> Surrogate:
    """A twin after its first step; how fast it is does not depend on how long it was trained."""
    config = preset_config("quick")
    config = changed(config, training=config.training.model_dump() | {"steps": 1, "device": "cpu"})
    training = Training(config, source)
    for _ in training.events():
        pass
    return Surrogate(training.prepared().generator_ema, training.evaluator.scaling, config, 1, 1.0)


def best_of_three(call: Callable[[], object]) -> float:
    """Seconds."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signals", type=int, default=100_000)
    n = parser.parse_args().signals
    print("| source | seconds | signals/s | × NumPy | stream adds MB |\n|---|---|---|---|---|")
    base = best_of_three(lambda: plain(n))
    print(f"| NumPy, sine | {base:.2f} | {n / base:,.0f} | 1.00 | |")
    for name in CASES:
        surrogate = surrogate_of(SOURCES[name]())
        surrogate.sample(1000)  # warm
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in surrogate.stream(n, seed=1):
            pass
        added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        seconds = best_of_three(partial(surrogate.sample, n, seed=1))
        multiple = f"{seconds / base:.2f}" if name == "sine" else "–"
        print(f"| twin, {name} | {seconds:.2f} | {n / seconds:,.0f} | {multiple} | {added:.0f} |", flush=True)


if __name__ == "__main__":
    main()
