"""Which state of a training is handed over, and when there is nothing left to learn. Decided here and nowhere else."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np
import orjson

from core.training.evaluation import TOLD_APART, Accuracy, Evaluation, rank
from core.training.metrics import Metrics

CLEARLY_NEARER = 0.9  # times the distance before step 1
CLEAR_SHARE = 0.5  # of what the start's accuracy may be off by chance: a gain that is larger is clear
CHANCE = 0.5  # accuracy of guessing
NEARLY_CHANCE = 0.53  # up to which the accuracy's interval may reach where fakes count as indistinguishable
N_CONFIRMATIONS = 2  # evaluations in a row: one alone may be luck


class StopReason(StrEnum):
    """Why a training ended; kept in files."""

    INDISTINGUISHABLE = "indistinguishable"
    NO_GAIN = "no_gain"
    LAST_STEP = "last_step"


STOP_SENTENCES = {
    StopReason.INDISTINGUISHABLE: "The training stopped because nothing is left to learn: twice in a row, classifiers could "
    "only guess which signals are real and which are fakes.",
    StopReason.NO_GAIN: "The training stopped because the fakes did not become harder to tell from real signals for as "
    "many steps as *Patience* allows.",
    StopReason.LAST_STEP: "The training took all its steps.",
}


@dataclass
class Selection:
    """The best state so far.

    A training starts from what was measured on reals, and figures move a little by chance or where one fault is traded for
    another. So the first state stays until it is clearly beaten, and none is handed over that is told more easily.
    """

    first: Evaluation | None = None
    best: Evaluation | None = None
    best_step: int = 0  # before there is one: where the training began, or goes on without knowing it
    n_at_chance: int = 0  # evaluations in a row

    def begins_at(self, step: int) -> bool:
        """Whether the state of this step is the first to be evaluated."""
        return self.first is None and self.best_step == step

    def add(self, step: int, found: Evaluation) -> bool:
        """Take up an evaluation; whether its state is the best so far."""
        if not math.isfinite(found.distance):
            return False
        self.n_at_chance = self.n_at_chance + 1 if _is_at_chance(found.accuracy) else 0
        if self.first is None or self.best is None:
            self.first = self.best = found
        elif rank(found) < rank(self.best) and _is_clearly_better(found, self.first):
            self.best = found
        else:
            return False
        self.best_step = step
        return True

    def reason_to_stop(self, step: int, patience: int) -> StopReason | None:
        """Why to stop after `step`; None to go on. patience: steps without a better state, 0 for no end of it."""
        if not patience:
            return None
        if self.n_at_chance >= N_CONFIRMATIONS:
            return StopReason.INDISTINGUISHABLE
        return StopReason.NO_GAIN if step - self.best_step >= patience else None

    def to_bytes(self) -> bytes:
        """As JSON."""
        return orjson.dumps(self)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What `to_bytes` made."""
        values = orjson.loads(content)
        return cls(**values | {name: _evaluation(values[name]) for name in ("first", "best")})


def _evaluation(values: dict[str, Any] | None) -> Evaluation | None:
    if not values:
        return None
    accuracy = values["accuracy"]
    return Evaluation(**values | {"accuracy": Accuracy(**accuracy | {"each": tuple(accuracy.get("each", ()))})})


def _is_at_chance(accuracy: Accuracy) -> bool:
    return accuracy.low <= CHANCE and accuracy.high <= NEARLY_CHANCE


def _is_clearly_better(found: Evaluation, first: Evaluation) -> bool:
    """Whether classifiers tell a state clearly less easily than the first one; where they tell both, whether it is nearer.

    None of them may tell it more easily, not even one that is wrong more often than another. Both are judged on the same
    reals with the same latents, so a difference between them is surer than either figure.
    """
    pairs = zip(found.accuracy.each, first.accuracy.each, strict=False)
    if any(min(one, TOLD_APART) > min(other, TOLD_APART) for one, other in pairs):
        return False
    told, first_told = rank(found)[0], rank(first)[0]
    if told == first_told:
        is_told_more = found.accuracy.value > first.accuracy.high
        return found.distance < CLEARLY_NEARER * first.distance and not is_told_more
    return first_told - told > CLEAR_SHARE * (first.accuracy.high - first.accuracy.value)


def handed_over(metrics: Metrics) -> int | None:
    """Which of a run's evaluations is that of the state it hands over; None where there is none yet."""
    distances, flags = metrics["distance"][1], metrics["is_best"][1]
    if not len(distances):
        return None
    if len(flags):
        return int(np.flatnonzero(flags)[-1])
    # Runs of earlier versions took the nearest state, if it was clearly nearer than the first.
    nearest = int(distances.argmin())
    return nearest if distances[nearest] < CLEARLY_NEARER * distances[0] else 0
