import itertools
import uuid
from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest
from pyarrow import parquet

from core.config import SimulatorConfig
from core.errors import ShardError
from core.scale import shards
from core.scale.engines import InProcess, Ranks
from core.scale.place import Place


def everything(address: str) -> dict[str, bytes]:
    place = Place(address)
    names = [name for folder in ("", shards.ENTRIES) for name in sorted(place.names(folder)) if name != shards.ENTRIES]
    return {name: place.read(name) or place.read(f"{shards.ENTRIES}/{name}") for name in names}


def write_all(address: str) -> shards.Manifest:
    list(shards.write_missing(address, InProcess))
    manifest = shards.finish(address)
    assert manifest
    return manifest


def signals_in(file: Path) -> np.ndarray:
    match file.suffix:
        case ".npy":
            return np.load(file)
        case ".csv":
            return np.column_stack(pyarrow.csv.read_csv(file).columns).astype(np.float32)
        case ".parquet":
            return np.array(parquet.read_table(file)["signal"].to_pylist(), np.float32)
    raise AssertionError(file)


@pytest.mark.parametrize("file_kind", ["parquet", "npy", "csv"])
def test_all_shards_together_are_the_stream_of_the_seed(begun, twin, file_kind):
    address = begun(file_kind=file_kind)
    manifest = write_all(address)
    parts = [signals_in(Path(address, entry.file)) for entry in manifest.entries]
    assert [len(part) for part in parts] == [512, 512, 276] == [entry.rows for entry in manifest.entries]
    np.testing.assert_array_equal(np.concatenate(parts), twin.sample(1300, seed=3)[:, 0])


def test_a_shard_says_when_its_samples_were_taken(begun, twin, monkeypatch):
    n_samples = twin.config.source.n_samples
    source = SimulatorConfig(t_start=5, t_end=5 + (n_samples - 1) / 10, n_samples=n_samples)
    monkeypatch.setattr(twin, "config", twin.config.model_copy(update={"source": source}))
    monkeypatch.setattr(shards, "_twin", lambda *_: twin)
    address = begun()
    told = parquet.read_metadata(Path(address, shards.write_shard(address, 0).file)).metadata
    assert (float(told[b"start"]), float(told[b"interval"])) == (5, 0.1)
    assert told[b"unit of time"] == b"s"


def test_whoever_writes_which_shard_when_the_files_are_the_same(begun, tmp_path):
    one, two = begun(), begun(tmp_path / "ranks")
    write_all(one)
    for rank in (1, 0):
        assert shards.finish(two) is None
        list(shards.write_missing(two, lambda work, rank=rank: Ranks(work, rank, 2)))
    assert shards.finish(two)
    assert everything(two) == everything(one)


def test_a_second_run_writes_what_is_missing_and_nothing_else(begun):
    address = begun()
    next(shards.write_missing(address, InProcess))  # and is killed
    assert shards.written(address) == {0}
    again = list(shards.write_missing(address, InProcess))
    assert [entry.file for entry in again] == ["signals-000001.parquet", "signals-000002.parquet"]
    assert list(shards.write_missing(address, InProcess)) == []


def test_a_shard_whose_writer_was_killed_before_its_entry_is_written_again(begun):
    address = begun()
    manifest = write_all(address)
    Place(address).remove("entries/000001.json")
    assert [entry.file for entry in shards.write_missing(address, InProcess)] == ["signals-000001.parquet"]
    assert shards.finish(address) == manifest


def test_verifying_finds_what_was_changed_and_has_it_written_again(begun):
    address = begun()
    manifest = write_all(address)
    assert shards.verify(address) == (manifest, [])
    file, gone = (Path(address, manifest.entries[index].file) for index in (0, 2))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    gone.unlink()
    assert shards.verify(address)[1] == [file.name, gone.name]
    assert write_all(address) == manifest
    assert shards.verify(address)[1] == []


def test_what_is_not_finished_cannot_be_verified(begun):
    with pytest.raises(ShardError, match=r"There is no manifest.json at .*still to be written"):
        shards.verify(begun())


def test_other_shards_are_not_mixed_in(begun):
    begun()
    begun()  # the same again is no other
    with pytest.raises(ShardError, match="begun with a different seed, a different per shard"):
        begun(seed=4, per_shard=1024)


def test_an_address_without_a_plan_is_refused(tmp_path):
    with pytest.raises(ShardError, match=r"There is no plan.json at .*begin there first"):
        shards.plan_at(str(tmp_path))


def test_a_broken_plan_is_refused_in_words(begun):
    address = begun()
    Path(address, "plan.json").write_text("{")
    with pytest.raises(ShardError, match=r"plan\.json is broken"):
        shards.written(address)


def test_a_twin_that_was_exchanged_is_refused(begun):
    address = begun()
    Path(address, "surrogate.safetensors").write_bytes(b"another")
    with pytest.raises(ShardError, match="is not the one that the shards were begun with"):
        shards.write_shard(address, 0)


def test_an_object_store_holds_the_same_files(begun):
    one, two = begun(), begun(f"memory://{uuid.uuid4()}/shards")
    assert write_all(two) == write_all(one)
    assert everything(two) == everything(one)


def test_the_last_signals_of_a_stream_need_not_the_first(twin):
    pieces = twin.stream(100, seed=3, first_block=1)
    np.testing.assert_array_equal(next(pieces).signals, twin.sample(612, seed=3)[512:])
    assert list(itertools.islice(pieces, 1)) == []
