from collections.abc import Iterator

import pytest

from core import formatting
from core.config import (
    preset_config,
)
from core.store.datasets import open_source
from core.store.run import Run
from core.store.status import State, Status
from core.training.diagnostics import COLLAPSE, WINNING
from core.training.phases import ADVERSARIAL, phases
from pages.widgets.phases import share_done
from tests.pages.visits import (
    BUTTONS,
    components,
    controls,
    data_of,
    figure,
    is_well,
    links,
    progress,
    shown,
    tile_texts,
    visit,
)
from tests.waiting import wait_until


def value_of(texts: list[str], label: str) -> str:
    """The value that stands below a tile's label."""
    return texts[texts.index(label) + 1]


def badges(session) -> str:
    return " ".join(text.value for text in session.markdown if "badge" in text.value)


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
    assert value_of(texts, "Distance to real") == formatting.number(run.metrics.last("distance"))
    assert value_of(texts, "Diversity of fakes") == formatting.number(run.metrics.last("diversity"))
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
    run.write_status(run.status.model_copy(update={"state": State.STOPPED}))
    assert "ended before it had any fakes" in visit("train").info[0].value
    run.release()


# The phases


@pytest.fixture
def twin_run(store) -> Iterator[Run]:
    """A twin that another process, as it were, is about to train."""
    run = store.create(preset_config("standard"), "Twin")
    run.claim()
    yield run
    run.release()


STAGES = phases("manifold")


@pytest.mark.parametrize(("phase", "n_done"), [(phase, index) for index, phase in enumerate(STAGES)])
def test_a_twin_in_training_shows_its_phases(phase, n_done, twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase=phase, device="cpu"))
    session = visit("train")
    assert is_well(session)
    html = data_of(session, "phases")["html"]
    assert html.count("✓") == n_done
    assert html.count('aria-current="step"') == 1
    assert [stage.title for stage in STAGES.values() if stage.title not in html] == []
    assert progress(session) == f"{STAGES[phase].title} · CPU"


def test_each_phase_is_explained(twin_run):
    explained = set()
    for phase in STAGES:
        twin_run.write_status(Status(state=State.RUNNING, phase=phase))
        explained.add(tile_texts(visit("train"), "phases")[-1])
    assert len(explained) == len(STAGES) == 6


def test_reals_are_shown_before_the_first_fakes(twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase="shapes"))
    twin_run.save_reals(open_source(twin_run.config).held_out(8, 0).signals)
    session = visit("train")
    assert "Getting ready" in session.info[0].value
    assert [trace["name"] for trace in figure(session, "live-signals")["data"]] == [f"Real {n}" for n in range(1, 5)]


def test_once_there_are_steps_they_are_counted(twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase=ADVERSARIAL, step=30, device="cuda"))
    total = formatting.count(twin_run.config.training.steps)
    assert progress(visit("train")) == f"Step 30 of at most {total} · graphics card (CUDA)"


@pytest.mark.parametrize("phase", ["", "dreaming"])
def test_without_a_known_phase_none_is_shown(phase, twin_run):
    twin_run.write_status(Status(state=State.RUNNING, phase=phase))
    session = visit("train")
    assert is_well(session)
    assert components(session) == []


def test_a_training_with_one_phase_only_shows_none(held_run):
    held_run.write_status(held_run.status.model_copy(update={"phase": ADVERSARIAL}))
    assert "phases" not in components(visit("train"))


@pytest.mark.parametrize("state", [state for state in State if state is not State.RUNNING])
def test_a_twin_that_is_not_being_trained_and_has_no_figures_shows_no_phases(state, twin_run):
    twin_run.write_status(Status(state=state, phase=ADVERSARIAL, step=5))
    assert components(visit("train")) == []


def test_no_phase_is_ticked_that_a_paused_run_has_not_done(twin_run):
    reals = open_source(twin_run.config).held_out(8, 0).signals
    twin_run.save_reals(reals)
    twin_run.stages.save(0, "scale", reals)
    twin_run.stages.save_figures(0, "scale", {"accuracy": 1.0})
    for state, n_done in ((State.PAUSED, 2), (State.FINISHED, len(STAGES))):
        twin_run.write_status(Status(state=state, phase=list(STAGES)[2]))
        assert data_of(visit("train"), "phases")["html"].count("✓") == n_done


def test_progress_never_goes_back(twin_run):
    moments = [(phase, 0) for phase in STAGES] + [(ADVERSARIAL, step) for step in (1, 100, 2000)]
    shares = [share_done(twin_run, Status(state=State.RUNNING, phase=phase, step=step)) for phase, step in moments]
    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1]) == (0, 1)


@pytest.mark.parametrize("state", [State.RUNNING, State.FINISHED])
def test_what_each_stage_brought_stands_below_it(state, twin_run):
    reals = open_source(twin_run.config).held_out(8, 0).signals
    twin_run.save_reals(reals)
    for number, (key, accuracy) in enumerate({"scale": 1.0, "axes": 0.93}.items()):
        twin_run.stages.save(number, key, reals)
        twin_run.stages.save_figures(number, key, {"accuracy": accuracy})
    twin_run.write_status(Status(state=state, phase="shapes"))
    session = visit("train")
    assert is_well(session)
    html = data_of(session, "phases")["html"]
    assert "<i>100 %</i>" in html
    assert "<i>93 %</i>" in html
    assert "50 % is guessing" in html
    assert [trace["name"] for trace in figure(session, "live-signals")["data"]][4:] == [
        f"Fake {n}" for n in range(1, 5)
    ]
    assert any("after stage 2, Principal axes" in text for text in tile_texts(session, "legend"))


@pytest.mark.parametrize(
    ("reason", "words"),
    [("indistinguishable", "nothing is left to learn"), ("no_gain", "harder to tell"), ("last_step", "all its steps")],
)
def test_a_run_that_ended_says_why(reason, words, add_run):
    add_run("Mine", State.FINISHED, stop_reason=reason)
    session = visit("train")
    assert any(words in text.value for text in (*session.caption, *session.success, *session.info))


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
