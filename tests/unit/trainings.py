"""Trainings of tiny networks, and what is compared of them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from torch import Tensor

from core.config import RunConfig, ValueRange, changed
from core.jobs.training import execute
from core.networks import Generator
from core.store.datasets import open_source
from core.store.run import Run
from core.store.status import State, Status
from core.training.evaluation import Accuracy, Evaluation
from core.training.evaluator import Evaluator
from core.training.events import CheckpointDue, Ended, EvaluationDone, Event, PhaseBegun, SnapshotTaken, StepLogged
from core.training.trainer import Trainer
from core.training.training import Training


def training_of(config: RunConfig, state: Mapping[str, Tensor] | None = None, **training: Any) -> Training:
    config = changed(config, training=config.training.model_dump() | training)
    return Training(config, open_source(config), state)


def prepared(config: RunConfig, **training: Any) -> Trainer:
    """A trainer whose networks are there to be looked at."""
    return training_of(config, **training).prepared()


def state_of(training: Training) -> dict[str, Tensor]:
    """The state of a training that has a trainer."""
    return training.state_dict()


def prefer(patch: pytest.MonkeyPatch, kind: type[Generator]) -> None:
    """Let initializations come to generators of this kind."""

    def rank(self: Evaluator, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
        return float(not isinstance(generator, kind)), handicap

    patch.setattr(Evaluator, "rank", rank)


def found(accuracy: float, distance: float = 1.0, error: float = 0.01) -> Evaluation:
    """An evaluation with these figures."""
    return Evaluation(distance, 1.0, Accuracy(accuracy, accuracy - error, accuracy + error))


def fixed(value: float) -> ValueRange:
    return ValueRange(minimum=value, maximum=value, step=1)


def plain(event: Event) -> tuple:
    """An event as something that can be compared."""
    match event:
        case PhaseBegun(phase):
            return "phase", phase
        case SnapshotTaken(step, fakes, stage):
            return "snapshot", step, stage, fakes.tobytes()
        case EvaluationDone(step, evaluation, is_best, stage):
            return "evaluation", step, stage, evaluation, is_best
        case StepLogged(step, metrics):
            return "log", step, metrics
        case CheckpointDue(step):
            return "checkpoint", step
        case Ended(step, reason):
            return "end", step, reason


def assert_same_state(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    # Bit for bit, so that what stands for “none” and is no number counts as the same.
    assert [name for name in first if first[name].numpy().tobytes() != second[name].numpy().tobytes()] == []


def executed(run: Run, should_stop: Callable[[], State | None] = lambda: None, **hooks: Any) -> Status:
    """Claim a run, execute it and let go of it again."""
    run.claim()
    try:
        return execute(run, should_stop, **hooks)
    finally:
        run.release()


def at_step(step: int, state: State) -> Callable[[], State | None]:
    """Ends a run of tiny networks there: it is asked as the training begins, and at every tenth step."""
    answers = iter([None] * (step // 10) + [state])
    return lambda: next(answers)
