"""What goes wrong in a training, found in its metrics and said in plain words.

The limits are wide: nobody reads a warning that appears in every good training.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.training.metrics import Metrics

N_EARLY_STEPS = 200  # steps in which anything may happen
N_EVALUATIONS = 3  # that are taken together, by their median
N_LOGS = 20  # rows of the log that are taken together, by their median
MIN_DIVERSITY = 0.25  # of the reals' diversity
MAX_ACCURACY = 0.98  # share of right answers: the fakes give themselves away
MIN_ACCURACY = 0.35  # share of right answers: far fewer than guessing would give
MAX_GUESSING_ACCURACY = 0.55  # share of right answers, at most; 0.5 is a coin toss
FAR_DISTANCE = 3.0  # distance, in multiples of the floor
MIN_RELATIVE_CHANGE = 1.1  # times as much as half-way back, or as little: it still grows, or falls


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, what that means, and what to try."""

    title: str
    sentence: str
    advice: str


COLLAPSE = Diagnosis(
    "The fakes are all alike.",
    "The generator makes only a few different signals, whatever random numbers it starts from. This is called mode "
    "collapse.",
    "The run keeps its best state, so an earlier, better one is not lost. Start again with lower learning rates, a larger "
    "batch or another preset.",
)
WINNING = Diagnosis(
    "The discriminator sees through every fake.",
    "It is right nearly always, so its feedback hardly tells the generator which changes help.",
    "Watch the distance to real: while it falls, the fakes still improve. Once it does not, start again with a lower "
    "learning rate for the discriminator, or with another preset.",
)
OUTRUN = Diagnosis(
    "The discriminator does worse than chance.",
    "The generator changes faster than the discriminator can follow, so it optimizes against outdated feedback.",
    "If this continues, start again with a lower learning rate for the generator or a higher one for the discriminator.",
)
NO_HELP = Diagnosis(
    "The discriminator has given up.",
    "It only guesses, although the fakes are still far from real and come no closer. The generator no longer learns from "
    "it.",
    "Start again with a higher learning rate for the discriminator, or with wider layers in it.",
)


def diagnose(metrics: Metrics) -> list[Diagnosis]:
    """What went wrong lately; empty if all is well or if it is too early to say."""
    found = []
    then, now = _course(metrics, "diversity")
    if now < MIN_DIVERSITY and now <= MIN_RELATIVE_CHANGE * then:
        found.append(COLLAPSE)
    right = _median(_since_the_beginning(metrics, "d_accuracy"), N_LOGS)
    if right >= MAX_ACCURACY:
        found.append(WINNING)
    elif right <= MIN_ACCURACY:
        found.append(OUTRUN)
    elif right <= MAX_GUESSING_ACCURACY and _is_stuck_far_away(metrics):
        found.append(NO_HELP)
    return found


def _is_stuck_far_away(metrics: Metrics) -> bool:
    """The fakes are far from real and come no nearer."""
    then, now = _course(metrics, "distance")
    return now > FAR_DISTANCE and now > then / MIN_RELATIVE_CHANGE


def _course(metrics: Metrics, name: str) -> tuple[float, float]:
    """A figure of the evaluations half-way back, and now."""
    values = _since_the_beginning(metrics, name)
    return _median(values[: len(values) // 2], N_EVALUATIONS), _median(values, N_EVALUATIONS)


def _since_the_beginning(metrics: Metrics, name: str) -> np.ndarray:
    steps, values = metrics[name]
    return values[steps > N_EARLY_STEPS]


def _median(values: np.ndarray, n: int) -> float:
    """Of the last `n`; NaN, which is beyond no limit, where there are fewer."""
    return float(np.median(values[-n:])) if len(values) >= n else math.nan
