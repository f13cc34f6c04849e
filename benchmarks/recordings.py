"""How true twins of real recordings are, beside their floor and two simple rivals.

    python -m benchmarks.recordings FOLDER [--sets ecg stocks ...] [--seeds N] [--preset NAME]

FOLDER holds ecg_beats.csv (one heartbeat a row, no header), stocks.csv, etth1.csv and energy.csv (one column a channel, a
header) and vibration_inner_race.npy; sets whose file is missing are left out. Series are cut into windows, of which any
fifth is held out, as the literature does: windows overlap, so held-out ones have neighbours among the others. All are
compared with the same held-out signals by classifiers whose kernels neither the discriminator nor the training's own
judge has; 0.5 is indistinguishable. nearest: distance of a fake to its nearest training signal ÷ that of a held-out real.
membership: how well training signals can be told by the fakes (AUC, 0.5 is not at all).
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.fidelity import sample, train
from core.config import RecordingsConfig
from core.fidelity.measures import c2st, descriptive
from core.fidelity.measures.membership import membership_auc
from core.fidelity.measures.neighbours import nearest, nearest_distances
from core.networks import use_one_thread
from core.seeds import Purpose, numpy_rng
from core.signals.dataset import DataSet
from core.signals.recordings import Recordings
from core.signals.scaling import Scaling

MOST_JUDGED = 2_000  # signals of either kind, at a time
FEW = 300  # signals, up to which sets are judged often
JUDGE_SEED = 10**6  # no training's
N_SINES = 10_000


def _windows(values: np.ndarray, n_samples: int, hop: int = 1) -> np.ndarray:
    """Windows (n, n_channels, n_samples) of a series (n_values, n_channels)."""
    windows = np.lib.stride_tricks.sliding_window_view(values, n_samples, axis=0)[::hop]
    return np.ascontiguousarray(windows, np.float32)


def _table(name: str, n_samples: int) -> Callable[[Path], np.ndarray]:
    return lambda folder: _windows(np.loadtxt(folder / name, delimiter=",", skiprows=1), n_samples)


def _sines(folder: Path) -> np.ndarray:
    """The set “Sines” of Yoon et al. 2019 (TimeGAN): five channels, each of a frequency and phase of its own, no noise."""
    rng = np.random.default_rng(12345)
    frequency, phase = rng.uniform(0, 0.1, (2, N_SINES, 5, 1))
    return ((np.sin(frequency * np.arange(24) + phase) + 1) / 2).astype(np.float32)


SETS: dict[str, Callable[[Path], np.ndarray]] = {
    "ecg": lambda folder: np.loadtxt(folder / "ecg_beats.csv", delimiter=",", dtype=np.float32)[:, None],
    "stocks": _table("stocks.csv", 24),
    "etth1": _table("etth1.csv", 24),
    "etth1-128": _table("etth1.csv", 128),
    "sines": _sines,
    "energy": _table("energy.csv", 24),
    "vibration": lambda folder: _windows(np.load(folder / "vibration_inner_race.npy").reshape(-1, 1), 256, 256),
}


def source_of(signals: np.ndarray, name: str, seed: int) -> Recordings:
    """Signals as a source, each a recording of its own; each seed holds out another fifth."""
    n, n_channels, n_samples = signals.shape
    config = RecordingsConfig(
        dataset="0" * 16,
        name=name,
        n_signals=n,
        n_recordings=n,
        n_channels=n_channels,
        n_samples=n_samples,
        sampling_rate=1,
    )
    numbers = np.random.default_rng(seed).permutation(n)  # by which they are divided
    return Recordings(config, DataSet(name, signals, numbers, np.empty((n, 0)), (), 1.0))


def bootstrap(training: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Training signals, drawn again."""
    return training[rng.integers(0, len(training), n)]


def two_neighbours(training: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Blends of a training signal and its nearest, in proportions from none to all."""
    chosen = rng.permutation(len(training))[: min(n, MOST_JUDGED)]
    # Not itself: the nearest of two halves that share no signal.
    half = rng.random(len(training)) < 0.5
    partners = np.empty(len(chosen), int)
    for side in (True, False):
        others = np.flatnonzero(half != side)
        partners[half[chosen] == side] = others[nearest(training[chosen[half[chosen] == side]], training[others])[1]]
    rows = rng.integers(0, len(chosen), n)
    share = rng.random((n, 1, 1)).astype(np.float32)
    return share * training[chosen[rows]] + (1 - share) * training[partners[rows]]


def judge(fakes: np.ndarray, held_out: np.ndarray, training: np.ndarray) -> dict[str, float]:
    """All figures of fakes; each repeat takes others, as far as there are enough."""
    n = min(len(held_out), MOST_JUDGED)
    found: dict[str, list[float]] = {"rocket": [], "trees": [], "cnn": []}
    for repeat in range(_n_repeats(len(held_out))):
        seed = JUDGE_SEED + repeat
        real = held_out[np.random.default_rng(seed).permutation(len(held_out))[:n]]
        fake = fakes[np.arange(repeat * n, (repeat + 1) * n) % len(fakes)]
        features = [descriptive.features(signals, 1.0) for signals in (real, fake)]
        found["rocket"].append(c2st.random_kernels(real, fake, seed).accuracy)
        found["trees"].append(c2st.boosted_trees(features[0], features[1], seed).accuracy)
        found["cnn"].append(c2st.small_cnn(real, fake, seed).accuracy)
    near, usual = (float(np.median(nearest_distances(signals[:n], training))) for signals in (fakes, held_out))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return means | {"nearest": near / usual, "membership": membership_auc(training, held_out[:n], fakes)}


def _n_repeats(n_held_out: int) -> int:
    return 6 if n_held_out <= FEW else 2


def measure(folder: Path, name: str, seed: int, preset: str) -> Iterator[tuple[str, dict[str, float]]]:
    """The rows of one set: floor, rivals, twin."""
    source = source_of(SETS[name](folder), name, seed)
    everything, rng = source.config.n_signals, numpy_rng(seed, Purpose.FIDELITY_REALS, 1)
    held_out, training = source.fresh(everything, seed).signals, source.distinct(everything, rng).signals
    scaling = Scaling.fit(training)  # a channel of large numbers must not outweigh the others
    held_out, training = scaling.to_network(held_out), scaling.to_network(training)
    n_repeats = _n_repeats(len(held_out))
    n = n_repeats * min(len(held_out), MOST_JUDGED)
    yield "bootstrap (its classifiers: the floor)", judge(bootstrap(training, n, rng), held_out, training)
    yield "two neighbours", judge(two_neighbours(training, n, rng), held_out, training)
    trainer, generator, seconds = train(preset, source, seed)
    fakes = scaling.to_network(sample(trainer, generator, n))
    steps = {"best_step": float(trainer.selection.best_step), "steps": float(trainer.step), "cpu_seconds": seconds}
    yield "twin", judge(fakes, held_out, training) | steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--preset", default="standard")
    options = parser.parse_args()
    use_one_thread()
    columns = ["rocket", "trees", "cnn", "nearest", "membership", "best_step", "steps", "cpu_seconds"]
    print("| set | of | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 2))
    for name in options.sets:
        rows: dict[str, list[dict[str, float]]] = {}
        try:
            for seed in options.seeds:
                for title, figures in measure(options.folder, name, seed, options.preset):
                    rows.setdefault(title, []).append(figures)
        except FileNotFoundError as error:
            print(f"| {name} | left out: no {error.filename} |", flush=True)
            continue
        for title, found in rows.items():
            cells = [
                f"{np.median([one[column] for one in found]):.3g}" if column in found[0] else "–" for column in columns
            ]
            print(f"| {name} | {title} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
