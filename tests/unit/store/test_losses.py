"""At whichever operation the disk fills up, the process is killed or the power is cut: all is old, or all is new."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks._faulty_disk import Fault, FaultyDisk
from core.errors import WavetwinError
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore
from core.store.run import Run
from core.store.runs import RunStore
from core.upkeep.doctor import examine

RUN = "20260101-120000-0000"
STRIDE = 2  # operations from one to the next; what one kind of fault leaves out, another one hits


@pytest.fixture(scope="module")
def before(tmp_path_factory, tiny_config) -> Path:
    """A data folder with a run and a data set."""
    folder = tmp_path_factory.mktemp("before")
    store = RunStore(folder)
    run = store.create(tiny_config, "Old")
    run.path.rename(store.root / RUN)
    DataSetStore(folder).keep(recordings(0))
    return folder


def recordings(seed: int) -> DataSet:
    rng = np.random.default_rng(seed)
    return DataSet(
        name=f"Data {seed}",
        signals=rng.normal(size=(8, 1, 16)).astype(np.float32),
        recordings=np.arange(8),
        conditions=np.zeros((8, 0)),
        columns=(),
        sampling_rate=1.0,
    )


def the_run(folder: Path) -> Run:
    return RunStore(folder).get(RUN)


def the_data_set(folder: Path) -> str:
    return DataSetStore(folder).all()[0].config.dataset


ACTIONS: dict[str, Callable[[Path, object], object]] = {
    "create a run": lambda folder, config: RunStore(folder).create(config, "New"),
    "rename a run": lambda folder, config: the_run(folder).rename("New"),
    "delete a run": lambda folder, config: RunStore(folder).delete(RUN),
    "keep a data set": lambda folder, config: DataSetStore(folder).keep(recordings(1)),
    "keep a data set again": lambda folder, config: DataSetStore(folder).keep(recordings(0)),
    "rename a data set": lambda folder, config: DataSetStore(folder).rename(the_data_set(folder), "New"),
    "delete a data set": lambda folder, config: DataSetStore(folder).delete(the_data_set(folder)),
    "keep a checkpoint": lambda folder, config: the_run(folder).save_checkpoint(3, {}),
}


def shown(folder: Path) -> tuple:
    """What somebody sees of a data folder."""
    runs, broken = RunStore(folder).readable()
    assert broken == {}
    found = examine(folder)
    assert [finding for finding in found.findings if finding.kind.is_loss] == []
    sets = [kept.config.name for kept in DataSetStore(folder).all()]
    assert found.n_data_sets == len(sets)
    return sorted((run.name, run.checkpoints.last_step) for run in runs), sorted(sets)


def sentence(action: Callable[[Path, object], object], folder: Path, config: object) -> str:
    """What somebody is told who does that; nothing where all is well."""
    try:
        action(folder, config)
    except WavetwinError as error:
        return str(error)
    except OSError as error:  # a training makes a sentence of it
        assert action is ACTIONS["keep a checkpoint"]
        return str(error.strerror)
    return ""


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_all_is_as_it_was_or_as_it_was_to_be(action, fault, before, tmp_path, tiny_config):
    whole = shutil.copytree(before, tmp_path / "whole")
    with FaultyDisk(whole, fault).used() as disk:
        action(whole, tiny_config)
    assert disk.count > 1
    either = shown(before), shown(whole)
    assert action is ACTIONS["keep a data set again"] or either[0] != either[1]

    for n in range(1 + list(Fault).index(fault) % STRIDE, disk.count + 1, STRIDE):
        folder = shutil.copytree(before, tmp_path / str(n))
        said = ""
        with FaultyDisk(folder, fault, n).used() as disk:
            said = sentence(action, folder, tiny_config)
        assert disk.has_failed
        assert not said or "No space left" in said
        assert shown(folder) in either, n
