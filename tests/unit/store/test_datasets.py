import shutil
from dataclasses import replace

import numpy as np
import orjson
import pytest

from core.config import RunConfig, SimulatorConfig, changed
from core.errors import ConfigError, DataSetError
from core.signals.recordings import Recordings
from core.signals.simulator import Simulator
from core.store.datasets import DataSetStore, open_source
from core.store.runs import RunStore
from tests.unit.store.conftest import COLUMNS, N


def run_on(datasets: DataSetStore, dataset_id: str, config: RunConfig, name: str = "Mine") -> None:
    RunStore(datasets.root.parent).create(changed(config, source=datasets.config(dataset_id)), name)


def test_a_rate_that_nobody_gave_stays_unknown(datasets, data):
    untimed = replace(data, sampling_rate=1.0, is_rate_known=False)
    source = datasets.keep(untimed)
    assert source.units.time == "samples"
    assert not datasets.load(source).is_rate_known
    # As samples per second the same signals are another data set.
    assert datasets.keep(replace(data, sampling_rate=1.0)).dataset != source.dataset


def test_levels_that_were_taken_off_are_kept_with_a_data_set(datasets, data, dataset_id):
    source = datasets.keep(replace(data, levels=(1e9, 0.0)))
    assert source.levels == datasets.load(source).levels == (1e9, 0)
    datasets.verify(source.dataset)
    # Around other levels the same signals are another data set.
    assert len({datasets.keep(replace(data, levels=(2e9, 0.0))).dataset, source.dataset, dataset_id}) == 3


def test_a_data_set_from_before_levels_were_kept_opens(datasets, data, dataset_id):
    file = datasets.root / dataset_id / "dataset.json"
    values = orjson.loads(file.read_bytes())
    del values["config"]["levels"]
    file.write_bytes(orjson.dumps(values | {"version": 2}))
    source = datasets.config(dataset_id)
    datasets.verify(dataset_id)
    assert source.levels is None
    assert datasets.keep(data).levels == ()
    assert datasets.load(source).levels == ()


def test_a_data_set_comes_back_as_it_was(datasets, data, dataset_id):
    loaded = datasets.load(dataset_id)
    for name in ("name", "columns", "sampling_rate", "unit", "story"):
        assert getattr(loaded, name) == getattr(data, name)
    for name in ("signals", "recordings", "conditions"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(data, name))
    assert loaded.signals.dtype == np.float32
    assert loaded.conditions.dtype == np.float64


def test_its_signals_stay_on_disk(datasets, dataset_id):
    assert isinstance(datasets.load(dataset_id).signals, np.memmap)


def test_keeping_returns_the_data_set_as_a_source(datasets, data):
    config = datasets.keep(data, held_out_share=0.3, experiment_cost=2.0, experiment_minutes=5.0)
    assert (config.n_signals, config.n_recordings, config.n_channels, config.n_samples) == (N, 20, 2, 16)
    assert (config.name, config.sampling_rate, config.unit, config.columns) == ("Pump", 250.0, "bar", COLUMNS)
    assert (config.held_out_share, config.experiment_cost, config.experiment_minutes) == (0.3, 2.0, 5.0)
    assert datasets.config(config.dataset) == config
    np.testing.assert_array_equal(datasets.load(config).signals, data.signals)


def test_the_same_content_is_one_data_set(datasets, data, dataset_id):
    again = datasets.keep(replace(data, name="Other", story="Otherwise."), experiment_cost=9.0)
    assert again.dataset == dataset_id
    (kept,) = datasets.all()
    assert (kept.config.name, kept.config.experiment_cost, kept.story) == ("Other", 9.0, "Otherwise.")


def test_the_id_does_not_depend_on_how_the_arrays_lie_in_memory(datasets, data, dataset_id):
    same = replace(
        data,
        signals=np.asfortranarray(data.signals, np.float64),
        recordings=data.recordings.astype(np.int16),
        conditions=np.asfortranarray(data.conditions),
    )
    assert datasets.keep(same).dataset == dataset_id


@pytest.mark.parametrize(
    "other",
    [
        lambda data: {"signals": data.signals + 1},
        lambda data: {"signals": data.signals.reshape(N, 1, 32)},
        lambda data: {"recordings": data.recordings // 2},
        lambda data: {"conditions": data.conditions[:, ::-1], "columns": data.columns[::-1]},
        lambda data: {"conditions": data.conditions * [0.5, 1]},
        lambda data: {"columns": (COLUMNS[0].model_copy(update={"unit": "kN·m"}), COLUMNS[1])},
        lambda data: {"conditions": np.empty((N, 0)), "columns": ()},
        lambda data: {"sampling_rate": 251.0},
        lambda data: {"unit": "Pa"},
    ],
)
def test_other_content_is_another_data_set(other, datasets, data, dataset_id):
    assert datasets.keep(replace(data, **other(data))).dataset != dataset_id
    assert len(datasets.all()) == 2


def test_a_data_set_without_columns_comes_back(datasets, data):
    config = datasets.keep(replace(data, conditions=np.empty((N, 0)), columns=()))
    assert datasets.load(config).conditions.shape == (N, 0)


def test_the_one_kept_last_is_listed_first(datasets, data):
    ids = [datasets.keep(replace(data, unit=unit)).dataset for unit in ("a", "b", "c")]
    assert [kept.config.dataset for kept in datasets.all()] == ids[::-1]
    datasets.keep(replace(data, unit="a"))
    assert datasets.all()[0].config.dataset == ids[0]


def test_a_store_begins_empty(datasets):
    assert datasets.all() == []


def test_data_sets_lie_below_the_data_directory(monkeypatch, tmp_path, data):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    config = DataSetStore().keep(data)
    assert DataSetStore(tmp_path).config(config.dataset) == config


def test_it_says_how_much_it_takes(datasets, dataset_id):
    (kept,) = datasets.all()
    assert kept.n_bytes == N * (2 * 16 * 4 + 8 + 2 * 8)
    assert kept.sha256.startswith(dataset_id)


# What is no data set


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda data: {"signals": data.signals[:, 0]}, r"shape \(40, 16\); give an array"),
        (lambda data: {"signals": data.signals[:0]}, "at least one signal"),
        (lambda data: {"recordings": data.recordings[:-1]}, r"recordings have the shape \(39,\) where \(40,\)"),
        (lambda data: {"columns": COLUMNS[:1]}, r"conditions have the shape \(40, 2\) where \(40, 1\)"),
        (lambda data: {"signals": np.where(data.signals > 2, np.nan, data.signals)}, "Some of the signals are not fin"),
        (lambda data: {"conditions": data.conditions * np.inf}, "Some of the conditions are not finite"),
        (lambda data: {"columns": COLUMNS[:1] * 2}, r"same name \(load, load\)"),
        (lambda data: {"conditions": data.conditions + np.array([0, 1])}, "“state” holds .* from 0 to 1"),
        (lambda data: {"conditions": data.conditions + np.array([0, 0.5])}, "“state” holds"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_data_that_fit_nothing_are_refused(wrong, sentence, datasets, data):
    with pytest.raises(DataSetError, match=sentence):
        datasets.keep(replace(data, **wrong(data)))
    assert datasets.all() == []


@pytest.mark.parametrize(
    ("wrong", "settings"),
    [
        ({"name": " "}, {}),
        ({"sampling_rate": 0.0}, {}),
        ({"signals": np.zeros((N, 2, 15), np.float32)}, {}),
        ({}, {"held_out_share": 0.9}),
        ({}, {"nonsense": 1}),
    ],
)
def test_impossible_settings_are_refused(wrong, settings, datasets, data):
    with pytest.raises(ConfigError):
        datasets.keep(replace(data, **wrong), **settings)
    assert datasets.all() == []


def test_a_long_name_is_cut_and_its_spaces_tidied(datasets, data):
    assert datasets.keep(replace(data, name=" my \n pump")).name == "my pump"
    assert datasets.keep(replace(data, name="x" * 79 + " y")).name == "x" * 79


# Names


def test_a_data_set_can_be_renamed(datasets, data, dataset_id):
    datasets.rename(dataset_id, "  Old   pump ")
    assert datasets.config(dataset_id).name == datasets.load(dataset_id).name == "Old pump"
    assert [file.name for file in (datasets.root / dataset_id).iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["", " \n", "x" * 81])
def test_a_name_that_is_none_is_refused(name, datasets, dataset_id):
    with pytest.raises(DataSetError, match="name of 1 to 80 characters"):
        datasets.rename(dataset_id, name)
    assert datasets.config(dataset_id).name == "Pump"


def test_settings_from_before_a_renaming_still_load(datasets, data):
    config = datasets.keep(data)
    datasets.rename(config.dataset, "Other")
    assert datasets.load(config).name == "Other"


# Deleting


def test_a_deleted_data_set_is_gone(datasets, dataset_id):
    datasets.delete(dataset_id)
    assert datasets.all() == list(datasets.root.iterdir()) == []
    with pytest.raises(DataSetError, match="There is no data set"):
        datasets.load(dataset_id)


def test_a_data_set_is_kept_while_a_run_needs_it(datasets, dataset_id, tiny_config):
    run_on(datasets, dataset_id, tiny_config)
    with pytest.raises(DataSetError, match="“Pump” is needed by the run “Mine”; delete it first"):
        datasets.delete(dataset_id)
    runs = RunStore(datasets.root.parent)
    runs.delete(runs.all()[0].id)
    datasets.delete(dataset_id)
    assert datasets.all() == []


def test_a_broken_data_set_that_a_run_needs_is_called_by_its_id(datasets, dataset_id, tiny_config):
    run_on(datasets, dataset_id, tiny_config)
    (datasets.root / dataset_id / "dataset.json").write_text("{")
    with pytest.raises(DataSetError, match=f"“{dataset_id}” is needed by the run “Mine”; delete it first"):
        datasets.delete(dataset_id)


def test_of_many_runs_a_few_are_named(datasets, dataset_id, tiny_config):
    for number in range(5):
        run_on(datasets, dataset_id, tiny_config, f"Run {number}")
    with pytest.raises(DataSetError, match=r"the runs “Run \d”, “Run \d”, “Run \d” and 2 more; delete them first"):
        datasets.delete(dataset_id)


def test_a_run_whose_status_is_broken_still_needs_it(datasets, dataset_id, tiny_config):
    run_on(datasets, dataset_id, tiny_config)
    (RunStore(datasets.root.parent).all()[0].path / "status.json").write_text("{")
    with pytest.raises(DataSetError, match="is needed by"):
        datasets.delete(dataset_id)


def test_other_runs_do_not_matter(datasets, data, dataset_id, tiny_config):
    runs = RunStore(datasets.root.parent)
    runs.create(tiny_config)
    run_on(datasets, datasets.keep(replace(data, unit="Pa")).dataset, tiny_config)
    broken = runs.create(tiny_config)
    (broken.path / "config.json").write_text("{")
    datasets.delete(dataset_id)
    assert [kept.config.unit for kept in datasets.all()] == ["Pa"]


def test_a_deletion_that_was_cut_off_does_not_hinder_the_next(datasets, data, dataset_id):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        datasets.delete(dataset_id)
    assert datasets.all() == []
    assert datasets.keep(data).dataset == dataset_id
    datasets.delete(dataset_id)
    assert list(datasets.root.iterdir()) == []


# Sources


def test_a_run_on_a_data_set_gets_its_recordings(datasets, data, dataset_id, tiny_config):
    config = changed(tiny_config, source=datasets.config(dataset_id), conditions=("state",))
    source = open_source(config, datasets.root.parent)
    assert isinstance(source, Recordings)
    batch = source.distinct(N, np.random.default_rng(0))
    known = {row.tobytes(): state for row, state in zip(data.signals, data.conditions[:, 1], strict=True)}
    assert [known[row.tobytes()] for row in batch.signals] == list(batch.conditions[:, 0])


def test_a_run_on_the_simulator_gets_a_simulator(tiny_config, tmp_path):
    source = open_source(changed(tiny_config, source=SimulatorConfig(n_samples=64), conditions=("bias",)), tmp_path)
    assert isinstance(source, Simulator)
    assert source.batch(3, np.random.default_rng(0)).conditions.shape == (3, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_run_whose_data_set_is_gone_is_told_so(datasets, dataset_id, tiny_config):
    config = changed(tiny_config, source=datasets.config(dataset_id))
    datasets.delete(dataset_id)
    with pytest.raises(DataSetError, match="There is no data set"):
        open_source(config, datasets.root.parent)
