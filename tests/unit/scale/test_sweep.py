from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.config import RecordingsConfig, SimulatorConfig
from core.errors import ConfigError
from core.scale.sweep import Planned, Sweep
from core.store.datasets import DataSetStore
from tests.conftest import pumps


@pytest.fixture
def data_sets(tmp_path) -> DataSetStore:
    return DataSetStore(tmp_path / "data")


@pytest.fixture
def planned(tmp_path, data_sets) -> Callable[..., list[Planned]]:
    """The runs of a sweep that a TOML file describes."""

    def plan(text: str, **options: object) -> list[Planned]:
        file = tmp_path / "noise.toml"
        file.write_text(text, "utf-8")
        return Sweep.read(file).runs(data_sets, list, **options)

    return plan


def test_a_sweep_has_a_run_of_everything_with_everything_the_first_seed_first(planned):
    runs = planned(
        """
        name = "Noise"
        seeds = [4, 5]
        presets = ["quick", "article"]
        [training]
        gamma = [1, 2.5]
        steps = 30
        [[sources]]
        name = "quiet"
        noise_amplitude = 0.1
        [[sources]]
        n_channels = 2
        conditions = ["amplitude"]
        """
    )
    assert len(runs) == 16 == len({run.config for run in runs})
    assert [run.config.training.seed for run in runs] == [4] * 8 + [5] * 8
    assert runs[0].name == "Noise · quiet · quick · gamma 1 · seed 4"
    assert runs[-1].name == "Noise · source 2 · article · gamma 2.5 · seed 5"
    first, last = runs[0].config, runs[-1].config
    assert (first.preset, first.training.gamma, first.training.steps) == ("quick", 1, 30)
    assert (first.source, first.conditions) == (SimulatorConfig(noise_amplitude=0.1), ())
    assert (last.preset, last.network.architecture, last.training.gamma) == ("article", "article", 2.5)
    assert (last.source.n_channels, last.conditions) == (2, ("amplitude",))


def test_what_is_left_out_is_as_elsewhere(planned):
    ((name, config),) = planned("")
    assert name == "noise"  # as the file
    assert (config.preset, config.training.seed, config.source) == ("standard", 0, SimulatorConfig())


def test_runs_are_named_by_a_pattern(planned):
    runs = planned('name = "N"\nseeds = [7, 8]\nrun_name = "{preset} #{seed:03d} of {sweep}"')
    assert [run.name for run in runs] == ["standard #007 of N", "standard #008 of N"]


def test_a_kept_data_set_is_named_by_its_id(planned, data_sets):
    kept = data_sets.keep(pumps())
    text = f'[[sources]]\ndataset = "{kept.dataset}"\nlimit_values = false\nconditions = ["state"]\n[[sources]]'
    runs = planned(text)
    assert runs[0].name == "noise · Pumps"
    assert runs[0].config.source == kept.model_copy(update={"limit_values": False})
    assert runs[0].config.conditions == ("state",)


def test_files_are_kept_as_a_data_set_or_only_looked_at(planned, data_sets, tmp_path):
    np.save(tmp_path / "waves.npy", np.random.default_rng(0).normal(size=(60, 32)).astype(np.float32))
    text = '[[sources]]\nfiles = "waves.npy"\nunit = "V"\nheld_out_share = 0.3'
    looked_at = planned(text, keep_in=DataSetStore(tmp_path / "elsewhere"))
    assert data_sets.all() == []
    (run,) = planned(text)
    assert [run] == looked_at
    source = run.config.source
    assert isinstance(source, RecordingsConfig)
    assert (source.n_signals, source.unit, source.held_out_share) == (60, "V", 0.3)
    assert [kept.config.dataset for kept in data_sets.all()] == [source.dataset]


def test_a_sweep_may_be_json(tmp_path, data_sets):
    file = tmp_path / "seeds.json"
    file.write_text('{"seeds": [1, 2]}')
    assert [run.name for run in Sweep.read(file).runs(data_sets, list)] == [
        "seeds · seed 1",
        "seeds · seed 2",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "seed = [1]",
            "A sweep has no key “seed”; use one of: name, run_name, seeds, presets, sources, training.",
        ),
        ("seeds = [1, -1]", "seeds has '-1'; give whole numbers from 0 to 2,147,483,647."),
        ("seeds = [true]", "seeds has 'True'; give whole numbers"),
        ("seeds = []", "seeds is empty; give one value or a list."),
        ('presets = ["fast"]', "presets has 'fast'; use one of: standard, quick, thorough, article."),
        ("name = 3", "name has '3'; give text in quotes."),
        ("training = 3", "training must be a table of settings: steps, batch_size"),
        ("[training]\nrate = 1", "[training] has no key “rate”; use one of: steps, batch_size"),
        ("[training]\nseed = 1", "[training] has no key “seed”"),
        ("[training]\ngamma = [1, -1]", "Training → gamma: it should be greater than or equal to 0 (given: -1)"),
        ("sources = 3", "sources must be a list of tables; write one table [[sources]] for each source."),
        ("[[sources]]\nnoise = 1", "Source 1: A simulator has no key “noise”; use one of: name, conditions, "),
        ("[[sources]]\n[[sources]]\nnoise_amplitude = -1", "Source 2: Noise amplitude: it should be greater"),
        ('[[sources]]\nconditions = ["load"]', "Source 1: There is no condition “load”; choose among: amplitude"),
        ('[[sources]]\ndataset = "0123456789abcdef"', "Source 1: There is no data set “0123456789abcdef”"),
        ('[[sources]]\ndataset = "0"\nunit = "V"', "Source 1: A source that is a data set has no key “unit”"),
        ('[[sources]]\nfiles = ["a.csv"]\nsheets = 1', "Source 1: A source from files has no key “sheets”"),
        (
            'run_name = "{speed}"',
            "run_name is “{speed}”; use text and {sweep}, {source}, {preset}, {seed}.",
        ),
        ('run_name = "{seed.real}"', "use text and"),
        ('run_name = "{seed"', "use text and"),
        ('run_name = "{seed:q}"', "use text and"),
        ("seeds = [" + "1, " * 10_001 + "]", "That sweep has 10,001 runs; leave out some, it may have 10,000."),
        ("seeds = [1", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_what_may_stand_there(planned, text, sentence):
    with pytest.raises(ConfigError) as caught:
        planned(text)
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match=r"The sweep nowhere.toml cannot be read \(No such file"):
        Sweep.read(Path("nowhere.toml"))


def test_a_json_file_that_is_no_object_is_told(tmp_path):
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(ConfigError, match="is empty; use these keys: name"):
        Sweep.read(tmp_path / "a.json")
