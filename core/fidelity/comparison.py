"""What measures look at: two sets of signals, with whatever several measures need of each computed once."""

from functools import cached_property

import numpy as np

from core.config import Column
from core.fidelity.measures import descriptive, sinusoid
from core.fidelity.measures.parameters import ROUNDING
from core.fidelity.measures.prdc import density_coverage, precision_recall
from core.fidelity.measures.sinusoid import SinusoidFit

N_COMPONENTS = 6  # of the features of signals that are not sines
N_PLANES = 3  # coordinates that missing combinations are looked for in
COORDINATES = ("amplitude", "angular frequency", "bias", "noise")  # of sines
STRONG = 1 / 0.3  # times its noise: the phase of a weaker sine is noise itself


class SignalSet:
    """Signals (n, n_channels, n_samples) at times (n_samples,) in seconds.

    sines: the lowest and highest angular frequency in rad/s where all are known to be sines; the first channel is fitted.
    conditions: what is known of each signal, (n, n_conditions).
    """

    def __init__(
        self,
        signals: np.ndarray,
        times: np.ndarray,
        sines: tuple[float, float] | None,
        conditions: np.ndarray | None = None,
    ) -> None:
        self.signals = signals
        self.times = times
        self.sines = sines
        self.conditions = np.empty((len(signals), 0)) if conditions is None else conditions
        self.sampling_rate = (len(times) - 1) / float(times[-1] - times[0])

    @cached_property
    def fit(self) -> SinusoidFit:
        """The sine wave behind each signal."""
        assert self.sines is not None, "only sines are fitted"
        return sinusoid.fit(self.signals, self.times, *self.sines)

    @cached_property
    def residual(self) -> np.ndarray:
        """What the sines leave over, (n, n_samples)."""
        return self.fit.residual

    @cached_property
    def described(self) -> np.ndarray:
        """Descriptive features, (n, n_features)."""
        return descriptive.features(self.signals, self.sampling_rate)

    @cached_property
    def features(self) -> np.ndarray:
        """What a classifier reads: of the fit where there is one, the descriptive ones, or of several channels both."""
        if not self.sines:
            return self.described
        of_fit = sinusoid.features(self.fit)
        return of_fit if self.signals.shape[1] == 1 else np.concatenate([of_fit, self.described], axis=1)

    @cached_property
    def quantities(self) -> dict[str, np.ndarray]:
        """Named numbers of each signal whose distributions are compared; those of a fit or the descriptive ones.

        (n,) each; a phase only of signals that are strong enough to have one, and only where most are.
        """
        if self.sines is None:
            return descriptive.quantities(self.described, self.signals.shape[1])
        fit = self.fit
        noise = fit.residual.std(axis=1, dtype=np.float64)
        strong = fit.amplitude > STRONG * noise
        return {
            "amplitude": fit.amplitude,
            "angular frequency": fit.angular_frequency,
            "bias": fit.bias,
            **({"phase": fit.phase[strong]} if strong.mean() > 0.5 else {}),
            "noise": noise,
        }


class Comparison:
    """A set that is judged against reals.

    real: fresh reals. other: fakes, or other reals where the floor is taken. training: what training saw, (n, n_channels,
    n_samples). seed: of whatever a measure draws. columns: what each signal was asked for or is known by, in the order of
    their `conditions`; training_conditions: the same of `training`, (n, n_conditions).
    """

    def __init__(
        self,
        real: SignalSet,
        other: SignalSet,
        training: np.ndarray,
        seed: int,
        columns: tuple[Column, ...] = (),
        training_conditions: np.ndarray | None = None,
    ) -> None:
        self.real = real
        self.other = other
        self.training = training
        self.seed = seed
        self.columns = columns
        self.training_conditions = np.empty((len(training), 0)) if training_conditions is None else training_conditions

    @property
    def signals(self) -> tuple[np.ndarray, np.ndarray]:
        """Reals and the others, (n, n_channels, n_samples) each."""
        return self.real.signals, self.other.signals

    @property
    def residuals(self) -> tuple[np.ndarray, np.ndarray]:
        """What the sines leave over, of reals and the others, (n, n_samples) each."""
        return self.real.residual, self.other.residual

    @cached_property
    def space(self) -> tuple[np.ndarray, np.ndarray]:
        """A few coordinates in which neighbours are looked for, of reals and the others, (n, n_coordinates) each.

        Amplitude, frequency, bias and noise of sines (not the phase: its ends −π and π are the same); otherwise the
        leading principal components of the standardised features, found from the reals alone.
        """
        if self.real.sines:
            real, other = (
                np.stack([one.quantities[name] for name in COORDINATES], axis=1) for one in (self.real, self.other)
            )
            return real, other
        return components(self.real.features, self.other.features)

    @cached_property
    def precision_recall(self) -> tuple[float, float]:
        """In `space`."""
        return precision_recall(*self.space)

    @cached_property
    def density_coverage(self) -> tuple[float, float]:
        """In `space`."""
        return density_coverage(*self.space)

    @property
    def coordinates(self) -> list[str]:
        """The names of the coordinates of `space`."""
        return list(COORDINATES) if self.real.sines else [f"component {1 + i}" for i in range(self.space[0].shape[1])]

    @property
    def planes(self) -> tuple[np.ndarray, np.ndarray]:
        """The coordinates in whose planes missing combinations are looked for, of reals and the others."""
        real, other = self.space
        return real[:, :N_PLANES], other[:, :N_PLANES]


def components(real: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standardised features on the leading principal components of the reals', (n, up to N_COMPONENTS) each."""
    mean, std = real.mean(axis=0), real.std(axis=0)
    scale = np.where(std > ROUNDING * np.abs(mean), std, np.inf)  # what is the same in all reals is no coordinate
    reals, others = (real - mean) / scale, (other - mean) / scale
    leading = np.linalg.eigh(reals.T @ reals)[1][:, : -N_COMPONENTS - 1 : -1]
    return reals @ leading, others @ leading
