"""Sets of signals, and what describes each signal: the sine behind it where the source gives sines, features otherwise."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from core.fidelity.measures import descriptive, sinusoid
from core.fidelity.measures.sinusoid import SinusoidFit
from core.signals.source import Source
from core.units import PLAIN, Units, axis_title

MIN_AMPLITUDE_IN_NOISE_STDS = 1 / 0.3  # the phase of a weaker sine is noise itself


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A named number of each signal, whose distributions are compared."""

    name: str
    unit: str  # empty where it has none
    values: np.ndarray  # (n,), or fewer where only some signals have it

    @property
    def label(self) -> str:
        """Name and unit, as on an axis."""
        return axis_title(self.name, self.unit)


class Describer(Protocol):
    """Turns signals into named quantities and into the features that classifiers read."""

    @property
    def units(self) -> Units:
        """Of the signals."""

    @property
    def method(self) -> tuple[str, str]:
        """How quantities are found, for docs/fidelity.md, and where that was published."""

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The quantities in whose space neighbours are found; none where that is the features' principal components."""

    def quantities(self, signals: "SignalSet") -> list[Quantity]:
        """The quantities of each signal."""

    def features(self, signals: "SignalSet") -> np.ndarray:
        """What a classifier reads, (n, n_features)."""


@dataclass(frozen=True)
class DescriptiveFeatures:
    """Describes any signals: moments, spectrum, autocorrelation. units: of the signals."""

    units: Units = PLAIN

    @property
    def method(self) -> tuple[str, str]:
        return "descriptive features of each signal, where it is not known to be a sine", ""

    @property
    def coordinates(self) -> tuple[str, ...]:
        return ()

    def quantities(self, signals: "SignalSet") -> list[Quantity]:
        """The features that have a name; of several channels each has its own."""
        named = descriptive.quantities(signals.descriptive, signals.signals.shape[1])
        return [
            Quantity(name=name, unit=descriptive.unit_of(name.partition(",")[0], self.units), values=values)
            for name, values in named.items()
        ]

    def features(self, signals: "SignalSet") -> np.ndarray:
        return signals.descriptive


@dataclass(frozen=True)
class SineFit:
    """Describes signals whose first channel is a sine in noise, by a fit.

    lowest, highest: angular frequencies in rad/s between which all of them lie. units: of the signals.
    """

    lowest: float
    highest: float
    units: Units = PLAIN

    @property
    def method(self) -> tuple[str, str]:
        return "least-squares fit of a sine to each signal", "IEEE 1057"

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Not the phase: its ends −π and π are the same."""
        return "amplitude", "angular frequency", "bias", "noise"

    def quantities(self, signals: "SignalSet") -> list[Quantity]:
        """The fit's parameters and the noise; a phase only of signals strong enough to have one, if most of them are."""
        fit = signals.fit
        noise = fit.residual.std(axis=1, dtype=np.float64)
        is_strong = fit.amplitude > MIN_AMPLITUDE_IN_NOISE_STDS * noise
        phase = [Quantity(name="phase", unit="rad", values=fit.phase[is_strong])] if is_strong.mean() > 0.5 else []
        return [
            Quantity(name="amplitude", unit=self.units.value, values=fit.amplitude),
            Quantity(name="angular frequency", unit="rad/s", values=fit.angular_frequency),
            Quantity(name="bias", unit=self.units.value, values=fit.bias),
            *phase,
            Quantity(name="noise", unit=self.units.value, values=noise),
        ]

    def features(self, signals: "SignalSet") -> np.ndarray:
        """Those of the fit; of several channels the descriptive ones as well, since only the first is fitted."""
        of_fit = sinusoid.features(signals.fit)
        has_more_channels = signals.signals.shape[1] > 1
        return np.concatenate([of_fit, signals.descriptive], axis=1) if has_more_channels else of_fit


def describer_of(source: Source, units: Units = PLAIN) -> Describer:
    """The describer that suits a source's signals. units: of them."""
    if source.sines is None:
        return DescriptiveFeatures(units)
    lowest, highest = source.sines
    return SineFit(lowest, highest, units)


class SignalSet:
    """Signals (n, n_channels, n_samples) at times (n_samples,); what several measures need is computed once.

    conditions: what is known of each signal, (n, n_conditions). recordings: which recording each is a window of, (n,); None
    where each is one of its own.
    """

    def __init__(
        self,
        signals: np.ndarray,
        times: np.ndarray,
        describer: Describer | None = None,
        conditions: np.ndarray | None = None,
        recordings: np.ndarray | None = None,
    ) -> None:
        self.signals = signals
        self.times = times
        self.describer = describer or DescriptiveFeatures()
        self.conditions = np.empty((len(signals), 0)) if conditions is None else conditions
        self.recordings = recordings
        self.sampling_rate = (len(times) - 1) / float(times[-1] - times[0])

    @cached_property
    def fit(self) -> SinusoidFit:
        """The sine behind each signal."""
        assert isinstance(self.describer, SineFit), "only sines are fitted"
        return sinusoid.fit(self.signals, self.times, self.describer.lowest, self.describer.highest)

    @cached_property
    def descriptive(self) -> np.ndarray:
        """Descriptive features, (n, n_features)."""
        return descriptive.features(self.signals, self.sampling_rate)

    @cached_property
    def features(self) -> np.ndarray:
        """What a classifier reads, (n, n_features)."""
        return self.describer.features(self)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Quantities by name."""
        return {quantity.name: quantity for quantity in self.describer.quantities(self)}
