import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.store import atomic

ROOT = Path(__file__).parents[3]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "content", [b"caf\xc3\xa9", "café", iter([b"caf", b"\xc3\xa9"])], ids=["bytes", "text", "pieces"]
)
def test_a_file_is_written_from_bytes_text_or_pieces(content, tmp_path):
    assert atomic.write(tmp_path / "a", content) == 5
    assert (tmp_path / "a").read_text("utf-8") == "café"
    assert names(tmp_path) == ["a"]


def test_an_array_comes_back(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    atomic.write_array(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), array)
    assert names(tmp_path) == ["a.npy"]


def test_what_goes_wrong_leaves_the_file_as_it_was(tmp_path):
    def pieces() -> Iterator[bytes]:
        yield b"new"
        assert (tmp_path / "a").read_text() == "old"
        raise ZeroDivisionError

    (tmp_path / "a").write_text("old")
    with pytest.raises(ZeroDivisionError):
        atomic.write(tmp_path / "a", pieces())
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_a_missing_folder_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        atomic.write(tmp_path / "gone" / "a", b"")
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["x" * 255, "😀" * 63])
def test_a_name_may_be_as_long_as_the_system_allows(name, tmp_path):
    atomic.write(tmp_path / name, b"a")
    assert names(tmp_path) == [name]


def test_many_writers_of_one_file_are_in_nobodys_way(tmp_path):
    texts = [str(number) * 10_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: atomic.write(tmp_path / "a", text), texts * 5))
    assert (tmp_path / "a").read_text() in texts
    assert names(tmp_path) == ["a"]


def test_machines_whose_processes_have_the_same_numbers_do_not_write_to_one_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    with atomic.new_file(path) as file:
        file.write(b"here")
        monkeypatch.setattr(atomic, "MACHINE", "0" * 8)
        atomic.write(path, b"elsewhere")
        assert path.read_bytes() == b"elsewhere"
        monkeypatch.undo()
    assert path.read_bytes() == b"here"
    assert list(tmp_path.iterdir()) == [path]


def test_whether_a_writer_elsewhere_lives_is_not_known_here():
    dead = 2**22 + 1  # a number that no process has
    assert atomic.has_writer(Path(f".file.{'0' * 8}.{dead}-1.wavetwin-part"))
    assert not atomic.has_writer(Path(f".file.{atomic.MACHINE}.{dead}-1.wavetwin-part"))


def test_a_writer_of_another_person_lives(monkeypatch):
    def kill(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    assert atomic.has_writer(Path(f".file.{atomic.MACHINE}.1-1.wavetwin-part"))


def test_file_and_folder_are_forced_to_disk_and_the_file_before_it_has_its_name(tmp_path, monkeypatch):
    forced = []

    def fsync(descriptor: int) -> None:
        forced.append((os.path.samestat(os.fstat(descriptor), tmp_path.stat()), (tmp_path / "a").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    atomic.write(tmp_path / "a", b"content")
    assert forced == [(False, False), (True, True)]


# Folders


def test_a_folder_is_there_once_it_is_whole(tmp_path):
    with atomic.new_folder(tmp_path / "deep" / "whole") as folder:
        atomic.write(folder / "a", "1")
        assert not (tmp_path / "deep" / "whole").exists()
    assert names(tmp_path / "deep" / "whole") == ["a"]
    assert names(tmp_path / "deep") == ["whole"]


def test_a_folder_that_could_not_be_filled_is_not_there(tmp_path):
    def fill() -> None:
        with atomic.new_folder(tmp_path / "whole") as folder:
            atomic.write(folder / "a", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill()
    assert names(tmp_path) == []


def test_a_folder_takes_nobodys_place(tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "theirs").touch()
    with pytest.raises(OSError, match="whole"), atomic.new_folder(tmp_path / "whole") as folder:
        atomic.write(folder / "mine", "1")
    assert names(tmp_path) == ["whole"]
    assert names(tmp_path / "whole") == ["theirs"]


def test_what_is_renamed_takes_nobodys_place(tmp_path):
    for name in ("mine", "theirs"):
        (tmp_path / name).write_text(name)
    with pytest.raises(FileExistsError, match="theirs"):
        atomic.rename(tmp_path / "mine", tmp_path / "theirs")
    assert (tmp_path / "theirs").read_text() == "theirs"
    atomic.rename(tmp_path / "mine", tmp_path / "deep" / "mine")
    assert (tmp_path / "deep" / "mine").read_text() == "mine"
    assert names(tmp_path) == ["deep", "theirs"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_gets_another_name_also_where_the_system_has_no_links(has_links, tmp_path, monkeypatch):
    def link(*_: object) -> None:
        raise PermissionError

    if not has_links:
        monkeypatch.setattr(os, "link", link)
    (tmp_path / "a").write_text("content")
    atomic.adopt(tmp_path / "b", tmp_path / "a")
    assert (tmp_path / "a").samefile(tmp_path / "b") == has_links
    assert (tmp_path / "b").read_text() == "content"
    assert names(tmp_path) == ["a", "b"]


def test_a_deleted_folder_is_gone_also_where_deleting_stops_half_way(tmp_path, monkeypatch):
    (tmp_path / "doomed").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        atomic.remove_folder(tmp_path / "doomed")
    assert not (tmp_path / "doomed").exists()
    with pytest.raises(FileNotFoundError):
        atomic.remove_folder(tmp_path / "doomed")


# What crashed writers leave behind


def test_what_crashed_writers_left_behind_is_removed_an_hour_later(tmp_path):
    script = """if True:
        import os, sys
        from pathlib import Path
        from core.store import atomic
        folder = Path(sys.argv[1])
        def pieces():
            yield b"half"
            with atomic.new_folder(folder / "whole") as building:
                (building / "a").touch()
                os._exit(9)
        atomic.write(folder / "a", pieces())
    """
    crashed = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=False)
    assert crashed.returncode == 9
    (tmp_path / ".mine.1-2.part").touch()
    left = names(tmp_path)
    assert len(left) == 3

    atomic.write(tmp_path / "b", b"")  # perhaps they are still being written
    assert names(tmp_path) == sorted([*left, "b"])

    for path in [*(tmp_path / name for name in left), *tmp_path.glob("*/*")]:
        os.utime(path, (0, time.time() - atomic.ABANDONED_AFTER - 1))
    atomic.write(tmp_path / "c", b"")
    assert names(tmp_path) == [".mine.1-2.part", "b", "c"]
