import numpy as np
import pytest

from core.training.diagnostics import COLLAPSE, N_EARLY_STEPS, NO_HELP, OUTRUN, WINNING, diagnose
from core.training.metrics import Metrics

LAST = 1000  # step


def metrics(last: int = LAST, **courses) -> Metrics:
    """Figures every 10 steps, evaluations every 25; a course is one value, or several that are interpolated."""
    healthy = {"d_accuracy": 0.6, "distance": (20, 1.2), "diversity": (0.5, 1)}
    series = {}
    for name, course in (healthy | courses).items():
        steps = np.arange(10, last + 1, 10) if name == "d_accuracy" else np.arange(0, last + 1, 25)
        course = np.atleast_1d(course)
        values = np.interp(steps, np.linspace(0, LAST, len(course)), course)
        series[name] = (steps.tolist(), values.tolist())
    return Metrics(series)


def test_a_healthy_training_is_left_in_peace():
    assert diagnose(metrics()) == []


def test_a_good_twin_leaves_the_discriminator_guessing():
    assert diagnose(metrics(d_accuracy=0.5, distance=1.1)) == []


def test_without_figures_there_is_no_trouble():
    assert diagnose(Metrics({})) == []


@pytest.mark.parametrize("missing", ["diversity", "d_accuracy", "distance"])
def test_a_figure_that_was_never_logged_is_no_trouble(missing):
    full = metrics(d_accuracy=0.5, distance=10)
    names = {"diversity", "d_accuracy", "distance"} - {missing}
    few = Metrics({name: (full[name][0].tolist(), full[name][1].tolist()) for name in names})
    assert diagnose(few) == ([NO_HELP] if missing == "diversity" else [])


def test_fakes_that_are_all_alike_are_a_collapse():
    assert diagnose(metrics(diversity=(1, 1, 0.05, 0.05))) == [COLLAPSE]


def test_a_collapse_that_is_over_is_forgotten():
    assert diagnose(metrics(diversity=(1, 0.05, 0.05, 1))) == []


def test_fakes_that_become_more_varied_are_no_collapse():
    assert diagnose(metrics(diversity=(0.0, 0.02, 0.04, 0.12, 0.2))) == []


def test_fakes_that_were_never_varied_are_a_collapse():
    assert diagnose(metrics(diversity=(0.0, 0.02, 0.02))) == [COLLAPSE]


def test_one_odd_evaluation_is_no_collapse():
    steps = list(range(0, LAST, 25))
    assert diagnose(Metrics({"diversity": (steps, [0.8] * (len(steps) - 2) + [0.0, 0.8])})) == []


@pytest.mark.parametrize(
    ("right", "trouble"),
    [(1.0, WINNING), (0.985, WINNING), (0.97, None), (0.6, None), (0.45, None), (0.3, OUTRUN), (0.0, OUTRUN)],
)
def test_a_discriminator_is_troubled_where_it_always_or_hardly_ever_is_right(right, trouble):
    assert diagnose(metrics(d_accuracy=right)) == ([trouble] if trouble else [])


@pytest.mark.parametrize(
    ("distance", "trouble"), [((20, 10, 10, 10), NO_HELP), (10, NO_HELP), ((20, 15, 10, 5), None), (2.5, None)]
)
def test_a_guessing_discriminator_is_a_trouble_where_fakes_stay_far_from_real(distance, trouble):
    assert diagnose(metrics(d_accuracy=0.5, distance=distance)) == ([trouble] if trouble else [])


def test_nothing_is_said_of_the_beginning():
    bad = {"d_accuracy": 1.0, "diversity": 0.0, "distance": 50}
    assert diagnose(metrics(N_EARLY_STEPS, **bad)) == []
    assert diagnose(metrics(N_EARLY_STEPS + 100, **bad)) == []
    assert diagnose(metrics(N_EARLY_STEPS + 200, **bad)) == [COLLAPSE, WINNING]


@pytest.mark.parametrize("trouble", [COLLAPSE, WINNING, OUTRUN, NO_HELP], ids=lambda trouble: trouble.title)
def test_a_trouble_is_said_in_sentences(trouble):
    for text in (trouble.title, trouble.sentence, trouble.advice):
        assert text[0].isupper()
        assert text.endswith(".")
