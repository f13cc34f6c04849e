"""What many trainings at a time bring: how many steps a second `work` makes of a queue with one worker and with several.

    python -m benchmarks.trainings [--workers N] [--runs R] [--steps S]

Seconds count from the moment when the first run is taken to the end of the last one, so loading PyTorch does not count. The
load is the number of processes that want a CPU, averaged over a minute by Linux, before each measurement: with other work on
the machine the factor says little.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from core.config import changed, preset_config
from core.jobs.processes import ONE_THREAD
from core.store.queue import enqueue_missing
from core.store.runs import RunStore
from core.store.status import State


def steps_per_second(n_workers: int, n_runs: int, n_steps: int) -> float:
    """Of all trainings of a queue together."""
    preset = preset_config("quick")
    training = preset.training.model_dump() | {"steps": n_steps, "patience": 0, "device": "cpu"}
    wanted = [(f"seed {seed}", changed(preset, training=training | {"seed": seed})) for seed in range(n_runs)]
    with tempfile.TemporaryDirectory() as folder:
        runs = enqueue_missing(RunStore(Path(folder)), "trainings", wanted)
        command = [sys.executable, "-m", "core", "work", "--data", folder, "--until-empty", "--workers", str(n_workers)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | ONE_THREAD)
        states, workers = [run.status for run in runs], [run.worker for run in runs]
    assert {status.state for status in states} == {State.FINISHED}
    seconds = max(status.updated_at for status in states) - min(worker.since for worker in workers if worker)
    return n_runs * n_steps / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    print("| workers | steps/s | × | load before |\n|---|---|---|---|")
    alone = 0.0
    for n_workers in (1, options.workers):
        load = os.getloadavg()[0]
        speed = steps_per_second(n_workers, options.runs, options.steps)
        alone = alone or speed
        print(f"| {n_workers} | {speed:.1f} | {speed / alone:.2f} | {load:.1f} |", flush=True)


if __name__ == "__main__":
    main()
