"""Page Signals: a new table of recordings, from what is dropped to a data set that is the source."""

import json

import numpy as np
import pytest
import streamlit

from core.config import SimulatorConfig
from core.store.datasets import DataSetStore
from tests.pages.sources.uploads import (
    LABELLED,
    LENGTH,
    NUMBERED,
    STATES,
    TIMED,
    N,
    captions,
    dropped,
    errors,
    labelled,
    rated,
    says,
    table,
    understood,
    used,
    waves,
)
from tests.pages.visits import components, figure, is_well, keys, tile_texts


@pytest.fixture
def roles(monkeypatch) -> dict[str, str]:
    """Roles of columns that somebody chooses in the table of columns; empty at first."""
    chosen: dict[str, str] = {}

    def edit(data: dict[str, list[str]], **_: object) -> dict[str, list[str]]:
        pairs = zip(data["Column"], data["Role"], strict=True)
        return data | {"Role": [chosen.get(name, role) for name, role in pairs]}

    monkeypatch.setattr("streamlit.data_editor", edit)
    return chosen


def test_what_was_understood_of_a_table_stands_first_and_an_unknown_rate_blocks_nobody():
    session = dropped(LABELLED)
    assert is_well(session)
    assert not session.error
    assert understood(session) == {
        "Recordings": ("40", "32 samples each"),
        "Channels": ("1", "no names"),
        "Sampling rate": ("not said", "time counts samples until you give it"),
        "Conditions": ("1", "state"),
    }
    assert components(session).index("first-recordings") < components(session).index("understood")
    assert labelled(session.selectbox, "What the table holds").value == "rows"
    assert says(session, "The files do not say the sampling rate, so time counts samples")
    assert used(session).units.time == "samples"
    assert tile_texts(session, "data-set")[5] == "sampling rate not known"
    assert figure(session, "psd")["layout"]["xaxis"]["title"]["text"] == "frequency / (cycles/sample)"


@pytest.fixture
def listed(monkeypatch) -> dict[str, list[str]]:
    """What the table of columns shows."""
    found: dict[str, list[str]] = {}
    edit = streamlit.data_editor
    monkeypatch.setattr("streamlit.data_editor", lambda data, **more: found.update(data) or edit(data, **more))
    return found


def test_each_column_is_listed_with_its_role(roles, listed):
    dropped(LABELLED)
    assert listed["Column"] == ["state", *NUMBERED]
    assert listed["Role"] == ["condition or class", *["samples"] * LENGTH]
    assert listed["First values"][0] == "worn, new, worn"


def test_first_values_are_as_they_were_written_and_nothing_that_spreadsheets_run(roles, listed):
    rows = [f"{i // 60:02}:{i % 60:02},{(-1) ** (i + 1) * i / 2},=1+{i}" for i in range(1200)]
    dropped(("clock.csv", "\n".join(["clock,level,note", *rows]).encode(), "text/csv"))
    assert listed["First values"] == ["0:00, 0:01, 0:02", "0, 0.5, −1", "'=1+0, =1+1, =1+2"]


def test_with_the_rate_given_the_recordings_become_the_source(data_dir):
    session = rated(dropped(LABELLED))
    assert not session.info
    assert len(figure(session, "upload-signals")["data"]) == 12
    assert "40 signals of 32 samples." in captions(session)
    assert session.session_state["source"] == SimulatorConfig()
    source = used(session)
    (kept,) = DataSetStore(data_dir).all()
    assert source == kept.config
    assert (source.name, source.sampling_rate, source.n_signals) == ("beats", 100, 40)
    assert [(column.name, column.classes) for column in source.columns] == [("state", ("new", "worn"))]
    assert json.loads(session.query_params["source"]) == {"kind": "recordings", "dataset": source.dataset}
    np.testing.assert_allclose(DataSetStore(data_dir).load(source).signals[:, 0], waves(), atol=1e-4)


def test_the_drop_zone_is_empty_once_the_recordings_are_kept():
    session = rated(dropped(LABELLED))
    used(session)
    assert not session.file_uploader[0].value
    assert session.subheader[0].value == "beats"
    assert "keep" not in keys(session)


def test_times_in_the_header_are_the_rate():
    session = dropped(("beats.csv", table(TIMED, state=STATES), "text/csv"))
    assert not session.info
    assert used(session).sampling_rate == pytest.approx(50)


def test_name_unit_held_out_share_licence_and_costs_go_along():
    session = rated(dropped(LABELLED))
    labelled(session.text_input, "Name").set_value("Heart").run()
    labelled(session.text_input, "Unit").set_value("mV").run()
    labelled(session.number_input, "Held out share").set_value(0.4).run()
    labelled(session.number_input, "Cost per experiment ($)").set_value(12.0).run()
    labelled(session.text_input, "Licence").set_value("CC BY 4.0").run()
    source = used(session)
    assert (source.name, source.unit, source.held_out_share, source.experiment_cost) == ("Heart", "mV", 0.4, 12)
    assert source.license == "CC BY 4.0"
    assert json.loads(session.query_params["source"])["experiment_cost"] == 12


def test_a_wrongly_guessed_layout_can_be_put_right():
    session = rated(dropped(("waves.csv", table(), "text/csv")))
    assert "40 signals of 32 samples." in captions(session)
    labelled(session.selectbox, "What the table holds").set_value("columns").run()
    assert is_well(session)
    assert understood(session)["Recordings"] == ("32", "40 samples each")
    source = used(rated(session))
    assert (source.n_signals, source.n_samples) == (32, 40)


def test_a_column_that_is_left_out_is_no_condition(roles):
    roles["state"] = "left out"
    session = dropped(LABELLED)
    assert understood(session)["Conditions"] == ("0", "none found")
    assert used(rated(session)).columns == ()


def test_a_column_can_be_the_id(roles):
    roles["code"] = "id of the recording"
    session = dropped(("waves.csv", table(code=[f"A{i}" for i in range(N)], state=STATES), "text/csv"))
    assert errors(session) == []
    assert [column.name for column in used(rated(session)).columns] == ["state"]


def test_roles_that_do_not_go_together_are_said(roles):
    roles["state"] = "samples"
    (error,) = errors(dropped(LABELLED))
    assert "Column “state” of “beats.csv” holds text" in error


def test_text_is_read_as_one_says():
    content = b"Notes: 1; 2; 3\n" + table().replace(b",", b";").replace(b".", b",")
    session = dropped(("waves.csv", content, "text/csv"))
    labelled(session.number_input, "Skip lines").set_value(1)
    labelled(session.selectbox, "Separator").set_value("semicolon")
    labelled(session.selectbox, "Decimal sign").set_value(",")
    labelled(session.text_input, "Encoding").set_value("utf-8").run()
    assert errors(session) == []
    assert understood(session)["Recordings"] == ("40", "32 samples each")


def test_the_unit_of_times_can_be_set():
    rows = [f"{i * 4000},{value:.4f}" for i, value in enumerate(waves().ravel()[:200])]
    session = dropped(("a.csv", "\n".join(["time,x", *rows]).encode(), "text/csv"))
    assert understood(session)["Sampling rate"][0] == "not said"
    labelled(session.selectbox, "Unit of times").set_value("µs").run()
    assert understood(session)["Sampling rate"][0] == "250 Hz"


def test_no_spreadsheet_runs_a_cell_where_a_table_is_saved_as_csv():
    known = {"=name": ["=1+1", "new"] * (N // 2)}
    session = dropped(("waves.csv", table(**known), "text/csv"))
    roles, preview = (table.value for table in session.dataframe)
    assert "'=name" in list(roles["Column"])
    assert list(preview["'=name"][:2]) == ["'=1+1", "new"]
    assert not any(str(cell).startswith("=") for cell in [*roles.to_numpy().ravel(), *preview.to_numpy().ravel()])


def test_a_refusal_opens_the_settings_that_help():
    session = dropped(("waves.csv", b"a,b\n", "text/csv"))
    assert len(errors(session)) == 1
    (box,) = [box for box in session.expander if box.label == "How the file is read"]
    assert box.proto.expanded
    labelled(session.text_input, "Encoding").set_value("no such").run()
    assert any("no such" in error for error in errors(session))


@pytest.mark.parametrize("is_quantity", [True, False])
def test_few_whole_numbers_are_a_quantity_or_classes_as_one_says(is_quantity):
    session = rated(dropped(("waves.csv", table(load=[0, 10] * (N // 2)), "text/csv")))
    labelled(session.multiselect, "Columns that are quantities, not classes").set_value(["load"] * is_quantity).run()
    (column,) = used(session).columns
    assert column.classes == (() if is_quantity else ("0", "10"))
    assert column.maximum == (10 if is_quantity else 0)


def test_a_flaw_is_told_and_dealt_with_as_one_says():
    content = LABELLED[1] + ",".join(["new", *["5"] * LENGTH]).encode() + b"\n"
    session = rated(dropped(("beats.csv", content, "text/csv")))
    assert says(session, "never change")
    assert "40 signals of 32 samples." in captions(session)
    labelled(session.selectbox, "Constant").set_value("keep").run()
    assert "41 signals of 32 samples." in captions(session)


def test_another_length_can_be_given():
    session = rated(dropped(LABELLED))
    labelled(session.toggle, "Change the length").set_value(True).run()
    labelled(session.number_input, "Samples of a signal").set_value(20).run()
    assert errors(session) == []
    assert used(session).n_samples == 20


def test_an_impossible_rate_is_said_and_nothing_can_be_kept():
    session = rated(dropped(LABELLED), -1.0)
    (error,) = errors(session)
    assert "greater than 0" in error
    assert "keep" not in keys(session)
