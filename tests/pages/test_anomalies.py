import base64
import shutil

import numpy as np
import pytest

from core.errors import SignalFileError
from core.generation import anomaly
from core.store.run import Run
from tests.conftest import pumps
from tests.pages.visits import components, figure, is_well, links, shown, tile_texts, visit


@pytest.fixture
def run(data_dir, unbalanced, monkeypatch) -> Run:
    """A run of recordings of two channels below the data directory of the pages."""
    monkeypatch.setattr(anomaly, "N_STARTS", 64)
    monkeypatch.setattr(anomaly, "N_STEPS", 5)
    shutil.copytree(unbalanced.data_dir, data_dir, dirs_exist_ok=True)
    return Run(data_dir / "runs" / unbalanced.id)


def dropped(*signals: np.ndarray):
    """The page with files of recordings, (n_channels, n_samples) each."""
    session = visit("anomalies")
    files = [
        (f"{i}.csv", ("left,right\n" + "\n".join(",".join(map(str, row)) for row in one.T)).encode(), "text/csv")
        for i, one in enumerate(signals)
    ]
    session.file_uploader[0].set_value(files)
    return session.run()


def test_without_files_one_is_told_what_to_do(run):
    session = visit("anomalies")
    assert is_well(session)
    assert "Drop recordings" in session.info[0].value
    assert components(session) == []


def test_a_faulty_recording_is_found_and_shown(run):
    good, bad = pumps(4).signals[:2]
    session = dropped(good, bad + np.float32(60))
    assert is_well(session)
    assert tile_texts(session, "anomaly-tiles")[1::3] == ["2", "1", "1.1 %", "90"]
    usual, found = figure(session, "anomaly-scores")["data"]
    assert (len(usual["x"]), found["x"], found["customdata"]) == (1, [2], ["1.csv"])
    signal, nearest, strip = figure(session, "anomaly-window")["data"]
    assert (signal["name"], nearest["name"]) == ("signal", "nearest fake")
    assert np.shape(strip["z"]) == (2, 32)
    text = " ".join(shown(caption.value) for caption in session.caption)
    assert "For 1 %, as asked, there are too few of them" in text
    assert "counts as **an anomaly**" in text


@pytest.mark.parametrize("channel", [0, 1])
def test_the_channel_that_differs_most_is_shown_first(run, channel):
    bad = pumps(4).signals[0].copy()
    bad[channel] += 60
    session = dropped(bad)
    signal, *_ = figure(session, "anomaly-window")["data"]
    shown_values = np.frombuffer(base64.b64decode(signal["y"]["bdata"]), signal["y"]["dtype"])
    np.testing.assert_allclose(shown_values, bad[channel], rtol=1e-4)


def test_another_rate_of_false_alarms_sets_another_threshold(run):
    session = dropped(*pumps(4).signals[:2])
    before = figure(session, "anomaly-scores")["layout"]["shapes"][0]["y0"]
    session.selectbox(key="false-alarms").set_value(0.1).run()
    assert is_well(session)
    assert figure(session, "anomaly-scores")["layout"]["shapes"][0]["y0"] < before


def test_faults_can_be_planted_to_try_it(run):
    session = visit("anomalies", **{"look-at": "Planted faults"})
    assert is_well(session)
    assert tile_texts(session, "anomaly-tiles")[1] == "24"
    assert tile_texts(session, "anomaly-tiles")[-2] == "66"  # the other 24 are looked at
    assert "that the twin never saw, about half with a planted fault" in session.caption[0].value
    names = [name for trace in figure(session, "anomaly-scores")["data"] for name in trace["customdata"]]
    assert 0 < sum("no fault" in name for name in names) < 24
    before = figure(session, "anomaly-scores")
    session.number_input(key="planted-seed").set_value(1).run()
    assert figure(session, "anomaly-scores") != before


def test_what_does_not_fit_is_told_in_a_sentence(run):
    session = dropped(pumps(4).signals[0][:, :10])
    assert is_well(session)
    assert "give longer recordings" in shown(session.error[0].value)


def test_what_goes_wrong_later_is_told_in_a_sentence(run, monkeypatch):
    def fail(*_, **__):
        raise SignalFileError("It cannot be compared.")

    monkeypatch.setattr("core.jobs.anomalies.find", fail)
    session = dropped(pumps(8).signals[7])
    assert is_well(session)
    assert "It cannot be compared" in shown(session.error[0].value)


def test_a_simulated_source_has_anomalies_as_well(add_run, monkeypatch):
    monkeypatch.setattr(anomaly, "N_STARTS", 64)
    monkeypatch.setattr(anomaly, "N_STEPS", 5)
    monkeypatch.setattr("core.jobs.anomalies.N_CALIBRATION", 100)
    add_run()
    session = visit("anomalies", **{"look-at": "Planted faults"})
    assert is_well(session)
    assert tile_texts(session, "anomaly-tiles")[-2] == "76"  # the others are looked at


def test_without_a_twin_one_is_sent_to_train():
    session = visit("anomalies")
    assert "no twin to compare with" in session.info[0].value
    assert links(session) == ["Go to Train"]
