"""Physical units ↔ network units, learned from the reals: zero mean and unit deviation for each channel."""

from typing import Self

import numpy as np

from core.errors import ConfigError


class Scaling:
    """One shift and one scale for each channel, float32 of shape (n_channels, 1).

    All samples of a channel share them: scaling each time step by itself would change the shape of the noise.
    """

    def __init__(self, mean: np.ndarray, std: np.ndarray) -> None:
        self.mean = np.asarray(mean, np.float32).reshape(-1, 1)
        self.std = np.asarray(std, np.float32).reshape(-1, 1)

    @classmethod
    def fit(cls, reals: np.ndarray) -> Self:
        """Learn from reals of shape (n, n_channels, n_samples); raises ConfigError where a channel never changes."""
        mean = reals.mean(axis=(0, 2), dtype=np.float64)
        std = reals.std(axis=(0, 2), dtype=np.float64)
        if not np.all(std > 1e-6 * np.maximum(np.abs(mean), 1e-6)):
            raise ConfigError(
                "All real signals are one constant, so there is nothing to learn; give the amplitude, the bias or the "
                "noise some spread."
            )
        return cls(mean, std)

    def to_network(self, signals: np.ndarray) -> np.ndarray:
        """Signals of shape (n, n_channels, n_samples) in network units."""
        return (signals - self.mean) / self.std

    def to_physical(self, signals: np.ndarray) -> np.ndarray:
        """Signals of shape (n, n_channels, n_samples) in physical units."""
        return signals * self.std + self.mean
