"""What a training reports while it runs."""

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


Event = PhaseBegun | SnapshotTaken | EvaluationDone | CheckpointDue | StepLogged
