"""Files taken in one by one make the data set that they make all at once, as far as one file can tell of all."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import SignalFileError
from core.recordings.import_files import import_files
from core.recordings.one_by_one import OneByOne, contents
from core.recordings.preparation.prepare import Prepared

N_FILES, N, N_SAMPLES = 6, 8, 32


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def taken_in(files: OneByOne) -> Prepared:
    signals = np.concatenate(list(files.pieces()))
    decision = files.decision()
    return files.prepared(decision, signals[decision.is_kept])


@pytest.fixture
def arrays(tmp_path) -> list[Path]:
    paths = [tmp_path / f"{kind}_{i}.npy" for i in range(N_FILES // 2) for kind in ("good", "worn")]
    for i, path in enumerate(paths):
        np.save(path, noise(i, N, 2, N_SAMPLES))
    return sorted(paths)


@pytest.fixture
def tables(tmp_path) -> list[Path]:
    """Signals in rows with a load and a state, of which some are not known."""
    paths = []
    for i in range(N_FILES):
        rows = noise(i, N, N_SAMPLES)
        lines = [
            f"{i + 0.5 * k},{'' if i == k else 'on' if k % 2 else 'off'}," + ",".join(f"{value:.5g}" for value in row)
            for k, row in enumerate(rows)
        ]
        path = tmp_path / f"{i}.csv"
        path.write_text("\n".join(["load,state," + ",".join(f"t={k}" for k in range(N_SAMPLES)), *lines]))
        paths.append(path)
    return paths


@pytest.mark.parametrize("kind", ["arrays", "tables"])
def test_the_data_set_is_the_one_that_all_files_at_once_make(kind, request):
    paths = request.getfixturevalue(kind)
    at_once, found = import_files(contents(paths)).data, taken_in(OneByOne(paths)).data
    assert len(at_once.columns) == {"arrays": 1, "tables": 2}[kind]
    for name in ("signals", "recordings", "conditions"):
        np.testing.assert_array_equal(getattr(found, name), getattr(at_once, name))
    for name in ("name", "columns", "sampling_rate", "is_rate_known", "unit"):
        assert getattr(found, name) == getattr(at_once, name)


def test_a_signal_that_repeats_one_of_another_file_is_dropped(arrays):
    np.save(arrays[-1], np.concatenate([np.load(arrays[0])[:3], noise(9, N, 2, N_SAMPLES)]))
    prepared = taken_in(OneByOne(arrays))
    assert len(prepared.data.signals) == N_FILES * N
    (finding,) = [finding for finding in prepared.findings if finding.kind == "duplicates"]
    assert (finding.count, finding.example, finding.action) == (3, arrays[-1].name, "dropped")


def test_what_was_found_in_several_files_is_said_once(arrays):
    for path in arrays[1:4]:
        signals = np.load(path)
        signals[0] = 1
        np.save(path, signals)
    prepared = taken_in(OneByOne(arrays))
    (finding,) = [finding for finding in prepared.findings if finding.kind == "constant"]
    assert finding.sentence.startswith(f"In 3 of 6 files, the first “{arrays[1].name}”: 1 of 8 signals never changing")
    assert (finding.count, finding.of) == (3, 24)
    assert finding.sentence in prepared.data.story


def test_few_long_recordings_are_divided_as_if_they_were_many(tmp_path):
    paths = [tmp_path / f"{i}.npy" for i in range(5)]
    for i, path in enumerate(paths):
        np.save(path, noise(i, 4_000))
    data = taken_in(OneByOne(paths, window=64)).data
    assert data.signals.shape[1:] == (1, 64)
    assert len(np.unique(data.recordings)) == 20


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda path: path.write_bytes(b"\x93NUMPY broken"), "no whole NumPy file"),
        (lambda path: np.save(path, noise(1, N, 3, N_SAMPLES)), "3 channels"),
        (lambda path: np.save(path, noise(1, N, 2, N_SAMPLES // 2)), "shorter than 32 samples"),
    ],
)
def test_a_file_that_is_unlike_the_others_is_refused_or_left_out(arrays, content, says):
    content(arrays[2])
    with pytest.raises(SignalFileError, match=f"“{arrays[2].name}.*{says}"):
        taken_in(OneByOne(arrays))
    prepared = taken_in(OneByOne(arrays, skip_unreadable=True))
    assert len(prepared.data.signals) == (N_FILES - 1) * N
    assert any(
        finding.action == "left out" and arrays[2].name in finding.sentence and says in finding.sentence
        for finding in prepared.findings
    )


def test_a_small_swing_on_a_large_level_is_refused(tmp_path):
    paths = [tmp_path / f"{i}.csv" for i in range(4)]
    for i, path in enumerate(paths):
        values = noise(i, 400) if i < 3 else 0.05 * noise(i, 400).astype(np.float64) + 1e7
        path.write_text("\n".join(["time,x", *(f"{k / 100:.2f},{value:.9g}" for k, value in enumerate(values))]))
    with pytest.raises(SignalFileError, match=r"“3\.csv.* large offset"):
        taken_in(OneByOne(paths, window=16))


def test_files_of_another_rate_are_refused(tmp_path):
    paths = [tmp_path / f"{i}.npz" for i in range(4)]
    for i, path in enumerate(paths):
        np.savez(path, signals=noise(i, N, 1, N_SAMPLES), fs=100.0 if i < 3 else 250.0)
    with pytest.raises(SignalFileError, match=r"“3\.npz.*has 250 Hz and the first file 100 Hz"):
        taken_in(OneByOne(paths))


def test_nothing_that_can_be_read_is_no_data_set(tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(100))
    files = OneByOne([tmp_path / "a.bin"], skip_unreadable=True)
    assert list(files.pieces()) == []
    with pytest.raises(SignalFileError, match="None of the files can be read"):
        files.decision()


def test_what_is_understood_of_files_that_are_refused_is_why(arrays):
    arrays[2].write_bytes(b"\x93NUMPY broken")
    found = OneByOne(arrays).understood()
    assert (found.expect, found.n_recordings, len(found.said)) == ("refuse", 0, 1)
    assert arrays[2].name in found.said[0]
    found = OneByOne(arrays[2:3], skip_unreadable=True).understood()
    assert (found.expect, found.said) == (
        "refuse",
        ("None of the files can be read; give at least one that holds recordings.",),
    )


def test_more_than_a_few_files_that_were_left_out_are_counted(arrays, monkeypatch):
    monkeypatch.setattr("core.recordings.one_by_one.MOST_NAMED", 1)
    for path in arrays[2:5]:
        path.write_bytes(b"\x93NUMPY broken")
    said = OneByOne(arrays, skip_unreadable=True).understood().said
    assert said[1].startswith(f"Left out: “{arrays[2].name}”")
    assert said[2] == "Left out as well: 2 more."


@pytest.mark.parametrize("what", ["gone", "a folder"])
def test_a_file_that_cannot_be_opened_is_said(what, tmp_path):
    path = tmp_path / "a.csv"
    if what == "a folder":
        path.mkdir()
    with pytest.raises(SignalFileError, match=r"a\.csv cannot be read \(.*\); check its name and place"):
        contents([path])


def test_what_is_understood_is_said_of_all_files(tables):
    found = OneByOne(tables).understood()
    assert (found.expect, found.then, found.n_recordings, found.n_samples) == ("read", "made", N_FILES * N, N_SAMPLES)
    assert found.conditions == ("load", "state")
    assert "imported one by one" in found.said[0]


def test_what_is_refused_is_understood_so(tables):
    tables[1].write_bytes(b"\x93NUMPY broken")
    found = OneByOne(tables).understood()
    assert (found.expect, found.then) == ("refuse", "refused")
    assert tables[1].name in found.said[0]
    found = OneByOne(tables[:2], skip_unreadable=True).understood()
    assert (found.expect, found.then, found.n_recordings) == ("read", "refused", N)
    assert "needs at least 20" in found.said[-1]


def test_there_may_only_be_so_many_signals(arrays, monkeypatch):
    monkeypatch.setattr("core.recordings.one_by_one.MAX_SIGNALS_IN_ALL", 20)
    with pytest.raises(SignalFileError, match="more than 20 signals"):
        taken_in(OneByOne(arrays))


def test_the_names_of_folders_tell_classes_of_files_that_are_taken_in_one_by_one(tmp_path):
    paths = [tmp_path / kind / f"{i}.npy" for kind in ("good", "worn") for i in range(3)]
    for i, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        np.save(path, noise(i, N, 2, N_SAMPLES))
    one_by_one, at_once = taken_in(OneByOne(paths)), import_files(contents(paths))
    assert [column.name for column in one_by_one.data.columns] == ["folder"]
    assert one_by_one.data.columns == at_once.data.columns
    np.testing.assert_array_equal(one_by_one.data.conditions, at_once.data.conditions)
