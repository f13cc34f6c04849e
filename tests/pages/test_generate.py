import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from core.config import changed
from core.generation.export import FORMATS, Kind
from core.jobs.training import train
from core.signals.faults import FaultSettings
from core.store.datasets import DataSetStore
from core.store.status import State
from tests.conftest import pumps
from tests.pages.visits import components, data_of, figure, go, is_well, links, shown, tile_texts, visit


def address(session, key: str, path: str = "") -> dict[str, str]:
    """What the server is asked for by a download button."""
    parts = urlsplit(data_of(session, key)["address"])
    assert parts.path == f"/api/signals{path}"
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


def test_how_large_the_file_is_stands_below_the_button(add_run):
    add_run()
    session = visit("generate")
    assert "The file is about" in captions(session)
    session.number_input(key="count").set_value(1)
    session.selectbox(key="format-TABLES").set_value("csv.gz").run()
    assert re.search(r"The file is about [\d.,]+ (B|kB)\.", captions(session))


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
    session.button(key="most").click().run()
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
    assert f"at step {twin.step}, not judged yet" in text
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


# Planted faults


def test_names_of_columns_are_shown_literally(data_dir, tiny_config):
    data = pumps()
    strange = (data.columns[0], data.columns[1].model_copy(update={"name": "a` ![x](https://example.org/x.png) `"}))
    source = DataSetStore(data_dir).keep(replace(data, columns=strange))
    train(changed(tiny_config, source=source.model_dump(), conditions=(strange[1].name,)), "Pumps", data_dir)
    (text,) = [one.value for one in visit("generate").markdown if "Before the samples come" in one.value]
    assert r"“a\` \!\[x\]\(https\:" in text


def with_faults(session):
    session.toggle(key="plant").set_value(True).run()
    assert is_well(session)
    return session


def test_faults_are_folded_until_they_are_wanted(add_run):
    add_run()
    session = visit("generate")
    assert "faults" not in components(session)
    assert "faults" not in address(session, "download-fake")
    assert not session.multiselect


def test_what_is_planted_is_what_is_downloaded(add_run):
    add_run()
    session = with_faults(visit("generate"))
    session.multiselect(key="fault-kinds").set_value(["stuck", "missing"])
    session.number_input(key="fault-share").set_value(0.2).run()
    settings = FaultSettings(kinds=("stuck", "missing"), share=0.2)
    for key, path in (("download-fake", ""), ("download-real", ""), ("download-marks", "/faulty.csv")):
        assert FaultSettings.model_validate_json(address(session, key, path)["faults"]) == settings
    assert label(session, "download-marks") == "Which samples are faulty (CSV)"


def test_a_picture_shows_each_fault_before_and_after(add_run):
    run = add_run()
    session = with_faults(visit("generate"))
    traces = figure(session, "faults")["data"]
    assert [trace["name"] for trace in traces] == 3 * ["before", "with the fault", "marked as faulty"]
    titles = [note["text"] for note in figure(session, "faults")["layout"]["annotations"]]
    assert [title.split("</b>")[0] for title in titles] == ["<b>Noise", "<b>Drift", "<b>Spikes"]
    before = figure(session, "faults")
    session.number_input(key="fault-strength").set_value(3).run()
    assert figure(session, "faults") != before
    assert "without the faults" in captions(session)
    assert run.id in address(session, "download-fake")["run"]


def test_marks_need_no_file_of_their_own_where_the_file_holds_them(add_run):
    add_run()
    session = with_faults(visit("generate"))
    session.segmented_control(key="kind").set_value(Kind.ARRAYS).run()
    session.selectbox(key="format-ARRAYS").set_value("npz").run()
    assert "download-marks" not in components(session)


def test_without_a_kind_no_faults_are_planted(add_run):
    add_run()
    session = with_faults(visit("generate"))
    session.multiselect(key="fault-kinds").set_value([]).run()
    assert is_well(session)
    assert "Choose at least one fault" in captions(session)
    assert "faults" not in address(session, "download-fake")


def test_settings_and_formats_that_cannot_be_are_told(add_run):
    add_run()
    session = with_faults(visit("generate"))
    session.multiselect(key="fault-kinds").set_value(["missing"])
    session.segmented_control(key="kind").set_value(Kind.INSTRUMENTS).run()
    session.selectbox(key="format-INSTRUMENTS").set_value("wav").run()
    assert "no missing values" in session.warning[0].value
    session.number_input(key="fault-share").set_value(0.0).run()
    assert is_well(session)
    assert "Share" in session.error[0].value


def test_a_fault_too_rare_to_be_seen_is_said_to_be(add_run):
    add_run()
    session = with_faults(visit("generate"))
    session.number_input(key="fault-share").set_value(0.000001).run()
    assert "None of the first 512 signals has a fault" in session.info[0].value


def test_the_card_is_a_click_away(add_run):
    run = add_run()
    text = captions(visit("generate"))
    assert "The card of these signals goes with the file" in text
    for ending in ("md", "json"):
        assert f"(/api/signals/card.{ending}?run={run.id}&count=100000" in text
