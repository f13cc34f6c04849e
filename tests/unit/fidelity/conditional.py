"""Signals whose conditions are known: sines by their parameters, and waves of three classes."""

import numpy as np

from core.config import Column, SimulatorConfig
from core.signals.batch import Batch
from core.signals.simulator import Simulator

SIMULATOR = Simulator(SimulatorConfig(n_samples=60), ("amplitude", "angular_frequency", "bias"))
BY_NAME = {column.name: column for column in SIMULATOR.config.columns}
COLUMNS = tuple(BY_NAME[name] for name in SIMULATOR.conditions)
STATES = ("slow", "fast", "faster")
STATE = Column(name="state", classes=STATES)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(n: int, seed: int = 0) -> Batch:
    return SIMULATOR.batch(n, rng(seed))


def states(n: int, seed: int = 0, n_channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Noisy waves whose class says how fast they are, (n, n_channels, 64), and their classes."""
    state = rng(seed).integers(3, size=n)
    angle = np.linspace(0, 6, 64) * (1 + 2 * state[:, None]) + rng(seed + 1).uniform(0, 6, (n, 1))
    noise = 0.3 * rng(seed + 2).normal(size=(n, n_channels, 64))
    return (np.sin(angle)[:, None] + noise).astype(np.float32), state.astype(float)
