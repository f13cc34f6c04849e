import math

import numpy as np
import pytest
import torch

from core.networks.manifold.gaussian import white_noise
from core.training.evaluation import TOLD_APART, rank
from core.training.evaluator import Evaluator
from tests.unit.trainings import found, training_of


@pytest.fixture(scope="module")
def evaluator(tiny_config) -> Evaluator:
    return training_of(tiny_config).evaluator


def test_snapshots_are_in_physical_units_and_always_of_the_same_latents(evaluator):
    first, second = (evaluator.snapshot(white_noise(1, 32)) for _ in range(2))
    assert first.shape == evaluator.shown_reals.shape == (64, 1, 32)
    np.testing.assert_array_equal(first, second)
    assert first.mean() == pytest.approx(float(evaluator.scaling.mean.item()), abs=1)


def test_an_evaluation_has_its_floor_and_its_interval(evaluator):
    evaluation = evaluator.evaluate(white_noise(1, 32))
    assert evaluation.distance > 5
    assert evaluation.accuracy.value > 0.9
    assert 0.4 < evaluation.accuracy_floor < 0.6
    assert evaluation.figures()["accuracy_low"] == evaluation.accuracy.low
    assert evaluator.evaluate(white_noise(1, 32)) == evaluation
    assert evaluator.rank(white_noise(1, 32)) == rank(evaluation)


def test_fakes_that_are_no_numbers_are_as_bad_as_can_be(evaluator):
    broken = white_noise(1, 32)
    broken.noise_deviation = torch.tensor(math.nan)
    evaluation = evaluator.evaluate(broken)
    assert (evaluation.distance, evaluation.accuracy.value) == (math.inf, 1.0)


def test_the_accuracy_ranks_and_where_nearly_all_is_told_the_distance():
    assert rank(found(0.6, 9.0)) < rank(found(0.7, 1.0)) < rank(found(0.99, 2.0)) < rank(found(0.96, 3.0))
    assert rank(found(0.6), 0.2) > rank(found(0.7))
    assert rank(found(0.94, 2.0), 0.5) == (TOLD_APART, 2.0)
