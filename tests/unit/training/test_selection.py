import math

import pytest

from core.training.evaluation import Accuracy, Evaluation
from core.training.metrics import Metrics
from core.training.selection import Selection, StopReason, handed_over
from tests.unit.trainings import found


def best_step(*accuracies: float) -> int:
    """Which of the states with these accuracies is handed over."""
    selection = Selection()
    for step, accuracy in enumerate(accuracies):
        selection.add(step, found(accuracy))
    return selection.best_step


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ([0.8], 0),
        ([0.8, 0.798], 0),  # told less easily, but not beyond doubt
        ([0.8, 0.7, 0.72], 1),
        ([0.8, 0.7, 0.69, 0.9], 2),  # once the start is beaten, the best
        ([0.8, 0.9, 0.95], 0),
        ([1.0, 0.94], 1),
    ],
)
def test_the_start_is_handed_over_until_it_is_clearly_beaten(accuracies, expected):
    assert best_step(*accuracies) == expected


def test_where_nearly_all_fakes_are_told_the_distance_decides():
    selection = Selection()
    told = [selection.add(step, found(1.0, distance)) for step, distance in enumerate([5.0, 4.8, 3.0, 4.0, 2.0])]
    assert told == [True, False, True, False, True]
    assert not selection.add(5, found(0.97, 6.0))
    assert selection.add(6, found(0.8, 6.0))


def test_a_state_that_is_told_more_easily_than_the_start_is_never_the_best_however_near_it_is():
    selection = Selection()
    assert selection.add(0, found(0.96, 5.0))
    assert not selection.add(1, found(0.99, 1.0))
    assert selection.add(2, found(0.965, 1.0))


def test_no_classifier_may_tell_the_best_state_more_easily_than_the_start():
    selection = Selection()
    assert selection.add(0, _told_by(0.8, 0.6))
    assert not selection.add(1, _told_by(0.65, 0.64))
    assert selection.add(2, _told_by(0.66, 0.58))
    assert Selection.from_bytes(selection.to_bytes()).reason_to_stop(3, 10) is None


def _told_by(*accuracies: float) -> Evaluation:
    return Evaluation(1.0, 1.0, Accuracy(max(accuracies), 0.0, max(accuracies) + 0.01, accuracies))


def test_a_state_without_a_distance_is_never_the_best():
    selection = Selection()
    assert not selection.add(0, found(1.0, math.inf))
    assert selection.add(1, found(1.0, 9.0))
    assert not selection.add(2, found(0.5, math.nan))


@pytest.mark.parametrize(
    ("accuracies", "reason"),
    [
        ([0.5], None),
        ([0.505, 0.5], StopReason.INDISTINGUISHABLE),
        ([0.505, 0.6, 0.5], None),  # twice, but not in a row
        ([0.9, 0.505, 0.49], StopReason.INDISTINGUISHABLE),
        ([0.525, 0.525], None),  # beyond chance
        ([0.8, 0.8, 0.8, 0.8], StopReason.NO_GAIN),
        ([0.8, 0.8, 0.7, 0.7], None),
    ],
)
def test_training_stops_when_nothing_is_left_to_learn(accuracies, reason):
    selection = Selection()
    for index, accuracy in enumerate(accuracies):
        selection.add(100 * index, found(accuracy))
    assert selection.reason_to_stop(100 * (len(accuracies) - 1), patience=300) == reason
    assert selection.reason_to_stop(10**6, patience=0) is None


def test_few_signals_never_show_that_fakes_are_indistinguishable():
    selection = Selection()
    for step in range(3):
        selection.add(step, found(0.5, error=0.08))
    assert selection.reason_to_stop(2, patience=100) is None


def test_a_selection_comes_back_from_its_bytes():
    selection = Selection()
    assert Selection.from_bytes(selection.to_bytes()) == selection
    selection.add(0, found(0.7, 3.3))
    selection.add(10, found(0.51, 1.1))
    assert Selection.from_bytes(selection.to_bytes()) == selection


def logged(**series: list[float]) -> Metrics:
    return Metrics({name: (list(range(len(values))), values) for name, values in series.items()})


def test_the_log_says_which_state_is_handed_over():
    assert handed_over(logged(distance=[3.0, 2.0, 1.0, 4.0], is_best=[True, False, True, False])) == 2
    assert handed_over(logged()) is None


@pytest.mark.parametrize(("distances", "expected"), [([2.0, 1.9, 1.85], 0), ([2.0, 1.7, 1.6, 3.0], 2), ([2.0, 5.0], 0)])
def test_of_logs_of_earlier_versions_the_distance_says_it(distances, expected):
    assert handed_over(logged(distance=distances)) == expected
