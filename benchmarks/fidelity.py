"""How true the twins are: every measure beside its floor and the article's network, all in one run.

    python -m benchmarks.fidelity                                     the presets on sines, three seeds
    python -m benchmarks.fidelity --presets standard --sources ...    other sources (see _sources.py), or "all"
    python -m benchmarks.fidelity --recordings beats.csv              recordings: trained on 4/5, evaluated on the rest

Each training runs in a process of its own on one thread; its CPU time, that of preparing included, stands in the
table. Fakes are compared with fresh reals that training never saw.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from benchmarks._judge import judge
from benchmarks._sources import SINES, SOURCES, load_recordings
from core.config import PRESETS, changed, preset_config
from core.fidelity.measures.neighbours import nearest_distances
from core.fidelity.signal_set import DescriptiveFeatures, SineFit
from core.networks import Generator, use_one_thread
from core.seeds import BLOCK, Purpose, numpy_rng, torch_rng
from core.signals.batch import Batch, blocks, collect
from core.signals.source import Source
from core.training.events import EvaluationDone
from core.training.trainer import Trainer
from core.training.training import Training

N_SIGNALS = 15_000  # a side
N_REPEATS = 5  # of small sets
FRESH_SEED = 10**6  # added to a training's seed for the reals that fakes are compared with


def train(preset: str, source: Source, seed: int, **settings: object) -> tuple[Trainer, Generator, float]:
    """Train as a run does; the trainer, the generator that it hands over, and the CPU seconds it took."""
    config = preset_config(preset, getattr(source, "config", None))
    config = changed(config, training=config.training.model_dump() | {"seed": seed, "device": "cpu"} | settings)
    started = time.process_time()
    training = Training(config, source)
    weights: dict[str, torch.Tensor] = {}
    for event in training.events():
        if isinstance(event, EvaluationDone) and event.is_best:
            weights = {name: value.clone() for name, value in training.prepared().generator_ema.state_dict().items()}
    trainer = training.prepared()
    trainer.generator_ema.load_state_dict(weights)
    return trainer, trainer.generator_ema, time.process_time() - started


def sample(trainer: Trainer, generator: Generator, n: int) -> np.ndarray:
    """`n` fakes in physical units."""

    def block(index: int) -> Batch:
        rng = torch_rng(trainer.config.seed, Purpose.SURROGATE_LATENTS, index)
        signals = generator(generator.draw_latents(BLOCK, rng)).numpy()
        return Batch.unconditional(trainer.evaluator.scaling.to_physical(signals))

    return collect(blocks(block, n), n).signals


def measure(preset: str, name: str, seed: int) -> dict[str, float]:
    """The metrics of one training, or of reals against reals where `preset` is "floor"."""
    use_one_thread()
    source = SOURCES[name]()
    describer = SineFit(1.0, 2.0) if name in SINES else DescriptiveFeatures()
    reals, others = (
        source.batch(N_SIGNALS, numpy_rng(FRESH_SEED + seed, Purpose.REALS, index)).signals for index in range(2)
    )
    if preset == "floor":
        return judge(reals, others, source.times, describer, seed)
    trainer, generator, seconds = train(preset, source, seed)
    fakes = sample(trainer, generator, N_SIGNALS)
    return {"cpu_minutes": seconds / 60} | judge(reals, fakes, source.times, describer, seed)


def measure_recordings(preset: str, path: str, seed: int) -> dict[str, float]:
    """The metrics of one training on 4/5 of the recordings, evaluated on the other fifth."""
    use_one_thread()
    source = load_recordings(Path(path), seed)
    n, times, rng = source.config.n_signals, source.times, np.random.default_rng(seed)
    tests = source.fresh(n, seed).signals
    known = np.concatenate([source.held_out(n, seed).signals, source.distinct(n, rng).signals])
    n_test = len(tests)
    trainer, generator, seconds = train(preset, source, seed)
    fakes = sample(trainer, generator, n_test * N_REPEATS)
    repeats = [judge(tests, part, times, DescriptiveFeatures(), seed) for part in np.split(fakes, N_REPEATS)]
    n_floors = len(known) // n_test
    floors = [
        judge(tests, part, times, DescriptiveFeatures(), seed)
        for part in np.split(known[: n_floors * n_test], n_floors)
    ]
    accuracies = {name: float(np.mean([repeat[name] for repeat in repeats])) for name in ("boosted", "kernels", "cnn")}
    floor = {f"{name}_floor": float(np.mean([one[name] for one in floors])) for name in accuracies}
    near, real_near = (float(np.median(nearest_distances(part, known))) for part in (fakes, tests))
    spread = float(_spread(fakes) / _spread(known))
    extra = {"worst": max(accuracies.values()), "nearest_ratio": near / real_near, "spread_ratio": spread}
    return {"cpu_minutes": seconds / 60} | accuracies | extra | floor


def _spread(signals: np.ndarray) -> np.floating:
    return np.sqrt(np.mean((signals - signals.mean(axis=0)) ** 2))


def table(rows: dict[str, list[dict[str, float]]]) -> str:
    """Medians over the seeds as a Markdown table, one row a metric."""
    names = list(dict.fromkeys(name for results in rows.values() for one in results for name in one))
    lines = ["| |" + "|".join(rows) + "|", "|---|" + "---|" * len(rows)]
    for name in names:
        values = [[one[name] for one in results if name in one] for results in rows.values()]
        cells = [f"{np.median(value):.3f}" if value else "–" for value in values]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=["floor", *PRESETS], choices=["floor", *PRESETS])
    parser.add_argument("--sources", nargs="+", default=["sine"], help='names, or "all"')
    parser.add_argument("--recordings", help="a CSV file with one recording a row")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    seeds = range(options.seeds)
    sources = list(SOURCES) if options.sources == ["all"] else options.sources
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        if options.recordings:
            presets = [preset for preset in options.presets if preset != "floor"]
            jobs = {
                (preset, seed): pool.submit(measure_recordings, preset, options.recordings, seed)
                for preset, seed in product(presets, seeds)
            }
            results = {key: job.result() for key, job in jobs.items()}
            print(table({preset: [results[preset, seed] for seed in seeds] for preset in presets}))
            return
        keys = list(product(sources, options.presets, seeds))
        tasks = {key: pool.submit(measure, key[1], key[0], key[2]) for key in keys}
        for key, task in tasks.items():
            print(*key, task.result(), file=sys.stderr, flush=True)
        for name in sources:
            found = {preset: [tasks[name, preset, seed].result() for seed in seeds] for preset in options.presets}
            print(f"\n### {name}, medians of {options.seeds} seeds\n\n{table(found)}", flush=True)


if __name__ == "__main__":
    main()
