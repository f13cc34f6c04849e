"""The sources that fidelity is measured on, by name."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.config import RecordingsConfig, SimulatorConfig, ValueRange
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch
from core.signals.dataset import DataSet
from core.signals.recordings import Recordings
from core.signals.simulator import Simulator
from core.signals.source import Source

ANY_PHASE = ValueRange(minimum=0, maximum=6.28, step=0.01)


class Sines:
    """x_c(t) = A·g_c·sin(ωt + φ_c) + b_c + noise, with one A and ω for all channels.

    `noise` gets the amplitudes (n, 1, 1), the times and random numbers and gives (n, n_channels, n_samples).
    """

    sines: tuple[float, float] | None = None  # not all of these signals are sines with white noise

    def __init__(
        self,
        noise: Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray],
        gains: tuple[float, ...] = (1.0,),
        phases: tuple[float, ...] = (0.0,),
    ) -> None:
        self.times = Simulator(SimulatorConfig()).times
        self.n_channels = len(gains)
        self.noise = noise
        self.gains, self.phases = np.array(gains)[:, None], np.array(phases)[:, None]

    def batch(self, n: int, rng: np.random.Generator) -> Batch:
        amplitude, frequency = rng.uniform(0.1, 10, (n, 1, 1)), rng.uniform(1, 2, (n, 1, 1))
        level = rng.uniform(0.1, 10, (n, self.n_channels, 1))
        waves = amplitude * self.gains * np.sin(frequency * self.times + self.phases)
        return Batch.unconditional((waves + level + self.noise(amplitude, self.times, rng)).astype(np.float32))

    def distinct(self, n: int, rng: np.random.Generator) -> Batch:
        return self.batch(n, rng)

    def held_out(self, n: int, seed: int) -> Batch:
        return self.batch(n, numpy_rng(seed, Purpose.HELD_OUT_REALS))

    def fresh(self, n: int, seed: int) -> Batch:
        return self.batch(n, numpy_rng(seed, Purpose.FIDELITY_REALS))

    def stream(self, n: int, seed: int) -> Iterator[Batch]:
        yield self.batch(n, numpy_rng(seed, Purpose.REALS))


def _normal(amplitude: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((len(amplitude), 1, len(times)))


def _correlated(amplitude: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise of three channels, each pair correlated by 0.4."""
    shared, own = _normal(amplitude, times, rng), rng.standard_normal((len(amplitude), 3, len(times)))
    return 0.3 * (math.sqrt(0.4) * shared + math.sqrt(0.6) * own)


def _laplace(amplitude: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.laplace(0, 0.3 / math.sqrt(2), (len(amplitude), 1, len(times)))


def _growing(amplitude: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (0.1 + 0.1 * amplitude) * _normal(amplitude, times, rng)


def _swelling(amplitude: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.linspace(0.2, 0.6, len(times)) * _normal(amplitude, times, rng)


def _in_bursts(amplitude: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise that is three times as strong around a moment that differs from signal to signal."""
    moment = rng.uniform(times[0], times[-1], amplitude.shape)
    return (0.3 + 0.6 * np.exp(-(((times - moment) / 2) ** 2) / 2)) * _normal(amplitude, times, rng)


def _simulator(**settings: Any) -> Callable[[], Source]:
    return lambda: Simulator(SimulatorConfig(**settings))


SOURCES: dict[str, Callable[[], Source]] = {
    "sine": _simulator(),
    "random phase": _simulator(phase=ANY_PHASE),
    "pink noise": _simulator(noise_color="pink"),
    "square": _simulator(waveform="square"),
    "sawtooth": _simulator(waveform="sawtooth"),
    "length 1024": _simulator(n_samples=1024),
    "one bias": _simulator(bias=ValueRange(minimum=5, maximum=5, step=0.1)),
    "three channels": lambda: Sines(_correlated, gains=(1.0, 0.7, 0.4), phases=(0.0, 0.8, 1.9)),
    "Laplace noise": lambda: Sines(_laplace),
    "noise grows with amplitude": lambda: Sines(_growing),
    "noise swells": lambda: Sines(_swelling),
    "noise in bursts": lambda: Sines(_in_bursts),
}
SINES = set(SOURCES) - {"square", "sawtooth", "three channels"}  # of one channel


def load_recordings(path: Path, seed: int) -> Recordings:
    """A source of recordings from a file with one a row and no header; each seed holds out another fifth."""
    signals = np.loadtxt(path, delimiter=",", dtype=np.float32)[:, None, :]
    n, _, n_samples = signals.shape
    config = RecordingsConfig(
        dataset="0" * 16,
        name=path.stem,
        n_signals=n,
        n_recordings=n,
        n_channels=1,
        n_samples=n_samples,
        sampling_rate=1,
        held_out_share=0.2,
    )
    numbers = np.random.default_rng(seed).permutation(n)  # by which they are divided
    return Recordings(config, DataSet(config.name, signals, numbers, np.empty((n, 0)), (), config.sampling_rate))
