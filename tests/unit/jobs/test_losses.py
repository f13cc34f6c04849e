"""At whichever operation a training is killed or loses power, or the disk fills up, it goes on to the very same twin."""

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from benchmarks._faulty_disk import Fault, FaultyDisk
from core.config import RunConfig, changed
from core.jobs.training import execute
from core.store.checkpoints import read_checkpoint
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State
from core.upkeep.doctor import examine
from tests.unit.trainings import assert_same_state, executed

STRIDE = 89  # operations from one test to the next; a prime, so that each kind of write is hit
STEPS = 20


@pytest.fixture(scope="module")
def short(tiny_config) -> RunConfig:
    return changed(
        tiny_config, training=tiny_config.training.model_dump() | {"steps": STEPS, "n_eval": 10, "checkpoint_every": 10}
    )


@pytest.fixture(scope="module", autouse=True)
def _the_same_operations() -> Iterator[None]:
    """However long a training takes, it writes its status as often."""
    with patch("core.jobs.training.STATUS_SECONDS", math.inf):
        yield


@pytest.fixture(scope="module")
def new(tmp_path_factory, short) -> Run:
    """A run that was never trained."""
    return RunStore(tmp_path_factory.mktemp("new")).create(short, "Mine")


@pytest.fixture(scope="module")
def whole(new, tmp_path_factory) -> tuple[Run, int]:
    """The same run, trained without any disturbance, and how many operations that took."""
    run = copy(new, tmp_path_factory.mktemp("whole"))
    run.claim()
    with FaultyDisk(run.data_dir, Fault.KILLED).used() as disk:
        execute(run)
    run.release()
    return run, disk.count


def copy(run: Run, folder: Path) -> Run:
    shutil.copytree(run.data_dir, folder, dirs_exist_ok=True)
    return RunStore(folder).get(run.id)


def learned(run: Run) -> tuple:
    """What is to be the same: the twin, the metrics and what they are drawn from."""
    steps = {name: [part.tolist() for part in run.metrics[name]] for name in ("d_loss", "g_loss", "distance")}
    return run.surrogate_file.read_bytes(), steps, run.snapshots.steps, run.reals.tobytes()


@pytest.mark.parametrize("fault", Fault)
def test_a_training_that_was_cut_off_goes_on_to_the_same_twin(fault, new, whole, tmp_path):
    undisturbed, n_operations = whole
    assert undisturbed.status.state is State.FINISHED
    for n in range(1 + list(Fault).index(fault), n_operations, STRIDE):
        run = copy(new, tmp_path / str(n))
        run.claim()
        with FaultyDisk(run.data_dir, fault, n).used() as disk:
            execute(run)
        run.release()
        assert disk.has_failed
        assert [finding for finding in examine(run.data_dir).findings if finding.kind.is_loss] == []
        if run.status.state is not State.FINISHED:  # as it is at the very last operations
            assert executed(run).state is State.FINISHED
        assert learned(run) == learned(undisturbed), n
        for file in undisturbed.checkpoints.files()[-1:]:
            assert_same_state(read_checkpoint(run.checkpoints.folder / file.name), read_checkpoint(file))
