import math
import time

import pytest

from core.config import PRESETS, RunConfig, SimulatorConfig, changed, preset_config
from core.networks import ARCHITECTURES
from core.training.cost import expected_seconds, machine_pace


def with_training(config: RunConfig, **values) -> RunConfig:
    return changed(config, training=config.training.model_dump() | values)


def test_the_pace_is_measured_once_and_soon():
    pace = machine_pace()
    assert 0 < pace < 1e6
    started = time.perf_counter()
    assert machine_pace() == pace
    assert time.perf_counter() - started < 0.1


@pytest.mark.parametrize("name", PRESETS)
def test_twice_the_pace_takes_half_the_time(name):
    config = preset_config(name)
    assert expected_seconds(config, 200) == pytest.approx(expected_seconds(config, 100) / 2)
    assert math.isfinite(expected_seconds(config, 100))


@pytest.mark.parametrize("name", PRESETS)
def test_more_of_anything_takes_longer(name):
    config = preset_config(name)
    training = config.training
    for larger in (
        with_training(config, steps=2 * training.steps),
        with_training(config, batch_size=2 * training.batch_size),
        preset_config(name, SimulatorConfig(n_samples=1200)),
    ):
        assert expected_seconds(larger, 100) > expected_seconds(config, 100)


def test_each_further_step_takes_the_same_and_the_preparation_comes_once():
    config = preset_config("standard")
    none, one, two = (expected_seconds(with_training(config, steps=steps), 1.0) for steps in (1, 1001, 2001))
    assert two - one == pytest.approx(one - none)
    assert none > ARCHITECTURES["manifold"].cost.preparation


def test_presets_take_the_longer_the_more_thorough_they_are():
    quick, standard, thorough = (
        expected_seconds(preset_config(name), 200) for name in ("quick", "standard", "thorough")
    )
    assert quick < standard < thorough
