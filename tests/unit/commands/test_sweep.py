from pathlib import Path

import numpy as np
import pytest

from core.store.datasets import DataSetStore
from core.store.runs import RunStore
from core.store.status import State
from tests.unit.commands.outcomes import last_line, refused


@pytest.fixture
def spec(tmp_path) -> Path:
    """A sweep over two seeds."""
    file = tmp_path / "seeds.toml"
    file.write_text("seeds = [0, 1]\n[training]\nsteps = 10")
    return file


@pytest.fixture
def waves(tmp_path) -> Path:
    """A file of recordings."""
    file = tmp_path / "waves.npy"
    np.save(file, np.random.default_rng(0).normal(size=(60, 32)).astype(np.float32))
    return file


def test_a_sweep_queues_its_runs_once(command, spec):
    code, out, _ = command("sweep", spec)
    assert (code, out) == (0, "Sweep “seeds”: 2 runs queued.\n")
    runs = RunStore().all()
    assert sorted(run.name for run in runs) == ["seeds · seed 0", "seeds · seed 1"]
    assert {(run.sweep, run.status.state) for run in runs} == {("seeds", State.QUEUED)}
    spec.write_text("seeds = [0, 1, 2]\n[training]\nsteps = 10")
    assert command("sweep", spec)[1] == "Sweep “seeds”: 1 run queued. 2 runs of it were there already.\n"
    result = last_line(command("sweep", spec, "--json")[1])
    assert result == {"sweep": "seeds", "queued": [], "already_there": 3}


def test_a_renamed_data_set_makes_no_other_runs(command, waves, tmp_path):
    (tmp_path / "files.toml").write_text(f'[[sources]]\nfiles = "{waves.name}"')
    assert "1 run queued" in command("sweep", tmp_path / "files.toml")[1]
    (kept,) = DataSetStore().all()
    DataSetStore().rename(kept.config.dataset, "Another name")
    (tmp_path / "files.toml").write_text(f'[[sources]]\ndataset = "{kept.config.dataset}"')
    assert "0 runs queued. 1 run of it was there already" in command("sweep", tmp_path / "files.toml")[1]


def test_a_dry_run_lists_what_would_be_queued_and_leaves_nothing(command, spec, waves):
    spec.write_text(f'name = "S"\nseeds = [0, 1]\n[[sources]]\nfiles = "{waves.name}"')
    assert command("sweep", spec, "--dry-run")[:2] == (0, "S · seed 0\nS · seed 1\n")
    assert RunStore().all() == DataSetStore().all() == []
    command("sweep", spec)
    rows = last_line(command("sweep", spec, "--dry-run", "--json")[1])["runs"]
    assert rows == [{"name": f"S · seed {n}", "already_there": True} for n in (0, 1)]


def test_a_wrong_sweep_is_refused_in_a_sentence(command, spec):
    spec.write_text("seed = 1")
    assert refused(command("sweep", spec))
    assert RunStore().all() == []
