import hashlib

import numpy as np
import pytest
import torch

from core.config import ArticleConfig, changed
from core.demos.rehearsal import N_SHOWN, Half, Judged, Rehearsal
from core.errors import RunFileError
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore
from core.training.state import state_dict
from tests.unit.trainings import assert_same_state, executed, prepared, training_of

CONDITIONS = ("amplitude", "angular_frequency")


def after(rehearsal: Rehearsal, n_steps: int) -> Rehearsal:
    for _ in range(n_steps):
        rehearsal.whole_step()
    return rehearsal


def fingerprints(run) -> dict[str, str]:
    files = (file for file in sorted(run.path.rglob("*")) if file.is_file())
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def state_of(rehearsal: Rehearsal) -> dict[str, torch.Tensor]:
    return state_dict(rehearsal._trainer)


@pytest.fixture
def make(tiny_config, manifold_config, few_reals):
    """Settings of each kind."""
    kinds = {
        "article": tiny_config,
        "relativistic": changed(
            tiny_config, training=tiny_config.training.model_dump() | {"loss": "relativistic", "gamma": 1.0}
        ),
        "twin": manifold_config,
        "conditional": changed(tiny_config, conditions=CONDITIONS),
        "conditional twin": changed(manifold_config, conditions=CONDITIONS),
    }
    return kinds.__getitem__


KINDS = ["article", "relativistic", "twin", "conditional", "conditional twin"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rehearsal_takes_the_steps_that_the_run_would_take(kind, make, store):
    config = make(kind)
    run = store.create(changed(config, training=config.training.model_dump() | {"steps": 10, "checkpoint_every": 10}))
    executed(run)
    state = run.checkpoints.load()
    trainer = training_of(config, state).prepared()
    for _ in range(3):
        trainer.take_step()
    before = fingerprints(run)
    rehearsal = after(Rehearsal.of(run), 3)
    rehearsal.observe()
    assert_same_state(state_of(rehearsal), state_dict(trainer))
    assert (rehearsal.began_at, rehearsal.step) == (10, 13)
    assert fingerprints(run) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_look_shows_signals_scores_and_where_and_changes_nothing(kind, make):
    rehearsal = after(Rehearsal.fresh(make(kind)), 2)
    before = state_of(rehearsal)
    before = {name: value.clone() for name, value in before.items()}
    observation = rehearsal.observe()
    assert_same_state(state_of(rehearsal), before)
    for judged in (observation.fakes, observation.reals):
        assert judged.signals.shape == judged.where.shape == (N_SHOWN, 1, 32)
        assert judged.scores.shape == (N_SHOWN,)
        assert ((judged.scores >= 0) & (judged.scores <= 1)).all()
        assert (judged.where >= 0).all()
        assert judged.where.max() > 0
    assert len(observation.latents) == N_SHOWN


def test_where_is_the_size_of_the_gradient_of_the_logit(make):
    rehearsal = Rehearsal.fresh(make("article"))
    where = rehearsal.observe().fakes.where
    trainer = rehearsal._trainer
    signals = torch.from_numpy(trainer.evaluator.scaling.to_network(rehearsal.observe().fakes.signals)).double()
    discriminator = trainer.discriminator.double()
    size = 1e-6
    for sample in (0, 7, 31):
        nudge = torch.zeros_like(signals)
        nudge[:, :, sample] = size
        with torch.no_grad():
            slope = (discriminator(signals + nudge) - discriminator(signals - nudge)) / (2 * size)
        np.testing.assert_allclose(where[:, 0, sample], slope.abs().numpy(), rtol=1e-3, atol=1e-6)


def test_scores_of_the_minmax_game_are_the_discriminators_probabilities(make):
    rehearsal = after(Rehearsal.fresh(make("article")), 3)
    observation, trainer = rehearsal.observe(), rehearsal._trainer
    with torch.no_grad():
        logits = trainer.discriminator(
            torch.from_numpy(trainer.evaluator.scaling.to_network(observation.reals.signals))
        )
    np.testing.assert_allclose(observation.reals.scores, logits.sigmoid().numpy(), rtol=1e-5)


def test_scores_of_the_relativistic_game_do_not_depend_on_the_level_of_the_logits(make):
    rehearsal = after(Rehearsal.fresh(make("relativistic")), 3)
    before = rehearsal.observe()
    with torch.no_grad():
        rehearsal._trainer.discriminator.network[-1].bias += 5
    level = rehearsal.observe()
    np.testing.assert_allclose(level.reals.scores, before.reals.scores, atol=1e-5)
    np.testing.assert_allclose(level.fakes.scores, before.fakes.scores, atol=1e-5)


def scores(judged: Judged) -> list[float]:
    return judged.scores.tolist()


def test_the_halves_change_what_they_should(make):
    rehearsal = Rehearsal.fresh(make("article"))
    first = rehearsal.observe()
    assert rehearsal.half_step() is Half.DISCRIMINATOR
    second = rehearsal.observe()
    assert rehearsal.step == 0
    assert (second.fakes.signals == first.fakes.signals).all()
    assert scores(second.reals) != scores(first.reals)
    assert rehearsal.half_step() is Half.GENERATOR
    third = rehearsal.observe()
    assert rehearsal.step == 1
    assert (third.fakes.signals != second.fakes.signals).any()
    assert scores(third.reals) == scores(second.reals)


def test_all_channels_of_recordings_are_seen(tmp_path, tiny_config):
    n = 40
    data = DataSet(
        name="Pump",
        signals=np.random.default_rng(0).normal(size=(n, 2, 32)).astype(np.float32),
        recordings=np.arange(n) // 2,
        conditions=np.empty((n, 0)),
        columns=(),
        sampling_rate=250.0,
        unit="bar",
        story="From one file.",
    )
    source = DataSetStore(tmp_path).keep(data)
    observation = after(Rehearsal.fresh(changed(tiny_config, source=source), tmp_path), 1).observe()
    assert observation.fakes.where.shape == observation.reals.signals.shape == (N_SHOWN, 2, 32)
    assert (observation.fakes.where.max((0, 2)) > 0).all()


def test_a_run_without_a_checkpoint_has_no_rehearsal(run):
    assert Rehearsal.of(run) is None


def test_broken_checkpoints_are_said_in_a_sentence(run):
    run.checkpoints.save(60, state_dict(prepared(run.config)))
    (file,) = (run.path / "checkpoints").iterdir()
    file.write_bytes(b"nonsense")
    with pytest.raises(RunFileError, match="cannot be read"):
        Rehearsal.of(run)


def test_a_checkpoint_of_other_networks_is_said_in_a_sentence(run):
    other = changed(run.config, network=ArticleConfig(hidden_size=9, discriminator_sizes=(16,)))
    run.checkpoints.save(60, state_dict(prepared(other)))
    assert run.checkpoints.last_step == 60
    with pytest.raises(RunFileError, match="does not fit its settings"):
        Rehearsal.of(run)


def test_fresh_networks_are_those_before_the_first_step(make):
    rehearsal = Rehearsal.fresh(make("article"))
    assert_same_state(state_of(rehearsal), state_dict(prepared(make("article"))))
    assert rehearsal.step == 0
