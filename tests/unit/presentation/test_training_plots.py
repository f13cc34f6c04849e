import json
from typing import get_args

import numpy as np
import pytest
import torch

from core.presentation import training_plots
from core.training.losses import Loss, d_loss, g_loss
from core.training.metrics import Metrics
from tests.unit.presentation.figures import METRICS, STEPS, unpacked


def test_without_smoothing_nothing_changes():
    values = np.array([3.0, 1.0, 2.0])
    assert training_plots.smoothed(values, 0) is values


def test_smoothing_is_a_moving_average_without_a_pull_to_zero():
    np.testing.assert_allclose(training_plots.smoothed(np.full(20, 7.0), 0.9), 7.0)
    np.testing.assert_allclose(training_plots.smoothed(np.array([1.0, 2.0]), 0.5), [1, (0.5 * 1 + 2) / 1.5])


def test_smoothing_nothing_gives_nothing():
    assert len(training_plots.smoothed(np.empty(0), 0.9)) == 0


def test_a_short_series_is_drawn_as_it_is():
    steps, values = np.arange(10), np.random.default_rng(0).normal(size=10)
    thin_steps, thin_values = training_plots.thinned((steps, values), 10)
    np.testing.assert_array_equal(thin_steps, steps)
    np.testing.assert_array_equal(thin_values, values)


@pytest.mark.parametrize("n", [11, 19, 20, 101, 1000])
def test_a_long_series_is_drawn_by_means_of_stretches(n):
    steps, values = np.arange(n), np.random.default_rng(0).normal(size=n)
    thin_steps, thin_values = training_plots.thinned((steps, values), 10)
    assert len(thin_steps) == len(thin_values) == 10
    assert thin_steps[-1] == steps[-1]
    assert np.all(np.diff(thin_steps) > 0)
    sizes = np.diff(thin_steps, prepend=-1)
    assert np.sum(thin_values * sizes) == pytest.approx(values.sum())


@pytest.mark.parametrize("loss", get_args(Loss))
def test_dotted_lines_are_where_losses_settle(loss):
    levels = {shape["y0"] for shape in training_plots.losses(METRICS, 1000, 0.5, loss)["layout"]["shapes"]}
    guess = torch.zeros(4)
    losses = {d_loss(loss, guess, guess).item(), g_loss(loss, guess, guess).item()}
    assert sorted(levels) == pytest.approx(sorted(losses))


def test_curves_reach_over_the_whole_training():
    for drawn in (training_plots.losses(METRICS, 5000, 0, "minmax"), training_plots.certainty(METRICS, 5000, 0)):
        assert drawn["layout"]["xaxis"]["range"] == [0, 5000]


def test_a_curve_holds_the_logged_figures():
    discriminator, generator = training_plots.losses(METRICS, 1000, 0, "minmax")["data"]
    np.testing.assert_array_equal(unpacked(discriminator["x"]), STEPS)
    np.testing.assert_allclose(unpacked(discriminator["y"]), METRICS["d_loss"][1], rtol=1e-6)
    np.testing.assert_allclose(unpacked(generator["y"]), METRICS["g_loss"][1], rtol=1e-6)


def test_certainty_is_in_percent():
    (curve,) = training_plots.certainty(METRICS, 1000, 0)["data"]
    np.testing.assert_allclose(unpacked(curve["y"]), 100 * METRICS["d_accuracy"][1], rtol=1e-6)


def test_all_distances_lie_on_their_axis():
    layout = training_plots.distances(METRICS, 1000)["layout"]
    low, high = layout["yaxis"]["range"]
    assert layout["yaxis"]["type"] == "log"
    assert 10**low < 1
    assert 10**high > 30


def test_the_lowest_possible_distance_lies_on_its_axis():
    metrics = Metrics({"distance": ([10, 20], [5.0, 0.5])})
    low, _ = training_plots.distances(metrics, 20)["layout"]["yaxis"]["range"]
    assert 10**low < 0.5


def test_compared_runs_have_lines_of_their_own():
    curves = {f"run {n}": METRICS["d_loss"] for n in range(15)}
    lines = [json.dumps(trace["line"]) for trace in training_plots.compared(curves, "loss", 1000)["data"]]
    assert len(set(lines)) == 15


def test_compared_runs_have_a_legend():
    drawn = training_plots.compared({"a": METRICS["d_loss"], "b": METRICS["g_loss"]}, "loss", 1000)
    assert drawn["layout"]["showlegend"]
    assert [trace["name"] for trace in drawn["data"]] == ["a", "b"]


def test_classifiers_accuracy_is_drawn_in_percent_with_its_interval():
    metrics = Metrics(
        {
            name: ([0, 100], [value, 0.5])
            for name, value in {"accuracy": 0.6, "accuracy_low": 0.58, "accuracy_high": 0.62}.items()
        }
    )
    low, high, line = training_plots.told_apart(metrics, 100)["data"]
    assert [round(float(unpacked(trace["y"])[0])) for trace in (low, high, line)] == [58, 62, 60]


@pytest.mark.parametrize("draw", [training_plots.distances, training_plots.told_apart])
def test_stages_stand_at_the_left_and_end_where_the_steps_begin(draw):
    metrics = Metrics(
        {name: ([0, 100], [0.6, 0.5]) for name in ("distance", "accuracy", "accuracy_low", "accuracy_high")}
    )
    figure = draw(metrics, 100, [0.9, 0.7])
    stages, steps = figure["data"][-1], figure["data"][-2]
    assert stages["xaxis"] == "x2"
    assert len(unpacked(stages["y"])) == 3
    assert unpacked(stages["y"])[-1] == unpacked(steps["y"])[0]
    assert figure["layout"]["xaxis2"]["domain"][1] < figure["layout"]["xaxis"]["domain"][0]
    assert "xaxis2" not in draw(metrics, 100)["layout"]
