import numpy as np
import pytest

from core.config import (
    MAX_CHANNELS,
    Column,
    RecordingsConfig,
    RunConfig,
    SimulatorConfig,
    ValueRange,
)
from core.errors import ConfigError
from tests.unit.config.settings import RECORDINGS, run_settings


def test_the_default_signals_raise_no_warning():
    assert SimulatorConfig().warnings() == []


def test_frequencies_above_nyquist_are_warned_of():
    slow = {"minimum": 1, "maximum": 4.7, "step": 0.1}
    fast = {"minimum": 1, "maximum": 4.8, "step": 0.1}
    grid = {"n_samples": 16, "t_start": 0, "t_end": 10}  # 1.5 Hz, which carries up to 1.5 π = 4.71 rad/s
    assert SimulatorConfig(angular_frequency=slow, **grid).warnings() == []
    (warning,) = SimulatorConfig(angular_frequency=fast, **grid).warnings()
    assert "4.8 rad/s" in warning
    assert "4.71 rad/s" in warning


def test_the_sampling_rate_counts_the_gaps_between_samples():
    assert SimulatorConfig(n_samples=101, t_start=1, t_end=11).sampling_rate == pytest.approx(10)


def test_the_simulator_knows_the_parameters_that_differ():
    fixed = ValueRange(minimum=3, maximum=3, step=1)
    columns = SimulatorConfig(bias=fixed).columns
    assert [(column.name, column.unit) for column in columns] == [("amplitude", ""), ("angular_frequency", "rad/s")]
    assert (columns[1].minimum, columns[1].maximum, columns[1].spread) == (1, 2, 1)
    assert all(column.classes == () for column in columns)


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
        ({"n_samples": 16_385}, "n samples"),
        ({"n_samples": 16_384, "n_channels": 17}, "give up to 15,420 samples or 16 channels"),
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
