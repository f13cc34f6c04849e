import hashlib
import io
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import BackupError
from core.store.given_examples import GivenExamples
from core.store.runs import RunStore
from core.store.status import Request, State, Status
from core.upkeep import backup
from core.upkeep.archive import CONTENTS, Contents
from core.upkeep.backup import back_up
from core.upkeep.doctor import examine
from core.upkeep.restore import restore
from tests.unit.trainings import executed

KINDS = ["b.tar", "b.tar.gz", "b.tgz", "b.tar.zst"]


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "lock"
    }


@pytest.fixture
def archive(data_dir, tmp_path) -> Path:
    back_up(data_dir, tmp_path / "b.tar")
    return tmp_path / "b.tar"


@pytest.mark.parametrize("name", KINDS)
def test_all_comes_back(name, data_dir, tmp_path):
    back_up(data_dir, tmp_path / name)
    done = restore(tmp_path / name, tmp_path / "other")
    assert content(tmp_path / "other") == content(data_dir)
    assert sorted(one.split("/")[0] for one in done.restored) == ["datasets", "runs", "sources"]
    assert examine(tmp_path / "other").findings == []


def test_what_is_there_already_and_equal_stays(archive, data_dir):
    before = content(data_dir)
    done = restore(archive, data_dir)
    assert (done.restored, len(done.equal)) == ([], 3)
    assert content(data_dir) == before


def test_what_is_there_and_differs_is_never_replaced_and_nothing_else_restored(archive, run, data_dir):
    run.rename("Renamed since")
    shutil.rmtree(data_dir / "datasets")
    before = content(data_dir)
    with pytest.raises(BackupError, match=rf"runs/{run.id} is in .* already"):
        restore(archive, data_dir)
    assert content(data_dir) == before


def test_examples_that_were_deleted_here_or_there_stay_deleted(archive, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    GivenExamples(other).write(["20250101-120000-0000"])
    restore(archive, other)
    assert GivenExamples(other).ids() == ["20250101-120000-0000", "20260101-120000-0000"]


def test_a_run_that_is_being_trained_comes_back_as_interrupted_and_goes_on_to_the_same_twin(run, data_dir, tmp_path):
    twin = run.surrogate_file.read_bytes()
    run.checkpoints.files()[-1].unlink()
    run.claim()
    run.write_status(Status(state=State.RUNNING, step=50))
    run.request(Request.PAUSE)
    back_up(data_dir, tmp_path / "b.tar")
    run.release()
    restore(tmp_path / "b.tar", tmp_path / "other")
    (restored,) = RunStore(tmp_path / "other").all()
    assert restored.status.state is State.INTERRUPTED
    assert restored.requested() is None
    assert executed(restored).state is State.FINISHED
    assert restored.surrogate_file.read_bytes() == twin


def test_what_is_appended_while_it_is_copied_is_left_out(run, data_dir, tmp_path, monkeypatch):
    before = (run.path / "metrics.jsonl").read_bytes()
    read = backup._Hashed.read

    def append_first(stream, size=-1):
        run.log_metrics(70, {"d_loss": 1.0})
        return read(stream, size)

    monkeypatch.setattr(backup._Hashed, "read", append_first)
    back_up(data_dir, tmp_path / "b.tar")
    restore(tmp_path / "b.tar", tmp_path / "other")
    (restored,) = RunStore(tmp_path / "other").all()
    found = (restored.path / "metrics.jsonl").read_bytes()
    assert found.startswith(before)
    assert len(found) < (run.path / "metrics.jsonl").stat().st_size
    assert restored.metrics["d_loss"][0][:6].tolist() == list(range(10, 61, 10))


def test_a_run_that_is_deleted_while_it_is_copied_is_left_out(run, data_dir, tmp_path, monkeypatch):
    add = backup._add_file

    def delete_first(archive, name, stream):
        if name.endswith("name.txt"):
            RunStore(data_dir).delete(run.id)
        return add(archive, name, stream)

    monkeypatch.setattr(backup, "_add_file", delete_first)
    back_up(data_dir, tmp_path / "b.tar")
    restore(tmp_path / "b.tar", tmp_path / "other")
    assert RunStore(tmp_path / "other").all() == []
    assert examine(tmp_path / "other").findings == []


def test_a_backup_that_cannot_be_written_is_not_there(data_dir, tmp_path):
    with pytest.raises(BackupError, match="could not be written"):
        back_up(data_dir, tmp_path / "no folder" / "b.tar")
    with pytest.raises(BackupError, match="let it end in"):
        back_up(data_dir, tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


# Archives that nobody should trust


def with_entry(archive: Path, entry: tarfile.TarInfo, content: bytes = b"x") -> Path:
    """The archive with something else in it."""
    target = archive.with_name("other.tar")
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        entry.size = len(content) if entry.isfile() else 0
        new.addfile(entry, io.BytesIO(content))
        for one in old:
            new.addfile(one, old.extractfile(one))
    return target


@pytest.mark.parametrize("name", ["../escaped", "runs/../../escaped"])
def test_a_path_that_leads_out_is_refused(name, archive, tmp_path):
    with pytest.raises(BackupError, match="outside of"):
        restore(with_entry(archive, tarfile.TarInfo(name)), tmp_path / "deep" / "other")
    assert list((tmp_path / "deep" / "other").iterdir()) == []
    assert not list(tmp_path.rglob("*escaped"))


def test_a_path_from_the_root_leads_nowhere(archive, tmp_path):
    restore(with_entry(archive, tarfile.TarInfo(f"{tmp_path}/escaped")), tmp_path / "other")
    assert not list(tmp_path.rglob("*escaped"))


@pytest.mark.parametrize("name", ["../examples.json", "sources/../../examples.json", "{data_dir}/examples.json"])
def test_a_list_of_contents_that_leads_out_is_refused(name, data_dir, tmp_path):
    name, before = name.format(data_dir=data_dir), content(data_dir)
    digest = hashlib.sha256(before["examples.json"]).hexdigest()
    contents = Contents(wavetwin="0.1.0", created_at=datetime.now(UTC), files={name: digest}).to_json()
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        entry = tarfile.TarInfo(CONTENTS)
        entry.size = len(contents)
        archive.addfile(entry, io.BytesIO(contents))
    with pytest.raises(BackupError, match=r"names .*examples\.json, which is not in it"):
        restore(tmp_path / "b.tar", data_dir)
    assert content(data_dir) == before


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(kind, archive, tmp_path):
    entry = tarfile.TarInfo("runs/link")
    entry.type, entry.linkname = kind, "/etc/passwd"
    with pytest.raises(BackupError, match="no plain file"):
        restore(with_entry(archive, entry), tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_what_the_list_of_contents_does_not_name_is_not_restored(archive, tmp_path):
    restore(with_entry(archive, tarfile.TarInfo("evil.py")), tmp_path / "other")
    assert not (tmp_path / "other" / "evil.py").exists()


@pytest.mark.parametrize(
    ("list_of_contents", "says"),
    [(None, "was cut off, or is no backup"), (b"{", "no list of contents that can be read")],
)
def test_a_backup_without_a_list_of_contents_is_refused(list_of_contents, says, archive, tmp_path):
    target = tmp_path / "other.tar"
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        for one in old:
            content = old.extractfile(one).read() if one.name != CONTENTS else list_of_contents
            if content is not None:
                one.size = len(content)
                new.addfile(one, io.BytesIO(content))
    with pytest.raises(BackupError, match=says):
        restore(target, tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_backup_that_lacks_a_file_of_its_list_is_refused(archive, tmp_path):
    target = tmp_path / "other.tar"
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        for one in old:
            if not one.name.endswith("name.txt"):
                new.addfile(one, old.extractfile(one))
    with pytest.raises(BackupError, match=r"names runs/.*/name.txt, which is not in it"):
        restore(target, tmp_path / "other")


def test_a_list_of_examples_that_cannot_be_read_stays_and_the_rest_comes_back(archive, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "examples.json").write_text("{")
    assert len(restore(archive, other).restored) == 3
    assert (other / "examples.json").read_text() == "{"


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_backup_that_was_cut_off_is_refused(name, share, data_dir, tmp_path):
    back_up(data_dir, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BackupError, match=rf"{name} (is incomplete, or is no backup \(|was cut off)"):
        restore(tmp_path / name, tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_single_wrong_bit_in_a_backup_is_found(archive, tmp_path):
    content = bytearray(archive.read_bytes())
    place = content.index(b"\x93NUMPY") + 200
    content[place] ^= 1
    archive.write_bytes(content)
    with pytest.raises(BackupError, match="is damaged"):
        restore(archive, tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_backup_that_is_not_there_is_said(tmp_path):
    with pytest.raises(BackupError, match="No such file"):
        restore(tmp_path / "b.tar", tmp_path / "other")
