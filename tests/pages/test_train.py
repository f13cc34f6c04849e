import pytest

from core import formatting
from core.config import (
    PRESETS,
    ArticleConfig,
    ManifoldConfig,
    SimulatorConfig,
    TrainingConfig,
    ValueRange,
    changed,
    preset_config,
)
from core.store.status import State
from core.training.cost import expected_seconds, machine_pace
from tests.pages.visits import (
    SOURCE,
    article,
    field,
    is_well,
    progress,
    shown,
    start,
    visit,
)
from tests.waiting import wait_for


def expectations(session) -> list[str]:
    return [caption.value for caption in session.caption if "on this machine" in caption.value]


# Starting


def test_a_training_starts_with_what_is_set(manager):
    session = article(source=SOURCE)
    field(session, "seed").set_value(7)
    field(session, "batch_size").set_value(16)
    field(session, "generator_rate").set_value(0.002)
    field(session, "latent_dim").set_value(6)
    field(session, "discriminator_sizes").set_value(" 32,16 ,")
    session.text_input(key="run-name").set_value("My first")
    start(session, steps=20)
    assert is_well(session)
    assert not session.error
    (run,) = manager.store.all()
    assert run.name == "My first"
    assert run.config.source == SimulatorConfig(waveform="square", n_samples=32)
    assert run.config.training == TrainingConfig(steps=20, seed=7, batch_size=16, generator_rate=0.002)
    assert run.config.network == ArticleConfig(latent_dim=6, discriminator_sizes=(32, 16))
    assert session.query_params["run"] == run.id
    assert session.sidebar.selectbox[0].value == run.id
    wait_for(run, State.FINISHED)
    session.run()
    assert is_well(session)
    assert progress(session).startswith("Step 20 of 20")


def test_what_was_typed_just_before_the_click_counts(manager):
    session = article(source=SOURCE)
    field(session, "steps").set_value(3)
    session.text_input(key="run-name").set_value("My first")
    session.button(key="start").click().run()
    (run,) = manager.store.all()
    assert run.config.training.steps == 3
    assert run.name == "My first"


def test_the_page_begins_with_the_first_preset():
    session = visit("train")
    assert session.selectbox(key="preset").value == "standard"
    assert field(session, "steps").value == PRESETS["standard"].training.steps
    assert field(session, "discriminator_width").value == ManifoldConfig().discriminator_width


def test_a_preset_brings_its_own_settings():
    session = article()
    assert field(session, "steps").value == TrainingConfig().steps
    assert field(session, "ema_decay").value == TrainingConfig().ema_decay
    assert field(session, "discriminator_sizes").value == "300, 250"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_starts_as_it_is(name, manager, monkeypatch):
    monkeypatch.setattr("core.jobs.training.execute", lambda run, should_stop: None)
    session = visit("train", source=SOURCE).selectbox(key="preset").set_value(name).run()
    session.button(key="start").click().run()
    assert is_well(session)
    assert not session.error
    (run,) = manager.store.all()
    assert run.config == preset_config(name, SimulatorConfig(waveform="square", n_samples=32))


def test_a_training_without_a_name_gets_one(manager):
    start(article(source=SOURCE), steps=1)
    assert manager.store.all()[0].name.startswith("Article ")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_how_long_it_takes_and_on_what(name):
    session = visit("train").selectbox(key="preset").set_value(name).run()
    field(session, "device").set_value("cpu").run()
    assert is_well(session)
    seconds = expected_seconds(preset_config(name), machine_pace())
    duration = f"about **{formatting.about(seconds)}** on this machine (CPU)"
    (said,) = expectations(session)
    if PRESETS[name].training.patience:
        assert said == f"Takes at most {duration}, and stops sooner when nothing is left to learn."
    else:
        assert said == f"Takes {duration}."


def test_the_expected_time_follows_the_number_of_steps():
    session = article()
    field(session, "device").set_value("cpu").run()
    (before,) = expectations(session)
    field(session, "steps").set_value(500_000).run()
    (after,) = expectations(session)
    assert after != before


@pytest.mark.parametrize(("name", "value"), [("latent_dim", 4), ("device", "cuda")])
def test_impossible_settings_have_no_expected_time(name, value, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    session = article()
    field(session, name).set_value(value).run()
    assert is_well(session)
    assert not session.error
    assert expectations(session) == []


def test_a_training_on_a_graphics_card_says_so(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert expectations(visit("train")) == ["Trains on this machine’s graphics card (CUDA)."]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("latent_dim", 4, "give a latent size that is a multiple of the sequence length"),
        ("discriminator_sizes", "abc", "valid integer"),
        ("discriminator_sizes", "", "at least 1 item"),
        ("discriminator_sizes", "0", "greater than or equal to 1"),
        ("discriminator_sizes", "300; 250", "valid integer"),
        ("generator_rate", 0.0, "greater than 0"),
        ("ema_decay", 1.0, "less than 1"),
    ],
)
def test_impossible_settings_are_said_in_one_sentence_and_start_nothing(name, value, says, manager):
    session = start(article(), **{name: value})
    assert is_well(session)
    assert len(session.error) == 1
    assert says in shown(session.error[0].value)
    assert manager.store.all() == []
    assert not session.run().error


def test_impossible_settings_leave_the_picked_run_picked(add_run, manager):
    run = add_run()
    session = start(article(), latent_dim=4)
    assert len(session.error) == 1
    assert session.query_params["run"] == run.id
    assert len(manager.store.all()) == 1


def test_a_training_that_cannot_be_kept_is_said_in_a_sentence(no_room):
    session = start(visit("train"))
    assert is_well(session)
    assert len(session.error) == 1
    assert "Nothing can be written" in session.error[0].value


def test_a_source_with_nothing_to_learn_fails_with_a_sentence(manager, tiny_config):
    none = ValueRange(minimum=0, maximum=0, step=1)
    source = SimulatorConfig(n_samples=32, amplitude=none, bias=none, noise_amplitude=0)
    run = manager.start(changed(tiny_config, source=source))
    wait_for(run, State.FAILED)
    session = visit("train")
    assert is_well(session)
    assert len(session.error) == 1
    assert "nothing to learn" in session.error[0].value
