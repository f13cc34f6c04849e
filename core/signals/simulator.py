"""The simulator: x(t) = A·w(ω·t + φ) + b + noise."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from core.config import SimulatorConfig, Waveform
from core.seeds import BLOCK, Purpose, blocks, collect, numpy_rng
from core.signals.noise import draw_noise


class Parameters(NamedTuple):
    """What was drawn for each signal, float64 of shape (n,) each."""

    amplitude: np.ndarray
    bias: np.ndarray
    angular_frequency: np.ndarray  # rad/s
    phase: np.ndarray  # rad


class Simulator:
    """An endless source of real signals; see `core.signals.Source` for what all sources offer."""

    n_channels = 1

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.times = np.linspace(config.t_start, config.t_end, config.n_samples)
        frequency = config.angular_frequency
        self.sines = (frequency.minimum, frequency.maximum) if config.waveform == "sine" else None

    def batch(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw `n` signals, float32 of shape (n, 1, n_samples)."""
        return self.draw(n, rng)[0]

    def distinct(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw `n` signals, float32 of shape (n, 1, n_samples); each is an experiment of its own."""
        return self.batch(n, rng)

    def stream(self, n: int, seed: int, purpose: Purpose = Purpose.REALS) -> Iterator[np.ndarray]:
        """The first `n` signals of a seed, in pieces, so that any number fits in memory."""
        return blocks(lambda index: self.batch(BLOCK, numpy_rng(seed, purpose, index)), n)

    def sample(self, n: int, seed: int) -> np.ndarray:
        """The first `n` signals of a seed, float32 of shape (n, 1, n_samples)."""
        return collect(self.stream(n, seed), n)

    def held_out(self, n: int, seed: int) -> np.ndarray:
        """Signals that training with this seed never sees, float32 of shape (n, 1, n_samples)."""
        return collect(self.stream(n, seed, Purpose.HELD_OUT_REALS), n)

    def fresh(self, n: int, seed: int) -> np.ndarray:
        """Signals that nothing of a training with this seed ever sees, float32 of shape (n, 1, n_samples)."""
        return collect(self.stream(n, seed, Purpose.FIDELITY_REALS), n)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
        """Draw `n` signals, float32 of shape (n, 1, n_samples), and the parameters behind them."""
        config = self.config
        parameters = Parameters(
            amplitude=config.amplitude.draw(n, rng),
            bias=config.bias.draw(n, rng),
            angular_frequency=config.angular_frequency.draw(n, rng),
            phase=config.phase.draw(n, rng),
        )
        signals = draw_noise(n, config.n_samples, config.noise_color, config.noise_amplitude, rng)
        signals += self._clean(parameters)
        return signals[:, None, :], parameters

    def _clean(self, parameters: Parameters) -> np.ndarray:
        """A·w(ω·t + φ) + b, float32 of shape (n, n_samples)."""
        # Whole cycles are taken off in double precision; what is left of a cycle is exact enough in single.
        cycles = parameters.angular_frequency[:, None] * (self.times / (2 * np.pi))
        cycles += parameters.phase[:, None] / (2 * np.pi)
        cycles -= np.floor(cycles)
        wave = _wave(self.config.waveform, cycles.astype(np.float32))
        wave *= parameters.amplitude[:, None].astype(np.float32)
        wave += parameters.bias[:, None].astype(np.float32)
        return wave


def _wave(waveform: Waveform, cycles: np.ndarray) -> np.ndarray:
    """One of four waves between −1 and 1 at `cycles` in [0, 1]; all but the square rise from 0 at 0, as a sine does."""
    match waveform:
        case "sine":
            return np.sin(cycles * np.float32(2 * np.pi))
        case "square":
            return np.where(cycles % 1 < 0.5, np.float32(1), np.float32(-1))
        case "triangle":
            return 1 - 4 * np.abs((cycles + np.float32(0.25)) % 1 - np.float32(0.5))
        case "sawtooth":
            return 2 * ((cycles + np.float32(0.5)) % 1) - 1
