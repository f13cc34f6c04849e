"""Does a conditional twin give what it is asked for? Asked for against obtained, and what the fakes teach about it.

Where the signals are sines and the condition is a parameter of theirs, what was obtained is that of the fit; otherwise a
model that learned from training reals reads it off the signals (train on reals, test on fakes).
"""

import numpy as np

from core.config import Column
from core.fidelity.comparison import Comparison, SignalSet
from core.fidelity.measures.tstr import read

FITTED = {"amplitude", "angular_frequency", "bias"}


def obtained(comparison: Comparison, index: int) -> tuple[np.ndarray, np.ndarray]:
    """What was asked for and what came, of each of the other signals; numbers, or places of classes, (n,) each."""
    column, judged = comparison.columns[index], comparison.other
    asked = judged.conditions[:, index]
    if judged.sines and column.name in FITTED:
        return asked, getattr(judged.fit, column.name)
    training = comparison.training_conditions[:, index]
    return asked, read(comparison.training, training, judged.signals, comparison.seed, bool(column.classes))


def error(comparison: Comparison, index: int) -> float:
    """The mean absolute difference of what was asked for and what came, as a share of the range that training saw."""
    asked, came = obtained(comparison, index)
    return float(np.abs(came - asked).mean() / max(comparison.columns[index].spread, 1e-30))


def right_share(comparison: Comparison, index: int) -> float:
    """The share of signals that are taken for the class that was asked for."""
    asked, came = obtained(comparison, index)
    return float(np.mean(came == asked))


def taught_error(comparison: Comparison, index: int) -> float:
    """Trained on the other signals, how far off a model reads the number off reals, as a share of its range."""
    truth = comparison.real.conditions[:, index]
    came = _taught(comparison.other, comparison.real, comparison.seed, comparison.columns[index], index)
    return float(np.abs(came - truth).mean() / max(comparison.columns[index].spread, 1e-30))


def taught_share(comparison: Comparison, index: int) -> float:
    """Trained on the other signals, the share of reals whose class a model reads rightly."""
    came = _taught(comparison.other, comparison.real, comparison.seed, comparison.columns[index], index)
    return float(np.mean(came == comparison.real.conditions[:, index]))


def _taught(teacher: SignalSet, tested: SignalSet, seed: int, column: Column, index: int) -> np.ndarray:
    return read(teacher.signals, teacher.conditions[:, index], tested.signals, seed, bool(column.classes))
