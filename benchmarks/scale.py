"""What it costs to write signals in shards: seconds and memory against their number.

    python -m benchmarks.scale [--counts N …] [--processes P]

Each number of signals is written by a process of its own, then again by P ranks at a time, start-up not counted. Seconds are of
the processor, of all threads and ranks together, so that other work on the machine changes little. The exponent is that of the
power law that fits them: 1 is linear. Memory is the peak of a process, as Linux counts it.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks._process import begun, cost_of, exponent, told
from benchmarks.sampling import surrogate_of
from core.config import SimulatorConfig, preset_config
from core.scale import shards
from core.scale.engines import InProcess, Ranks, ranks_of
from core.scale.plan import Maker, Plan
from core.signals.simulator import Simulator

COUNTS = (10_000, 100_000, 1_000_000)


def begin(address: str, count: int, twin: bytes) -> None:
    """Say what is to be written."""
    plan = Plan(surrogate_sha256=shards.digest(twin), seed=1, count=count, made_by=Maker.this())
    shards.begin(address, plan, twin)


def write(address: str) -> None:
    """Write a rank's share, as a process of its own does."""
    ranks = ranks_of()

    def work() -> None:
        for _ in shards.write_missing(address, (lambda shards: Ranks(shards, *ranks)) if ranks else InProcess):
            pass
        shards.finish(address)

    told(work)


def measured(address: str, n_ranks: int) -> tuple[float, int]:
    """Seconds of the processor, of all ranks, and MB of one, for writing what is begun there; without start-up."""
    processes = [
        begun(
            "benchmarks.scale.write",
            address,
            **({"RANK": str(rank), "WORLD_SIZE": str(n_ranks)} if n_ranks > 1 else {}),
        )
        for rank in range(n_ranks)
    ]
    costs = [cost_of(process) for process in processes]
    return sum(cost.processor for cost in costs), max(cost.megabytes for cost in costs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    config = preset_config("quick")
    assert isinstance(config.source, SimulatorConfig)
    twin = surrogate_of(Simulator(config.source)).to_bytes()
    print(
        f"| signals | shards | CPU s | MB | CPU s, {options.processes} ranks | MB each | same |\n"
        "|---|---|---|---|---|---|---|"
    )
    seconds = []
    for count in options.counts:
        with tempfile.TemporaryDirectory() as folder:
            one, several = (str(Path(folder, name)) for name in ("one", "several"))
            for address in (one, several):
                begin(address, count, twin)
            (alone, memory), (shared, memory_each) = measured(one, 1), measured(several, options.processes)
            manifest, _ = shards.verify(one)
            same = "yes" if shards.verify(several)[0] == manifest else "NO"
        seconds.append(alone)
        files = manifest.plan.n_shards
        print(f"| {count:,} | {files} | {alone:.1f} | {memory} | {shared:.1f} | {memory_each} | {same} |", flush=True)
    print(f"\nSeconds grow with exponent {exponent(options.counts, seconds):.2f}.")


if __name__ == "__main__":
    main()
