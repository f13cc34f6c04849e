import pytest
import torch
from safetensors.torch import load, save

from core.config import RunConfig
from core.errors import TrainingError
from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator
from core.training.events import EvaluationDone, PhaseBegun
from core.training.training import Training
from tests.unit.trainings import assert_same_state, plain, prefer, prepared, state_of, training_of


@pytest.fixture(params=[ManifoldGenerator, BlendGenerator])
def twin(request, monkeypatch, manifold_config, few_reals) -> RunConfig:
    """Settings whose initialization comes to either kind of generator."""

    prefer(monkeypatch, request.param)
    return manifold_config


def test_a_twin_is_repeatable_bit_for_bit_also_across_stop_and_resume(twin, monkeypatch):
    whole = training_of(twin)
    events = [plain(event) for event in whole.events()]
    assert [event[1] for event in events if event[0] == "phase"] == [
        "scale",
        "axes",
        "shapes",
        "latents",
        "noise",
        "adversarial",
    ]

    torch.manual_seed(7)
    stopped = training_of(twin)
    before = []
    for event in stopped.events():
        torch.rand(1)  # the consumer may draw numbers of its own
        before.append(plain(event))
        if before[-1][:2] == ("log", 10):
            break
    monkeypatch.setattr(Training, "_initialization", None)  # which a state makes superfluous
    resumed = training_of(twin, load(save(state_of(stopped))))
    assert resumed.prepared().step == 10
    again, *after = (plain(event) for event in resumed.events())

    assert again == ("phase", "adversarial")
    assert before + after == events
    assert_same_state(state_of(resumed), state_of(whole))


def test_a_twin_learns_and_its_fakes_are_signals(twin):
    trainer = prepared(twin, steps=5, n_eval=5, checkpoint_every=5)
    old = {name: value.detach().clone() for name, value in trainer.generator.named_parameters()}
    measured = {name: value.clone() for name, value in trainer.generator.named_buffers()}
    first, last = (event.evaluation for event in trainer.events() if isinstance(event, EvaluationDone))
    changed_ones = [name for name, value in trainer.generator.named_parameters() if not torch.equal(value, old[name])]
    assert changed_ones == list(old)
    # What was measured on reals stays as it was.
    assert_same_state(dict(trainer.generator.named_buffers()), measured)
    assert last.distance < 1.2 * first.distance
    assert last.diversity > 0.7


def test_a_twin_that_is_no_numbers_ends_the_training_with_a_sentence(twin):
    trainer = prepared(twin)
    torch.nn.init.constant_(trainer.generator.network.last.weight, torch.nan)
    with pytest.raises(TrainingError, match=r"diverged .* near step 0\. .*lower learning rates\."):
        list(trainer.events())


def test_networks_are_prepared_once(tiny_config):
    training = training_of(tiny_config, steps=1)
    trainer = training.prepared()
    phases = [event.phase for event in training.events() if isinstance(event, PhaseBegun)]
    assert training.prepared() is trainer
    assert phases == ["adversarial"]


def test_the_initialization_computes_on_the_cpu_wherever_the_training_is(manifold_config, few_reals, monkeypatch):
    # A device that holds no numbers, as little as a graphics card holds the CPU's.
    monkeypatch.setattr("core.training.trainer.pick_device", lambda name: torch.device("meta"))
    trainer = prepared(manifold_config)
    assert {value.device.type for value in trainer.generator.parameters()} == {"meta"}
