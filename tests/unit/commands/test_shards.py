import sys
from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest
from pyarrow import parquet

from core.scale import shards
from tests.unit.commands.outcomes import last_line


@pytest.fixture
def in_shards(run, tmp_path) -> list[object]:
    """A command that writes three shards."""
    wanted = ["--count", 1300, "--per-shard", 512, "--format", "parquet"]
    return ["generate", "--run", run.id, *wanted, "--shards", tmp_path / "shards"]


def test_signals_are_written_in_shards_and_verified(command, in_shards, run, tmp_path):
    code, out, _ = command(*in_shards)
    assert (code, out) == (0, f"1,300 signals in 3 shards at {tmp_path / 'shards'}; manifest.json lists them.\n")
    code, out, _ = command(*in_shards, "--json")
    result = last_line(out)
    assert result.pop("sha256") == shards.verify(str(tmp_path / "shards"))[0].sha256
    expected = {"run_id": run.id, "path": str(tmp_path / "shards"), "count": 1300, "shards": 3, "written": 3}
    assert result == expected
    assert command(*in_shards, "--verify")[:2] == (
        0,
        f"All 3 shards at {tmp_path / 'shards'} are as they were written.\n",
    )


def test_a_broken_shard_is_told_and_written_again(command, in_shards, tmp_path):
    command(*in_shards)
    (tmp_path / "shards" / "signals-000001.parquet").write_bytes(b"broken")
    code, _, error = command(*in_shards, "--verify")
    assert code == 2
    assert "1 shard at" in error
    assert "signals-000001.parquet" in error
    assert command(*in_shards)[0] == command(*in_shards, "--verify")[0] == 0


def test_two_ranks_write_what_one_process_writes(command, in_shards, tmp_path, monkeypatch):
    command(*in_shards)
    shared = [*in_shards[:-1], tmp_path / "ranks", "--json"]
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert last_line(command(*shared)[1])["written"] == 1
    assert "1 of 3 shards are at" in command(*shared[:-1])[1]
    monkeypatch.setenv("RANK", "0")
    assert last_line(command(*shared)[1])["written"] == 3
    assert shards.verify(str(tmp_path / "ranks")) == shards.verify(str(tmp_path / "shards"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--per-shard", 600], "drawn 512 at a time"),
        (["--format", "csv.gz"], "Shards are not written as csv.gz; choose one of: parquet, npy, npz, csv."),
        (["--condition", "load=5"], "trained without conditions"),
        (["--sobol"], "needs a range or classes to go through"),
        (["--grid", 1], "greater than or equal to 2"),
        (["--grid", 3, "--format", "npy"], "choose npz, parquet or csv"),
        (["--real"], "leave out --real"),
        (["--faults", "noise"], "leave out --real and --faults"),
        (["--balance"], "leave out --balance"),
        (["--engine", "ray"], 'pip install "wavetwin[ray]"'),
    ],
)
def test_what_cannot_be_written_is_said(command, in_shards, options, sentence, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, _, error = command(*in_shards, *options)
    assert code == 2
    assert sentence in error


def conditions_in(file: Path) -> dict[str, list]:
    """The load and the state of each signal."""
    match file.suffix:
        case ".npz":
            with np.load(file) as arrays:
                return {name: arrays[name].tolist() for name in ("load", "state")}
        case ".csv":
            table = pyarrow.csv.read_csv(file).take(list(range(0, 1024, 2)))  # it has a row for each of two channels
        case _:
            table = parquet.read_table(file)
    return {name: table[name].to_pylist() for name in ("load", "state")}


@pytest.mark.parametrize("file_kind", ["parquet", "npz", "csv"])
@pytest.mark.parametrize("design", [("--sobol",), ("--grid", 3)])
def test_a_design_is_in_the_files_and_the_same_from_any_process(
    command, unbalanced, tmp_path, monkeypatch, file_kind, design
):
    monkeypatch.setenv("WAVETWIN_DATA", str(unbalanced.data_dir))
    asked = ["--condition", "load=1..3", *design, "--count", 1024, "--per-shard", 512, "--format", file_kind]
    wanted = ["generate", "--run", unbalanced.id, *asked, "--shards"]
    assert command(*wanted, tmp_path / "one")[0] == 0
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in ("1", "0"):
        monkeypatch.setenv("RANK", rank)
        assert command(*wanted, tmp_path / "two")[0] == 0
    manifest, _ = shards.verify(str(tmp_path / "one"))
    assert shards.verify(str(tmp_path / "two")) == (manifest, [])
    loads = []
    for entry in manifest.entries:
        found = conditions_in(tmp_path / "one" / entry.file)
        assert set(found["state"]) <= set(next(c for c in unbalanced.config.columns if c.name == "state").classes)
        loads += found["load"]
    if design[0] == "--grid":
        np.testing.assert_allclose(loads, np.resize([1, 2, 3], 1024))
    else:
        places = (1024 * (np.array(loads) - 1) / 2).astype(int)
        assert len(np.unique(places)) > 1020  # float32 may move one across an edge
    assert "Sobol" in (tmp_path / "one" / "card.md").read_text() or design[0] == "--grid"


def test_another_design_is_not_mixed_in(command, unbalanced, tmp_path, monkeypatch):
    monkeypatch.setenv("WAVETWIN_DATA", str(unbalanced.data_dir))
    wanted = ["generate", "--run", unbalanced.id, "--condition", "load=1..3", "--count", 512, "--format", "npz"]
    assert command(*wanted, "--sobol", "--shards", tmp_path / "one")[0] == 0
    code, _, error = command(*wanted, "--shards", tmp_path / "one")
    assert code == 2
    assert "begun with a different design" in error
