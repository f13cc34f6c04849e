import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import RunFileError, RunNotFoundError
from core.store.paths import default_data_dir
from core.store.run import MAX_NAME
from core.store.runs import RunStore
from core.store.status import Request, State, Status

ROOT = Path(__file__).parents[3]


# Creating, listing, naming, deleting


def test_a_new_run_is_queued_under_its_name_with_its_settings(store, tiny_config):
    run = store.create(tiny_config, "First try")
    again = store.get(run.id)
    assert again.config == tiny_config
    assert again.name == "First try"
    assert again.metrics.last("d_loss") is None
    assert again.reals is None
    assert again.snapshots.last is None
    assert again.checkpoints.load() is None
    assert not again.has_surrogate
    assert again.status.state is State.QUEUED
    assert again.status.step == 0
    assert again.sweep is None
    assert again.worker is None


def test_a_new_run_knows_when_it_was_created(run):
    assert timedelta(0) <= datetime.now(UTC) - run.created_at < timedelta(minutes=1)


def test_a_run_whose_id_is_no_time_is_as_old_as_its_folder(store, run):
    run.path.rename(run.path.with_name("20269999-120000-0000"))
    (named,) = store.all()
    os.utime(named.path, (0, 1_700_000_000))
    assert named.created_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_a_run_without_a_name_gets_one(store, tiny_config):
    assert store.create(tiny_config).name.startswith("Article ")
    assert store.create(tiny_config, "  \n ").name.startswith("Article ")


def test_a_store_without_runs_is_empty(store):
    assert store.all() == []
    assert store.readable() == ([], {})


def test_runs_are_listed_newest_first(store, tiny_config):
    created = [store.create(tiny_config, str(n)) for n in range(6)]
    assert [run.name for run in store.all()] == ["5", "4", "3", "2", "1", "0"]
    assert [run.id for run in store.readable()[0]] == [run.id for run in reversed(created)]


def test_runs_of_earlier_days_come_last(store, run):
    earlier = store.root / "20200101-000000-ffff"
    shutil.copytree(run.path, earlier)
    assert [found.id for found in store.all()] == [run.id, earlier.name]
    assert store.get(earlier.name).created_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_what_is_no_run_is_not_listed(store, run):
    (store.root / ".hidden").mkdir()
    (store.root / "notes").mkdir()
    (store.root / "20200101-000000-abcd").write_text("a file")
    assert [found.id for found in store.all()] == [run.id]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Better", "Better"),
        ("  two\n\t lines ", "two lines"),
        ("Ω ≈ 2π · naïve", "Ω ≈ 2π · naïve"),
        ("../../etc", "../../etc"),
        ("x" * 500, "x" * MAX_NAME),
    ],
)
def test_a_name_is_one_short_line(store, tiny_config, run, given, kept):
    run.rename(given)
    assert store.get(run.id).name == kept
    assert store.create(tiny_config, given).name == kept


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff\xfe\xff"])
def test_a_run_without_a_readable_name_is_called_by_its_id(run, content):
    (run.path / "name.txt").write_bytes(content)
    assert run.name == run.id


def test_a_run_whose_name_is_missing_is_called_by_its_id(run):
    (run.path / "name.txt").unlink()
    assert run.name == run.id


def test_a_deleted_run_is_gone(store, tiny_config, run):
    kept = store.create(tiny_config)
    store.delete(run.id)
    assert [found.id for found in store.all()] == [kept.id]
    assert [path.name for path in store.root.iterdir()] == [kept.id]
    with pytest.raises(RunNotFoundError):
        store.get(run.id)


@pytest.mark.parametrize(
    "run_id",
    [
        "",
        ".",
        "..",
        "../other",
        "/etc",
        "a/b",
        "20200101-000000-abcd",
        "20200101-000000-abcd/..",
        "x" * 5000,
        "\0",
        "*",
    ],
)
def test_an_odd_id_is_no_run(store, run, run_id):
    decoy = store.root.parent / "other"
    decoy.mkdir()
    for act in (store.get, store.delete):
        with pytest.raises(RunNotFoundError, match="There is no run") as caught:
            act(run_id)
        assert len(str(caught.value)) < 200
    assert decoy.is_dir()
    assert run.path.is_dir()


def test_an_id_with_something_after_it_is_no_run(store, run):
    for ending in ("\n", "/", "/.", " "):
        with pytest.raises(RunNotFoundError):
            store.get(run.id + ending)


def test_runs_created_at_one_moment_or_after_the_clock_went_back_are_told_apart(store, tiny_config, monkeypatch):
    moments = [datetime(2026, 1, 2, tzinfo=UTC)] * 3 + [datetime(2026, 1, 1, tzinfo=UTC)] * 2
    clock = type("Clock", (datetime,), {"now": classmethod(lambda cls, zone: moments.pop(0))})
    monkeypatch.setattr("core.store.runs.datetime", clock)
    runs = [store.create(tiny_config, str(number)) for number in range(5)]
    assert [run.name for run in store.all()] == ["2", "1", "0", "4", "3"]
    assert len({run.id for run in runs}) == 5


def test_servers_that_share_a_folder_create_runs_with_ids_of_their_own(tmp_path, tiny_config):
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda name: RunStore(tmp_path).create(tiny_config, str(name)), range(20)))
    assert sorted(run.name for run in RunStore(tmp_path).all()) == sorted(map(str, range(20)))
    assert len({run.id for run in runs}) == 20


def test_a_clock_that_goes_back_hides_no_change(store, tiny_config, monkeypatch):
    run = store.create(tiny_config)
    monkeypatch.setattr("time.time", lambda: 0.0)
    run.write_status(Status(state=State.FINISHED, step=7))
    run.rename("After")
    assert (run.status.step, run.name) == (7, "After")


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_may_only_be_read_is_shown_and_said(store, tiny_config, monkeypatch, error):
    run = store.create(tiny_config, "Mine")
    run.write_status(Status(state=State.RUNNING, step=7))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr("core.store.atomic._temporary", refuse)
    monkeypatch.setattr("core.store.runs.FileLock.acquire", refuse)
    run = store.get(run.id)
    assert (run.name, run.status.state) == ("Mine", State.INTERRUPTED)
    for attempt in (
        lambda: run.rename("Yours"),
        run.claim,
        lambda: run.request(Request.STOP),
        lambda: store.delete(run.id),
        lambda: store.create(tiny_config),
    ):
        with pytest.raises(RunFileError, match=os.strerror(error)):
            attempt()


@pytest.mark.parametrize("place", ["", "runs"])
def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path, tiny_config, place):
    data_dir = tmp_path / "data"
    (data_dir / place).parent.mkdir(exist_ok=True)
    (data_dir / place).write_text("a file where the folder should be")
    store = RunStore(data_dir)
    with pytest.raises(RunFileError, match=r"Nothing can be written in .*WAVETWIN_DATA") as caught:
        store.create(tiny_config)
    assert str(store.root) in str(caught.value)
    assert store.all() == []


def test_the_data_directory_is_named_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path / "elsewhere"))
    assert RunStore().root == tmp_path / "elsewhere" / "runs"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAVETWIN_DATA", "elsewhere")
    assert RunStore().root == tmp_path / "elsewhere" / "runs"
    monkeypatch.setenv("WAVETWIN_DATA", "")
    assert default_data_dir() == ROOT / "data"


# Broken files


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("config.json", None, "no readable settings: config.json is missing"),
        ("config.json", b"", "no readable settings: config.json is broken"),
        ("config.json", b'{"training": {"steps": 0}}', "no readable settings: config.json is broken"),
        ("config.json", b'{"preset": "article', "no readable settings: config.json is broken"),
        ("config.json", b"\xff\xfe", "no readable settings: config.json is broken"),
        ("status.json", None, "no readable status: status.json is missing"),
        ("status.json", b"", "no readable status: status.json is broken"),
        ("status.json", b'{"state": "dancing"}', "no readable status: status.json is broken"),
        ("status.json", b'{"state": "pau', "no readable status: status.json is broken"),
    ],
)
def test_a_broken_run_is_named_and_the_others_are_still_listed(store, tiny_config, run, file, content, words):
    good = store.create(tiny_config)
    if content is None:
        (run.path / file).unlink()
    else:
        (run.path / file).write_bytes(content)
    readable, broken = store.readable()
    assert [found.id for found in readable] == [good.id]
    assert broken.keys() == {run.id}
    assert {found.id for found in store.all()} == {good.id, run.id}
    with pytest.raises(RunFileError, match=words) as caught:
        _ = store.get(run.id).config, store.get(run.id).status
    assert broken[run.id] == str(caught.value)
    assert run.id in broken[run.id]
    store.delete(run.id)
    assert [found.id for found in store.all()] == [good.id]
