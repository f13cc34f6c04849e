"""A data set: recordings made ready for training, all of one length, with what is known of each."""

from dataclasses import dataclass

import numpy as np

from core.config import Column
from core.units import Units


@dataclass(frozen=True)
class DataSet:
    """Signals (n, n_channels, n_samples), float32, in the unit in which they were recorded.

    recordings: (n,), the number of the recording that each signal was cut from. conditions: float64 (n, n_columns), one
    for each of `columns`: a number in its unit, or the place of a class in the column's list. sampling_rate in Hz;
    is_rate_known: where it is not, the rate is 1 and time counts samples. levels: (n_channels,), what was taken off each
    channel; empty where nothing was. story: how it was made, in sentences for people.
    """

    name: str
    signals: np.ndarray
    recordings: np.ndarray
    conditions: np.ndarray
    columns: tuple[Column, ...]
    sampling_rate: float
    unit: str = ""
    story: str = ""
    is_rate_known: bool = True
    levels: tuple[float, ...] = ()

    @property
    def units(self) -> Units:
        """Of values, time and frequency."""
        return Units.of(self.unit, self.is_rate_known)
