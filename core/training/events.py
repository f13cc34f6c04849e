"""What a training reports while it runs."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Phase(StrEnum):
    """The parts of a training, in their order."""

    SHAPES = "learning the shapes"
    LATENTS = "matching the latents"
    ADVERSARIAL = "adversarial training"


@dataclass(frozen=True)
class PhaseBegun:
    """A part of the training begins."""

    phase: Phase


@dataclass(frozen=True)
class SnapshotTaken:
    """Fakes from the fixed latents."""

    step: int
    fakes: np.ndarray  # (n, n_channels, n_samples), physical units


@dataclass(frozen=True)
class EvaluationDone:
    """How far the fakes are from held-out reals, and how varied."""

    step: int
    distance: float  # multiples of the floor: 1 is as near as two sets of reals are to each other
    diversity: float  # how different fakes are from each other ÷ the same of reals


@dataclass(frozen=True)
class CheckpointDue:
    """Now is the time to save what `Trainer.state_dict` returns."""

    step: int


@dataclass(frozen=True)
class StepLogged:
    """The means of some figures over the steps since the last one; always the last event of its step."""

    step: int
    metrics: dict[str, float]


CLEARLY_NEARER = 0.9  # times the distance before step 1


def is_better(distance: float, best: float, first: float) -> bool:
    """Whether a state is worth handing over instead of the best so far; `first` is the distance before step 1.

    What a twin starts from was measured, and distances move a little by chance or where a fault is traded for another,
    so the start stays until it is clearly beaten.
    """
    return distance < best and (math.isinf(best) or distance < CLEARLY_NEARER * first)


def handed_over(distances: np.ndarray) -> int:
    """Which of a run's distances to real, (n,) in the order of their steps, is that of the state it hands over."""
    best = 0
    for index, distance in enumerate(distances):
        if is_better(distance, distances[best], distances[0]):
            best = index
    return best


Event = PhaseBegun | SnapshotTaken | EvaluationDone | CheckpointDue | StepLogged
