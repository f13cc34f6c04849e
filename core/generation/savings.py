"""What it would have cost to measure the signals that a twin gives out."""

from dataclasses import dataclass

from core.config import SourceConfig


@dataclass(frozen=True)
class Savings:
    """The price and the duration of real experiments, one for each signal, done one after the other."""

    dollars: float
    seconds: float


def savings(source: SourceConfig, n_signals: int) -> Savings:
    """What `n_signals` experiments would have cost."""
    return Savings(dollars=n_signals * source.experiment_cost, seconds=n_signals * source.experiment_minutes * 60)
