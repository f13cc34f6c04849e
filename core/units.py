"""The units of signals: of their values, of time and of frequency, and how axes name them."""

from dataclasses import dataclass
from typing import Self

COMPOUND = frozenset("/·* ")  # signs that stand between the parts of a unit, as in m/s²


@dataclass(frozen=True)
class Units:
    """Of a signal's values (empty where they have none), of time and of frequency."""

    value: str = ""
    time: str = "s"
    frequency: str = "Hz"

    @classmethod
    def of(cls, value: str, is_rate_known: bool) -> Self:
        """Those of values in a unit; where nobody knows the sampling rate, time counts samples."""
        return cls(value) if is_rate_known else cls(value, "samples", "cycles/sample")

    @property
    def is_timed(self) -> bool:
        """Whether time is measured and not counted in samples."""
        return self.time == "s"

    @property
    def power_density(self) -> str:
        """Of a power spectral density."""
        return f"{_grouped(self.value or 'unit')}²/{_grouped(self.frequency)}"

    @property
    def value_title(self) -> str:
        """The title of an axis of values."""
        return axis_title("value", self.value)

    @property
    def time_title(self) -> str:
        """The title of an axis of time."""
        return axis_title("time", self.time)

    @property
    def frequency_title(self) -> str:
        """The title of an axis of frequency."""
        return axis_title("frequency", self.frequency)

    @property
    def power_title(self) -> str:
        """The title of an axis of power spectral density."""
        return axis_title("PSD", self.power_density)


PLAIN = Units()  # values without a unit, at a known rate


def axis_title(quantity: str, unit: str) -> str:
    """A quantity and its unit along an axis, as in "time / s"; the quantity alone where it has no unit."""
    return f"{quantity} / {_grouped(unit)}" if unit else quantity


def _grouped(unit: str) -> str:
    """A unit of several parts in brackets, so that what stands before or behind it belongs to all of it."""
    return f"({unit})" if COMPOUND & set(unit) else unit
