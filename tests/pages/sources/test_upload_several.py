"""Page Signals: several new files together, and where things go wrong."""

from core.config import SimulatorConfig
from tests.pages.sources.uploads import (
    BROKEN,
    LABELLED,
    SOUND,
    STATES,
    UGLY,
    dropped,
    errors,
    labelled,
    rated,
    sound,
    table,
    understood,
    used,
)
from tests.pages.visits import components, is_well, keys, markdown


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
