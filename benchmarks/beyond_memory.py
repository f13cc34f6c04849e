"""A data set beyond memory: recordings are made, taken in, trained on and judged, each by a process of its own.

    python -m benchmarks.beyond_memory [--gb 20] [--samples 1024] [--channels 1] [--steps 20] [--folder /tmp]

Prints the seconds and the most memory of each. The disk needs twice as much room as --gb says; all is removed at the end.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks._process import begun, cost_of, told
from core.config import changed, preset_config
from core.jobs.evaluation import evaluate_run
from core.jobs.training import execute
from core.store.datasets import DataSetStore
from core.store.growing_array import write_pieces
from core.store.intake import take_in
from core.store.runs import RunStore

FILE_MB = 180  # within WAVETWIN_MAX_MB
PIECE = 256  # signals that are made at a time


def make(folder: str, gigabytes: str, n_samples: str, n_channels: str) -> None:
    """Write files of decaying waves of three amplitudes in noise, each of FILE_MB."""
    size = int(n_channels) * int(n_samples)
    n_files, n_signals = max(4, round(1e3 * float(gigabytes) / FILE_MB)), int(FILE_MB * 1e6) // (4 * size)

    def work() -> None:
        for index in range(n_files):
            path = Path(folder, f"run_{index:05d}.npy")
            write_pieces(path, _recorded(n_signals, int(n_channels), int(n_samples), index))

    told(work)


def _recorded(n: int, n_channels: int, n_samples: int, seed: int) -> Iterator[np.ndarray]:
    for start in range(0, n, PIECE):
        yield waves((min(PIECE, n - start), n_channels, n_samples), np.random.default_rng((seed, start)))


def waves(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Decaying waves in noise, float32 (n, n_channels, n_samples)."""
    time = np.linspace(0, 1, shape[-1], dtype=np.float32)
    amplitude = rng.uniform(0.5, 2, (shape[0], 1, 1)).astype(np.float32)
    rate = rng.uniform(20, 40, (shape[0], 1, 1)).astype(np.float32)
    noise = rng.standard_normal(shape, np.float32)
    return amplitude * np.exp(-2 * time) * np.sin(rate * time) + 0.1 * noise


def keep(folder: str) -> None:
    """Take in the files of a folder."""
    told(lambda: take_in(DataSetStore(), sorted(Path(folder).iterdir()), name="beyond memory"))


def train(steps: str) -> None:
    """Train a twin of the one data set that is kept."""
    (kept,) = DataSetStore().all()
    config = changed(preset_config("quick"), source=kept.config)
    config = changed(config, training=config.training.model_dump() | {"steps": int(steps)})
    run = RunStore().create(config)
    run.claim()
    told(lambda: print(execute(run).error or ""))


def judge() -> None:
    """The quick report on the one run there is."""
    (run,) = RunStore().all()
    told(lambda: print(evaluate_run(run, quick=True).verdict.level))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gb", type=float, default=20)
    parser.add_argument("--samples", type=int, default=1024)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    print("| stage | s | s of the processor | MB at the peak |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        os.environ["WAVETWIN_DATA"] = str(Path(folder, "data"))
        files = Path(folder, "files")
        files.mkdir()
        for stage, arguments in {
            "make": (files, options.gb, options.samples, options.channels),
            "keep": (files,),
            "train": (options.steps,),
            "judge": (),
        }.items():
            cost = cost_of(begun(f"benchmarks.beyond_memory.{stage}", *arguments))
            print(f"| {stage} | {cost.seconds:.0f} | {cost.processor:.0f} | {cost.megabytes:,} |", flush=True)


if __name__ == "__main__":
    main()
