import pytest

from core.config import SimulatorConfig
from core.generation.savings import savings


def test_a_hundred_thousand_signals_save_fifty_thousand_dollars_and_ten_weeks():
    saving = savings(SimulatorConfig(), 100_000)
    assert saving.dollars == 50_000
    assert saving.seconds / 86_400 == pytest.approx(69.44, abs=0.01)


def test_each_signal_saves_one_experiment():
    source = SimulatorConfig(experiment_cost=3, experiment_minutes=2)
    assert savings(source, 1).dollars == 3
    assert savings(source, 1).seconds == 120
    assert savings(source, 7).dollars == 21
    assert savings(source, 7).seconds == 840


def test_experiments_that_cost_nothing_save_nothing():
    saving = savings(SimulatorConfig(experiment_cost=0, experiment_minutes=0), 1000)
    assert saving.dollars == 0
    assert saving.seconds == 0
