"""Needs requirements-ray.txt; only `make test-scale` collects this file."""

import pytest

from core.__main__ import main
from core.errors import ShardError
from core.scale import shards
from core.scale.engines import InProcess, Ray
from core.scale.place import Place
from core.store.runs import RunStore
from core.store.status import State, WorkerKind


def test_a_cluster_writes_what_one_process_writes(begun, tmp_path):
    one, two = begun(), begun(tmp_path / "ray")
    list(shards.write_missing(one, InProcess))
    assert {entry.file for entry in shards.write_missing(two, Ray)} == {
        f"signals-{index:06d}.parquet" for index in range(3)
    }
    assert shards.finish(two) == shards.finish(one)


def test_what_goes_wrong_on_the_cluster_is_said_here(begun):
    address = begun()
    Place(address).write("surrogate.safetensors", b"another")
    with pytest.raises(ShardError, match="is not the one that the shards were begun with"):
        list(shards.write_missing(address, Ray))


def test_a_cluster_trains_what_waits(tiny_config, tmp_path, capsys):
    runs = [RunStore(tmp_path).create(tiny_config, sweep="Sweep") for _ in range(2)]
    assert main(["work", "--engine", "ray", "--until-empty", "--data", str(tmp_path)]) == 0
    assert {run.status.state for run in runs} == {State.FINISHED}
    assert {run.worker.kind for run in runs} == {WorkerKind.RAY}
    out = capsys.readouterr().out
    assert all(run.id in out for run in runs)
