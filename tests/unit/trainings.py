"""Trainings of tiny networks, and what is compared of them."""

from collections.abc import Callable

from torch import Tensor

from core.config import RunConfig, ValueRange, changed
from core.jobs.training import execute
from core.store.datasets import open_source
from core.store.runs import Run
from core.store.status import State, Status
from core.training.events import CheckpointDue, EvaluationDone, Event, PhaseBegun, SnapshotTaken, StepLogged
from core.training.trainer import Trainer


def trainer_of(config: RunConfig, **training) -> Trainer:
    config = changed(config, training=config.training.model_dump() | training)
    return Trainer(config, open_source(config))


def prepared(config: RunConfig, **training) -> Trainer:
    """A trainer whose networks are there to be looked at."""
    trainer = trainer_of(config, **training)
    trainer.prepare()
    return trainer


def fixed(value: float) -> ValueRange:
    return ValueRange(minimum=value, maximum=value, step=1)


def plain(event: Event) -> tuple:
    """An event as something that can be compared."""
    match event:
        case PhaseBegun(phase):
            return "phase", phase
        case SnapshotTaken(step, fakes):
            return "snapshot", step, fakes.tobytes()
        case EvaluationDone(step, distance, diversity):
            return "evaluation", step, distance, diversity
        case StepLogged(step, metrics):
            return "log", step, metrics
        case CheckpointDue(step):
            return "checkpoint", step


def assert_same_state(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    # Bit for bit, so that what stands for “none” and is no number counts as the same.
    assert [name for name in first if first[name].numpy().tobytes() != second[name].numpy().tobytes()] == []


def executed(run: Run, should_stop: Callable[[], State | None] = lambda: None) -> Status:
    """Claim a run, execute it and let go of it again."""
    run.claim()
    try:
        return execute(run, should_stop)
    finally:
        run.release()


def at_step(step: int, state: State) -> Callable[[], State | None]:
    """Ends a run of tiny networks there: it is asked as the training begins, and at every tenth step."""
    answers = iter([None] * (step // 10) + [state])
    return lambda: next(answers)
