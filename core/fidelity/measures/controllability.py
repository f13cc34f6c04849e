"""Does a conditional twin give what was requested? Requested against obtained, and what the fakes teach about it.

Where the signals are sines and the condition is one of their parameters, the obtained value is that of the fit; otherwise a
model trained on training reals reads it off the signals. What a model learns from the fakes is tested on reals (TSTR).
"""

from functools import partial

import numpy as np

from core.config import Column
from core.fidelity.comparison import Comparison
from core.fidelity.measure import MORE_DATA, TRAIN_LONGER, Group, Measure
from core.fidelity.measures.tstr import read
from core.fidelity.pictures import Axis, Picture, RequestedClasses, RequestedNumbers, as_list
from core.fidelity.signal_set import SignalSet

FITTED = {"amplitude", "angular_frequency", "bias"}
N_POINTS = 800  # of the picture


def obtained(comparison: Comparison, index: int) -> tuple[np.ndarray, np.ndarray]:
    """What was requested and what was obtained, of each of the other signals: numbers, or indices of classes, (n,) each."""
    return comparison.once(_obtained, index)


def _obtained(comparison: Comparison, index: int) -> tuple[np.ndarray, np.ndarray]:
    column, other = comparison.columns[index], comparison.other
    requested = other.conditions[:, index]
    if comparison.is_of_sines and column.name in FITTED:
        return requested, getattr(other.fit, column.name)
    training = comparison.training_conditions[:, index]
    return requested, read(comparison.training, training, other.signals, comparison.seed, bool(column.classes))


def error(comparison: Comparison, index: int) -> float:
    """The mean absolute difference of requested and obtained, as a share of the range that training saw."""
    requested, found = obtained(comparison, index)
    return float(np.abs(found - requested).mean() / max(comparison.columns[index].spread, 1e-30))


def recognised_share(comparison: Comparison, index: int) -> float:
    """The share of signals that are recognised as the class that was requested."""
    requested, found = obtained(comparison, index)
    return float(np.mean(found == requested))


def tstr_error(comparison: Comparison, index: int) -> float:
    """Trained on the other signals, the error with which a model reads the number off reals, as a share of its range."""
    truth = comparison.real.conditions[:, index]
    found = _trained_on(comparison.other, comparison.real, comparison.seed, comparison.columns[index], index)
    return float(np.abs(found - truth).mean() / max(comparison.columns[index].spread, 1e-30))


def tstr_share(comparison: Comparison, index: int) -> float:
    """Trained on the other signals, the share of reals whose class a model recognises."""
    found = _trained_on(comparison.other, comparison.real, comparison.seed, comparison.columns[index], index)
    return float(np.mean(found == comparison.real.conditions[:, index]))


def _trained_on(training: SignalSet, test: SignalSet, seed: int, column: Column, index: int) -> np.ndarray:
    return read(training.signals, training.conditions[:, index], test.signals, seed, bool(column.classes))


def _name(column: Column) -> str:
    return column.name.replace("_", " ")


def _picture(comparison: Comparison, index: int) -> list[Picture]:
    """Requested against obtained; of classes, how often the right one was obtained."""
    column = comparison.columns[index]
    requested, found = obtained(comparison, index)
    key, title = f"requested_{index}", f"Requested and obtained: {_name(column)}"
    if column.classes:
        chosen = [requested == place for place in range(len(column.classes))]
        shares = [
            round(float(np.mean(found[rows] == place)), 4) if rows.any() else None for place, rows in enumerate(chosen)
        ]
        caption = "For each class, how many of the fakes requested are recognised as that class."
        classes = list(column.classes)
        return [
            RequestedClasses(
                key=key, title=title, caption=caption, name=_name(column), classes=classes, recognised=shares
            )
        ]
    return [
        RequestedNumbers(
            key=key,
            title=title,
            caption="Each point is a fake. On the dotted line it is exactly what was requested.",
            axis=Axis(name=_name(column), unit=column.unit),
            requested=as_list(requested[:N_POINTS]),
            obtained=as_list(found[:N_POINTS]),
        )
    ]


def requested(columns: tuple[Column, ...]) -> list[Measure]:
    """For each condition, whether the fakes match what was requested."""
    return [(_requested_class if column.classes else _requested_number)(i, column) for i, column in enumerate(columns)]


def taught(columns: tuple[Column, ...]) -> list[Measure]:
    """For each condition, what the fakes teach a model about it."""
    return [(_taught_class if column.classes else _taught_number)(i, column) for i, column in enumerate(columns)]


def _requested_number(index: int, column: Column) -> Measure:
    name = _name(column)
    return Measure(
        key=f"requested_{index}",
        title=f"Requested {name}",
        definition="mean absolute difference of the number requested and obtained, as a share of the range; a sine fit "
        "obtains it, or a model trained on training reals",
        group=Group.CONDITIONS,
        compute=lambda c: error(c, index),
        good=0.02,
        fair=0.06,
        meaning="On average, the fakes are off by {value} of the range; on reals, the estimate itself is off by {floor}.",
        fault=f"does not give the {name} that was requested",
        advice=TRAIN_LONGER,
        form="percent",
        pictures=partial(_picture, index=index),
    )


def _taught_number(index: int, column: Column) -> Measure:
    name = _name(column)
    return Measure(
        key=f"taught_{index}",
        title=f"{name[0].upper()}{name[1:]} predicted by a model trained on fakes",
        definition="TSTR error of a ridge model on random convolutions, as a share of the range",
        source="Esteban et al. 2017; Dempster et al. 2020",
        group=Group.USEFULNESS,
        compute=lambda c: tstr_error(c, index),
        good=0.02,
        fair=0.06,
        meaning="Trained on fakes and tested on reals, a model is off by {value} of the range; trained on reals, by {floor}.",
        fault=f"teaches a model the wrong {name}",
        advice=TRAIN_LONGER,
        form="percent",
        cost=2.0,
    )


def _requested_class(index: int, column: Column) -> Measure:
    name = _name(column)
    return Measure(
        key=f"requested_{index}",
        title=f"Requested {name}",
        definition="share of fakes that a model trained on training reals recognises as the class requested",
        group=Group.CONDITIONS,
        compute=lambda c: recognised_share(c, index),
        good=0.05,
        fair=0.15,
        meaning="A model trained on reals recognises {value} of the fakes as what was requested; of reals, it recognises "
        "{floor}.",
        fault=f"gives signals of another {name} than was requested",
        advice=MORE_DATA,
        form="percent",
        more_is_better=True,
        cost=2.0,
        pictures=partial(_picture, index=index),
    )


def _taught_class(index: int, column: Column) -> Measure:
    name = _name(column)
    return Measure(
        key=f"taught_{index}",
        title=f"{name[0].upper()}{name[1:]} recognised by a model trained on fakes",
        definition="TSTR accuracy of a ridge classifier on random convolutions",
        source="Esteban et al. 2017; Dempster et al. 2020",
        group=Group.USEFULNESS,
        compute=lambda c: tstr_share(c, index),
        good=0.05,
        fair=0.15,
        meaning="Trained on fakes and tested on reals, a model is right {value} of the time; trained on reals, {floor}.",
        fault=f"teaches a model to mistake one {name} for another",
        advice=MORE_DATA,
        form="percent",
        more_is_better=True,
        cost=2.0,
    )
