import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import SimulatorConfig
from core.store.status import State
from tests.pages.visits import PAGES, field, figure, go, is_well, links, markdown, visit

ROOT = Path(__file__).parents[2]
TITLES = {"home": "Wavetwin", "how": "How it works", "spot": "Spot the fake"}
ENDED = [state for state in State if not state.is_live]

# Without any run


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_runs_has_a_title_and_one_sentence_that_leads(page):
    session = visit(page)
    assert is_well(session)
    assert [title.value for title in session.title] == [TITLES.get(page, page.capitalize())]
    assert sum('class="wt-lead"' in text.value for text in session.html) == 1
    assert not session.error
    assert not session.warning


@pytest.mark.parametrize(
    ("page", "says", "offers"),
    [
        ("train", "Press **Start training**", "Change the source"),
        ("generate", "Train one first", "Go to Train"),
        ("runs", "No runs yet", "Start your first training"),
    ],
)
def test_an_empty_page_says_what_to_do(page, says, offers):
    session = visit(page)
    assert len(session.info) == 1
    assert says in session.info[0].value
    assert offers in links(session)


def test_without_runs_there_is_nothing_to_pick():
    session = visit("home")
    assert not session.sidebar.selectbox
    assert "No runs yet" in session.sidebar.caption[0].value
    assert "run" not in session.query_params


def test_a_page_has_one_primary_button_at_most(add_run):
    add_run()
    session = visit("home")
    for page in PAGES:
        assert sum(button.proto.type == "primary" for button in go(session, page).button) <= 1, page


# With runs in every state


@pytest.mark.parametrize("state", ENDED)
def test_every_page_shows_an_ended_run(state, add_run):
    run = add_run("Mine", state, step=40)
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page
        assert session.sidebar.selectbox[0].options == ["Mine"], page
        assert session.query_params["run"] == run.id, page


def test_every_page_shows_a_run_in_progress(live_run):
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page
        assert session.query_params["run"] == live_run.id, page
        assert is_well(session.run()), page


@pytest.mark.parametrize("page", ["home", "train", "runs"])
def test_a_run_that_ends_while_it_is_looked_at_is_shown_ended(page, live_run, manager):
    session = visit(page)
    manager.shutdown()
    assert live_run.status.state is State.INTERRUPTED
    assert is_well(session.run())


def test_every_page_shows_a_run_of_another_process(held_run):
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page


def test_every_page_shows_a_run_that_has_just_been_created(store, tiny_config):
    run = store.create(tiny_config, "New")
    run.claim()
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page
    run.release()


# The run in the address


def test_the_newest_run_is_picked_first(add_run):
    add_run("Older")
    newer = add_run("Newer")
    assert visit("train").query_params["run"] == newer.id


def test_a_picked_run_stays_picked_over_pages(add_run):
    older = add_run("Older")
    add_run("Newer")
    session = visit("train")
    session.sidebar.selectbox[0].set_value(older.id).run()
    for page in PAGES:
        assert go(session, page).query_params["run"] == older.id, page
        assert session.sidebar.selectbox[0].value == older.id, page


def test_an_address_names_the_run_to_show(add_run):
    older = add_run("Older")
    add_run("Newer")
    session = visit("generate", run=older.id)
    assert session.sidebar.selectbox[0].value == older.id
    assert session.query_params["run"] == older.id


@pytest.mark.parametrize("asked", ["20200101-000000-dead", "../../x", "nonsense", "0" * 5000, "a\nb", "\x00"])
def test_an_address_with_an_unknown_run_is_said_and_another_run_shown(asked, add_run):
    run = add_run()
    session = visit("train", run=asked)
    assert is_well(session)
    assert len(session.warning) == 1
    assert "does not exist" in session.warning[0].value
    assert len(session.warning[0].value) < 200
    assert session.query_params["run"] == run.id
    assert not session.run().warning


def test_an_address_with_an_unknown_run_is_said_where_there_is_none():
    session = visit("generate", run="20200101-000000-dead")
    assert is_well(session)
    assert len(session.warning) == 1
    assert "run" not in session.query_params


def test_a_run_deleted_meanwhile_is_said_and_another_one_shown(add_run, store):
    kept, gone = add_run("Kept"), add_run("Gone")
    session = visit("train", run=gone.id)
    store.delete(gone.id)
    assert is_well(session.run())
    assert "does not exist" in session.warning[0].value
    assert session.query_params["run"] == kept.id


def test_runs_of_one_name_are_told_apart(add_run):
    runs = [add_run("Twin"), add_run("Twin"), add_run("Other")]
    labels = visit("home").sidebar.selectbox[0].options
    assert labels == ["Other", f"Twin ({runs[1].id[-4:]})", f"Twin ({runs[0].id[-4:]})"]


# The source in the address

IMPOSSIBLE_SOURCES = [
    "",
    "not JSON",
    "[1, 2]",
    "null",
    '"text"',
    '{"n_samples": 5}',
    '{"n_samples": "many"}',
    '{"n_samples": 1e400}',
    '{"amplitude": 3}',
    '{"amplitude": {"minimum": 3, "maximum": 1, "step": 1}}',
    '{"amplitude": {"minimum": 0, "maximum": 1000000, "step": 1e-9}}',
    '{"t_start": 10, "t_end": 1}',
    '{"nonsense": 1, "more": 2}',
    '{"waveform": "circle"}',
    "[" * 5000,
]


@pytest.mark.parametrize("text", IMPOSSIBLE_SOURCES, ids=lambda text: text[:30] or "empty")
def test_an_impossible_source_in_the_address_is_said_and_the_default_shown(text):
    session = visit("signals", source=text)
    assert is_well(session)
    assert len(session.warning) == 1
    assert "default source" in session.warning[0].value
    assert session.session_state["source"] == SimulatorConfig()
    assert "source" not in session.query_params
    assert figure(session, "signals")["data"]
    assert not session.run().warning


def test_a_source_in_the_address_is_taken_and_stays_over_pages():
    session = visit("signals", source='{"waveform": "square", "n_samples": 64}')
    assert is_well(session)
    assert not session.warning
    assert field(session, "waveform").value == "square"
    for page in PAGES:
        go(session, page)
        assert json.loads(session.query_params["source"]) == {"waveform": "square", "n_samples": 64}, page
        assert session.session_state["source"] == SimulatorConfig(waveform="square", n_samples=64), page


def test_a_default_source_leaves_the_address_alone():
    assert "source" not in visit("signals", source='{"waveform": "sine"}').query_params


# Words that others wrote

UGLY = "<b>x</b> $y$ **z** `c` :red[r] ![i](https://example.com/i) [l](https://x.y)"  # 80 characters at most
MARKUP = ("$y$", "**z**", "`c`", ":red[", "![i]", "[l](")


def is_plain(text: str) -> bool:
    """Whether a text that Markdown reads shows each of its signs as it is."""
    return not any(sign in text for sign in MARKUP)


def test_a_name_is_shown_as_it_was_typed(add_run):
    add_run(UGLY)
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page
        assert [text for text in markdown(session) if not is_plain(text)] == [], page
        assert session.sidebar.selectbox[0].options == [UGLY], page


def test_the_name_of_a_run_in_progress_is_shown_as_it_was_typed(held_run):
    held_run.rename(UGLY)
    session = visit("home")
    for page in PAGES:
        assert is_well(go(session, page)), page
        assert [text for text in markdown(session) if not is_plain(text)] == [], page


def test_a_name_is_shown_as_it_was_typed_where_there_is_no_twin_yet(add_run):
    run = add_run(UGLY)
    (run.path / "surrogate.safetensors").unlink()
    assert [text for text in markdown(visit("generate")) if not is_plain(text)] == []


def test_an_address_puts_no_picture_into_the_page(add_run):
    add_run()
    picture = "![i](https://example.com/i.png)"
    session = visit("home", run=picture, source=json.dumps({picture: 1}))
    assert is_well(session)
    assert len(session.warning) == 2
    assert [text for text in markdown(session) if not is_plain(text)] == []


def test_a_value_in_the_address_is_shown_as_it_is():
    session = visit("signals", source=json.dumps({"waveform": "**z** ![i](https://example.com/i.png)"}))
    assert [text for text in markdown(session) if not is_plain(text)] == []


# What must not be used


@pytest.mark.parametrize(
    "word",
    [
        "use_container_width",
        "components.v1",
        "unsafe_allow_html",
        "unsafe_allow_javascript",
        "experimental_",
        "st.cache(",
    ],
)
def test_pages_use_nothing_that_is_going_away_or_unsafe(word):
    files = list((ROOT / "pages").rglob("*.py"))
    assert files
    assert [file.name for file in files if word in file.read_text("utf-8")] == []


def test_a_warning_of_streamlit_would_be_seen_here(caplog):
    AppTest.from_string("import streamlit as st; st.text_input('')").run()
    assert any("empty value" in record.getMessage() for record in caplog.records)
    caplog.clear()


def test_an_error_of_a_page_would_be_seen_here(monkeypatch, caplog, add_run):
    add_run()
    monkeypatch.setattr("core.formatting.duration", lambda seconds: 1 / 0)
    assert not is_well(visit("runs"))
    assert any("A page failed" in record.getMessage() for record in caplog.records)
    caplog.clear()
