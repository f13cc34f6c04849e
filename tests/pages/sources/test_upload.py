"""Page Signals: new files of recordings, from what is dropped to a data set that is the source."""

import io
import json

import numpy as np
import pytest
import soundfile
import streamlit

from core.config import RecordingsConfig, SimulatorConfig
from core.store.datasets import DataSetStore
from tests.pages.visits import components, figure, is_well, keys, markdown, shown, tile_texts, visit

N, LENGTH = 40, 32
NUMBERED = [f"s{i}" for i in range(LENGTH)]
TIMED = [f"t={i / 50:g} s" for i in range(LENGTH)]
RATE = "Samples per second (Hz)"
UGLY = "<b>x</b> $y$ **z** ![i](x)"


def waves(seed: int = 0) -> np.ndarray:
    """Forty sines in noise."""
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 6, (N, 1))
    return 5 + np.sin(np.arange(LENGTH) / 3 + phases) + 0.1 * rng.normal(size=(N, LENGTH))


def table(header: list[str] = NUMBERED, seed: int = 0, **known: list[object]) -> bytes:
    """CSV with a signal in each row, behind what is known of it."""
    rows = [[*known, *header]]
    rows += [[*about, *signal.round(4)] for *about, signal in zip(*known.values(), waves(seed), strict=True)]
    return "".join(",".join(map(str, row)) + "\n" for row in rows).encode()


def sound(seed: int = 0, n_samples: int = 8000) -> bytes:
    """WAV of two channels."""
    content = io.BytesIO()
    values = np.random.default_rng(seed).uniform(-0.5, 0.5, (n_samples, 2))
    soundfile.write(content, values, 8000, format="WAV")
    return content.getvalue()


STATES = ["worn", "new"] * (N // 2)
LABELLED = ("beats.csv", table(state=STATES), "text/csv")
SOUND = ("left.wav", sound(), "audio/wav")
BROKEN = ("broken.wav", b"RIFF and nothing else", "audio/wav")


def dropped(*files: tuple[str, bytes, str]):
    """A new session in which files were dropped."""
    session = visit("signals")
    session.segmented_control(key="source-kind").set_value("Recordings").run()
    session.file_uploader[0].set_value(list(files))
    return session.run()


def labelled(elements, label: str):
    """The widget with that label."""
    return next(element for element in elements if element.label == label)


def rated(session, rate: float = 100.0):
    """The same once the sampling rate was given."""
    labelled(session.number_input, RATE).set_value(rate).run()
    return session


def used(session) -> RecordingsConfig:
    """Keep what came of the files; the source then."""
    session.button(key="keep").click().run()
    assert is_well(session)
    assert not session.error
    return session.session_state["source"]


def says(session, sentence: str) -> bool:
    return any(sentence in shown(text) for text in markdown(session))


def captions(session) -> list[str]:
    return [shown(caption.value) for caption in session.caption]


def errors(session) -> list[str]:
    assert is_well(session)
    return [shown(error.value) for error in session.error]


@pytest.fixture
def roles(monkeypatch) -> dict[str, str]:
    """Roles of columns that somebody chooses in the table of columns; empty at first."""
    chosen: dict[str, str] = {}

    def edit(data: dict[str, list[str]], **_: object) -> dict[str, list[str]]:
        pairs = zip(data["Column"], data["Role"], strict=True)
        return data | {"Role": [chosen.get(name, role) for name, role in pairs]}

    monkeypatch.setattr("streamlit.data_editor", edit)
    return chosen


def understood(session) -> dict[str, tuple[str, str]]:
    """The tiles of what was understood: the value and what it means, by the label."""
    texts = tile_texts(session, "understood")
    return dict(zip(texts[::3], zip(texts[1::3], texts[2::3], strict=True), strict=True))


# Tables


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


def test_each_column_is_listed_with_its_role(roles, monkeypatch):
    listed = {}
    edit = streamlit.data_editor
    monkeypatch.setattr("streamlit.data_editor", lambda data, **more: listed.update(data) or edit(data, **more))
    dropped(LABELLED)
    assert listed["Column"] == ["state", *NUMBERED]
    assert listed["Role"] == ["condition or class", *["samples"] * LENGTH]
    assert listed["First values"][0] == "worn, new, worn"


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
    labelled(session.number_input, "Experiment cost ($)").set_value(12.0).run()
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


# Sound


def test_windows_are_suggested_for_sound():
    session = dropped(SOUND, ("right.wav", sound(1), "audio/wav"))
    assert is_well(session)
    assert not session.info
    assert not [box for box in session.selectbox if box.label == "What the table holds"]
    assert understood(session)["Recordings"] == ("2", "8,000 samples each")
    assert understood(session)["Sampling rate"][0] == "8,000 Hz"
    assert labelled(session.toggle, "Cut into windows").value
    window = labelled(session.number_input, "Window (samples)").value
    assert f"{2 * (8000 // window):,} signals of {window} samples in 2 channels." in captions(session)


@pytest.mark.parametrize(
    ("window", "hop", "offset", "n"),
    [
        (100, 100, 0, 80),
        (100, 200, 0, 40),
        (200, 200, 1000, 35),
    ],
)
def test_windows_are_cut_as_one_says(window, hop, offset, n):
    session = dropped(SOUND)
    labelled(session.number_input, "Window (samples)").set_value(window)
    labelled(session.number_input, "Next one after (samples)").set_value(hop)
    labelled(session.number_input, "Leave out first (samples)").set_value(offset).run()
    assert errors(session) == []
    assert f"{n} signals of {window} samples in 2 channels." in captions(session)
    source = used(session)
    assert (source.n_signals, source.n_samples, source.n_channels) == (n, window, 2)


@pytest.mark.parametrize(
    ("window", "says"),
    [
        (3, "greater than or equal to 16"),
        (500, "a data set needs at least 20"),
        (20_000, "less than or equal to 16384"),
    ],
)
def test_windows_that_give_no_data_set_are_said(window, says):
    session = dropped(SOUND)
    labelled(session.number_input, "Window (samples)").set_value(window)
    labelled(session.number_input, "Next one after (samples)").set_value(500).run()
    (error,) = errors(session)
    assert says in error
    assert "keep" not in keys(session)


def test_few_long_recordings_are_no_signals_as_they_are():
    session = dropped(SOUND)
    labelled(session.toggle, "Cut into windows").set_value(False).run()
    (error,) = errors(session)
    assert "give more recordings, or cut long ones into windows" in error


def test_each_channel_of_new_recordings_can_be_looked_at():
    session = dropped(SOUND)
    before = figure(session, "upload-signals")
    session.selectbox(key="upload-channel").set_value(2).run()
    assert is_well(session)
    assert figure(session, "upload-signals") != before


def test_a_rate_by_hand_stands_in_place_of_the_one_that_was_read_and_nothing_is_resampled():
    session = rated(dropped(SOUND), 4000.0)
    assert errors(session) == []
    assert says(session, "The files say 8,000 Hz; taken to be 4,000 Hz")
    assert not says(session, "resampled to 4,000 Hz")
    assert used(session).sampling_rate == 4000


# Several files


def test_bad_files_get_their_sentence_and_the_others_go_on():
    empty = ("empty.csv", b"", "text/csv")
    session = dropped(BROKEN, LABELLED, empty)
    assert errors(session) == [
        "“broken.wav” is not a whole WAV or FLAC file; save it again as one of them.",
        "“empty.csv” is empty; give a file with recordings in it.",
    ]
    assert understood(session)["Recordings"] == ("40", "32 samples each")
    rated(session).button(key="keep").click().run()
    assert session.session_state["source"].n_signals == 40


def test_where_no_file_can_be_read_there_is_only_its_sentence():
    session = dropped(BROKEN)
    assert len(errors(session)) == 1
    assert not session.main.toggle
    assert keys(session) == set()


def test_several_tables_make_one_data_set():
    session = rated(dropped(LABELLED, ("more.csv", table(seed=1, state=STATES), "text/csv")))
    assert understood(session)["Recordings"] == ("80", "32 samples each")
    source = used(session)
    assert (source.n_signals, source.columns[0].classes) == (80, ("new", "worn"))


def test_files_of_one_name_are_different_files():
    session = dropped(SOUND, (SOUND[0], sound(1), SOUND[2]))
    assert errors(session) == []
    assert understood(session)["Recordings"] == ("2", "8,000 samples each")


def test_files_that_do_not_go_together_are_said():
    (error,) = errors(dropped(LABELLED, SOUND))
    assert "“left.wav” has 2 channels and “beats.csv, row 1” has 1; give files with the same channels." in error


def test_without_files_the_kept_data_sets_are_back():
    session = rated(dropped(LABELLED))
    used(session)
    session.file_uploader[0].set_value([SOUND]).run()
    assert not [box for box in session.selectbox if box.key == "chosen-set"]
    session.file_uploader[0].set_value(None).run()
    assert is_well(session)
    assert session.selectbox(key="chosen-set").options == ["beats"]


# Where things go wrong


def test_names_in_files_are_shown_as_they_are():
    session = rated(dropped((f"{UGLY}.csv".replace("/", ""), table(**{UGLY: STATES}), "text/csv"), BROKEN))
    used_name = labelled(session.text_input, "Name").value
    session.button(key="keep").click().run()
    assert is_well(session)
    assert session.session_state["source"].name == used_name
    assert not [text for text in markdown(session) if "$y$" in text or "**z**" in text or "![i]" in text]


def test_recordings_that_cannot_be_kept_are_said_and_still_there(data_dir):
    (data_dir / "datasets").write_text("a file where a folder should be")
    session = rated(dropped(LABELLED))
    session.button(key="keep").click().run()
    (error,) = errors(session)
    assert "Nothing can be written in" in error
    assert session.session_state["source"] == SimulatorConfig()
    assert "upload-signals" in components(session)
    assert "keep" in keys(session)
