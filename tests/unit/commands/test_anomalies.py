import numpy as np
import pytest

from core.generation import anomaly
from tests.conftest import pumps
from tests.unit.commands.outcomes import last_line


@pytest.fixture
def files(tmp_path, unbalanced, monkeypatch):
    """Two recordings of two channels, of which the second is faulty."""
    monkeypatch.setenv("WAVETWIN_DATA", str(unbalanced.data_dir))
    monkeypatch.setattr(anomaly, "N_STARTS", 64)
    monkeypatch.setattr(anomaly, "N_STEPS", 5)
    good, bad = pumps(4).signals[:2]
    bad = bad + np.float32(60)
    paths = [tmp_path / "good.csv", tmp_path / "bad.csv"]
    for path, signal in zip(paths, (good, bad), strict=True):
        np.savetxt(path, signal.T, delimiter=",", header="left,right", comments="")
    return paths


def test_anomalies_are_listed_the_most_unlike_first(command, files, unbalanced):
    code, out, _ = command("anomalies", "--run", unbalanced.id, *files, "--false-alarms", 0.05)
    assert code == 0
    lines = out.splitlines()
    assert "1 of 2 windows unlike the source." in lines
    assert lines[-1].strip().startswith("bad.csv from 0 s: score ")


def test_a_program_gets_all_windows(command, files, unbalanced):
    code, out, _ = command("anomalies", "--run", unbalanced.id, *files, "--json")
    found = last_line(out)
    assert code == 0
    assert [one["is_anomaly"] for one in found["windows"]] == [False, True]
    assert (found["run_id"], found["n_reals"], found["asked_rate"]) == (unbalanced.id, 90, 0.01)
    assert found["false_alarm_rate"] == pytest.approx(1 / 91)
    assert found["time_unit"] == "s"


@pytest.mark.parametrize("share", ["0", "1", "-1"])
def test_an_impossible_share_is_told_in_a_sentence(share, command, files, unbalanced):
    code, _, said = command("anomalies", "--run", unbalanced.id, *files, "--false-alarms", share)
    assert code == 2
    assert "give one between 0 and 1" in said


def test_a_file_that_does_not_fit_is_told_in_a_sentence(command, files, unbalanced, tmp_path):
    np.savetxt(tmp_path / "one.csv", np.arange(64.0)[:, None], header="left", comments="")
    code, _, said = command("anomalies", "--run", unbalanced.id, tmp_path / "one.csv")
    assert code == 2
    assert "the twin’s signals have 2" in said
