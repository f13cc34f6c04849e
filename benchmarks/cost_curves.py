"""What signals cost against how many there are, how long they are, and how many channels they have.

    python -m benchmarks.cost_curves [--counts N …] [--lengths N …] [--channels N …]

At each point a twin gives out signals as a NumPy file that nobody keeps, in a process of its own: seconds of the processor,
all threads together, and memory at the peak. Along lengths and channels about as many values are drawn each time, and the
milliseconds of one signal are told. The exponent is that of the power law that fits: 1 is linear. --counts 10000000 takes
some ten minutes.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks._process import Cost, begun, cost_of, exponent, told
from benchmarks._sets import divided
from benchmarks.beyond_memory import waves
from benchmarks.sampling import surrogate_of
from core.generation.export import Content, encode
from core.generation.surrogate import Surrogate
from core.networks import use_one_thread
from core.seeds import BLOCK

COUNTS = (1_000, 10_000, 100_000, 1_000_000)
LENGTHS = (256, 1024, 4096, 16_384)  # of one channel
CHANNELS = (1, 4, 16, 64)  # of N_SAMPLES each
N_SAMPLES = 256
N_REALS = 512  # from which twins are made
VALUES = 2**25  # that are drawn along lengths and channels, or BLOCK signals


def write(twin: str, count: str, n_channels: str, n_samples: str) -> None:
    """Give out signals of a twin, as a process of its own does."""
    use_one_thread()
    surrogate, content = Surrogate.load(twin), Content(np.arange(int(n_samples)) / 1.0, int(n_channels))

    def work() -> None:
        for _ in encode(surrogate.stream(int(count), seed=1), int(count), content, "npy"):
            pass

    told(work)


def measured(shape: tuple[int, int], counts: Sequence[int], folder: Path) -> list[Cost]:
    """What signals of a shape, (n_channels, n_samples), cost."""
    twin = folder / "twin.safetensors"
    twin.write_bytes(surrogate_of(divided(waves((N_REALS, *shape), np.random.default_rng(0)), "waves", 0)).to_bytes())
    return [cost_of(begun("benchmarks.cost_curves.write", twin, count, *shape)) for count in counts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, values in (("counts", COUNTS), ("lengths", LENGTHS), ("channels", CHANNELS)):
        parser.add_argument(f"--{name}", type=int, nargs="*", default=values)
    options = parser.parse_args()
    use_one_thread()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.counts:
            told_of("signals, of 300 samples", options.counts, measured((1, 300), options.counts, folder))
        for title, sizes, shapes in (
            ("samples", options.lengths, [(1, size) for size in options.lengths]),
            ("channels, of 256 samples", options.channels, [(size, N_SAMPLES) for size in options.channels]),
        ):
            if not sizes:
                continue
            counts = [BLOCK * max(1, VALUES // (BLOCK * shape[0] * shape[1])) for shape in shapes]
            costs = [measured(shape, [count], folder)[0] for shape, count in zip(shapes, counts, strict=True)]
            told_of(title, sizes, costs, counts)


def told_of(title: str, sizes: Sequence[int], costs: Sequence[Cost], counts: Sequence[int] = ()) -> None:
    """A table of one curve, and how steep it is; counts: of signals, where the time of one is told."""
    each = [cost.processor / count for cost, count in zip(costs, counts or [1] * len(costs), strict=True)]
    print(f"\n| {title} | {'ms a signal' if counts else 's'} | MB |\n|---|---|---|")
    for size, seconds, cost in zip(sizes, each, costs, strict=True):
        print(f"| {size:,} | {1000 * seconds if counts else seconds:.3g} | {cost.megabytes:,} |")
    print(f"\nSeconds grow with exponent {exponent(sizes, each):.2f}.", flush=True)


if __name__ == "__main__":
    main()
