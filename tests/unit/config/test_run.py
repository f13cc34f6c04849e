import orjson
import pytest

from core.config import (
    PRESETS,
    RunConfig,
    SimulatorConfig,
    ValueRange,
    changed,
    load_config,
    preset_config,
)
from core.errors import ConfigError
from tests.unit.config.settings import RECORDINGS, run_settings


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_takes_its_own_networks_and_training_and_any_source(name):
    source = SimulatorConfig(waveform="square", n_samples=64)
    settings = preset_config(name, source)
    assert settings.preset == name
    assert settings.source == source
    assert settings.network == PRESETS[name].network
    assert settings.training == PRESETS[name].training
    assert preset_config(name).source == SimulatorConfig()


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"no preset “atricle”.*article"):
        preset_config("atricle")


def test_the_columns_of_a_run_come_in_the_order_that_was_chosen():
    config = RunConfig(conditions=("bias", "amplitude"))
    assert [column.name for column in config.columns] == ["bias", "amplitude"]
    assert RunConfig().columns == ()


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        (("weight",), "There is no condition “weight”; choose among: amplitude, angular_frequency, bias."),
        (("bias", "bias"), "A condition is named twice; name each once."),
        (("phase",), "There is no condition “phase”"),
        (("x" * 500,), "There is no condition “" + "x" * 80 + "”"),
        (("bias",) * 9, "Conditions: "),
        ("bias", "Conditions: "),
    ],
)
def test_impossible_conditions_are_refused_with_a_sentence(conditions, says):
    with pytest.raises(ConfigError) as error:
        run_settings(conditions=conditions)
    assert str(error.value).startswith(says)
    assert str(error.value).endswith(".")
    assert len(str(error.value)) < 300


def test_a_source_of_which_nothing_is_known_has_no_conditions():
    recordings = RECORDINGS | {"columns": []}
    with pytest.raises(ConfigError, match=r"^There is no condition “load”; this source has none\.$"):
        run_settings(source=recordings, conditions=["load"])


def test_a_source_that_no_longer_has_the_condition_is_refused():
    config = RunConfig(conditions=("bias",))
    fixed = SimulatorConfig(bias=ValueRange(minimum=3, maximum=3, step=1))
    with pytest.raises(ConfigError, match="There is no condition “bias”"):
        changed(config, source=fixed)


def test_a_preset_takes_conditions():
    assert preset_config("quick", conditions=("bias",)).conditions == ("bias",)
    assert preset_config("quick").conditions == ()
    with pytest.raises(ConfigError, match="There is no condition"):
        preset_config("quick", conditions=("weight",))


@pytest.mark.parametrize("config", [{}, {"source": RECORDINGS}, {"source": RECORDINGS, "conditions": ["state"]}])
def test_settings_come_back_from_json(config, tmp_path):
    config = run_settings(**config)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    (tmp_path / "run.json").write_bytes(orjson.dumps(config.model_dump(mode="json")))
    assert load_config(RunConfig, tmp_path / "run.json") == config
