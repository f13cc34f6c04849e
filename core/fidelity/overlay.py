"""Reals and fakes on top of each other: the picture that comes first, which belongs to no measure."""

from core.fidelity.comparison import Comparison
from core.fidelity.pictures import Overlay, signals_by_channel

N_SIGNALS = 8  # of each kind


def overlay(comparison: Comparison) -> Overlay:
    """A few signals of each kind."""
    return Overlay(
        key="overlay",
        title="Reals and fakes together",
        caption="If the fakes are true, neither colour stands out.",
        **comparison.time_axis,
        channels=signals_by_channel(*(signals[:N_SIGNALS] for signals in comparison.signals)),
    )
