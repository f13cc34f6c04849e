"""Signs that a training goes wrong, read off its figures and said in plain words.

The limits are wide: a warning that comes in every good training is soon read by nobody.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.training.metrics import Metrics

BEGINNING = 200  # steps in which anything may happen
N_EVALUATIONS = 3  # that are taken together, by their median
N_LOGS = 20  # rows of the log that are taken together, by their median
TOO_ALIKE = 0.25  # of the reals' diversity
ALWAYS_RIGHT = 0.98  # share of right answers: the fakes give themselves away
FOOLED = 0.35  # share of right answers: far fewer than guessing would give
GUESSING = 0.55  # share of right answers, at most; 0.5 is a coin toss
FAR = 3.0  # distance, in multiples of the floor
CHANGED = 1.1  # times as much as half-way back, or as little: it still grows, or falls


@dataclass(frozen=True)
class Trouble:
    """What is wrong, what that means, and what to try."""

    title: str
    sentence: str
    advice: str


COLLAPSE = Trouble(
    "The fakes are all alike.",
    "The generator has found a few signals that pass and makes little else, whatever random numbers it starts from; "
    "this is called mode collapse.",
    "The run hands over its best state, so a better one from before is not lost. Start again with lower learning rates, a "
    "larger batch or another preset.",
)
WINNING = Trouble(
    "The discriminator sees through every fake.",
    "It is right nearly always, so it hardly tells the generator any more which of its changes are for the better.",
    "The fakes may still get better: the distance to real says. Where it falls no more, start again with a lower learning "
    "rate for the discriminator or another preset.",
)
OUTRUN = Trouble(
    "The discriminator is wrong more often than a coin.",
    "The generator changes faster than the discriminator can follow, so it learns to please a judge that is out of date.",
    "Where this goes on, start again with a lower learning rate for the generator or a higher one for the discriminator.",
)
NO_HELP = Trouble(
    "The discriminator has given up.",
    "It can only guess, although the fakes are still far from real and come no nearer: the generator learns nothing more "
    "from it.",
    "Start again with a higher learning rate for the discriminator, or with wider layers in it.",
)


def troubles(metrics: Metrics) -> list[Trouble]:
    """What has gone wrong lately; empty where all is well and where it is too early to say."""
    found = []
    then, now = _course(metrics, "diversity")
    if now < TOO_ALIKE and now <= CHANGED * then:
        found.append(COLLAPSE)
    right = _median(_since_the_beginning(metrics, "d_accuracy"), N_LOGS)
    if right >= ALWAYS_RIGHT:
        found.append(WINNING)
    elif right <= FOOLED:
        found.append(OUTRUN)
    elif right <= GUESSING and _is_stuck_far_away(metrics):
        found.append(NO_HELP)
    return found


def _is_stuck_far_away(metrics: Metrics) -> bool:
    """The fakes are far from real and come no nearer."""
    then, now = _course(metrics, "distance")
    return now > FAR and now > then / CHANGED


def _course(metrics: Metrics, name: str) -> tuple[float, float]:
    """A figure of the evaluations half-way back, and now."""
    values = _since_the_beginning(metrics, name)
    return _median(values[: len(values) // 2], N_EVALUATIONS), _median(values, N_EVALUATIONS)


def _since_the_beginning(metrics: Metrics, name: str) -> np.ndarray:
    steps, values = metrics[name]
    return values[steps > BEGINNING]


def _median(values: np.ndarray, n: int) -> float:
    """Of the last `n`; NaN, which is beyond no limit, where there are fewer."""
    return float(np.median(values[-n:])) if len(values) >= n else math.nan
