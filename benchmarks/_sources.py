"""The sources that fidelity is measured on, by name."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.config import SimulatorConfig, ValueRange
from core.seeds import Purpose, numpy_rng
from core.signals import Simulator, Source

ANY_PHASE = ValueRange(minimum=0, maximum=6.28, step=0.01)


class ThreeChannels:
    """x_c(t) = A·g_c·sin(ωt + φ_c) + b_c + noise, with one A and ω for all channels and noise correlated by 0.4."""

    n_channels = 3
    gains = np.array([1.0, 0.7, 0.4])[:, None]
    phases = np.array([0.0, 0.8, 1.9])[:, None]

    def __init__(self) -> None:
        self.times = Simulator(SimulatorConfig()).times

    def batch(self, n: int, rng: np.random.Generator) -> np.ndarray:
        amplitude, frequency = rng.uniform(0.1, 10, (n, 1, 1)), rng.uniform(1, 2, (n, 1, 1))
        level = rng.uniform(0.1, 10, (n, 3, 1))
        shared = rng.standard_normal((n, 1, len(self.times)))
        own = rng.standard_normal((n, 3, len(self.times)))
        noise = 0.3 * (math.sqrt(0.4) * shared + math.sqrt(0.6) * own)
        waves = amplitude * self.gains * np.sin(frequency * self.times + self.phases)
        return (waves + level + noise).astype(np.float32)

    def distinct(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.batch(n, rng)

    def held_out(self, n: int, seed: int) -> np.ndarray:
        return self.batch(n, numpy_rng(seed, Purpose.HELD_OUT_REALS))


class Recordings:
    """Recordings (n, n_channels, n_samples), a fifth of them held out from training."""

    def __init__(self, recordings: np.ndarray) -> None:
        n_held_out = len(recordings) // 5
        self.kept, self.used = recordings[:n_held_out], recordings[n_held_out:]
        self.n_channels = recordings.shape[1]
        self.times = np.arange(recordings.shape[2], dtype=float)

    def batch(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.used[rng.integers(0, len(self.used), n)]

    def distinct(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.used[rng.permutation(len(self.used))[:n]]

    def held_out(self, n: int, seed: int) -> np.ndarray:
        return self.kept[:n]


def _simulator(**settings: Any) -> Callable[[], Source]:
    return lambda: Simulator(SimulatorConfig(**settings))


SOURCES: dict[str, Callable[[], Source]] = {
    "sine": _simulator(),
    "random phase": _simulator(phase=ANY_PHASE),
    "pink noise": _simulator(noise_color="pink"),
    "square": _simulator(waveform="square"),
    "sawtooth": _simulator(waveform="sawtooth"),
    "length 1024": _simulator(n_samples=1024),
    "three channels": ThreeChannels,
}
SINES = {"sine", "random phase", "pink noise", "length 1024"}


def load_recordings(path: Path) -> np.ndarray:
    """One signal a row, no header; (n, 1, n_samples)."""
    return np.loadtxt(path, delimiter=",", dtype=np.float32)[:, None, :]
