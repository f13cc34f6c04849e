"""What each part of the twin is good for: the same figures with one part taken out at a time.

    python -m benchmarks.ablation [--seeds N] [--processes N]

Lines without steps show the start alone, before the adversarial phase; the others what so many steps of it add.
"""

import argparse
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from multiprocessing import get_context
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import torch

from benchmarks._sources import SINES, SOURCES
from benchmarks.fidelity import FRESH_SEED, sample, train
from core.config import PRESETS
from core.fidelity.measures import c2st, descriptive, sinusoid
from core.networks import use_one_thread
from core.networks.manifold import calibration, initialization, latents, shapes, views
from core.seeds import Purpose, numpy_rng

N_JUDGED = 9_000
QUICK, STANDARD = (PRESETS[name].training.steps for name in ("quick", "standard"))


class Case(NamedTuple):
    """A twin with something taken out while it is trained."""

    source: str
    title: str
    without: Callable[[], AbstractContextManager[Any]] = nullcontext
    steps: int = 0
    settings: Mapping[str, Any] = MappingProxyType({})


def _replaced(module: Any, name: str, value: Any) -> Callable[[], AbstractContextManager[Any]]:
    return partial(patch.object, module, name, value)


def _leading_axes(manifold: Any, codes: Any, values: torch.Tensor, width: float) -> torch.Tensor:
    _, axes = torch.linalg.eigh(values.T @ values)
    return axes.flip(1)[:, : manifold.table.shape[1]].contiguous()


def _white(left_over: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    return left_over.square().mean((0, 2)).sqrt()[:, None]


def _no_slopes(coefficients: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    return torch.zeros(coefficients.shape[1], levels.shape[1])


def _constant_loudness(*parts: Any) -> float:
    CALIBRATE(*parts)
    return 0.0


CALIBRATE = calibration.calibrate

NO_MANIFOLD = _replaced(initialization, "learn_shapes", lambda *parts: None)
NO_CALIBRATION = _replaced(latents, "calibrate", lambda *parts: 0.0)
CONSTANT_LOUDNESS = _replaced(latents, "calibrate", _constant_loudness)
NO_WAVES = _replaced(views, "N_WAVES", 0)
NO_NOISE_VIEWS = _replaced(views, "_noise_views", lambda left_over: [])

CASES = [
    Case("sine", "whole start"),
    Case("sine", "no manifold, blends of neighbours", NO_MANIFOLD),
    Case("sine", "table smoothed once", _replaced(shapes, "MAX_ROUNDS", 1)),
    Case("sine", "noise not calibrated", NO_CALIBRATION),
    Case("sine", "whole twin", steps=STANDARD),
    Case("one bias", "whole start"),
    Case("one bias", "level does not follow the shape", _replaced(latents, "_level_slopes", _no_slopes)),
    Case("random phase", "whole start"),
    Case("random phase", "ring taken for two lines", _replaced(shapes, "_is_ring", lambda *parts: False)),
    Case("pink noise", "whole start"),
    Case("pink noise", "noise taken for white", _replaced(latents, "noise_spectrum", _white)),
    Case("square", "whole start"),
    Case("square", "principal axes only", _replaced(shapes, "_agreed_axes", _leading_axes)),
    Case("Laplace noise", "whole start"),
    Case(
        "Laplace noise", "noise taken for normal", _replaced(calibration, "_correct_distribution", lambda *parts: None)
    ),
    Case("noise swells", "whole start"),
    Case("noise swells", "noise taken for steady", _replaced(calibration, "_correct_envelope", lambda *parts: None)),
    Case("noise grows with amplitude", "whole start"),
    Case("noise grows with amplitude", "one loudness", CONSTANT_LOUDNESS),
    Case(
        "noise grows with amplitude",
        "coordinates taken for independent",
        _replaced(latents, "depend", lambda *_: False),
    ),
    Case("noise grows with amplitude", "one loudness, then the game", CONSTANT_LOUDNESS, STANDARD),
    Case("noise in bursts", "whole start"),
    Case("noise in bursts", "whole twin", steps=STANDARD),
    Case("noise in bursts", "short game", steps=QUICK),
    Case("noise in bursts", "short game, no views of the noise", NO_NOISE_VIEWS, QUICK),
    Case("noise in bursts", "short game, no waves of the coordinates", NO_WAVES, QUICK),
    Case("noise in bursts", "short game, min-max", steps=QUICK, settings={"loss": "minmax"}),
    Case("noise in bursts", "short game, no gradient penalty", steps=QUICK, settings={"gamma": 0.0}),
    Case("noise in bursts", "short game, no average of the weights", steps=QUICK, settings={"ema_decay": 0.0}),
]


def figures(index: int, seed: int) -> dict[str, float]:
    """How often two classifiers are right about the fakes of a case."""
    use_one_thread()
    case = CASES[index]
    source = SOURCES[case.source]()
    with case.without():
        settings = {"steps": case.steps or 1, "patience": 0, **case.settings}
        trainer, generator, seconds = train("standard", source, seed, **settings)
    fakes = sample(trainer, generator, N_JUDGED)
    reals = source.batch(N_JUDGED, numpy_rng(FRESH_SEED + seed, Purpose.REALS)).signals
    if case.source in SINES:
        features = [sinusoid.features(sinusoid.fit(signals, source.times, 1.0, 2.0)) for signals in (reals, fakes)]
    else:
        rate = (len(source.times) - 1) / (source.times[-1] - source.times[0])
        features = [descriptive.features(signals, rate) for signals in (reals, fakes)]
    return {
        "boosted": c2st.boosted_trees(features[0], features[1], seed).accuracy,
        "kernels": c2st.random_kernels(reals, fakes, seed).accuracy,
        "cpu_seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print("| source | twin | steps | boosted trees | random kernels | CPU s |\n|---|---|---|---|---|---|")
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        tasks = [[pool.submit(figures, index, seed) for seed in range(options.seeds)] for index in range(len(CASES))]
        for case, runs in zip(CASES, tasks, strict=True):
            found = [run.result() for run in runs]
            boosted, kernels, seconds = (np.median([one[key] for one in found]) for key in found[0])
            cells = (case.source, case.title, case.steps or "–", f"{boosted:.3f}", f"{kernels:.3f}", f"{seconds:.0f}")
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
