"""The simulator: x(t) = A·w(ω·t + φ) + b + noise, in each channel."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from core.config import SimulatorConfig, Waveform
from core.seeds import BLOCK, Purpose, numpy_rng
from core.signals.batch import Batch, blocks, collect
from core.signals.noise import draw_noise


class Parameters(NamedTuple):
    """What was drawn for each signal, float64 of shape (n,) each."""

    amplitude: np.ndarray
    bias: np.ndarray
    angular_frequency: np.ndarray  # rad/s
    phase: np.ndarray  # rad


class Simulator:
    """An endless source of real signals; see `core.signals.Source` for what all sources offer.

    `conditions` names the parameters that signals come with.
    """

    def __init__(self, config: SimulatorConfig, conditions: tuple[str, ...] = ()) -> None:
        self.config = config
        self.conditions = conditions
        self.n_channels = config.n_channels
        self.times = config.times
        frequency = config.angular_frequency
        self.sines = (frequency.minimum, frequency.maximum) if config.waveform == "sine" else None

    def batch(self, n: int, rng: np.random.Generator) -> Batch:
        """Draw `n` signals."""
        signals, parameters = self.draw(n, rng)
        chosen = [getattr(parameters, name) for name in self.conditions]
        return Batch(signals, np.stack(chosen, axis=1).astype(np.float32)) if chosen else Batch.unconditional(signals)

    def distinct(self, n: int, rng: np.random.Generator) -> Batch:
        """Draw `n` signals; each is an experiment of its own."""
        return self.batch(n, rng)

    def stream(self, n: int, seed: int, purpose: Purpose = Purpose.REALS) -> Iterator[Batch]:
        """The first `n` signals of a seed, in pieces, so that any number fits in memory."""
        return blocks(lambda index: self.batch(BLOCK, numpy_rng(seed, purpose, index)), n)

    def sample(self, n: int, seed: int) -> np.ndarray:
        """The first `n` signals of a seed, float32 of shape (n, n_channels, n_samples)."""
        return collect(self.stream(n, seed), n).signals

    def held_out(self, n: int, seed: int) -> Batch:
        """Signals that training with this seed never sees."""
        return collect(self.stream(n, seed, Purpose.HELD_OUT_REALS), n)

    def fresh(self, n: int, seed: int) -> Batch:
        """Signals that nothing of a training with this seed ever sees."""
        return collect(self.stream(n, seed, Purpose.FIDELITY_REALS), n)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
        """Draw `n` signals, float32 of shape (n, n_channels, n_samples), and the parameters behind them."""
        config = self.config
        parameters = Parameters(
            amplitude=config.amplitude.draw(n, rng),
            bias=config.bias.draw(n, rng),
            angular_frequency=config.angular_frequency.draw(n, rng),
            phase=config.phase.draw(n, rng),
        )
        n_channels = config.n_channels
        noise = draw_noise(n * n_channels, config.n_samples, config.noise_color, config.noise_amplitude, rng)
        signals = noise.reshape(n, n_channels, config.n_samples)
        for channel in range(n_channels):
            signals[:, channel] += self._clean(parameters, channel * config.channel_phase)
        return signals, parameters

    def _clean(self, parameters: Parameters, ahead: float) -> np.ndarray:
        """A·w(ω·t + φ + ahead) + b, float32 of shape (n, n_samples)."""
        # Whole cycles are taken off in double precision; what is left of a cycle is exact enough in single.
        cycles = parameters.angular_frequency[:, None] * (self.times / (2 * np.pi))
        cycles += (parameters.phase[:, None] + ahead) / (2 * np.pi)
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
