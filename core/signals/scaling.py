"""Physical units ↔ network units, learned from the reals: zero mean and unit deviation for each channel."""

from collections.abc import Mapping
from typing import Self

import numpy as np

from core.errors import ConfigError
from core.signals.moments import mean_and_deviation
from core.signals.value_limits import ValueLimits

SMALLEST = 1e-30  # deviation, in any unit: single precision reaches little further


class Scaling:
    """One shift and one scale for each channel, float32 of shape (n_channels, 1), and which values there may be, if known.

    All samples of a channel share them: scaling each time step by itself would change the shape of the noise.
    """

    def __init__(self, mean: np.ndarray, std: np.ndarray, limits: ValueLimits | None = None) -> None:
        self.mean = np.asarray(mean, np.float32).reshape(-1, 1)
        self.std = np.asarray(std, np.float32).reshape(-1, 1)
        self.limits = limits

    @classmethod
    def fit(cls, reals: np.ndarray, limit_values: bool = False) -> Self:
        """Learn from reals of shape (n, n_channels, n_samples), and where asked for, which values they can take.

        Raises ConfigError where a channel never changes.
        """
        limits = ValueLimits.find(reals) if limit_values else None
        signals = limits.undo(reals) if limits else reals
        mean, std = mean_and_deviation(signals)
        if not np.all((std > 1e-6 * np.abs(mean)) & (std > SMALLEST)):
            raise ConfigError(
                "All real signals are one constant, so there is nothing to learn; give the amplitude, the bias or the "
                "noise some spread."
            )
        return cls(mean, std, limits)

    def unbounded(self) -> Self:
        """The same without the bounds that ValueLimits.unbounded leaves out."""
        return type(self)(self.mean, self.std, self.limits.unbounded() if self.limits else None)

    def to_network(self, reals: np.ndarray) -> np.ndarray:
        """Signals of shape (n, n_channels, n_samples) in network units."""
        signals = self.limits.undo(reals) if self.limits else reals
        in_network = signals - self.mean
        in_network /= self.std  # in place: there may be many
        return in_network

    def to_physical(self, signals: np.ndarray) -> np.ndarray:
        """Signals of shape (n, n_channels, n_samples) in physical units, with values that reals can take."""
        physical = signals * self.std
        physical += self.mean
        return self.limits.apply(physical) if self.limits else physical

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays to be kept in a file."""
        limits = self.limits.to_arrays() if self.limits else {}
        return {"mean": self.mean, "std": self.std, **{f"limits.{name}": values for name, values in limits.items()}}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """What `to_arrays` made. Raises KeyError or ValueError where something is missing or does not fit."""
        limits = {name.removeprefix("limits."): arrays[name] for name in arrays if name.startswith("limits.")}
        return cls(arrays["mean"], arrays["std"], ValueLimits.from_arrays(limits) if limits else None)
