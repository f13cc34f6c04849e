"""What each part of the twin is good for: the same figures with one part taken out at a time.

    python -m benchmarks.ablation [--seeds N]

All but the last line of a source are taken before step 1, so they show the warm start alone; the last adds the
adversarial phase of the standard preset.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from benchmarks._sources import SINES, SOURCES
from benchmarks.fidelity import FRESH, sample, train
from core.config import PRESETS
from core.fidelity import c2st, descriptive, sinusoid
from core.networks import use_one_thread
from core.seeds import Purpose, numpy_rng
from core.training import latents, shapes, warm_start

N_JUDGED = 9_000

Part = Callable[[], Any]  # a context in which one part is missing


def _without_manifold() -> Any:
    return patch.object(warm_start, "learn_shapes", lambda *args: None)


def _without_agreed_axes() -> Any:
    def leading(manifold: Any, codes: Any, values: torch.Tensor, width: float) -> torch.Tensor:
        _, axes = torch.linalg.eigh(values.T @ values)
        return axes.flip(1)[:, : manifold.table.shape[1]].contiguous()

    return patch.object(shapes, "_agreed_axes", leading)


def _without_colour() -> Any:
    def white(noise: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
        return noise.square().mean((0, 2)).sqrt()[:, None]

    return patch.object(latents, "_response", white)


def _without_slopes() -> Any:
    return patch.object(latents, "_level_slopes", lambda x, y: torch.zeros(x.shape[1], y.shape[1]))


@contextmanager
def _whole() -> Iterator[None]:
    yield


CASES: list[tuple[str, str, Part, int]] = [
    ("sine", "whole start", _whole, 1),
    ("sine", "no manifold, blends of neighbours", _without_manifold, 1),
    ("sine", "table smoothed once", lambda: patch.object(shapes, "MAX_ROUNDS", 1), 1),
    ("sine", "no margin beyond the ends of the line", lambda: patch.object(shapes, "MARGIN", 0.0), 1),
    ("sine", "noise not calibrated", lambda: patch.object(latents, "_calibrate", lambda *args: None), 1),
    ("sine", "level does not follow the shape", _without_slopes, 1),
    ("sine", "whole start + adversarial phase", _whole, 0),
    ("random phase", "whole start", _whole, 1),
    ("random phase", "rings taken for two lines", lambda: patch.object(shapes, "_is_ring", lambda *args: False), 1),
    ("random phase", "whole start + adversarial phase", _whole, 0),
    ("pink noise", "whole start", _whole, 1),
    ("pink noise", "noise taken for white", _without_colour, 1),
    ("pink noise", "noise not calibrated", lambda: patch.object(latents, "_calibrate", lambda *args: None), 1),
    ("square", "whole start", _whole, 1),
    ("square", "principal axes only", _without_agreed_axes, 1),
]


def figures(name: str, part: Part, steps: int, seed: int) -> dict[str, float]:
    """Distance to real of the best state, and how often two classifiers are right."""
    source = SOURCES[name]()
    with part():
        trainer, generator, seconds = train("standard", source, seed, steps=steps or PRESETS["standard"].training.steps)
    fakes = sample(trainer, generator, N_JUDGED)
    reals = source.batch(N_JUDGED, numpy_rng(FRESH + seed, Purpose.REALS))
    if name in SINES:
        features = [sinusoid.features(sinusoid.fit(signals, source.times, 1.0, 2.0)) for signals in (reals, fakes)]
    else:
        rate = (len(source.times) - 1) / (source.times[-1] - source.times[0])
        features = [descriptive.features(signals, rate) for signals in (reals, fakes)]
    return {
        "boosted": c2st.boosted_trees(features[0], features[1], seed),
        "kernels": c2st.random_kernels(reals, fakes, seed),
        "cpu_seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    seeds = range(parser.parse_args().seeds)
    use_one_thread()
    print("| source | twin | boosted trees | random kernels | CPU s |\n|---|---|---|---|---|")
    for name, title, part, steps in CASES:
        found = [figures(name, part, steps, seed) for seed in seeds]
        boosted, kernels, seconds = (np.median([one[key] for one in found]) for key in found[0])
        print(f"| {name} | {title} | {boosted:.3f} | {kernels:.3f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
