"""What measures look at: reals, and the set that is compared with them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from core.config import Column
from core.fidelity.classification import C2ST, Origins
from core.fidelity.pictures import drawn_every
from core.fidelity.signal_set import SignalSet, SineFit

MAX_COMPONENTS = 6  # of the features, where quantities are no coordinates
ROUNDING_SHARE = 1e-5  # of the size of values: a smaller deviation is that of single precision

T = TypeVar("T")


class Comparison:
    """A set that is compared with reals.

    real: fresh reals. other: fakes, or other reals where the floor is taken. training: what training saw, (n, n_channels,
    n_samples). seed: of whatever a measure draws. columns: the conditions that were requested of each signal or are known
    of it, in the order of their `conditions`; training_conditions: the same of `training`, (n, n_conditions).
    """

    def __init__(
        self,
        *,
        real: SignalSet,
        other: SignalSet,
        training: np.ndarray,
        seed: int = 0,
        columns: tuple[Column, ...] = (),
        training_conditions: np.ndarray | None = None,
    ) -> None:
        self.real = real
        self.other = other
        self.training = training
        self.seed = seed
        self.columns = columns
        self.training_conditions = np.empty((len(training), 0)) if training_conditions is None else training_conditions
        self.classified: dict[str, C2ST] = {}  # the classifiers' results so far, by the title of their measure
        self._computed: dict[tuple[Any, ...], Any] = {}

    def once(self, compute: Callable[..., T], *arguments: int) -> T:
        """`compute(self, *arguments)`: a result that several measures or pictures share is computed once."""
        key = (compute, *arguments)
        if key not in self._computed:
            self._computed[key] = compute(self, *arguments)
        result: T = self._computed[key]
        return result

    @property
    def signals(self) -> tuple[np.ndarray, np.ndarray]:
        """Reals and the others, (n, n_channels, n_samples) each."""
        return self.real.signals, self.other.signals

    @property
    def origins(self) -> Origins:
        """Which recording each real, and each of the others, is a window of."""
        return self.real.recordings, self.other.recordings

    @property
    def residuals(self) -> tuple[np.ndarray, np.ndarray]:
        """The noise that the fitted sines leave over, of reals and the others, (n, n_samples) each."""
        return self.real.fit.residual, self.other.fit.residual

    @property
    def time_axis(self) -> dict[str, Any]:
        """Start, interval and units, as pictures of signals have them."""
        times = self.real.times
        interval = drawn_every(len(times)) / self.real.sampling_rate
        return {"start": float(times[0]), "interval": interval, "units": self.real.describer.units}

    @property
    def is_of_sines(self) -> bool:
        """Whether sines were fitted."""
        return isinstance(self.real.describer, SineFit)

    @property
    def has_channels(self) -> bool:
        """Whether there are several channels."""
        return self.real.signals.shape[1] > 1

    @cached_property
    def space(self) -> tuple[np.ndarray, np.ndarray]:
        """A few coordinates in which neighbours are found, of reals and the others, (n, n_coordinates) each.

        The describer's choice of quantities, or the leading principal components of the standardised features, computed
        from the reals alone.
        """
        names = self.real.describer.coordinates
        if not names:
            return components(self.real.features, self.other.features)
        real, other = (
            np.stack([one.quantities[name].values for name in names], axis=1) for one in (self.real, self.other)
        )
        return real, other

    @property
    def coordinates(self) -> list[tuple[str, str]]:
        """Names and units of the coordinates of `space`."""
        names = self.real.describer.coordinates
        if not names:
            return [(f"component {1 + index}", "") for index in range(self.space[0].shape[1])]
        return [(name, self.real.quantities[name].unit) for name in names]


def components(real: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standardised features on the leading principal components of the reals', (n, up to MAX_COMPONENTS) each."""
    mean, std = real.mean(axis=0), real.std(axis=0)
    scale = np.where(std > ROUNDING_SHARE * np.abs(mean), std, np.inf)  # a constant is no coordinate
    reals, others = (real - mean) / scale, (other - mean) / scale
    leading = np.linalg.eigh(reals.T @ reals)[1][:, : -MAX_COMPONENTS - 1 : -1]
    return reals @ leading, others @ leading
