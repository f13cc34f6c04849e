"""Which of several runs came out best, by what is known of their twins."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.store.run import Run
from core.store.status import State
from core.training.evaluation import TOLD_APART
from core.training.selection import CHANCE, handed_over

if TYPE_CHECKING:
    from core.fidelity.report import Report


class Result(NamedTuple):
    """What the state that a run hands over came to, by the evaluations during its training."""

    accuracy: float | None  # how often classifiers were right; None for runs of version 0.1
    distance: float  # to real, in multiples of the floor


def result(run: Run) -> Result | None:
    """What a run came to; None before its first evaluation."""
    metrics = run.metrics
    best = handed_over(metrics)
    if best is None:
        return None
    accuracies, distances = metrics["accuracy"][1], metrics["distance"][1]
    return Result(float(accuracies[best]) if len(accuracies) > best else None, float(distances[best]))


def ranks(runs: Sequence[Run]) -> dict[str, int]:
    """The rank, from 1, of each finished run among those of the same source, by its id.

    Reports decide where every one of them has one: by the verdict, then by the accuracy of the best classifier. Elsewhere the
    evaluations of the trainings do: by the accuracy, as far as it says anything, then by the distance.
    """
    by_source = defaultdict(list)
    for run in runs:
        if run.status.state is State.FINISHED and result(run):
            by_source[run.config.source.model_dump_json(exclude={"name"})].append(run)
    found = {}
    for group in by_source.values():
        reports = [report for run in group if (report := run.report)]
        keys = list(map(_by_report, reports)) if len(reports) == len(group) else list(map(_by_training, group))
        for key, run in zip(keys, group, strict=True):
            found[run.id] = 1 + sum(other < key for other in keys)
    return found


def _by_report(report: "Report") -> tuple[float, float]:
    from core.fidelity.measure import Group  # here, because a list of runs without reports needs no torch
    from core.fidelity.verdict import Level

    classifiers = [score.value for score in report.scores if score.group is Group.CLASSIFIERS]
    return list(Level).index(report.verdict.level), max(classifiers)


def _by_training(run: Run) -> tuple[float, float]:
    accuracy, distance = result(run) or (None, float("inf"))
    return min(max(accuracy or TOLD_APART, CHANCE), TOLD_APART), distance
