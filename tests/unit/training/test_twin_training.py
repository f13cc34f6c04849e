import pytest
import torch
from safetensors.torch import load, save

from core.config import RunConfig
from core.errors import TrainingError
from core.networks import Generator
from core.networks.twin.generators import BlendGenerator, ManifoldGenerator
from core.training.events import EvaluationDone, PhaseBegun
from core.training.initialization.warm_start import STARTS
from core.training.trainer import Trainer
from tests.unit.trainings import assert_same_state, plain, prepared, trainer_of


@pytest.fixture(params=[ManifoldGenerator, BlendGenerator])
def twin(request, monkeypatch, twin_config, few_reals) -> RunConfig:
    """Settings whose warm start comes to either kind of generator."""

    def distance_of(self: Trainer, generator: Generator) -> float:
        return 1.0 if isinstance(generator, request.param) else 2.0

    monkeypatch.setattr(Trainer, "_distance_of", distance_of)
    return twin_config


def test_a_twin_is_repeatable_bit_for_bit_also_across_stop_and_resume(twin, monkeypatch):
    whole = trainer_of(twin)
    events = [plain(event) for event in whole.events()]
    assert [event[1] for event in events if event[0] == "phase"] == [
        "learning the shapes",
        "matching the latents",
        "adversarial training",
    ]

    torch.manual_seed(7)
    stopped = trainer_of(twin)
    before = []
    for event in stopped.events():
        torch.rand(1)  # the consumer may draw numbers of its own
        before.append(plain(event))
        if before[-1][:2] == ("log", 10):
            break
    resumed = trainer_of(twin)
    monkeypatch.setitem(STARTS, "twin", None)  # which a state makes superfluous
    resumed.load_state_dict(load(save(stopped.state_dict())))
    assert resumed.step == 10
    again, *after = (plain(event) for event in resumed.events())

    assert again == ("phase", "adversarial training")
    assert before + after == events
    assert_same_state(resumed.state_dict(), whole.state_dict())


def test_a_twin_learns_and_its_fakes_are_signals(twin):
    trainer = prepared(twin, steps=5, n_eval=5, checkpoint_every=5)
    old = {name: value.detach().clone() for name, value in trainer.generator.named_parameters()}
    measured = {name: value.clone() for name, value in trainer.generator.named_buffers()}
    first, last = (event for event in trainer.events() if isinstance(event, EvaluationDone))
    changed_ones = [name for name, value in trainer.generator.named_parameters() if not torch.equal(value, old[name])]
    assert changed_ones == list(old)
    # What was measured on reals stays as it was.
    assert_same_state(dict(trainer.generator.named_buffers()), measured)
    assert last.distance < 1.2 * first.distance
    assert last.diversity > 0.7


def test_a_twin_that_is_no_numbers_ends_the_training_with_a_sentence(twin):
    trainer = prepared(twin)
    torch.nn.init.constant_(trainer.generator.network.last.weight, torch.nan)
    with pytest.raises(TrainingError, match=r"near step 10: .*beyond all bounds.*lower learning rates\."):
        list(trainer.events())


def test_networks_are_prepared_once(tiny_config):
    trainer = prepared(tiny_config, steps=1)
    generator = trainer.generator
    trainer.prepare()
    phases = [event.phase for event in trainer.events() if isinstance(event, PhaseBegun)]
    assert trainer.generator is generator
    assert phases == ["adversarial training"]


def test_the_warm_start_computes_on_the_cpu_wherever_the_training_is(twin_config, few_reals):
    trainer = trainer_of(twin_config)
    trainer.device = torch.device("meta")  # which holds no numbers, as little as a graphics card holds the CPU's
    trainer.prepare()
    assert {value.device.type for value in trainer.generator.parameters()} == {"meta"}
