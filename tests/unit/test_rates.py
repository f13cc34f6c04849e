import math

import pytest
import torch
from torch import Tensor

from core.training import Trainer
from core.training.events import StepLogged
from tests.unit.trainings import prepared, trainer_of


def rates_of(trainer: Trainer) -> tuple[list[float], list[float]]:
    """The learning rates of the generator and of the discriminator at every step."""
    rates: tuple[list[float], list[float]] = [], []
    train_step = trainer._train_step

    def watched() -> Tensor:
        figures = train_step()
        for seen, name in zip(rates, ("generator_optimizer", "discriminator_optimizer"), strict=True):
            (group,) = trainer.optimizers[name].param_groups
            seen.append(group["lr"])
        return figures

    trainer._train_step = watched
    for _ in trainer.events():
        pass
    return rates


RATES = {"generator_rate": 0.02, "discriminator_rate": 0.01, "steps": 100, "n_eval": 100}


def test_rates_stay_as_they_are_set_where_nothing_else_is_asked_for(tiny_config):
    generator, discriminator = rates_of(trainer_of(tiny_config, **RATES))
    assert generator == [0.02] * 100
    assert discriminator == [0.01] * 100


def test_rates_follow_half_a_cosine_down_to_their_final_share(tiny_config):
    _, rates = rates_of(trainer_of(tiny_config, **RATES, final_rate=0.1))
    expected = [0.01 * (0.1 + 0.9 * (1 + math.cos(math.pi * step / 100)) / 2) for step in range(100)]
    assert rates == pytest.approx(expected)
    assert rates[0] == 0.01
    assert rates[50] == pytest.approx(0.01 * 1.1 / 2)
    assert rates[-1] == pytest.approx(0.001, rel=0.01)


def test_the_generators_rate_rises_first(tiny_config):
    generator, discriminator = rates_of(trainer_of(tiny_config, **RATES, generator_warmup=20))
    assert generator[:20] == pytest.approx([0.02 * (step + 1) / 20 for step in range(20)])
    assert generator[20:] == [0.02] * 80
    assert discriminator == [0.01] * 100


def test_rising_and_falling_go_together(tiny_config):
    generator, discriminator = rates_of(trainer_of(tiny_config, **RATES, generator_warmup=50, final_rate=0.5))
    shares = [rate / 0.01 for rate in discriminator]
    assert generator == pytest.approx([0.02 * share * min(1, (n + 1) / 50) for n, share in enumerate(shares)])


def test_the_average_forgets_at_the_set_rate_once_it_has_steps_enough(tiny_config, monkeypatch):
    monkeypatch.setattr("core.training.trainer.LOG_EVERY", 1)
    trainer = prepared(tiny_config, steps=40, n_eval=40, ema_decay=0.6)
    expected = trainer.generator.dense.bias.detach().clone()
    for event in trainer.events():
        if isinstance(event, StepLogged):
            decay = min(0.6, event.step / (event.step + 9))
            expected = decay * expected + (1 - decay) * trainer.generator.dense.bias.detach()
            torch.testing.assert_close(trainer.generator_ema.dense.bias, expected)
