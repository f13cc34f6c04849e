"""Data sets whose folders are broken, foreign, or on a disk that takes nothing."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
import pytest

from core.config import changed
from core.errors import DataSetError
from tests.unit.store.conftest import N

# Broken and foreign folders


def break_json(folder: Path, **values: Any) -> None:
    kept = orjson.loads((folder / "dataset.json").read_bytes())
    (folder / "dataset.json").write_bytes(orjson.dumps(kept | values))


def save_objects(folder: Path) -> None:
    np.save(folder / "recordings.npy", np.array([{}], object), allow_pickle=True)


FAULTS = {
    "no settings": lambda folder: (folder / "dataset.json").unlink(),
    "broken settings": lambda folder: (folder / "dataset.json").write_text("{"),
    "other settings": lambda folder: break_json(folder, nonsense=1),
    "another digest": lambda folder: break_json(folder, sha256="0" * 64),
    "no signals": lambda folder: (folder / "signals.npy").unlink(),
    "half of the signals": lambda folder: os.truncate(folder / "signals.npy", 1_000),
    "no byte": lambda folder: os.truncate(folder / "conditions.npy", 0),
    "pickled objects": save_objects,
    "fewer signals": lambda folder: np.save(folder / "signals.npy", np.zeros((3, 2, 16), np.float32)),
    "other numbers": lambda folder: np.save(folder / "signals.npy", np.zeros((N, 2, 16), np.float64)),
    "fewer recordings": lambda folder: np.save(folder / "recordings.npy", np.zeros(3, np.int64)),
    "fewer columns": lambda folder: np.save(folder / "conditions.npy", np.zeros((N, 1))),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_data_set_is_said_and_skipped_and_can_be_mended_or_deleted(fault, datasets, data, dataset_id, caplog):
    other = datasets.keep(replace(data, unit="Pa"))
    FAULTS[fault](datasets.root / dataset_id)
    for read in (datasets.load, datasets.config):
        with pytest.raises(DataSetError, match=f"{dataset_id} cannot be read: .*keep it again"):
            read(dataset_id)
    assert [kept.config for kept in datasets.all()] == [other]
    assert dataset_id in caplog.text

    assert datasets.keep(data).dataset == dataset_id
    np.testing.assert_array_equal(datasets.load(dataset_id).signals, data.signals)
    FAULTS[fault](datasets.root / dataset_id)
    datasets.delete(dataset_id)
    assert [kept.config for kept in datasets.all()] == [other]


def test_a_folder_that_was_given_another_id_is_no_data_set(datasets, dataset_id):
    (datasets.root / dataset_id).rename(datasets.root / ("0" * 16))
    assert datasets.all() == []
    with pytest.raises(DataSetError, match=f"that of data set {dataset_id}"):
        datasets.load("0" * 16)


def test_what_is_none_of_the_stores_is_left_alone(datasets, dataset_id, caplog):
    for name in (f".{dataset_id}.123.456", f".{dataset_id}-deleted", "notes", "0" * 15, "A" * 16):
        (datasets.root / name).mkdir()
    (datasets.root / ("1" * 16)).write_text("a file")
    assert [kept.config.dataset for kept in datasets.all()] == [dataset_id]
    assert caplog.text == ""


@pytest.mark.parametrize("dataset_id", ["", ".", "..", "../datasets", "0" * 16, "x" * 1000, "/etc"])
def test_what_is_not_there_is_said_in_a_sentence(dataset_id, datasets, data):
    datasets.keep(data)
    for act in (datasets.load, datasets.config, datasets.delete, lambda missing: datasets.rename(missing, "Mine")):
        with pytest.raises(DataSetError, match=r"There is no data set “.{0,40}” in .*; keep it again"):
            act(dataset_id)
    assert len(datasets.all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("n_samples", 32), ("n_channels", 1), ("sampling_rate", 100.0), ("unit", "Pa"), ("columns", ())],
)
def test_settings_that_describe_another_data_set_are_refused(field, value, datasets, data):
    config = datasets.keep(data)
    with pytest.raises(DataSetError, match=f"do not match data set “Pump”: “{field.replace('_', ' ')}” differs"):
        datasets.load(changed(config, **{field: value}))


# Where nothing can be written


def test_where_nothing_can_be_written_a_sentence_says_so(datasets, data):
    datasets.root.write_text("a file where the folder should be")
    with pytest.raises(DataSetError, match=r"Nothing can be written in .*WAVETWIN_DATA"):
        datasets.keep(data)


def test_a_full_disk_leaves_nothing_behind(datasets, data, monkeypatch):
    saved = np.save

    def full(file: BinaryIO, array: np.ndarray) -> None:
        if array.dtype == np.float64:
            raise OSError(28, "No space left on device")
        saved(file, array)

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DataSetError, match="No space left on device"):
        datasets.keep(data)
    assert list(datasets.root.iterdir()) == []


def test_nobody_sees_half_a_data_set(datasets, data, monkeypatch):
    saved, seen = np.save, []

    def looked_at(file: BinaryIO, array: np.ndarray) -> None:
        saved(file, array)
        seen.extend(datasets.all())

    monkeypatch.setattr(np, "save", looked_at)
    datasets.keep(data)
    assert seen == []
    assert len(datasets.all()) == 1


@pytest.fixture
def read_only(monkeypatch) -> None:
    """A disk on which nothing can be written; permissions would not keep root from it."""

    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("mkdir", "rename", "replace"):
        monkeypatch.setattr(Path, name, denied)


def test_a_disk_that_may_only_be_read_still_gives_out_its_data_sets(datasets, data, dataset_id, read_only):
    assert datasets.load(dataset_id).name == "Pump"
    for act in (
        lambda: datasets.keep(replace(data, unit="Pa")),
        lambda: datasets.delete(dataset_id),
        lambda: datasets.rename(dataset_id, "Other"),
    ):
        with pytest.raises(DataSetError, match="Permission denied"):
            act()
