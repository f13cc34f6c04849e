import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from core.config import RunConfig, SimulatorConfig, changed
from core.errors import RunFileError
from core.fidelity.measures import sinusoid
from core.generation.surrogate import FILE_NAME, Surrogate
from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator
from core.seeds import BLOCK, Purpose, numpy_rng
from core.signals.batch import Batch, collect
from core.signals.training_set import first_reals
from core.store.datasets import open_source
from core.store.runs import RunStore
from core.store.status import State
from core.training.state import state_dict
from core.training.trainer import Trainer
from tests.unit.trainings import assert_same_state, executed, plain, prefer, prepared, state_of, training_of

CONDITIONS = ("amplitude", "angular_frequency")
KINDS = ["article", "manifold", "blend"]
SINES = SimulatorConfig(n_samples=32)


@pytest.fixture
def conditional(monkeypatch, tiny_config, manifold_config, few_reals):
    """Makes settings of a kind of generator that can be asked for amplitude and frequency."""

    def make(kind: str) -> RunConfig:
        if kind == "article":
            return changed(tiny_config, conditions=CONDITIONS)
        wanted = ManifoldGenerator if kind == "manifold" else BlendGenerator

        prefer(monkeypatch, wanted)
        return changed(manifold_config, conditions=CONDITIONS)

    return make


def surrogate_of(trainer: Trainer, config: RunConfig) -> Surrogate:
    return Surrogate(trainer.generator_ema.eval(), trainer.evaluator.scaling, config, trainer.step, 1.0)


def drawn(surrogate: Surrogate, n: int, seed: int = 0, **requested: tuple[float, float]) -> Batch:
    return collect(surrogate.stream(n, seed, requested), n)


# Training


@pytest.mark.parametrize("kind", KINDS)
def test_a_conditional_training_is_repeatable_bit_for_bit_also_across_stop_and_resume(kind, conditional):
    config = conditional(kind)
    whole = training_of(config, steps=20, n_eval=10, checkpoint_every=10)
    events = [plain(event) for event in whole.events()]
    torch.manual_seed(7)
    stopped = training_of(config, steps=20, n_eval=10, checkpoint_every=10)
    before = []
    for event in stopped.events():
        torch.rand(1)  # the consumer may draw numbers of its own
        before.append(plain(event))
        if before[-1][:2] == ("log", 10):
            break
    state = load(save(state_of(stopped)))
    resumed = training_of(config, state, steps=20, n_eval=10, checkpoint_every=10)
    again, *after = (plain(event) for event in resumed.events())
    assert again == ("phase", "adversarial")
    assert before + after == events
    assert_same_state(state_of(resumed), state_of(whole))


@pytest.mark.parametrize("kind", KINDS)
def test_the_generator_knows_the_conditions_of_its_first_reals(kind, conditional):
    config = conditional(kind)
    trainer = prepared(config)
    known = first_reals(open_source(config), config.training.seed).conditions
    np.testing.assert_array_equal(trainer.generator.natural.numpy(), known)
    assert trainer.generator.n_classes == [0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_of_a_conditional_training_learns(kind, conditional):
    trainer = prepared(conditional(kind), steps=10, n_eval=10)
    old = [
        {name: value.detach().clone() for name, value in network.named_parameters()}
        for network in (trainer.generator, trainer.discriminator)
    ]
    for _ in trainer.events():
        pass
    idle = [
        [name for name, value in network.named_parameters() if torch.equal(value, before[name])]
        for network, before in zip((trainer.generator, trainer.discriminator), old, strict=True)
    ]
    # Where two logits are compared what is added to both cancels out.
    assert idle == [[], [] if kind == "article" else ["network.last.bias"]]


def test_conditions_make_another_training(tiny_config):
    with_none, with_one = (
        [plain(event) for event in training_of(changed(tiny_config, conditions=names), steps=10).events()]
        for names in ((), ("bias",))
    )
    assert with_none != with_one


def test_the_discriminator_sees_each_real_with_its_own_conditions(tiny_config):
    trainer = prepared(changed(tiny_config, conditions=("bias", "amplitude")))
    signals, known = trainer._reals()
    batch = trainer.source.batch(16, numpy_rng(0, Purpose.TRAINING_REALS, 1))
    np.testing.assert_array_equal(known.numpy(), batch.conditions)
    level = trainer.evaluator.scaling.to_physical(signals.numpy()).mean((1, 2))
    assert np.corrcoef(level, known[:, 0])[0, 1] > 0.8


def test_a_state_of_other_conditions_is_refused(tiny_config):
    other = prepared(changed(tiny_config, conditions=("bias",)))
    with pytest.raises(ValueError, match="other networks"):
        training_of(tiny_config, state_dict(other))


# Surrogates


@pytest.mark.parametrize("kind", KINDS)
def test_a_surrogate_comes_back_from_its_file_with_what_it_can_be_asked_for(kind, conditional, tmp_path):
    config = conditional(kind)
    surrogate = surrogate_of(prepared(config), config)
    file = tmp_path / FILE_NAME
    file.write_bytes(surrogate.to_bytes())
    loaded = Surrogate.load(file)
    assert loaded.config == config
    assert [column.name for column in loaded.config.columns] == list(CONDITIONS)
    for requested in ({}, {"amplitude": (3.0, 3.0)}, {"amplitude": (1.0, 2.0), "angular_frequency": (1.5, 1.5)}):
        first, second = (drawn(one, 700, 3, **requested) for one in (surrogate, loaded))
        np.testing.assert_array_equal(first.signals, second.signals)
        np.testing.assert_array_equal(first.conditions, second.conditions)


@pytest.mark.parametrize("kind", KINDS)
def test_fewer_signals_that_were_asked_for_are_the_first_of_more(kind, conditional):
    config = conditional(kind)
    surrogate = surrogate_of(prepared(config), config)
    many = drawn(surrogate, 2 * BLOCK + 10, 5, amplitude=(2.0, 4.0))
    for n in (1, BLOCK, BLOCK + 1):
        few = drawn(surrogate, n, 5, amplitude=(2.0, 4.0))
        np.testing.assert_array_equal(few.signals, many.signals[:n])
        np.testing.assert_array_equal(few.conditions, many.conditions[:n])
    np.testing.assert_array_equal(surrogate.sample(9, 5, {"amplitude": (2.0, 4.0)}), many.signals[:9])


def test_signals_come_with_what_was_asked_for(tiny_config):
    config = changed(tiny_config, conditions=CONDITIONS)
    surrogate = surrogate_of(prepared(config), config)
    found = drawn(surrogate, 500, amplitude=(2.0, 4.0))
    assert found.signals.shape == (500, 1, 32)
    assert found.conditions.shape == (500, 2)
    assert found.signals.dtype == found.conditions.dtype == np.float32
    assert 2 <= found.conditions[:, 0].min() < 2.2
    assert 3.8 < found.conditions[:, 0].max() <= 4
    assert 1 <= found.conditions[:, 1].min() < 1.1
    assert not np.array_equal(found.signals, drawn(surrogate, 500, amplitude=(5.0, 6.0)).signals)


def test_a_twin_without_conditions_has_none_to_give(tiny_config):
    found = drawn(surrogate_of(prepared(tiny_config), tiny_config), 10)
    assert found.conditions.shape == (10, 0)


def test_a_surrogate_whose_settings_ask_for_more_than_it_knows_is_refused(tiny_config, tmp_path):
    trainer = prepared(tiny_config)
    file = tmp_path / FILE_NAME
    file.write_bytes(surrogate_of(trainer, changed(tiny_config, conditions=("bias",))).to_bytes())
    with pytest.raises(RunFileError):
        Surrogate.load(file)


# Asked for, and obtained


@pytest.mark.parametrize(
    ("kind", "share"), [("manifold", 0.3), ("blend", 0.6)]
)  # sines are not what blends are good at
def test_a_twin_gives_about_what_it_is_asked_for(kind, share, conditional, monkeypatch):
    monkeypatch.setattr("core.signals.training_set.N_REALS", 1500)
    config = conditional(kind)
    trainer = prepared(config, steps=10, n_eval=10)
    for _ in trainer.events():
        pass
    found = drawn(surrogate_of(trainer, config), 1500)
    fit = sinusoid.fit(found.signals, open_source(config).times, 1.0, 2.0)
    strong = found.conditions[:, 0] > 3  # the frequency of a weak sine cannot be read
    for asked, came, rows in (
        (found.conditions[:, 0], fit.amplitude, np.full(1500, True)),
        (found.conditions[:, 1], fit.angular_frequency, strong),
    ):
        chance = np.abs(asked[rows] - asked[rows].mean()).mean()
        assert np.abs(came[rows] - asked[rows]).mean() < share * chance
        assert np.corrcoef(came[rows], asked[rows])[0, 1] > 0.8


def test_a_run_with_conditions_is_kept_and_can_be_asked(store: RunStore, tiny_config):
    run = store.create(changed(tiny_config, conditions=("bias",)))
    assert executed(run).state is State.FINISHED
    found = drawn(run.load_surrogate(), 5, bias=(3.0, 3.0))
    assert found.conditions.tolist() == [[3]] * 5
