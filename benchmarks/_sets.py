"""The sets that twins of recordings are judged on, by name, and three simulated ones that are hard."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks._sources import SOURCES
from core.config import RecordingsConfig
from core.signals.dataset import DataSet
from core.signals.recordings import Recordings
from core.signals.source import Source

N_SINES = 10_000
SIMULATED = ("square", "sawtooth", "noise in bursts")


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


RECORDED: dict[str, Callable[[Path], np.ndarray]] = {
    "ecg": lambda folder: np.loadtxt(folder / "ecg_beats.csv", delimiter=",", dtype=np.float32)[:, None],
    "stocks": _table("stocks.csv", 24),
    "etth1": _table("etth1.csv", 24),
    "etth1-128": _table("etth1.csv", 128),
    "sines": _sines,
    "energy": _table("energy.csv", 24),
    "vibration": lambda folder: _windows(np.load(folder / "vibration_inner_race.npy").reshape(-1, 1), 256, 256),
}
SETS = (*RECORDED, *SIMULATED)


def divided(signals: np.ndarray, name: str, seed: int) -> Recordings:
    """Signals (n, n_channels, n_samples) as a source, each a recording of its own; each seed holds out another fifth."""
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


def source_of(folder: Path, name: str, seed: int) -> Source:
    """A set as a source. Raises FileNotFoundError where its file is missing."""
    return SOURCES[name]() if name in SIMULATED else divided(RECORDED[name](folder), name, seed)
