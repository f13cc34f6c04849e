"""Data sets beyond memory: taken in file by file, kept as a mapped array, and read by rows."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.errors import SignalFileError
from core.interruption import interruptible
from core.signals.on_disk import is_on_disk
from core.signals.recordings import Recordings
from core.store.datasets import DataSetStore
from core.store.growing_array import write_pieces
from core.store.intake import take_in

N_FILES, N, N_SAMPLES = 8, 128, 1024  # half a MB in each file


@pytest.fixture
def paths(tmp_path) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = [tmp_path / "recorded" / f"{i}.npy" for i in range(N_FILES)]
    paths[0].parent.mkdir()
    for path in paths:
        np.save(path, rng.normal(size=(N, 1, N_SAMPLES)).astype(np.float32))
    return paths


@pytest.fixture
def at_most_a_mb(monkeypatch):
    monkeypatch.setattr("core.recordings.one_by_one.MAX_BYTES", 1_000_000)
    monkeypatch.setattr("core.signals.on_disk.PIECE", 1 << 17)


@pytest.mark.usefixtures("at_most_a_mb")
def test_files_one_by_one_are_the_data_set_of_all_at_once(datasets, paths, monkeypatch):
    one_by_one, findings = take_in(datasets, paths)
    assert "imported one by one" in findings[0].sentence
    content = (datasets.root / one_by_one.dataset / "signals.npy").read_bytes()
    monkeypatch.undo()
    at_once, findings = take_in(datasets, paths)
    assert not any("imported one by one" in finding.sentence for finding in findings)
    assert at_once == one_by_one
    assert (datasets.root / at_once.dataset / "signals.npy").read_bytes() == content
    assert len(datasets.all()) == 1


@pytest.mark.usefixtures("at_most_a_mb")
def test_a_large_data_set_is_never_in_memory_as_a_whole(datasets, paths):
    tracemalloc.start()
    config, _ = take_in(datasets, paths)
    data = datasets.load(config)
    source = Recordings(config, data)
    rng = np.random.default_rng(0)
    for _ in range(8):
        batch = source.batch(64, rng)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert is_on_disk(data.signals)
    assert not isinstance(batch.signals, np.memmap)
    n_bytes = data.signals.nbytes
    assert n_bytes > 4_000_000
    assert peak < n_bytes - 1_000_000


@pytest.mark.usefixtures("at_most_a_mb")
def test_dropped_signals_leave_no_gap(datasets, paths):
    np.save(paths[3], np.load(paths[2])[::-1])
    config, _ = take_in(datasets, paths)
    kept = np.concatenate([np.load(path) for path in paths[:3] + paths[4:]])
    np.testing.assert_array_equal(datasets.load(config).signals, kept)
    np.testing.assert_array_equal(np.load(datasets.root / config.dataset / "signals.npy"), kept)


@pytest.mark.usefixtures("at_most_a_mb")
def test_files_that_begin_with_nothing_to_keep_shift_no_signal(datasets, paths):
    for path in paths[:2]:  # of a sensor that was off
        np.save(path, np.zeros((N, 1, N_SAMPLES), np.float32))
    config, _ = take_in(datasets, paths)
    kept = np.concatenate([np.load(path) for path in paths[2:]])
    np.testing.assert_array_equal(datasets.load(config).signals, kept)


@pytest.mark.parametrize("lengths", [(), (0,), (0, 0, 3), (2, 0, 3)])
def test_pieces_make_the_file_that_numpy_makes_of_them_all(tmp_path, lengths):
    pieces = [np.full((n, 2, 5), place, np.float32) for place, n in enumerate(lengths)]
    whole = np.concatenate([np.empty((0, 2, 5), np.float32), *pieces])
    write_pieces(tmp_path / "grown.npy", pieces)
    np.save(tmp_path / "whole.npy", whole if pieces else np.empty(0, np.float32))
    assert (tmp_path / "grown.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_a_file_of_another_size_than_its_rows_is_refused(tmp_path):
    pieces = [np.zeros((2, 5), np.float32), np.zeros((2, 4), np.float32)]
    with pytest.raises(OSError, match="not as long as its 4 rows"):
        write_pieces(tmp_path / "grown.npy", pieces)


@pytest.mark.usefixtures("at_most_a_mb")
@pytest.mark.parametrize("error", [KeyboardInterrupt, SignalFileError])
def test_an_interrupted_intake_leaves_nothing(datasets, paths, error):
    def interrupted(pieces, total):
        yield next(iter(pieces))
        raise error

    with pytest.raises(error):
        take_in(datasets, paths, watch=interrupted)
    assert list(datasets.root.iterdir()) == []


@pytest.mark.parametrize("place", ["core.store.intake.import_files", "core.store.atomic.write_array"])
def test_a_small_intake_that_is_interrupted_leaves_nothing(datasets, paths, monkeypatch, place):
    def interrupt(*_: object, **_settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupt)
    with pytest.raises(KeyboardInterrupt):
        take_in(datasets, paths[:1])
    assert not datasets.root.exists() or list(datasets.root.iterdir()) == []


def test_files_that_are_taken_in_at_once_are_seen_one_by_one(datasets, paths):
    seen = []

    def watch(found, n_files):
        for one in found:
            seen.append(n_files)
            yield one

    take_in(datasets, paths[:3], watch=watch)
    assert seen == [3, 3, 3]


def test_an_intake_ends_at_the_next_look(datasets, paths):
    n_looks = 0

    def look() -> None:
        nonlocal n_looks
        n_looks += 1
        if n_looks == ends_at:
            raise LookupError

    ends_at = 10**9
    with interruptible(look):
        take_in(datasets, paths[:2])
    (kept,) = datasets.ids()
    datasets.delete(kept)
    n_all = n_looks
    assert n_all > 100  # in reading, in each step of the preparation, and while it is kept
    for number in range(1, n_all + 1, 7):
        n_looks, ends_at = 0, number
        with interruptible(look), pytest.raises(LookupError):
            take_in(datasets, paths[:2])
        assert list(datasets.root.iterdir()) == []


def test_the_same_rows_come_from_a_mapped_file_as_from_memory(datasets, data, monkeypatch):
    monkeypatch.setattr("core.signals.on_disk.PIECE", 300)
    config = datasets.keep(data)
    mapped, in_memory = Recordings(config, datasets.load(config)), Recordings(config, data)
    for draw in ("batch", "distinct"):
        a, b = (getattr(source, draw)(25, np.random.default_rng(1)).signals for source in (mapped, in_memory))
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(mapped.fresh(99, 0).signals, in_memory.fresh(99, 0).signals)


def test_a_mapped_file_of_somebody_else_is_copied(tmp_path, data):
    from dataclasses import replace

    np.save(tmp_path / "mine.npy", data.signals)
    store = DataSetStore(tmp_path / "data")
    config = store.keep(replace(data, signals=np.load(tmp_path / "mine.npy", mmap_mode="r")))
    kept = store.root / config.dataset / "signals.npy"
    assert not kept.samefile(tmp_path / "mine.npy")
    np.testing.assert_array_equal(np.load(kept), data.signals)
