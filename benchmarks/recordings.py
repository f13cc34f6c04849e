"""How true twins of recordings and of hard simulated signals are, beside their floor and their rivals.

    python -m benchmarks.recordings FOLDER [--sets ecg stocks ...] [--seeds 0 1 2] [--preset NAME] [--results FILE]

FOLDER holds ecg_beats.csv (one heartbeat a row, no header), stocks.csv, etth1.csv and energy.csv (one column a channel, a
header) and vibration_inner_race.npy; sets whose file is missing are left out. Series are cut into windows, of which any
fifth is held out, as the literature does: windows overlap, so held-out ones have neighbours among the others. All are
compared with the same held-out signals by classifiers whose kernels neither the discriminator nor the training's own
judge has; 0.5 is indistinguishable. nearest: distance of a fake to its nearest training signal ÷ that of a held-out real.
membership: how well training signals can be told by the fakes (AUC, 0.5 is not at all). Of vibration also the excess
kurtosis and the envelope's share of power at the fault's frequency, each ÷ that of all reals.

Rivals are blends of two neighbours and, where `diffusers` is installed, a diffusion model that learns for as many CPU
seconds as the twin of the same signals.

With --results each figure is kept in FILE, a line of JSON for each training, as soon as it is measured; what stands there
is not measured again, so an interrupted run goes on.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
from scipy.signal import hilbert
from scipy.stats import kurtosis

from benchmarks._diffusion import diffused, is_installed
from benchmarks._sets import SETS, SIMULATED, source_of
from benchmarks.fidelity import sample, train
from core.fidelity.measures import c2st, descriptive
from core.fidelity.measures.membership import membership_auc
from core.fidelity.measures.neighbours import nearest, nearest_distances
from core.networks import use_one_thread
from core.seeds import Purpose, numpy_rng
from core.signals.scaling import Scaling
from core.signals.training_set import first_reals

MOST_JUDGED = 2_000  # signals of either kind, at a time
MOST_SIMULATED = 10_000  # the same of a simulator, which has as many as one likes
FEW = 300  # signals, up to which sets are judged often
JUDGE_SEED = 10**6  # no training's
SAMPLING_RATE = 12_000.0  # Hz, of the vibration
FAULT_FREQUENCY = (
    5.4152 * 1797 / 60
)  # Hz: so often balls pass the inner race of an SKF 6205 at 1,797 revolutions a minute
COLUMNS = ["rocket", "trees", "cnn", "nearest", "membership", "kurtosis", "envelope", "best_step", "cpu_seconds"]
FLOOR, NEIGHBOURS, TWIN, DIFFUSION = "bootstrap: the floor", "two neighbours", "twin", "diffusion"

Figures = dict[str, float]


class Contest:
    """One set, divided, and what is said of fakes of it."""

    def __init__(self, folder: Path, name: str, seed: int) -> None:
        self.name, self.seed = name, seed
        self.source = source_of(folder, name, seed)
        training = first_reals(self.source, seed).signals
        self.scaling = Scaling.fit(training)  # a channel of large numbers must not outweigh the others
        self.training = self.scaling.to_network(training)
        n_fresh = MOST_SIMULATED if name in SIMULATED else len(training)
        self.held_out = self.scaling.to_network(self.source.fresh(n_fresh, seed).signals)
        self.n = min(len(self.held_out), MOST_SIMULATED if name in SIMULATED else MOST_JUDGED)
        self.n_repeats = 1 if name in SIMULATED else 6 if len(self.held_out) <= FEW else 2

    @property
    def n_fakes(self) -> int:
        """How many are judged."""
        return self.n * self.n_repeats

    def judge(self, fakes: np.ndarray) -> Figures:
        """All figures of fakes in network units; each repeat takes others, as far as there are enough."""
        n, held_out = self.n, self.held_out
        found: dict[str, list[float]] = {"rocket": [], "trees": [], "cnn": []}
        for repeat in range(self.n_repeats):
            seed = JUDGE_SEED + repeat
            real = held_out[np.random.default_rng(seed).permutation(len(held_out))[:n]]
            fake = fakes[np.arange(repeat * n, (repeat + 1) * n) % len(fakes)]
            features = [descriptive.features(signals, 1.0) for signals in (real, fake)]
            found["rocket"].append(c2st.random_kernels(real, fake, seed).accuracy)
            found["trees"].append(c2st.boosted_trees(features[0], features[1], seed).accuracy)
            found["cnn"].append(c2st.small_cnn(real, fake, seed).accuracy)
        near, usual = (float(np.median(nearest_distances(part[:n], self.training))) for part in (fakes, held_out))
        figures = {name: float(np.mean(values)) for name, values in found.items()}
        figures |= {"nearest": near / usual, "membership": membership_auc(self.training, held_out[:n], fakes)}
        return figures | (self._impulses(fakes) if self.name == "vibration" else {})

    def _impulses(self, fakes: np.ndarray) -> Figures:
        reals = np.concatenate([self.training, self.held_out])
        return {
            "kurtosis": float(kurtosis(fakes, None) / kurtosis(reals, None)),
            "envelope": _share_at_fault(fakes) / _share_at_fault(reals),
        }


def _share_at_fault(signals: np.ndarray) -> float:
    """The share of the envelope's power at the fault's frequency, of (n, 1, n_samples); the mean over the signals."""
    envelope = np.abs(hilbert(signals[:, 0]))
    envelope -= envelope.mean(axis=1, keepdims=True)
    turning = np.exp(-2j * np.pi * FAULT_FREQUENCY / SAMPLING_RATE * np.arange(envelope.shape[1]))
    power = 2 / envelope.shape[1] * np.abs(envelope @ turning) ** 2
    return float(np.mean(power / np.square(envelope).sum(axis=1)))


def bootstrap(contest: Contest) -> Figures:
    """Training signals, drawn again."""
    rng = numpy_rng(contest.seed, Purpose.FIDELITY_REALS, 1)
    return contest.judge(contest.training[rng.integers(0, len(contest.training), contest.n_fakes)])


def two_neighbours(contest: Contest) -> Figures:
    """Blends of a training signal and its nearest, in proportions from none to all."""
    rng, training, n = numpy_rng(contest.seed, Purpose.FIDELITY_REALS, 2), contest.training, contest.n_fakes
    chosen = rng.permutation(len(training))[: min(n, MOST_JUDGED)]
    # Not itself: the nearest of two halves that share no signal.
    half = rng.random(len(training)) < 0.5
    partners = np.empty(len(chosen), int)
    for side in (True, False):
        others = np.flatnonzero(half != side)
        partners[half[chosen] == side] = others[nearest(training[chosen[half[chosen] == side]], training[others])[1]]
    rows = rng.integers(0, len(chosen), n)
    share = rng.random((n, 1, 1)).astype(np.float32)
    return contest.judge(share * training[chosen[rows]] + (1 - share) * training[partners[rows]])


def twin(contest: Contest, preset: str) -> Figures:
    """A twin, which state of its training was handed over, and the CPU seconds of the whole."""
    trainer, generator, seconds = train(preset, contest.source, contest.seed)
    fakes = contest.scaling.to_network(sample(trainer, generator, contest.n_fakes))
    return contest.judge(fakes) | {"best_step": float(trainer.selection.best_step), "cpu_seconds": seconds}


def diffusion(contest: Contest, seconds: float) -> Figures:
    """A diffusion model that learned for as many CPU seconds."""
    return contest.judge(diffused(contest.training, contest.n_fakes, seconds, contest.seed)) | {"cpu_seconds": seconds}


class Results:
    """What was measured, by what it is of; kept in a file where there is one."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        lines = path.read_bytes().splitlines() if path and path.exists() else []
        self.known: dict[str, Figures] = {line["of"]: line["figures"] for line in map(orjson.loads, lines)}

    def get(self, of: str, measured: Callable[[], Figures]) -> Figures:
        """What is known, or else measured."""
        if of not in self.known:
            self.known[of] = measured()
            if self.path:
                with self.path.open("ab") as file:
                    file.write(orjson.dumps({"of": of, "figures": self.known[of]}) + b"\n")
        return self.known[of]


def measure(folder: Path, name: str, seed: int, preset: str, results: Results) -> dict[str, Figures]:
    """The rows of one set."""
    contest = Contest(folder, name, seed)
    rows: dict[str, Callable[[], Figures]] = {
        FLOOR: lambda: bootstrap(contest),
        NEIGHBOURS: lambda: two_neighbours(contest),
        f"{TWIN}, {preset}": lambda: twin(contest, preset),
    }
    found = {title: results.get(f"{name}, seed {seed}, {title}", row) for title, row in rows.items()}
    if is_installed():
        seconds = found[f"{TWIN}, {preset}"]["cpu_seconds"]
        found[DIFFUSION] = results.get(f"{name}, seed {seed}, {DIFFUSION}", lambda: diffusion(contest, seconds))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--results", type=Path, help="a file to keep results in, and to go on from")
    options = parser.parse_args()
    use_one_thread()
    results = Results(options.results)
    print("| set | of | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (len(COLUMNS) + 2))
    for name in options.sets:
        try:
            runs = [measure(options.folder, name, seed, options.preset, results) for seed in options.seeds]
        except FileNotFoundError as error:
            print(f"| {name} | left out: no {error.filename} |", flush=True)
            continue
        for title in runs[0]:
            found = [run[title] for run in runs]
            cells = [
                f"{np.median([one[column] for one in found]):.3g}" if column in found[0] else "–" for column in COLUMNS
            ]
            print(f"| {name} | {title} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
