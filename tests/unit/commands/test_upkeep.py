import shutil
from pathlib import Path

import pytest

from core.store.runs import RunStore
from tests.unit.commands.outcomes import last_line, refused


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    """A data folder with a finished run."""
    return shutil.copytree(finished.data_dir, tmp_path / "mine")


def test_the_doctor_says_that_all_is_well(command, folder):
    assert command("doctor", "--data", folder) == (0, "1 run, 0 data sets, 0 saved sources: all is well.\n", "")


def test_the_doctor_says_what_is_damaged_what_that_means_and_what_to_do(command, folder):
    (run,) = RunStore(folder).all()
    (run.path / "reals.npy").write_bytes(b"")
    code, out, err = command("doctor", "--data", folder)
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        f"runs/{run.id}/reals.npy (damaged): It cannot be read. The page Train and the replay leave it out. --mend moves it to "
        "set-aside/; a resumed training makes some anew.",
        "1 run, 0 data sets, 0 saved sources: 1 finding.",
    ]
    code, out, _ = command("doctor", "--data", folder, "--json")
    (finding,) = last_line(out)["findings"]
    assert (code, finding["kind"], finding["can_be_mended"], finding["is_mended"]) == (1, "damaged", True, False)

    code, out, _ = command("doctor", "--data", folder, "--mend")
    assert code == 0
    assert out.splitlines()[-1] == "1 run, 0 data sets, 0 saved sources: 1 finding, 1 mended."
    assert command("doctor", "--data", folder)[0] == 0
    assert len(list((folder / "set-aside").glob(f"*/runs/{run.id}/reals.npy"))) == 1


def test_what_cannot_be_mended_now_is_said(command, folder):
    (run,) = RunStore(folder).all()
    (run.path / "reals.npy").write_bytes(b"")
    run.claim()
    code, out, _ = command("doctor", "--data", folder, "--mend")
    run.release()
    assert code == 1
    assert "is being trained already" in out


def test_a_folder_that_is_not_there_is_said(command, tmp_path):
    for name in (["doctor"], ["backup", "b.tar"]):
        assert refused(command(*name, "--data", tmp_path / "gone"))


def test_a_folder_of_runs_that_is_not_there_is_said(command, tmp_path, monkeypatch):
    outcome = command("work", "--data", tmp_path / "gone", "--until-empty")
    assert refused(outcome)
    assert outcome[2] == f"There is no folder {tmp_path / 'gone'}; make it, or let --data name the data folder.\n"
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path / "gone"))
    for line in (["runs"], ["work", "--until-empty"]):
        assert refused(command(*line))
    assert "let WAVETWIN_DATA name" in command("runs")[2]


def test_the_usual_folder_need_not_be_there_yet(command, tmp_path, monkeypatch):
    monkeypatch.delenv("WAVETWIN_DATA")
    monkeypatch.setattr("core.store.paths.ROOT", tmp_path)
    monkeypatch.setattr("core.store.paths.user_data_path", lambda *_, **__: tmp_path / "none")
    assert command("runs") == (0, "There are no runs yet; train one.\n", "")


def test_a_backup_is_written_and_restored(command, folder, tmp_path):
    code, out, _ = command("backup", "b.tar.gz", "--data", folder, "--json")
    assert code == 0
    assert (last_line(out)["runs"], last_line(out)["datasets"]) == (1, 0)
    code, out, _ = command("restore", "b.tar.gz", "--data", tmp_path / "other")
    assert code == 0
    assert out.splitlines()[-1] == "1 run, 0 data sets, 0 saved sources: all is well."
    assert [run.name for run in RunStore(tmp_path / "other").all()] == ["Mine"]


def test_a_backup_that_is_none_is_refused(command, tmp_path):
    (tmp_path / "b.tar").write_text("nothing")
    assert refused(command("restore", "b.tar", "--data", tmp_path / "other"))
    assert refused(command("backup", "b.zip", "--data", tmp_path))
