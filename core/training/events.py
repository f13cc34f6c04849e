"""What a training reports while it runs."""

from dataclasses import dataclass

import numpy as np

from core.training.evaluation import Evaluation
from core.training.selection import StopReason


@dataclass(frozen=True)
class PhaseBegun:
    """A part of the training begins; a key of `core.training.phases.phases`."""

    phase: str


@dataclass(frozen=True)
class SnapshotTaken:
    """Fakes from the fixed latents; before the first step, what is known after a stage of the initialization."""

    step: int
    fakes: np.ndarray  # (n, n_channels, n_samples), physical units
    stage: str = ""


@dataclass(frozen=True)
class EvaluationDone:
    """How the fakes compare with held-out reals, and whether this is the state to hand over."""

    step: int
    evaluation: Evaluation
    is_best: bool
    stage: str = ""


@dataclass(frozen=True)
class CheckpointDue:
    """Now is the time to save the trainer's state."""

    step: int


@dataclass(frozen=True)
class StepLogged:
    """The means of some figures over the steps since the last one; always the last event of its step."""

    step: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Ended:
    """Nothing is left to do; the last event of all."""

    step: int
    reason: StopReason


Event = PhaseBegun | SnapshotTaken | EvaluationDone | CheckpointDue | StepLogged | Ended
