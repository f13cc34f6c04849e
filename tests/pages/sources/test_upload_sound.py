"""Page Signals: new sound, which is cut into windows."""

import pytest

from tests.pages.sources.uploads import SOUND, captions, dropped, errors, labelled, rated, says, sound, understood, used
from tests.pages.visits import figure, is_well, keys


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
    labelled(session.number_input, "Hop (samples)").set_value(hop)
    labelled(session.number_input, "Offset (samples)").set_value(offset).run()
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
    labelled(session.number_input, "Hop (samples)").set_value(500).run()
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
