from collections.abc import Iterator

import pytest
from visits import (
    components,
    data_of,
    field,
    figure,
    is_well,
    keys,
    links,
    shown,
    tile_texts,
    visit,
    wait_for,
    wait_until,
)

from core import words
from core.config import (
    PRESETS,
    ArticleConfig,
    SimulatorConfig,
    TrainingConfig,
    TwinConfig,
    ValueRange,
    changed,
    preset_config,
)
from core.pace import expected_seconds, machine_pace
from core.runs import Request, Run, State, Status
from core.signals import open_source
from core.training.events import Phase
from core.trouble import COLLAPSE, WINNING

BUTTONS = {
    State.QUEUED: {"pause", "stop"},
    State.RUNNING: {"pause", "stop"},
    State.PAUSED: {"resume", "stop"},
    State.STOPPED: {"resume"},
    State.FAILED: {"resume"},
    State.INTERRUPTED: {"resume"},
    State.FINISHED: set(),
}
SOURCE = '{"waveform": "square", "n_samples": 32}'


def controls(session) -> set[str]:
    return keys(session) & {"pause", "resume", "stop"}


def progress(session) -> str:
    return session.get("progress")[0].proto.text


def expectations(session) -> list[str]:
    return [caption.value for caption in session.caption if "on this machine" in caption.value]


def article(**query):
    """A new session with the preset that needs no preparation."""
    return visit("train", **query).selectbox(key="preset").set_value("article").run()


def start(session, **values):
    """Set some settings and start a training."""
    for name, value in values.items():
        field(session, name).set_value(value)
    return session.run().button(key="start").click().run()


def value_of(texts: list[str], label: str) -> str:
    """The value that stands below a tile's label."""
    return texts[texts.index(label) + 1]


def badges(session) -> str:
    return " ".join(text.value for text in session.markdown if "badge" in text.value)


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
    assert field(session, "discriminator_width").value == TwinConfig().discriminator_width


def test_a_preset_brings_its_own_settings():
    session = article()
    assert field(session, "steps").value == TrainingConfig().steps
    assert field(session, "ema_decay").value == TrainingConfig().ema_decay
    assert field(session, "discriminator_sizes").value == "300, 250"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_starts_as_it_is(name, manager, monkeypatch):
    monkeypatch.setattr("core.jobs.execute", lambda run, should_stop: None)
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
    assert expectations(session) == [f"Takes about **{words.about(seconds)}** on this machine (CPU)."]


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
    assert expectations(visit("train")) == ["Trains on this machine's graphics card (CUDA)."]


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
    assert "No run can be kept" in session.error[0].value


def test_a_source_with_nothing_to_learn_fails_with_a_sentence(manager, tiny_config):
    none = ValueRange(minimum=0, maximum=0, step=1)
    source = SimulatorConfig(n_samples=32, amplitude=none, bias=none, noise_amplitude=0)
    run = manager.start(changed(tiny_config, source=source))
    wait_for(run, State.FAILED)
    session = visit("train")
    assert is_well(session)
    assert len(session.error) == 1
    assert "nothing to learn" in session.error[0].value


# Watching


@pytest.mark.parametrize("state", [state for state in State if not state.is_live])
def test_an_ended_run_offers_what_can_still_be_done(state, add_run):
    add_run("Mine", state, step=40)
    session = visit("train")
    assert controls(session) == BUTTONS[state]
    assert session.subheader[1].value == "Mine"
    assert state in badges(session)
    assert progress(session).startswith("Step 40 of 60 · ")
    assert progress(session).endswith(" of training · CPU")
    assert "Generate signals" in links(session)


def test_a_run_in_progress_offers_to_pause_and_to_stop(live_run):
    wait_until(lambda: live_run.status.steps_per_second)
    session = visit("train")
    assert controls(session) == BUTTONS[State.RUNNING]
    assert "running" in badges(session)
    assert "steps/s · " in progress(session)
    assert " left · " in progress(session)


def test_a_run_without_a_twin_does_not_offer_to_generate(add_run):
    (add_run().path / "surrogate.safetensors").unlink()
    assert "Generate signals" not in links(visit("train"))


def test_an_interrupted_run_says_that_nothing_is_lost(add_run):
    add_run("Mine", State.RUNNING, step=20)  # and no process holds it
    session = visit("train")
    assert controls(session) == {"resume"}
    assert len(session.warning) == 1
    assert "press Resume" in session.warning[0].value


def test_a_failed_run_says_why(add_run):
    add_run("Mine", State.FAILED, error="The disk is full.")
    assert [shown(error.value) for error in visit("train").error] == ["The disk is full."]


def test_reals_stand_above_fakes(add_run):
    add_run()
    traces = figure(visit("train"), "live-signals")["data"]
    assert [trace["name"] for trace in traces] == [f"{kind} {n}" for kind in ("Real", "Fake") for n in range(1, 5)]


def test_the_newest_figures_are_shown(add_run):
    run = add_run()
    texts = tile_texts(visit("train"), "figures")
    assert value_of(texts, "Distance to real") == words.number(run.metrics.last("distance"))
    assert value_of(texts, "Diversity of fakes") == words.number(run.metrics.last("diversity"))
    assert value_of(texts, "Discriminator is right") == f"{100 * run.metrics.last('d_accuracy'):.0f} %"


def test_the_floor_of_the_distance_is_named(add_run):
    add_run()
    session = visit("train")
    assert any("1 is the floor" in caption.value for caption in session.caption)
    assert any("1 is the floor" in text for text in tile_texts(session, "figures"))


def test_a_figure_that_an_older_run_does_not_have_is_a_dash(add_run):
    run = add_run()
    log = run.path / "metrics.jsonl"
    log.write_text(log.read_text().replace("diversity", "something"))
    session = visit("train")
    assert is_well(session)
    assert value_of(tile_texts(session, "figures"), "Diversity of fakes") == "–"


def test_smoothing_changes_the_curves(add_run):
    add_run()
    session = visit("train")
    before, distance = figure(session, "losses"), figure(session, "distance")
    session.slider(key="smoothing").set_value(0.0).run()
    assert is_well(session)
    assert figure(session, "losses") != before
    assert figure(session, "distance") == distance


def test_a_run_before_its_first_fakes_says_so(store, tiny_config):
    run = store.create(tiny_config, "New")
    run.claim()
    assert "Waiting for its turn" in visit("train").info[0].value
    run.write_status(run.status.model_copy(update={"state": State.RUNNING}))
    assert "Getting ready" in visit("train").info[0].value
    run.release()


# The phases


@pytest.fixture
def twin_run(store) -> Iterator[Run]:
    """A twin that another process, as it were, is about to train."""
    run = store.create(preset_config("standard"), "Twin")
    run.claim()
    yield run
    run.release()


@pytest.mark.parametrize(("phase", "n_done"), list(zip(Phase, range(3), strict=True)))
def test_a_twin_in_training_shows_its_phases(phase, n_done, twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase=phase, device="cpu"))
    session = visit("train")
    assert is_well(session)
    html = data_of(session, "phases")["html"]
    assert html.count("✓") == n_done
    assert html.count('aria-current="step"') == 1
    assert [name.capitalize() in html for name in Phase] == [True, True, True]
    assert progress(session) == f"{phase.capitalize()} · CPU"


def test_each_phase_is_explained(twin_run):
    explained = set()
    for phase in Phase:
        twin_run.write_status(Status(state=State.RUNNING, phase=phase))
        explained.add(tile_texts(visit("train"), "phases")[-1])
    assert len(explained) == 3


def test_reals_are_shown_before_the_first_fakes(twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase=Phase.SHAPES))
    twin_run.save_reals(open_source(twin_run.config.source).held_out(8, 0))
    session = visit("train")
    assert "Getting ready" in session.info[0].value
    assert [trace["name"] for trace in figure(session, "live-signals")["data"]] == [f"Real {n}" for n in range(1, 5)]


def test_once_there_are_steps_they_are_counted(twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase=Phase.ADVERSARIAL, step=30, device="cuda"))
    total = words.count(twin_run.config.training.steps)
    assert progress(visit("train")) == f"Step 30 of {total} · graphics card (CUDA)"


@pytest.mark.parametrize("phase", ["", "dreaming"])
def test_without_a_known_phase_none_is_shown(phase, twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase=phase))
    session = visit("train")
    assert is_well(session)
    assert components(session) == []


def test_a_training_with_one_phase_only_shows_none(held_run):
    held_run.write_status(held_run.status.model_copy(update={"phase": Phase.ADVERSARIAL}))
    assert "phases" not in components(visit("train"))


@pytest.mark.parametrize("state", [state for state in State if state is not State.RUNNING])
def test_a_twin_that_is_not_being_trained_shows_no_phases(state, twin_run):
    twin_run.write_status(Status(state=state, phase=Phase.ADVERSARIAL, step=5))
    assert components(visit("train")) == []


# Troubles


def add_figures(run: Run, **values: float) -> None:
    """Log the same figures over a thousand steps more."""
    for step in range(100, 1100, 10):
        run.log_metrics(step, values)


@pytest.mark.parametrize("state", [State.FINISHED, State.STOPPED])
def test_troubles_are_said_with_what_to_try(state, add_run):
    add_figures(add_run("Mine", state), diversity=0.1, d_accuracy=0.99)
    session = visit("train")
    assert is_well(session)
    texts = [warning.value for warning in session.warning]
    for text, trouble in zip(texts, (COLLAPSE, WINNING), strict=True):
        assert all(part in text for part in (trouble.title, trouble.sentence, trouble.advice))


def test_troubles_of_a_training_in_progress_are_said(held_run):
    add_figures(held_run, diversity=0.1)
    assert [COLLAPSE.title in warning.value for warning in visit("train").warning] == [True]


def test_a_healthy_run_has_no_troubles(add_run):
    add_figures(add_run(), diversity=0.9, d_accuracy=0.6, distance=1.1)
    assert not visit("train").warning


# Pausing, resuming, stopping


def test_a_run_is_paused_resumed_and_stopped_by_its_buttons(live_run):
    session = visit("train")
    session.button(key="pause").click().run()
    wait_for(live_run, State.PAUSED)
    step = live_run.status.step
    assert controls(session.run()) == BUTTONS[State.PAUSED]
    session.button(key="resume").click().run()
    wait_until(lambda: live_run.status.state is State.RUNNING and live_run.status.step > step)
    assert controls(session.run()) == BUTTONS[State.RUNNING]
    session.button(key="stop").click().run()
    wait_for(live_run, State.STOPPED)
    assert controls(session.run()) == BUTTONS[State.STOPPED]
    assert is_well(session)
    assert not session.error


def test_a_paused_run_can_be_stopped(add_run):
    run = add_run("Mine", State.PAUSED, step=40)
    session = visit("train")
    session.button(key="stop").click().run()
    assert is_well(session)
    assert run.status.state is State.STOPPED
    assert controls(session) == BUTTONS[State.STOPPED]


def test_an_interrupted_run_is_resumed_to_its_end(add_run):
    run = add_run("Mine", State.INTERRUPTED, step=40)
    (run.path / "checkpoints" / "00000060.safetensors").unlink()
    session = visit("train")
    session.button(key="resume").click().run()
    wait_for(run, State.FINISHED)
    session.run()
    assert is_well(session)
    assert controls(session) == set()
    assert progress(session).startswith("Step 60 of 60")


def test_a_second_training_waits_its_turn(live_run, manager):
    session = start(article(source=SOURCE), steps=10)
    second = manager.store.get(session.query_params["run"])
    assert second.id != live_run.id
    assert second.status.state is State.QUEUED
    assert controls(session) == BUTTONS[State.QUEUED]
    assert "Waiting for its turn" in session.info[0].value
    manager.request(live_run.id, Request.STOP)
    wait_for(second, State.FINISHED)
    assert is_well(session.run())
    assert controls(session) == set()


def test_a_waiting_training_can_be_called_off(live_run, manager, tiny_config):
    second = manager.start(tiny_config, "Second")
    session = visit("train", run=second.id)
    session.button(key="stop").click().run()
    assert is_well(session)
    assert second.status.state is State.STOPPED
    assert controls(session) == BUTTONS[State.STOPPED]
    assert live_run.status.state is State.RUNNING


def test_a_run_of_another_process_can_be_asked_to_pause(held_run):
    session = visit("train")
    assert controls(session) == BUTTONS[State.RUNNING]
    assert progress(session) == "Step 20 of 60 · 10 steps/s · 4 s left · CPU"
    session.button(key="pause").click().run()
    assert is_well(session)
    assert not session.error
    assert held_run.requested() is Request.PAUSE
    assert progress(session).endswith(" · will pause in a moment")


@pytest.mark.parametrize("button", ["resume", "stop"])
def test_a_button_that_comes_too_late_says_so(button, add_run):
    run = add_run("Mine", State.PAUSED, step=40)
    session = visit("train")
    run.write_status(run.status.model_copy(update={"state": State.FINISHED}))
    session.button(key=button).click().run()
    assert is_well(session)
    assert len(session.error) == 1
    assert "“Mine” is finished" in session.error[0].value


def test_a_button_of_a_deleted_run_says_so(add_run, store):
    run = add_run("Mine", State.PAUSED)
    session = visit("train")
    store.delete(run.id)
    session.button(key="resume").click().run()
    assert is_well(session)
    assert any("There is no run" in text.value for text in (*session.error, *session.warning))
