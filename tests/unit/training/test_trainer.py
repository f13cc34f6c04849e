import itertools
from typing import NamedTuple

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from core.config import SimulatorConfig, TrainingConfig, ValueRange, changed
from core.errors import ConfigError, TrainingError
from core.seeds import Purpose, numpy_rng, torch_rng
from core.training.device import pick_device
from core.training.events import CheckpointDue, EvaluationDone, Event, SnapshotTaken, StepLogged
from core.training.state import state_dict
from core.training.trainer import snapshot_steps
from tests.unit.trainings import assert_same_state, fixed, plain, prepared, state_of, training_of


class Whole(NamedTuple):
    """A training that ran to its end."""

    events: list[Event]
    state: dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def whole(tiny_config) -> Whole:
    training = training_of(tiny_config)
    return Whole(list(training.events()), state_of(training))


def test_the_same_seed_gives_the_same_training_bit_for_bit(tiny_config, whole):
    again = training_of(tiny_config)
    assert [plain(event) for event in again.events()] == [plain(event) for event in whole.events]
    assert_same_state(state_of(again), whole.state)


def test_another_seed_gives_another_training(tiny_config):
    first, second = training_of(tiny_config, steps=10), training_of(tiny_config, steps=10, seed=1)
    assert [plain(event) for event in first.events()] != [plain(event) for event in second.events()]


def test_events_come_in_their_order(tiny_config, monkeypatch):
    monkeypatch.setattr("core.training.trainer.N_SCHEDULED", 3)  # steps 0, 30/4 and 30
    events = list(training_of(tiny_config, steps=30, n_eval=15, checkpoint_every=20).events())
    assert [plain(event)[:2] for event in events] == [
        ("phase", "adversarial"),
        ("snapshot", 0),
        ("evaluation", 0),
        ("snapshot", 8),
        ("log", 10),
        ("snapshot", 15),
        ("evaluation", 15),
        ("checkpoint", 20),
        ("log", 20),
        ("snapshot", 30),
        ("evaluation", 30),
        ("checkpoint", 30),
        ("log", 30),
        ("end", 30),
    ]


@pytest.mark.parametrize("n_steps", [1, 60, 2000, 10_000_000])
def test_snapshots_are_scheduled_densely_at_first(n_steps):
    steps = sorted(snapshot_steps(n_steps))
    gaps = np.diff(steps)
    assert (steps[0], steps[-1]) == (0, n_steps)
    assert len(steps) <= 240
    assert (np.diff(gaps) >= -1).all()  # but for rounding they only grow
    assert n_steps < 2000 or gaps[0] <= gaps[-1] / 10


def test_snapshots_change_nothing_of_what_is_learned(tiny_config, monkeypatch):
    often = training_of(tiny_config, steps=20)
    n_often = sum(isinstance(event, SnapshotTaken) for event in often.events())
    monkeypatch.setattr("core.training.trainer.N_SCHEDULED", 2)
    seldom = training_of(tiny_config, steps=20)
    assert sum(isinstance(event, SnapshotTaken) for event in seldom.events()) < n_often
    assert_same_state(state_of(often), state_of(seldom))


@pytest.mark.parametrize("steps", [1, 7, 20])
def test_the_last_step_is_shown_measured_saved_and_logged(tiny_config, steps):
    trainer = training_of(tiny_config, steps=steps, n_eval=1000, checkpoint_every=1000)
    last = [kind for kind, step, *_ in map(plain, trainer.events()) if step == steps]
    assert last == ["snapshot", "evaluation", "checkpoint", "log", "end"]
    assert trainer.prepared().step == steps


def test_the_log_has_the_means_since_the_last_one(tiny_config, monkeypatch):
    whole = [event.metrics for event in training_of(tiny_config, steps=20).events() if isinstance(event, StepLogged)]
    monkeypatch.setattr("core.training.trainer.LOG_EVERY", 1)
    single = [event.metrics for event in training_of(tiny_config, steps=20).events() if isinstance(event, StepLogged)]
    assert len(single) == 20
    for mean, ten in zip(whole, (single[:10], single[10:]), strict=True):
        assert mean == pytest.approx({name: np.mean([one[name] for one in ten]) for name in mean}, rel=1e-5)


def test_the_log_has_the_figures_of_the_game(whole):
    *_, last, _ = whole.events
    assert last.metrics.keys() == {"d_loss", "g_loss", "d_accuracy", "d_real", "d_fake", "d_penalty"}
    assert all(0 <= last.metrics[name] <= 1 for name in ("d_accuracy", "d_real", "d_fake"))
    assert last.metrics["d_loss"] > 0
    assert last.metrics["g_loss"] > 0


@pytest.mark.parametrize("stop", [30, 40])
def test_a_resumed_training_goes_on_as_if_it_had_never_stopped(tiny_config, whole, stop):
    events = [plain(event) for event in whole.events]
    stopped = training_of(tiny_config)
    before = [plain(event) for event in itertools.takewhile(lambda e: plain(e)[:2] != ("log", stop), stopped.events())]
    resumed = training_of(tiny_config, load(save(state_of(stopped))))
    assert resumed.prepared().step == stop
    again, *after = (plain(event) for event in resumed.events())

    assert again == ("phase", "adversarial")
    assert before + [event for event in events if event[:2] == ("log", stop)] + after == events
    assert_same_state(state_of(resumed), whole.state)


def test_a_checkpoint_between_two_logs_leads_to_the_same_weights(tiny_config, whole):
    stopped = training_of(tiny_config, checkpoint_every=25)
    next(event for event in stopped.events() if isinstance(event, CheckpointDue))
    resumed = training_of(tiny_config, load(save(state_of(stopped))))
    assert resumed.prepared().step == 25
    for _ in resumed.events():
        pass
    assert_same_state(state_of(resumed), whole.state)


def test_two_trainers_share_no_memory_through_a_state(tiny_config):
    first = training_of(tiny_config)
    next(event for event in first.events() if isinstance(event, CheckpointDue))
    second = training_of(tiny_config, state_of(first))
    before = {name: value.clone() for name, value in state_of(first).items()}
    for _ in second.events():
        pass
    assert_same_state(state_of(first), before)


@pytest.mark.parametrize("network", [{"hidden_size": 4}, {"discriminator_sizes": (8,)}])
def test_a_state_of_other_networks_is_refused(tiny_config, network):
    other = prepared(changed(tiny_config, network=tiny_config.network.model_dump() | network))
    with pytest.raises(ValueError, match="other networks"):
        training_of(tiny_config, state_dict(other))


@pytest.mark.parametrize(("ema_decay", "weight_of_old"), [(0.99, 0.1), (0.05, 0.05), (0, 0)])
def test_after_one_step_the_average_is_mostly_the_new_generator(tiny_config, ema_decay, weight_of_old):
    trainer = prepared(tiny_config, steps=1, ema_decay=ema_decay)
    old = {name: value.clone() for name, value in trainer.generator.state_dict().items()}
    for _ in trainer.events():
        pass
    new, average = trainer.generator.state_dict(), trainer.generator_ema.state_dict()
    assert not torch.equal(new["dense.weight"], old["dense.weight"])
    for name, value in average.items():
        torch.testing.assert_close(value, weight_of_old * old[name] + (1 - weight_of_old) * new[name])


def test_fakes_are_of_the_averaged_generator_in_physical_units(tiny_config):
    training = training_of(tiny_config, steps=1)
    first, second = (event.fakes for event in training.events() if isinstance(event, SnapshotTaken))
    assert first.shape == training.evaluator.shown_reals.shape == (64, 1, 32)
    scaling = training.evaluator.scaling
    assert first.dtype == np.float32
    assert not np.array_equal(first, second)
    assert second.mean() == pytest.approx(float(scaling.mean.item()), abs=float(scaling.std.item()))
    generator = training.prepared().generator_ema
    with torch.no_grad():
        fakes = generator(generator.draw_latents(64, torch_rng(0, Purpose.SNAPSHOT_LATENTS))).numpy()
    np.testing.assert_array_equal(second, scaling.to_physical(fakes))


def test_networks_that_are_no_numbers_end_the_training_with_a_sentence(tiny_config):
    trainer = prepared(tiny_config)
    torch.nn.init.constant_(trainer.generator.dense.weight, torch.nan)
    with pytest.raises(TrainingError, match=r"diverged .* near step 0\. .*lower learning rates\."):
        list(trainer.events())


def test_a_state_that_is_no_numbers_is_never_due_to_be_saved(tiny_config):
    trainer = training_of(tiny_config, checkpoint_every=1, steps=5)
    saved = []

    def drain() -> None:
        for event in trainer.events():
            if isinstance(event, CheckpointDue):
                saved.append(event.step)
            if saved == [1, 2]:
                torch.nn.init.constant_(trainer.prepared().generator.dense.weight, torch.nan)

    with pytest.raises(TrainingError):
        drain()
    assert saved == [1, 2]


def test_computing_gradients_is_left_on_at_every_event(tiny_config):
    for _ in training_of(tiny_config, steps=10).events():
        assert torch.is_grad_enabled()


def test_the_consumer_may_switch_gradients_off(tiny_config):
    whole, watched = training_of(tiny_config, steps=20), training_of(tiny_config, steps=20)
    for _ in whole.events():
        pass
    for _ in watched.events():
        with torch.no_grad():
            watched.evaluator.snapshot(watched.prepared().generator_ema)
    assert_same_state(state_of(whole), state_of(watched))


def test_the_global_random_state_decides_nothing(tiny_config):
    torch.manual_seed(1)
    first = [plain(event) for event in training_of(tiny_config, steps=10).events()]
    torch.manual_seed(2)
    assert [plain(event) for event in training_of(tiny_config, steps=10).events()] == first


def test_reals_that_are_shown_are_never_trained_on(tiny_config):
    trainer = training_of(tiny_config)
    shown = {row.tobytes() for row in trainer.evaluator.shown_reals}
    trained_on = {
        row.tobytes()
        for index in range(61)
        for row in trainer.source.batch(16, numpy_rng(0, Purpose.TRAINING_REALS, index)).signals
    }
    assert len(shown) == 64
    assert not shown & trained_on


@pytest.mark.parametrize(
    "source",
    [
        SimulatorConfig(n_samples=16, amplitude=fixed(0), bias=fixed(3), noise_amplitude=0),
        SimulatorConfig(n_samples=16, amplitude=fixed(1), bias=fixed(3), angular_frequency=fixed(1), noise_amplitude=0),
    ],
    ids=["one constant", "one and the same wave"],
)
def test_a_source_without_spread_is_refused(tiny_config, source):
    with pytest.raises(ConfigError, match="spread"):
        list(training_of(changed(tiny_config, source=source)).events())


@pytest.mark.parametrize("seed", [0, 1])
def test_training_brings_the_fakes_nearer_to_real(tiny_config, seed):
    bias = ValueRange(minimum=0, maximum=1, step=0.1)
    easy = SimulatorConfig(n_samples=16, amplitude=fixed(1), bias=bias, angular_frequency=fixed(1), noise_amplitude=0.1)
    training = TrainingConfig(
        steps=300,
        batch_size=32,
        n_eval=100,
        generator_rate=0.01,
        discriminator_rate=0.01,
        ema_decay=0.9,
        seed=seed,
    )
    trainer = training_of(changed(tiny_config, source=easy, training=training))
    first, *later = [event.evaluation.distance for event in trainer.events() if isinstance(event, EvaluationDone)]
    assert min(later) < 2 / 3 * first


# Collapse, penalty, device


def test_a_collapse_is_seen_in_the_diversity(tiny_config):
    trainer = prepared(tiny_config, steps=1)
    torch.nn.init.zeros_(trainer.generator_ema.dense.weight)  # its fakes are all alike
    diversity = next(event.evaluation.diversity for event in trainer.events() if isinstance(event, EvaluationDone))
    assert diversity == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("loss", ["minmax", "relativistic"])
def test_a_gradient_penalty_makes_the_discriminator_less_sure(tiny_config, loss):
    sure, less_sure = (
        list(training_of(tiny_config, loss=loss, gamma=gamma, discriminator_rate=0.01).events())[-2].metrics
        for gamma in (0, 100)
    )
    assert sure["d_real"] - sure["d_fake"] > 0.2
    assert less_sure["d_real"] - less_sure["d_fake"] < 0.5 * (sure["d_real"] - sure["d_fake"])


@pytest.mark.parametrize(
    ("cuda", "mps", "picked"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_the_fastest_device_is_picked_unless_one_is_named(monkeypatch, cuda, mps, picked):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device("auto") == torch.device(picked)
    assert pick_device("cpu") == torch.device("cpu")
    for name, present in (("cuda", cuda), ("mps", mps)):
        if present:
            assert pick_device(name) == torch.device(name)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_missing_is_refused_with_a_sentence(tiny_config, monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=f"^This machine has no {device.upper()} device; set .* to auto or cpu\\.$"):
        training_of(tiny_config, device=device)
