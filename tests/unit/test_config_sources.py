"""Settings of sources and of what a twin can be asked for."""

import numpy as np
import orjson
import pytest

from core.config import (
    MAX_CHANNELS,
    Column,
    RecordingsConfig,
    RunConfig,
    SimulatorConfig,
    ValueRange,
    changed,
    load_config,
    preset_config,
    validated,
)
from core.errors import ConfigError

RECORDINGS = {
    "kind": "recordings",
    "dataset": "0123456789abcdef",
    "name": "Beam",
    "n_signals": 400,
    "n_recordings": 20,
    "n_channels": 2,
    "n_samples": 128,
    "sampling_rate": 1000.0,
    "unit": "g",
    "columns": [
        {"name": "load", "unit": "N", "minimum": 2.0, "maximum": 8.0},
        {"name": "state", "classes": ["whole", "cracked"]},
    ],
}


def run_settings(**values: object) -> RunConfig:
    return validated(RunConfig, values)


# Columns


def test_the_simulator_knows_the_parameters_that_differ():
    fixed = ValueRange(minimum=3, maximum=3, step=1)
    columns = SimulatorConfig(bias=fixed).columns
    assert [(column.name, column.unit) for column in columns] == [("amplitude", ""), ("angular_frequency", "rad/s")]
    assert (columns[1].minimum, columns[1].maximum, columns[1].spread) == (1, 2, 1)
    assert all(column.classes == () for column in columns)


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


# Recordings


def test_recordings_are_a_source():
    config = run_settings(source=RECORDINGS, conditions=["state", "load"])
    assert isinstance(config.source, RecordingsConfig)
    assert config.columns == (
        Column(name="state", classes=("whole", "cracked")),
        Column(name="load", unit="N", minimum=2, maximum=8),
    )
    assert config.columns[1].spread == 6
    times = config.source.times
    assert len(times) == 128
    np.testing.assert_allclose(times, np.arange(128) / 1000)


def test_a_source_without_a_kind_is_the_simulator():
    config = run_settings(source={"n_samples": 64})
    assert isinstance(config.source, SimulatorConfig)
    assert config.source.n_samples == 64


@pytest.mark.parametrize("config", [{}, {"source": RECORDINGS}, {"source": RECORDINGS, "conditions": ["state"]}])
def test_settings_come_back_from_json(config, tmp_path):
    config = run_settings(**config)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    (tmp_path / "run.json").write_bytes(orjson.dumps(config.model_dump(mode="json")))
    assert load_config(RunConfig, tmp_path / "run.json") == config


def test_settings_from_before_there_were_conditions_and_kinds_still_load():
    old = RunConfig().model_dump(mode="json")
    del old["conditions"]
    for name in ("kind", "n_channels", "channel_phase"):
        old["source"].pop(name, None)
    assert run_settings(**old) == RunConfig()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"dataset": "../../etc/passwd"}, "dataset"),
        ({"dataset": "0123456789ABCDEF"}, "dataset"),
        ({"dataset": "0123456789abcdef\n"}, "dataset"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"n_channels": 0}, "n channels"),
        ({"n_channels": MAX_CHANNELS + 1}, "n channels"),
        ({"n_samples": 15}, "n samples"),
        ({"n_samples": 4097}, "n samples"),
        ({"sampling_rate": 0}, "sampling rate"),
        ({"sampling_rate": float("nan")}, "sampling rate"),
        ({"sampling_rate": float("inf")}, "sampling rate"),
        ({"held_out_share": 0.01}, "held out share"),
        ({"held_out_share": 0.9}, "held out share"),
        ({"columns": [{"name": ""}]}, "columns"),
        ({"columns": [{"name": "load", "minimum": float("nan")}]}, "columns"),
        ({"kind": "other"}, "kind"),
        ({"color": "red"}, "color"),
    ],
    ids=str,
)
def test_impossible_recordings_are_refused_with_a_sentence(wrong, says):
    with pytest.raises(ConfigError) as error:
        run_settings(source=RECORDINGS | wrong)
    assert says in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    "wrong", [{"n_channels": 0}, {"n_channels": MAX_CHANNELS + 1}, {"channel_phase": 1e9}], ids=str
)
def test_impossible_channels_are_refused(wrong):
    with pytest.raises(ConfigError):
        run_settings(source=wrong)
