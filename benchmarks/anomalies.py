"""How well planted faults are found: by a twin, by isolation forests and by an autoencoder, on the same reals.

    python -m benchmarks.anomalies [--recordings beats.csv] [--strength S] [--seeds N ...] [--preset NAME]

All learn from the same training reals, and are tested on reals that nobody saw, with and without a fault in a fifth of their
length. Figures are the area under the ROC curve (AUC: 1 is perfect, 0.5 is guessing), means over the seeds. The last rows say
which share of good signals are alarms where 1 % and 5 % were asked for. Without --recordings (one recording a row, no header)
only the simulator is measured.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from torch import nn

from benchmarks._sources import SOURCES, load_recordings
from benchmarks.fidelity import train
from core.config import preset_config
from core.fidelity.measures import descriptive
from core.generation.anomaly import AnomalyDetector
from core.generation.surrogate import Surrogate
from core.networks import use_one_thread
from core.seeds import BLOCK
from core.signals.batch import Batch
from core.signals.faults import FAULTS, FaultKind, FaultSettings, plant
from core.signals.source import Source
from core.signals.training_set import first_reals

N_USUAL, N_CALIBRATION, N_TESTED = 400, 1_000, 500  # reals
LENGTH = 0.2  # of a signal, that a fault lasts
RATES = (0.01, 0.05)  # of false alarms
CODE = 8  # numbers that the autoencoder squeezes a signal into
N_EPOCHS, BATCH_SIZE = 60, 128
KINDS: tuple[FaultKind, ...] = tuple(kind for kind in FAULTS if kind != "missing")

Score = Callable[[np.ndarray], np.ndarray]  # (n, n_channels, n_samples) → (n,), larger is more unlike the source


def forest(training: np.ndarray, seed: int, describe: Callable[[np.ndarray], np.ndarray]) -> Score:
    """An isolation forest (Liu et al. 2008) with scikit-learn's settings."""
    trees = IsolationForest(random_state=seed).fit(describe(training))
    return lambda signals: -trees.score_samples(describe(signals))


def autoencoder(training: np.ndarray, seed: int) -> Score:
    """The mean squared error of a small dense autoencoder."""
    mean, scale = training.mean(axis=(0, 2), keepdims=True), training.std(axis=(0, 2), keepdims=True)

    def inputs(signals: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(((signals - mean) / scale).reshape(len(signals), -1))

    reals = inputs(training)
    torch.manual_seed(seed)
    size = reals.shape[1]
    network = nn.Sequential(
        *(nn.Linear(size, 128), nn.SiLU(), nn.Linear(128, 64), nn.SiLU(), nn.Linear(64, CODE)),
        *(nn.Linear(CODE, 64), nn.SiLU(), nn.Linear(64, 128), nn.SiLU(), nn.Linear(128, size)),
    )
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(max(N_EPOCHS, N_EPOCHS * 4_000 // len(reals))):
        for rows in torch.randperm(len(reals)).split(BATCH_SIZE):
            loss = (network(reals[rows]) - reals[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def score(signals: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            errors: np.ndarray = (network(inputs(signals)) - inputs(signals)).square().mean(1).numpy()
        return errors

    return score


def measure(source: Source, seed: int, preset: str, strength: float) -> dict[str, dict[str, float]]:
    """AUC by fault and detector, and the false alarms of the twin's thresholds."""
    training = first_reals(source, seed).signals
    fresh = source.fresh(N_CALIBRATION + N_TESTED, seed).signals
    calibration, tested = np.split(fresh, [len(fresh) * 2 // 3])
    trainer, generator, _ = train(preset, source, seed)
    twin = Surrogate(generator.eval(), trainer.evaluator.scaling, preset_config(preset), trainer.step, 1.0)
    usual = source.held_out(N_USUAL, seed).signals
    detector = AnomalyDetector(twin, trainer.discriminator.eval(), usual, calibration)
    rivals: dict[str, Score] = {
        "forest, features": forest(training, seed, lambda signals: descriptive.features(signals, 1.0)),
        "forest, samples": forest(training, seed, lambda signals: signals.reshape(len(signals), -1)),
        "autoencoder": autoencoder(training, seed),
    }
    good = {"twin": detector(tested).scores} | {name: score(tested) for name, score in rivals.items()}
    found: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        faulty = planted(tested, kind, strength, training.std(axis=(0, 2)), seed)
        bad = {"twin": detector(faulty).scores} | {name: score(faulty) for name, score in rivals.items()}
        found[kind] = {name: _auc(good[name], bad[name]) for name in good}
    found["all"] = {name: float(np.mean([row[name] for row in found.values()])) for name in good}
    for rate in RATES:
        threshold = detector.threshold(rate)
        alarms = float((good["twin"] > threshold.value).mean())
        found[f"false alarms at {rate:.0%}, {threshold.n_reals} reals"] = {"twin": alarms}
    return found


def planted(signals: np.ndarray, kind: FaultKind, strength: float, scale: np.ndarray, seed: int) -> np.ndarray:
    """The signals with a fault, without those that it did not change."""
    settings = FaultSettings(kinds=(kind,), share=1.0, strength=strength, length=LENGTH)
    pieces = (Batch.unconditional(signals[start : start + BLOCK]) for start in range(0, len(signals), BLOCK))
    changed = [batch.signals[batch.conditions[:, -1] > 0] for batch in plant(pieces, settings, scale, seed)]
    return np.concatenate(changed).astype(np.float32)


def _auc(good: np.ndarray, bad: np.ndarray) -> float:
    return float(roc_auc_score(np.repeat([0, 1], [len(good), len(bad)]), np.concatenate([good, bad])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=Path, metavar="FILE", help="one recording a row, no header")
    parser.add_argument("--strength", type=float, default=0.5, help="of the faults (%(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--preset", default="quick")
    options = parser.parse_args()
    use_one_thread()
    makers: dict[str, Callable[[int], Source]] = {"sine": lambda seed: SOURCES["sine"]()}
    if options.recordings:
        makers[options.recordings.stem] = lambda seed: load_recordings(options.recordings, seed)
    columns = ["twin", "forest, features", "forest, samples", "autoencoder"]
    print(f"| source | fault | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 2)}")
    for name, make in makers.items():
        rounds = [measure(make(seed), seed, options.preset, options.strength) for seed in options.seeds]
        for fault in rounds[0]:
            means = [
                np.mean([one[fault][column] for one in rounds]) if column in rounds[0][fault] else None
                for column in columns
            ]
            print(
                f"| {name} | {fault} | {' | '.join('–' if mean is None else f'{mean:.3f}' for mean in means)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
