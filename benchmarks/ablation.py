"""What each part of the twin is good for: the same figures with one part taken out at a time.

    python -m benchmarks.ablation [--sources NAME ...] [--seeds N] [--processes N]
    python -m benchmarks.ablation --recordings FOLDER      the sets of benchmarks.recordings; FOLDER as there

Lines without steps show the start alone, before the adversarial phase; the others what so many steps of it add.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import torch

from benchmarks._sources import SINES, SOURCES
from benchmarks.fidelity import FRESH_SEED, sample, train
from benchmarks.recordings import Contest
from core.config import PRESETS
from core.fidelity.measures import c2st, descriptive, sinusoid
from core.networks import use_one_thread
from core.networks.manifold import alignment, blend, calibration, initialization, latents, shapes, views
from core.seeds import Purpose, numpy_rng
from core.signals.value_limits import ValueLimits

N_JUDGED = 9_000
QUICK, STANDARD = (PRESETS[name].training.steps for name in ("quick", "standard"))


class Case(NamedTuple):
    """A twin with something taken out while it is trained."""

    source: str
    title: str
    without: Callable[[], AbstractContextManager[Any]] = nullcontext
    steps: int = 0
    settings: Mapping[str, Any] = MappingProxyType({})

    def training(self) -> dict[str, Any]:
        """Its settings of the training."""
        return {"steps": self.steps or 1, "patience": 0, **self.settings}


def _replaced(module: Any, name: str, value: Any) -> Callable[[], AbstractContextManager[Any]]:
    return partial(patch.object, module, name, value)


def _leading_axes(manifold: Any, codes: Any, values: torch.Tensor, width: float) -> torch.Tensor:
    _, axes = torch.linalg.eigh(values.T @ values)
    return axes.flip(1)[:, : manifold.table.shape[1]].contiguous()


def _white(left_over: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    return left_over.square().mean((0, 2)).sqrt()[:, None]


def _no_slopes(coefficients: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    return torch.zeros(coefficients.shape[1], levels.shape[1])


@contextmanager
def _all(*replaced: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    with ExitStack() as stack:
        for one in replaced:
            stack.enter_context(one())
        yield


def _constant_loudness(*parts: Any) -> calibration.Calibrated:
    CALIBRATE(*parts)
    return UNVARIED


CALIBRATE = calibration.calibrate
UNVARIED = calibration.Calibrated(0.0, None)

NO_MANIFOLD = _replaced(initialization, "learn_shapes", lambda *parts: None)
NO_CALIBRATION = _replaced(latents, "calibrate", lambda *parts: UNVARIED)
CONSTANT_LOUDNESS = _replaced(latents, "calibrate", _constant_loudness)
ONE_COURSE = _replaced(calibration, "find_courses", lambda *parts: None)
NO_WAVES = _replaced(views, "N_WAVES", 0)
NO_NOISE_VIEWS = _replaced(views, "_noise_views", lambda left_over: [])
NO_SHIFTS = _replaced(initialization, "_reaches", lambda reals: [0])
ROUND = _replaced(blend, "shifted_together", alignment.shifted)
NO_GROUPS = _replaced(initialization, "independent_channels", lambda reals: [])
NO_LIMITS = _replaced(ValueLimits, "find", lambda reals: None)

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
    Case("square", "smooth shapes only", _replaced(initialization, "with_jumps", lambda *parts: None)),
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
    Case("noise in bursts", "one course", ONE_COURSE),
    Case("noise in bursts", "one course, then the game", ONE_COURSE, STANDARD),
    Case("noise in bursts", "one course, then a short game", ONE_COURSE, QUICK),
    Case("noise in bursts", "the same, no views of the noise", partial(_all, ONE_COURSE, NO_NOISE_VIEWS), QUICK),
    Case("noise in bursts", "the same, no waves of the coordinates", partial(_all, ONE_COURSE, NO_WAVES), QUICK),
    Case("noise in bursts", "the same, min-max", ONE_COURSE, QUICK, {"loss": "minmax"}),
    Case("noise in bursts", "the same, no gradient penalty", ONE_COURSE, QUICK, {"gamma": 0.0}),
    Case("noise in bursts", "the same, no average of the weights", ONE_COURSE, QUICK, {"ema_decay": 0.0}),
]

OF_RECORDINGS = [
    Case("ecg", "whole start"),
    Case("ecg", "not shifted towards each other", NO_SHIFTS),
    Case("ecg", "whole twin", steps=STANDARD),
    Case("stocks", "whole start"),
    Case("stocks", "limits of values left out", NO_LIMITS),
    Case("stocks", "whole twin", steps=STANDARD),
    Case("etth1", "whole start"),
    Case("etth1", "limits of values left out", NO_LIMITS),
    Case("sines", "whole start"),
    Case("sines", "channels blended together", NO_GROUPS),
    Case("vibration", "whole start"),
    Case("vibration", "not shifted towards each other", NO_SHIFTS),
    Case("vibration", "what leaves at one end comes in at the other", ROUND),
    Case("etth1-128", "whole start"),
    Case("etth1-128", "not shifted towards each other", NO_SHIFTS),
    Case("etth1-128", "what leaves at one end comes in at the other", ROUND),
]


def of_source(case: Case, seed: int) -> dict[str, float]:
    """How often two classifiers are right about the fakes of a simulated source."""
    source = SOURCES[case.source]()
    with case.without():
        trainer, generator, seconds = train("standard", source, seed, **case.training())
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


def of_recordings(case: Case, folder: Path, seed: int) -> dict[str, float]:
    """The same of a set of recordings, on signals that are held out."""
    contest = Contest(folder, case.source, seed)
    with case.without():
        trainer, generator, seconds = train("standard", contest.source, seed, **case.training())
    judged = contest.judge(contest.scaling.to_network(sample(trainer, generator, contest.n_fakes)))
    return {"boosted": judged["trees"], "kernels": judged["rocket"], "cpu_seconds": seconds}


def figures(index: int, folder: Path | None, seed: int) -> dict[str, float]:
    """The figures of a case; in a process of its own, which is told its number."""
    use_one_thread()
    return of_recordings(OF_RECORDINGS[index], folder, seed) if folder else of_source(CASES[index], seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", nargs="+", help="only cases of these")
    parser.add_argument("--recordings", type=Path, help="a folder of recordings, on which cases of their own are tried")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print("| source | twin | steps | boosted trees | random kernels | CPU s |\n|---|---|---|---|---|---|")
    cases = OF_RECORDINGS if options.recordings else CASES
    chosen = [n for n, case in enumerate(cases) if not options.sources or case.source in options.sources]
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        tasks = [
            [pool.submit(figures, index, options.recordings, seed) for seed in range(options.seeds)] for index in chosen
        ]
        for index, runs in zip(chosen, tasks, strict=True):
            case, found = cases[index], [run.result() for run in runs]
            boosted, kernels, seconds = (np.median([one[key] for one in found]) for key in found[0])
            cells = (case.source, case.title, case.steps or "–", f"{boosted:.3f}", f"{kernels:.3f}", f"{seconds:.0f}")
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
