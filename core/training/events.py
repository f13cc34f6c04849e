"""What a training reports while it runs."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SnapshotTaken:
    """Fakes from the fixed latents."""

    step: int
    fakes: np.ndarray  # (n, n_channels, n_samples), physical units


@dataclass(frozen=True)
class EvaluationDone:
    """How far the fakes are from held-out reals."""

    step: int
    distance: float  # multiples of the floor: 1 is as near as two sets of reals are to each other


@dataclass(frozen=True)
class CheckpointDue:
    """Now is the time to save what `Trainer.state_dict` returns."""

    step: int


@dataclass(frozen=True)
class StepLogged:
    """The means of some figures over the steps since the last one; always the last event of its step."""

    step: int
    metrics: dict[str, float]


Event = SnapshotTaken | EvaluationDone | CheckpointDue | StepLogged
