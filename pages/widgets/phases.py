"""Where a training stands: its phases, its step, and why it stopped."""

from typing import NamedTuple

from core import formatting
from core.networks import Stage
from core.store.run import Run
from core.store.stages import Stage as KeptStage
from core.store.status import State, Status
from core.training.phases import ADVERSARIAL
from core.training.phases import phases as phases_of
from pages.components.markup import markup

TOLD_NOTE = "Below each stage: how often classifiers tell its fakes from real signals. 50 % is guessing."


class StageResult(NamedTuple):
    """A stage of the initialization in words, and what it brought."""

    words: Stage
    kept: KeptStage


def stage_results(run: Run) -> list[StageResult]:
    """What the stages of a run's initialization brought so far, in their order."""
    words = phases_of(run.config.network.architecture)
    return [StageResult(words[kept.key], kept) for kept in run.stages.all() if kept.key in words]


def how_far(run: Run, status: Status) -> str:
    """The step; before the first one the phase."""
    stages = phases_of(run.config.network.architecture)
    if status.state is State.RUNNING and status.step == 0 and status.phase in stages:
        return stages[status.phase].title
    step, most = formatting.count(status.step), formatting.count(run.config.training.steps)
    return f"Step {step} of at most {most}" if run.config.training.patience else f"Step {step} of {most}"


def share_done(run: Run, status: Status) -> float:
    """How much of a run is done, 0 to 1: the stages before the first step are half of it."""
    if status.state is State.FINISHED:
        return 1.0
    stages = list(phases_of(run.config.network.architecture))
    n_before = len(stages) - 1
    trained = min(1.0, status.step / run.config.training.steps)
    if not n_before or status.phase not in stages:
        return trained
    return (stages.index(status.phase) / n_before + trained) / 2


def phases(run: Run, status: Status, key: str) -> None:
    """All phases in their order, with what the stages before the first step brought; nothing where there is but one phase.

    Those before the present one are ticked; while the run trains, what happens in it is explained.
    """
    stages = phases_of(run.config.network.architecture)
    if status.phase not in stages or len(stages) == 1:
        return
    told = {stage.key: stage.figures.get("accuracy") for stage in run.stages.all()}
    accuracies = run.metrics["accuracy"][1]
    if len(accuracies):  # step 0 is what the last stage brought
        told |= {list(stages)[-2]: accuracies[0], ADVERSARIAL: accuracies[-1]}
    is_running = status.state is State.RUNNING
    if not (is_running or any(told.values())):
        return
    present = len(stages) if status.state is State.FINISHED else list(stages).index(status.phase)
    items = "".join(_html(index, stage, present, told.get(name)) for index, (name, stage) in enumerate(stages.items()))
    notes = [stages[status.phase].meaning] if is_running else []
    if any(told.values()):
        notes.append(TOLD_NOTE)
    markup(f'<ol class="wt-phases">{items}</ol><p class="wt-phase-meaning">{" ".join(notes)}</p>', key)


def _html(index: int, stage: Stage, present: int, accuracy: float | None) -> str:
    """One phase with its number, or a tick once it is done, and how often its fakes are told."""
    mark, standing = str(index + 1), ""
    if index < present:
        mark, standing = '<span aria-label="done">✓</span>', ' class="wt-done"'
    elif index == present:
        standing = ' class="wt-now" aria-current="step"'
    told = "" if accuracy is None else f"<i>{100 * accuracy:.0f} %</i>"
    return f"<li{standing}><b>{mark}</b><span>{stage.title}{told}</span></li>"
