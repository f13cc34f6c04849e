import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from core.config import MIN_HELD_OUT
from core.errors import ConfigError
from core.networks import Generator
from core.networks.manifold.gaussian import white_noise
from core.signals.scaling import Scaling
from core.signals.simulator import Simulator
from core.training.evaluation import TOLD_APART, Evaluation, rank
from core.training.evaluator import Evaluator
from core.training.state import load_state_dict, state_dict
from tests.unit.trainings import found, training_of


@pytest.fixture(scope="module")
def evaluator(tiny_config) -> Evaluator:
    return training_of(tiny_config).evaluator


@pytest.fixture
def few_held_out(monkeypatch) -> Callable[[int], None]:
    """Lets all sources hold out so few signals."""
    held_out = Simulator.held_out
    return lambda n: monkeypatch.setattr(Simulator, "held_out", lambda self, _most, seed: held_out(self, n, seed))


def test_too_few_held_out_reals_are_refused_in_words(tiny_config, few_held_out):
    few_held_out(MIN_HELD_OUT - 1)
    with pytest.raises(ConfigError, match=f"chosen on 1 signal, .* at least {MIN_HELD_OUT}; add more recordings"):
        training_of(tiny_config)


def test_as_few_held_out_reals_as_are_allowed_give_every_figure(tiny_config, few_held_out):
    few_held_out(MIN_HELD_OUT)
    figures = training_of(tiny_config).evaluator.evaluate(white_noise(1, 32)).figures()
    assert np.isfinite(list(figures.values())).all()


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


def test_a_draft_is_measured_once(evaluator, monkeypatch):
    measured = []
    monkeypatch.setattr(evaluator, "evaluate", lambda generator: measured.append(generator) or found(0.6))
    first, second = white_noise(1, 32), white_noise(1, 32)
    assert evaluator.rank(first) == evaluator.rank(second) == evaluator.rank(first)
    assert measured == [first, second]


def test_fakes_that_are_no_numbers_are_as_bad_as_can_be(evaluator):
    broken = white_noise(1, 32)
    broken.noise_deviation = torch.tensor(math.nan)
    evaluation = evaluator.evaluate(broken)
    assert (evaluation.distance, evaluation.accuracy.value) == (math.inf, 1.0)


def test_the_accuracy_ranks_and_where_nearly_all_is_told_the_distance():
    assert rank(found(0.6, 9.0)) < rank(found(0.7, 1.0)) < rank(found(0.99, 2.0)) < rank(found(0.96, 3.0))
    assert rank(found(0.6), 0.2) > rank(found(0.7))
    assert rank(found(0.94, 2.0), 0.5) == (TOLD_APART, 2.0)


WAVES = np.sin(np.arange(32) + np.random.default_rng(0).uniform(0, 7, (100, 1, 1))).astype(np.float32)


@pytest.mark.parametrize(("within", "beyond", "is_kept"), [(0.8, 0.6, False), (0.6, 0.59, True), (0.6, 0.8, True)])
def test_bounds_that_make_fakes_easier_to_tell_are_left_out(within, beyond, is_kept, tiny_config, monkeypatch):
    training = training_of(tiny_config)
    evaluator = training.evaluator
    evaluator.scaling = Scaling.fit(WAVES, limit_values=True)

    def evaluate(evaluator: Evaluator, _generator: Generator) -> Evaluation:
        return found(within if evaluator.scaling.limits.is_bounded else beyond)

    monkeypatch.setattr(Evaluator, "evaluate", evaluate)
    trainer = training.prepared()
    assert evaluator.scaling.limits.is_bounded == is_kept

    resumed = training_of(tiny_config).prepared()
    resumed.evaluator.scaling = Scaling.fit(WAVES, limit_values=True)
    load_state_dict(resumed, state_dict(trainer))
    assert resumed.evaluator.scaling.limits.is_bounded == is_kept


def test_of_long_signals_fewer_are_compared(tiny_config, monkeypatch):
    monkeypatch.setattr("core.signals.training_set.MAX_VALUES", 32 * 200)
    evaluator = training_of(tiny_config).evaluator
    assert len(evaluator._held_out) == 200
    evaluation = evaluator.evaluate(white_noise(1, 32))
    assert evaluation.distance > 5
    assert evaluation.accuracy.value > 0.8
