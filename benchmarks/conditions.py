"""Does a conditional twin give what it is asked for, and do its fakes teach what reals teach?

    python -m benchmarks.conditions                                             the simulator, asked for A, ω and b
    python -m benchmarks.conditions --recordings FILE --rate HZ --condition COL    a column of recordings

Each training is a whole run of a preset in a process of its own; what it hands over is judged on reals that no training
saw. Errors are mean absolute ones as a share of the parameter's range; `…_floor` is the fit's own error on reals.
"""

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.fidelity import table
from core.config import PRESETS, RunConfig, changed, preset_config
from core.fidelity.measures import sinusoid
from core.fidelity.measures.tstr import read
from core.jobs.training import train
from core.networks import use_one_thread
from core.recordings.import_files import import_files
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch, collect
from core.store.datasets import DataSetStore, open_source

PARAMETERS = ("amplitude", "angular_frequency", "bias")
N_JUDGED = 10_000
N_TEACHERS = 5  # sets of fakes, each as large as the set of training reals


def simulator(preset: str, seed: int) -> dict[str, float]:
    """How far off each parameter is that was asked for, and the accuracy of a classifier on random kernels."""
    use_one_thread()
    config = preset_config(preset, conditions=PARAMETERS)
    config = changed(config, training=config.training.model_dump() | {"seed": seed})
    with tempfile.TemporaryDirectory() as folder:
        run = train(config, data_dir=Path(folder))
        twin, seconds = run.load_surrogate(), run.status.seconds
    source = open_source(config)
    sines = source.sines
    assert sines, "the simulator's default signals are sines"
    fakes, reals = collect(twin.stream(N_JUDGED, seed), N_JUDGED), source.fresh(N_JUDGED, seed)
    figures = {"minutes": seconds / 60, "step": float(twin.step)}
    for suffix, batch in (("", fakes), ("_floor", reals)):
        fit = sinusoid.fit(batch.signals, source.times, *sines)
        for index, column in enumerate(config.columns):
            error = np.abs(getattr(fit, column.name) - batch.conditions[:, index]).mean()
            figures[column.name + suffix] = float(error / column.spread)
    return figures


def recordings(preset: str, seed: int, path: str, condition: str, rate: float | None) -> dict[str, float]:
    """How often a model is right on held-out reals that learned the condition from reals, and from fakes."""
    use_one_thread()
    with tempfile.TemporaryDirectory() as folder:
        data = import_files([(Path(path).name, Path(path).read_bytes())], sampling_rate=rate).data
        data_set = DataSetStore(Path(folder)).keep(data)
        config = preset_config(preset, data_set, (condition,))
        config = changed(config, training=config.training.model_dump() | {"seed": seed})
        run = train(config, data_dir=Path(folder))
        twin, seconds = run.load_surrogate(), run.status.seconds
        source = open_source(config, Path(folder))
        n = data_set.n_signals
        tests, reals = source.fresh(n, 0), source.distinct(n, numpy_rng(0, Purpose.TRAINING_REALS))
    teachers = [collect(twin.stream(len(reals), teacher), len(reals)) for teacher in range(N_TEACHERS)]
    return {
        "minutes": seconds / 60,
        "step": float(twin.step),
        "taught_by_reals": taught(reals, tests, config),
        "taught_by_fakes": float(np.mean([taught(fakes, tests, config) for fakes in teachers])),
        "test_signals": float(len(tests)),
    }


def taught(teacher: Batch, tests: Batch, config: RunConfig) -> float:
    """The share of test signals whose class is read rightly, or the mean error as a share of a number's range."""
    column = config.columns[0]
    came = read(teacher.signals, teacher.conditions[:, 0], tests.signals, 0, bool(column.classes))
    if column.classes:
        return float(np.mean(came == tests.conditions[:, 0]))
    return float(np.abs(came - tests.conditions[:, 0]).mean() / column.spread)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=["standard"], choices=PRESETS)
    parser.add_argument("--recordings", help="a file of recordings")
    parser.add_argument("--condition", default="class", help="its column")
    parser.add_argument("--rate", type=float, help="samples per second, where the file does not say")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        tasks = {
            preset: [
                pool.submit(recordings, preset, seed, options.recordings, options.condition, options.rate)
                if options.recordings
                else pool.submit(simulator, preset, seed)
                for seed in range(options.seeds)
            ]
            for preset in options.presets
        }
        print(table({preset: [task.result() for task in found] for preset, found in tasks.items()}))


if __name__ == "__main__":
    main()
