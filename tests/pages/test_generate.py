from urllib.parse import parse_qs, urlsplit

import pytest

from core.generation.export import FORMATS, Kind
from core.store.status import State
from tests.pages.visits import components, data_of, figure, go, is_well, links, shown, tile_texts, visit


def address(session, key: str) -> dict[str, str]:
    """What the server is asked for by a download button."""
    parts = urlsplit(data_of(session, key)["address"])
    assert parts.path == "/api/signals"
    return {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}


def label(session, key: str) -> str:
    return data_of(session, key)["label"]


def captions(session) -> str:
    return " ".join(caption.value for caption in session.caption)


def test_a_hundred_thousand_signals_save_fifty_thousand_dollars_and_ten_weeks(add_run):
    add_run()
    session = visit("generate")
    assert session.number_input(key="count").value == 100_000
    texts = tile_texts(session, "savings")
    assert texts[:9] == [
        *("Experiments saved", "100,000", "one per signal"),
        *("Money saved", "$50,000", "at $0.50 each"),
        *("Time saved", "69.4 days", "at 1 min each"),
    ]


def test_savings_are_those_of_the_run_and_not_of_the_source_that_is_set(add_run):
    add_run()
    session = visit("generate", source='{"experiment_cost": 1000.0}')
    assert "$50,000" in tile_texts(session, "savings")


def test_one_signal_is_said_in_the_singular(add_run):
    add_run()
    session = visit("generate")
    session.number_input(key="count").set_value(1).run()
    assert is_well(session)
    assert label(session, "download-fake") == "Download 1 signal"
    assert tile_texts(session, "savings")[1:8:3] == ["1", "$0.50", "1 min"]


def test_both_downloads_ask_for_what_is_set(add_run):
    run = add_run()
    session = visit("generate")
    session.number_input(key="count").set_value(2500)
    session.number_input(key="seed").set_value(3)
    session.selectbox(key="format-TABLES").set_value("parquet").run()
    asked = {"run": run.id, "count": "2500", "seed": "3", "format": "parquet"}
    assert address(session, "download-fake") == {**asked, "kind": "fake"}
    assert address(session, "download-real") == {**asked, "kind": "real"}
    assert label(session, "download-fake") == "Download 2,500 signals"
    assert label(session, "download-real") == "2,500 reals, for comparison"


def test_every_format_can_be_chosen(add_run):
    run = add_run()
    session = visit("generate")
    assert session.selectbox(key="format-TABLES").value == "csv"
    session.number_input(key="count").set_value(100)
    offered = []
    for kind in Kind:
        session.segmented_control(key="kind").set_value(kind).run()
        (picker,) = (box for box in session.selectbox if box.key == f"format-{kind.name}")
        offered += picker.options
        assert address(session, "download-fake")["format"] == picker.value
        assert is_well(session)
    assert offered == [form.title for form in FORMATS.values()]
    assert address(session, "download-fake")["run"] == run.id


def test_more_than_a_format_can_hold_is_told_and_cannot_be_asked_for(add_run):
    add_run()
    session = visit("generate")
    session.segmented_control(key="kind").set_value(Kind.INSTRUMENTS).run()
    assert "1,000 signals at most" in session.warning[0].value
    assert "download-fake" not in components(session)
    session.number_input(key="count").set_value(1000).run()
    assert not session.warning
    assert label(session, "download-fake") == "Download 1,000 signals"


def test_another_seed_shows_other_signals(add_run):
    add_run()
    session = visit("generate")
    before = figure(session, "preview")
    session.number_input(key="seed").set_value(1).run()
    assert figure(session, "preview") != before
    session.number_input(key="seed").set_value(0).run()
    assert figure(session, "preview") == before


def test_the_first_signals_stand_beside_reals(add_run):
    add_run()
    session = visit("generate")
    traces = figure(session, "preview")["data"]
    assert [trace["name"] for trace in traces] == [f"{kind} {n}" for kind in ("Real", "Fake") for n in range(1, 5)]
    assert [trace["name"] for trace in figure(session, "preview-psd")["data"]] == ["Real", "Fake"]


def test_the_twin_says_how_good_it_is(add_run):
    run = add_run()
    twin = run.load_surrogate()
    text = captions(visit("generate"))
    assert f"at step {twin.step}, its best state" in text
    assert "times as far from real signals" in text
    assert "still training" not in text


def test_a_run_in_progress_has_a_twin_already(live_run):
    session = visit("generate")
    assert is_well(session)
    assert "It is still training." in captions(session)
    assert address(session, "download-fake")["run"] == live_run.id


@pytest.mark.parametrize("state", [State.PAUSED, State.STOPPED, State.FAILED, State.INTERRUPTED], ids=str)
def test_an_ended_run_gives_out_its_best_twin(state, add_run):
    add_run("Mine", state)
    session = visit("generate")
    assert is_well(session)
    assert not session.error
    assert label(session, "download-fake") == "Download 100,000 signals"


def test_without_a_run_one_is_sent_to_train_one():
    session = visit("generate")
    assert "There is no twin yet" in session.info[0].value
    assert links(session) == ["Go to Train"]
    assert not session.number_input


def test_without_a_twin_yet_one_is_told_to_wait(store, tiny_config):
    store.create(tiny_config, "New")
    session = visit("generate")
    assert "“New” has not learned anything yet" in shown(session.info[0].value)
    assert links(session) == ["Go to Train"]
    assert not session.number_input


def test_the_picked_run_gives_the_twin(add_run):
    older = add_run("Older")
    add_run("Newer")
    session = visit("train")
    session.sidebar.selectbox[0].set_value(older.id).run()
    assert address(go(session, "generate"), "download-fake")["run"] == older.id
