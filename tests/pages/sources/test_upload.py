"""Page Signals: new files of recordings, from what is dropped to a data set that is the source."""

import io
import json

import numpy as np
import pytest
import soundfile

from core.config import RecordingsConfig, SimulatorConfig
from core.store.datasets import DataSetStore
from tests.pages.visits import components, figure, is_well, keys, markdown, shown, visit

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


# Tables


def test_a_table_is_guessed_and_its_rate_asked_for():
    session = dropped(LABELLED)
    assert is_well(session)
    assert not session.error
    assert session.radio[0].value == "rows"
    assert labelled(session.multiselect, "Known of each signal").value == ["state"]
    assert "Read: 40 recordings of 32 samples." in captions(session)
    (info,) = session.info
    assert "The files do not say how many samples there are in a second: give that above." in info.value
    assert "keep" not in keys(session)
    assert "upload-signals" not in components(session)


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


def test_name_unit_held_out_share_and_costs_go_along():
    session = rated(dropped(LABELLED))
    labelled(session.text_input, "Name").set_value("Heart").run()
    labelled(session.text_input, "Unit").set_value("mV").run()
    labelled(session.number_input, "Held out share").set_value(0.4).run()
    labelled(session.number_input, "Experiment cost ($)").set_value(12.0).run()
    source = used(session)
    assert (source.name, source.unit, source.held_out_share, source.experiment_cost) == ("Heart", "mV", 0.4, 12)
    assert json.loads(session.query_params["source"])["experiment_cost"] == 12


def test_a_wrongly_guessed_layout_can_be_put_right():
    session = rated(dropped(("waves.csv", table(), "text/csv")))
    assert "40 signals of 32 samples." in captions(session)
    session.radio[0].set_value("columns").run()
    assert is_well(session)
    assert "Read: 32 recordings of 40 samples." in captions(session)
    source = used(rated(session))
    assert (source.n_signals, source.n_samples) == (32, 40)


def test_a_layout_that_does_not_go_together_is_said_until_it_does():
    session = dropped(LABELLED)
    session.radio[0].set_value("columns").run()
    assert errors(session) == ["Where each column is a signal, column “state” cannot say something of each; ignore it."]
    labelled(session.multiselect, "Known of each signal").set_value([]).run()
    labelled(session.multiselect, "Left out").set_value(["state"]).run()
    assert errors(session) == []
    assert "Read: 32 recordings of 40 samples." in captions(session)


def test_a_column_that_is_left_out_is_not_known():
    session = dropped(LABELLED)
    labelled(session.multiselect, "Known of each signal").set_value([]).run()
    labelled(session.multiselect, "Left out").set_value(["state"]).run()
    assert used(rated(session)).columns == ()


def test_a_column_can_be_the_id():
    session = dropped(("waves.csv", table(code=[f"A{i}" for i in range(N)], state=STATES), "text/csv"))
    labelled(session.multiselect, "Known of each signal").set_value(["state"]).run()
    labelled(session.selectbox, "Id of the signal").set_value("code").run()
    assert errors(session) == []
    assert [column.name for column in used(rated(session)).columns] == ["state"]


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
    assert not session.radio
    assert "Read: 2 recordings of 8,000 samples in 2 channels, 8,000 samples a second." in captions(session)
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
    [(3, "greater than or equal to 16"), (500, "a data set needs at least 20"), (10_000, "less than or equal to 4096")],
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


def test_another_rate_is_resampled_to():
    session = rated(dropped(SOUND), 4000.0)
    assert errors(session) == []
    assert says(session, "resampled to 4,000 Hz")
    assert used(session).sampling_rate == 4000


# Several files


def test_bad_files_get_their_sentence_and_the_others_go_on():
    empty = ("empty.csv", b"", "text/csv")
    session = dropped(BROKEN, LABELLED, empty)
    assert errors(session) == [
        "“broken.wav” is not a whole WAV or FLAC file; save it again as one of them.",
        "“empty.csv” is empty; give a file with recordings in it.",
    ]
    assert "Read: 40 recordings of 32 samples." in captions(session)
    rated(session).button(key="keep").click().run()
    assert session.session_state["source"].n_signals == 40


def test_where_no_file_can_be_read_there_is_only_its_sentence():
    session = dropped(BROKEN)
    assert len(errors(session)) == 1
    assert not session.radio
    assert not session.main.toggle
    assert keys(session) == set()


def test_several_tables_make_one_data_set():
    session = rated(dropped(LABELLED, ("more.csv", table(seed=1, state=STATES), "text/csv")))
    assert "Read: 80 recordings of 32 samples." in captions(session)
    source = used(session)
    assert (source.n_signals, source.columns[0].classes) == (80, ("new", "worn"))


def test_files_of_one_name_are_different_files():
    session = dropped(SOUND, (SOUND[0], sound(1), SOUND[2]))
    assert errors(session) == []
    assert says(session, "Read: 2 recordings of 8,000 samples")


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (("other.csv", table(group=STATES), "text/csv"), "“other.csv” has no column named “state”"),
        (SOUND, "“left.wav” has 2 channels and “beats.csv, row 1” has 1; give files with the same channels."),
    ],
)
def test_files_that_do_not_go_together_are_said(other, sentence):
    (error,) = errors(dropped(LABELLED, other))
    assert sentence in error


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
