import shutil

import numpy as np
import pytest

from core.config import MIN_REALS, changed
from core.errors import ConfigError, RunFileError
from core.fidelity import usefulness
from core.jobs.usefulness import measure_usefulness, twin_of_few
from core.signals.recordings import Recordings
from core.store.datasets import open_source
from core.store.run import Run


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    for name, value in (("N_SEEDS", 2), ("MIN_ADDED", 60), ("N_KERNELS", 16), ("N_TREES", 5), ("N_DRAWN", 50)):
        monkeypatch.setattr(usefulness, name, value)


@pytest.fixture
def run(unbalanced, tmp_path) -> Run:
    shutil.copytree(unbalanced.data_dir, tmp_path / "data")
    return Run(tmp_path / "data" / "runs" / unbalanced.id)


def test_what_is_measured_is_kept_for_each_condition(run):
    first, second = measure_usefulness(run), measure_usefulness(run, "load")
    assert run.usefulness.tasks == {"state": first, "load": second}
    assert (first.column.name, first.step, first.n_tested) == ("state", run.load_surrogate().step, 90)
    assert first.n_rarest is not None
    assert second.n_rarest is None
    (trial,) = first.trials  # networks that start at random learn nothing from few recordings in no time
    assert trial.n_reals == trial.n_learned == 178


def test_a_file_that_cannot_be_read_counts_as_none(run):
    (run.path / "usefulness.json").write_text('{"format": "wavetwin-usefulness", "version": 2}')
    assert run.usefulness.tasks == {}


def test_progress_rises_and_can_end_it(run):
    told = []
    measure_usefulness(run, on_progress=lambda share, title: told.append(share))
    assert told == sorted(told)
    assert 0 <= min(told) < max(told) < 1

    def end(share, title):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_usefulness(run, on_progress=end)


def test_what_is_no_condition_is_refused(run):
    with pytest.raises(ConfigError, match="no condition “speed”; choose one of: state, load"):
        measure_usefulness(run, "speed")


def test_a_twin_without_conditions_is_refused(run):
    run.config = changed(run.config, conditions=())
    with pytest.raises(ConfigError, match="knows no condition"):
        measure_usefulness(run)


def test_no_room_is_told_in_a_sentence(run, monkeypatch):
    def full(found):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run, "save_usefulness", full)
    with pytest.raises(RunFileError, match="could not be kept \\(No space left on device\\)"):
        measure_usefulness(run)


# Few recordings


def test_few_recordings_are_some_of_those_that_are_learned_from(run):
    source = open_source(run.config, run.data_dir)
    assert isinstance(source, Recordings)
    few, rng = source.fewer(0.1), np.random.default_rng(0)
    kept, whole = ({signal.tobytes() for signal in one.distinct(1000, rng).signals} for one in (few, source))
    assert kept < whole
    assert len(kept) == max(MIN_REALS, round(0.1 * len(whole)))
    np.testing.assert_array_equal(few.fresh(1000, 0).signals, source.fresh(1000, 0).signals)
    np.testing.assert_array_equal(few.held_out(1000, 0).signals, source.held_out(1000, 0).signals)
    assert len(source.distinct(1000, rng)) == len(whole)


@pytest.mark.usefixtures("few_reals")
def test_a_twin_of_few_recordings_is_one_before_its_first_step(run, manifold_config):
    config = changed(manifold_config, source=run.config.source.model_dump(), conditions=("state", "load"))
    told = []
    twin = twin_of_few(config, open_source(config, run.data_dir).fewer(0.2), lambda: told.append(1))
    assert told
    assert twin.sample(5, requested={"state": ("worn",)}).shape == (5, 2, 32)
    assert twin.step == 0
