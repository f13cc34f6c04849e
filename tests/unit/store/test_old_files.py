"""What was kept before files said their format and version still opens; what a newer Wavetwin keeps is refused in words.

The folder without_formats/ is a data directory as it was before: a run of 4 steps, a data set, a saved source, a list of
examples.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.config import Column
from core.errors import ConfigError, DataSetError, RunFileError
from core.examples import folders, give
from core.jobs.training import execute
from core.store.datasets import DataSetStore
from core.store.run import Run
from core.store.runs import RunStore
from core.store.saved_sources import SavedSources
from core.store.status import State

DATA_SET = "4dc42fa46297def1"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data directory from before."""
    return shutil.copytree(Path(__file__).parent / "without_formats", tmp_path / "data")


@pytest.fixture
def run(old: Path) -> Run:
    (run,) = RunStore(old).all()
    return run


def test_a_run_opens_and_its_twin_gives_signals(run):
    assert run.name == "Made before"
    assert run.config.network.hidden_size == 2
    assert run.status.state is State.FINISHED
    assert run.load_surrogate().sample(3).shape == (3, 1, 16)


def test_a_run_goes_on_from_its_checkpoint(run):
    longer = run.config.model_dump(mode="json")
    longer["training"]["steps"] = 6
    (run.path / "config.json").write_bytes(orjson.dumps(longer))
    reopened = Run(run.path)
    reopened.claim()
    status = execute(reopened)
    reopened.release()
    assert (status.state, status.step, status.error) == (State.FINISHED, 6, None)


def test_a_data_set_opens(old):
    data = DataSetStore(old).load(DATA_SET)
    assert data.signals.shape == (8, 1, 16)
    assert data.columns == (Column(name="load", unit="N", minimum=0, maximum=7),)


def test_a_saved_source_opens(old):
    assert SavedSources(old).load("Mine").noise_amplitude == 1.5


def test_examples_that_were_given_and_deleted_are_not_given_again(old):
    (old / "examples.json").write_bytes(orjson.dumps([folder.name for folder in folders()]))
    give(old)
    assert [run.name for run in RunStore(old).all()] == ["Made before"]


# What is written today says what it is


def kept_files(old: Path, run: Run) -> dict[str, dict]:
    """The headers of all files, written anew."""
    run.write_status(run.status)
    run.checkpoints.save(5, {"step": torch.tensor(5)})
    run.save_surrogate(run.load_surrogate())
    fresh = RunStore(old).create(run.config)
    datasets = DataSetStore(old)
    datasets.rename(DATA_SET, "Pump again")
    SavedSources(old).save("Mine", SavedSources(old).load("Mine"))
    (old / "examples.json").unlink()
    give(old)
    files = (
        fresh.path / "config.json",
        run.path / "status.json",
        run.path / "checkpoints" / "00000005.safetensors",
        run.path / "surrogate.safetensors",
        datasets.root / DATA_SET / "dataset.json",
        SavedSources(old).root / "Mine.json",
        old / "examples.json",
    )
    return {file.name: header(file) for file in files}


def header(file: Path) -> dict:
    if file.suffix == ".json":
        return orjson.loads(file.read_bytes())
    with safe_open(file, framework="pt") as stored:
        return orjson.loads(stored.metadata()["wavetwin"])


def test_every_file_says_its_format_and_version(old, run):
    found = {name: (header["format"], type(header["version"])) for name, header in kept_files(old, run).items()}
    assert found == {
        "config.json": ("wavetwin-run-config", int),
        "status.json": ("wavetwin-run-status", int),
        "00000005.safetensors": ("wavetwin-checkpoint", int),
        "surrogate.safetensors": ("wavetwin-surrogate", int),
        "dataset.json": ("wavetwin-data-set", int),
        "Mine.json": ("wavetwin-source-config", int),
        "examples.json": ("wavetwin-examples", int),
    }


# What a newer version keeps


def newer(file: Path) -> None:
    """Make a file one of version 999."""
    if file.suffix == ".json":
        values = orjson.loads(file.read_bytes())
        file.write_bytes(orjson.dumps((values if isinstance(values, dict) else {}) | {"version": 999, "mood": "good"}))
        return
    with safe_open(file, framework="pt") as stored:
        known = orjson.loads((stored.metadata() or {}).get("wavetwin", "{}"))
    save_file(load_file(file), file, {"wavetwin": orjson.dumps(known | {"version": 999}).decode()})


NEWER: dict[str, tuple[str, Callable[[Path, Run], object], type[Exception]]] = {
    "config": ("runs/*/config.json", lambda old, run: Run(run.path).config, RunFileError),
    "status": ("runs/*/status.json", lambda old, run: run.status, RunFileError),
    "checkpoint": ("runs/*/checkpoints/*", lambda old, run: run.checkpoints.load(), RunFileError),
    "surrogate": ("runs/*/surrogate.safetensors", lambda old, run: run.load_surrogate(), RunFileError),
    "data set": ("datasets/*/dataset.json", lambda old, run: DataSetStore(old).load(DATA_SET), DataSetError),
    "source": ("sources/*", lambda old, run: SavedSources(old).load("Mine"), ConfigError),
}


@pytest.mark.parametrize("kind", NEWER)
def test_a_file_of_a_newer_version_is_refused_in_words(kind, old, run):
    pattern, read, error = NEWER[kind]
    (file,) = old.glob(pattern)
    newer(file)
    with pytest.raises(error, match=r"newer version of Wavetwin; update Wavetwin to (open it|go on)\.$"):
        read(old, run)


def test_a_list_of_examples_of_a_newer_version_is_left_alone(old, caplog):
    newer(old / "examples.json")
    before = (old / "examples.json").read_bytes()
    give(old)
    assert (old / "examples.json").read_bytes() == before
    assert "could not be put" in caplog.text


def test_a_newer_run_is_listed_with_its_sentence(old, run):
    newer(run.path / "config.json")
    readable, broken = RunStore(old).readable()
    assert readable == []
    assert "update Wavetwin" in broken[run.id]
    assert list(broken) == [run.id]
