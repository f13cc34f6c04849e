import torch
from torch import Tensor

from core.training.events import StepLogged
from core.training.trainer import Trainer
from tests.unit.trainings import prepared


def rates_of(trainer: Trainer) -> tuple[list[float], list[float]]:
    """The learning rates of the generator and of the discriminator at every step."""
    rates: tuple[list[float], list[float]] = [], []
    take_step = trainer.take_step

    def watched() -> Tensor:
        figures = take_step()
        for seen, name in zip(rates, ("generator_optimizer", "discriminator_optimizer"), strict=True):
            (group,) = trainer.optimizers[name].param_groups
            seen.append(group["lr"])
        return figures

    trainer.take_step = watched
    for _ in trainer.events():
        pass
    return rates


RATES = {"generator_rate": 0.02, "discriminator_rate": 0.01, "steps": 100, "n_eval": 100}


def test_rates_stay_as_they_are_set(tiny_config):
    generator, discriminator = rates_of(prepared(tiny_config, **RATES))
    assert generator == [0.02] * 100
    assert discriminator == [0.01] * 100


def test_the_average_forgets_at_the_set_rate_once_it_has_steps_enough(tiny_config, monkeypatch):
    monkeypatch.setattr("core.training.trainer.LOG_EVERY", 1)
    trainer = prepared(tiny_config, steps=40, n_eval=40, ema_decay=0.6)
    expected = trainer.generator.dense.bias.detach().clone()
    for event in trainer.events():
        if isinstance(event, StepLogged):
            decay = min(0.6, event.step / (event.step + 9))
            expected = decay * expected + (1 - decay) * trainer.generator.dense.bias.detach()
            torch.testing.assert_close(trainer.generator_ema.dense.bias, expected)
