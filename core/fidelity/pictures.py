"""The data of a report's pictures: one model for each kind of picture, as plain lists that JSON can hold.

A measure gives the pictures that show what it measures; core/presentation/report_plots.py draws each kind.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from core.config import Model
from core.units import Units, axis_title

N_BARS = 40
MAX_DRAWN = 4_096  # samples of one signal: more than a screen shows


class Picture(Model):
    """What all kinds have in common."""

    key: str
    title: str
    caption: str = Field(description="What one sees, and how it should look.")

    is_wide: ClassVar[bool] = True  # too wide to share a row with another
    has_channels: ClassVar[bool] = False  # there is one to look at for each channel


class Axis(Model):
    """A quantity and its unit along an axis."""

    name: str
    unit: str = ""
    is_logarithmic: bool = False
    limits: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """Name and unit."""
        return axis_title(self.name, self.unit)


class Signals(Model):
    """Two sets of signals in one channel, (n, n_samples) each."""

    reference: list[list[float]]
    fake: list[list[float]]

    @model_validator(mode="after")
    def _is_even(self) -> Self:
        lengths = {len(signal) for signal in (*self.reference, *self.fake)}
        if len(lengths) != 1:
            raise ValueError("all signals must have the same number of samples")
        return self


class OfSignals(Picture):
    """Signals over time."""

    start: float = Field(description="Time of the first sample.")
    interval: float = Field(description="Between samples, as far as they are drawn.")
    units: Units
    channels: list[Signals]

    has_channels: ClassVar[bool] = True


class Overlay(OfSignals):
    """Reals and fakes on top of each other."""

    kind: Literal["overlay"] = "overlay"


class Rows(OfSignals):
    """A row of real signals above a row of fakes."""

    kind: Literal["rows"] = "rows"
    reference_name: str = Field(description="What the signals in the upper row are.")


class Histogram(Model):
    """Shares of reals and fakes in bars."""

    axis: Axis
    edges: list[float]
    real: list[float]
    fake: list[float]


class Histograms(Picture):
    """Histograms side by side."""

    kind: Literal["histograms"] = "histograms"
    panels: list[Histogram]


class Curves(Model):
    """Mean curves in one channel, and the range that holds most of the reals'."""

    x: list[float]
    real: list[float]
    low: list[float]
    high: list[float]
    fake: list[float]


class Bands(Picture):
    """Mean curves of reals and fakes over the reals' range."""

    kind: Literal["bands"] = "bands"
    x: Axis
    y: Axis
    channels: list[Curves]

    is_wide: ClassVar[bool] = False
    has_channels: ClassVar[bool] = True


class Points(Picture):
    """Each signal as a point in a plane."""

    kind: Literal["points"] = "points"
    x: Axis
    y: Axis
    real: tuple[list[float], list[float]]
    fake: tuple[list[float], list[float]]

    is_wide: ClassVar[bool] = False


class Cells(Picture):
    """Fakes in each cell of a plane ÷ those expected there; None in cells with too few reals to say."""

    kind: Literal["cells"] = "cells"
    x: Axis
    y: Axis
    x_edges: list[float]
    y_edges: list[float]
    ratio: list[list[float | None]]

    is_wide: ClassVar[bool] = False


class RequestedNumbers(Picture):
    """A requested number against the one obtained, a point for each fake."""

    kind: Literal["requested numbers"] = "requested numbers"
    axis: Axis
    requested: list[float]
    obtained: list[float]

    is_wide: ClassVar[bool] = False


class RequestedClasses(Picture):
    """For each class, the share of fakes that are recognised as the class requested; None where none was."""

    kind: Literal["requested classes"] = "requested classes"
    name: str
    classes: list[str]
    recognised: list[float | None]

    is_wide: ClassVar[bool] = False


AnyPicture = Annotated[
    Overlay | Rows | Histograms | Bands | Points | Cells | RequestedNumbers | RequestedClasses,
    Field(discriminator="kind"),
]


def as_list(values: np.ndarray) -> list[Any]:
    """Plain numbers with the digits of single precision."""
    return [as_list(row) for row in values] if values.ndim > 1 else [float(f"{value:.6g}") for value in values]


def drawn_every(n_samples: int) -> int:
    """How many samples of a signal there are for each that is drawn: 1 unless there are more than MAX_DRAWN."""
    return -(-n_samples // MAX_DRAWN)


def thinned(signals: np.ndarray) -> np.ndarray:
    """Signals (…, n_samples) as they are drawn: of long ones, the lowest and the highest value of each stretch in their order."""
    length = 2 * drawn_every(signals.shape[-1])
    if length == 2:
        return signals
    missing = -signals.shape[-1] % length
    whole = np.concatenate([signals, np.repeat(signals[..., -1:], missing, axis=-1)], axis=-1)
    stretches = whole.reshape(*signals.shape[:-1], -1, length)
    places = np.sort(np.stack([stretches.argmin(axis=-1), stretches.argmax(axis=-1)], axis=-1), axis=-1)
    return np.take_along_axis(stretches, places, axis=-1).reshape(*signals.shape[:-1], -1)


def signals_by_channel(reference: np.ndarray, fake: np.ndarray) -> list[Signals]:
    """Signals (n, n_channels, n_samples), channel by channel, long ones thinned."""
    reference, fake = thinned(reference), thinned(fake)
    return [
        Signals(reference=as_list(reference[:, channel]), fake=as_list(fake[:, channel]))
        for channel in range(reference.shape[1])
    ]


def histogram(axis: Axis, edges: np.ndarray, real: np.ndarray, fake: np.ndarray) -> Histogram:
    """Shares of the values (n,) of each kind between edges (n_bars + 1,)."""
    shares = [np.histogram(values, edges)[0] / len(values) for values in (real, fake)]
    return Histogram(axis=axis, edges=as_list(edges), real=as_list(shares[0]), fake=as_list(shares[1]))
