import inspect
import math
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core import config
from core.config import (
    PRESETS,
    ArticleConfig,
    Model,
    RunConfig,
    SimulatorConfig,
    TrainingConfig,
    ValueRange,
    changed,
    load_config,
    preset_config,
    validated,
)
from core.errors import ConfigError


def sentence(model: type[Model], values: dict) -> str:
    """The message that `values` are refused with; it must be one sentence."""
    with pytest.raises(ConfigError) as caught:
        validated(model, values)
    message = str(caught.value)
    assert message[0].isupper()
    assert message.endswith(".")
    assert ". " not in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("minimum", "maximum", "step", "words"),
    [
        (2, 1, 0.1, ["minimum (2)", "above the maximum (1)"]),
        (1, 2, 0, ["step is 0", "above 0"]),
        (1, 2, -0.5, ["step is -0.5", "above 0"]),
        (math.nan, 2, 0.1, ["minimum", "finite"]),
        (1, math.nan, 0.1, ["maximum", "finite"]),
        (1, 2, math.nan, ["step", "finite"]),
        (-math.inf, 2, 0.1, ["minimum", "finite"]),
        (1, math.inf, 0.1, ["maximum", "finite"]),
        (1, 2, math.inf, ["step", "finite"]),
        (1, 1e7, 0.1, ["maximum", "1000000"]),
        (-1e7, 1, 0.1, ["minimum", "-1000000"]),
        ("a", 2, 0.1, ["minimum", "number", "'a'"]),
        (0, 10, 1e-9, ["step (1e-09)", "too fine", "at least 1"]),
        (0, 1e6, 1e-310, ["step (1e-310)", "at least"]),
    ],
)
def test_an_impossible_range_is_refused_in_one_sentence(minimum, maximum, step, words):
    message = sentence(SimulatorConfig, {"amplitude": {"minimum": minimum, "maximum": maximum, "step": step}})
    assert message.startswith("Amplitude")
    assert all(word in message for word in words), message


@pytest.mark.parametrize(("maximum", "step"), [(10, 1e-9), (1234.5, 1e-5), (1e6, 0.1), (0.3, 1e-12)])
def test_the_step_that_a_refusal_advises_is_accepted(maximum, step):
    message = sentence(ValueRange, {"minimum": 0, "maximum": maximum, "step": step})
    advised = float(re.search(r"at least (.+)\.$", message)[1])
    assert validated(ValueRange, {"minimum": 0, "maximum": maximum, "step": advised}).step == advised


def test_a_missing_half_of_a_range_is_named():
    message = sentence(SimulatorConfig, {"bias": {"minimum": 0, "maximum": 1}})
    assert "bias → step" in message
    assert "missing" in message


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        (SimulatorConfig, {"waveform": "cosine"}, ["Waveform", "'cosine'", "sine", "square", "triangle", "sawtooth"]),
        (SimulatorConfig, {"noise_color": "green"}, ["Noise color", "'green'", "pink"]),
        (SimulatorConfig, {"noise_amplitude": -1}, ["Noise amplitude", "-1"]),
        (SimulatorConfig, {"noise_amplitude": math.nan}, ["Noise amplitude", "finite"]),
        (SimulatorConfig, {"n_samples": 1}, ["N samples", "16"]),
        (SimulatorConfig, {"n_samples": 10_000_000}, ["N samples", "4096"]),
        (SimulatorConfig, {"n_samples": 20.5}, ["N samples", "integer"]),
        (SimulatorConfig, {"t_start": 5, "t_end": 5}, ["last sample's time (5 s)", "first's (5 s)", "later end"]),
        (SimulatorConfig, {"amplitude": {"minimum": -1, "maximum": 1, "step": 1}}, ["amplitude is -1", "0 or more"]),
        (
            SimulatorConfig,
            {"angular_frequency": {"minimum": -1, "maximum": 1, "step": 1}},
            ["angular frequency is -1 rad/s", "0 or more"],
        ),
        (SimulatorConfig, {"wave_form": "sine"}, ["no setting “wave_form”"]),
        (ArticleConfig, {"latent_dim": 4, "sequence_length": 3}, ["latent of 4", "3 equal steps", "multiple"]),
        (ArticleConfig, {"discriminator_sizes": []}, ["Discriminator sizes", "at least 1"]),
        (TrainingConfig, {"steps": 0}, ["Steps", "1"]),
        (TrainingConfig, {"batch_size": 1}, ["Batch size", "2"]),
        (TrainingConfig, {"generator_rate": 0}, ["Generator rate", "greater than 0"]),
        (TrainingConfig, {"ema_decay": 1}, ["Ema decay", "less than 1"]),
        (TrainingConfig, {"seed": -1}, ["Seed", "0"]),
        (RunConfig, {"color": "red"}, ["no setting “color”"]),
        (RunConfig, {"training": {"speed": 1}}, ["no setting “training.speed”"]),
    ],
)
def test_an_impossible_setting_is_refused_in_one_sentence(model, values, words):
    message = sentence(model, values)
    assert all(word in message for word in words), message


def test_each_wrong_setting_has_its_own_sentence():
    with pytest.raises(ConfigError) as caught:
        validated(TrainingConfig, {"steps": 0, "seed": -1})
    assert [text.split(":")[0] for text in str(caught.value).split(". ")] == ["Steps", "Seed"]


def test_changed_checks_everything_again():
    assert changed(TrainingConfig(), steps=7).steps == 7
    with pytest.raises(ConfigError, match="Steps"):
        changed(TrainingConfig(), steps=0)


def test_settings_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        RunConfig().preset = "other"


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


MODELS = [
    model
    for _, model in inspect.getmembers(config, inspect.isclass)
    if issubclass(model, Model) and model.__module__ == config.__name__
]


@pytest.mark.parametrize(
    ("model", "field"), [(model, field) for model in MODELS for field in model.model_fields], ids=lambda part: str(part)
)
def test_every_field_has_a_description(model, field):
    description = model.model_fields[field].description
    assert description
    assert description.endswith(".")


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


@pytest.mark.parametrize("name", PRESETS)
def test_settings_come_back_from_json(name, tmp_path):
    file = tmp_path / "settings.json"
    settings = preset_config(name, SimulatorConfig(waveform="triangle", noise_color="pink", t_start=-1.1))
    file.write_text(settings.model_dump_json(indent=2), "utf-8")
    assert load_config(RunConfig, file) == settings


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not valid JSON"),
        (b'{"preset": "article",\n "source": }', "not valid JSON .line 2"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[1, 2]", "holds no settings.*JSON object"),
        (b'"article"', "holds no settings.*JSON object"),
        (b'{"color": 1}', "no setting “color”"),
        (b'{"training": {"steps": 0}}', "Training → steps"),
    ],
)
def test_a_broken_settings_file_is_refused(content, words, tmp_path):
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        load_config(RunConfig, file)


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_settings_file_that_is_not_there_is_named(name, tmp_path):
    with pytest.raises(ConfigError, match=rf"{re.escape(str(tmp_path / name))} cannot be read"):
        load_config(RunConfig, tmp_path / name)


thousandths = st.integers(-100_000, 100_000).map(lambda n: Decimal(n) / 1000)
steps = st.integers(1, 500).map(lambda n: Decimal(n) / 1000)


@given(minimum=thousandths, step=steps, n_steps=st.integers(0, 200), beyond=st.floats(0, 0.9))
def test_values_are_exactly_on_the_grid(minimum, step, n_steps, beyond):
    maximum = float(minimum + n_steps * step) + beyond * float(step)
    span = ValueRange(minimum=float(minimum), maximum=maximum, step=float(step))
    grid = [float(minimum + k * step) for k in range(n_steps + 1)]
    assert span.count == len(grid)
    assert set(span.draw(100, np.random.default_rng(0))) <= set(grid)


@given(minimum=st.floats(-1e3, 1e3), width=st.floats(0, 1e3), step=st.floats(1e-3, 1e3))
def test_values_are_inside_the_range(minimum, width, step):
    span = ValueRange(minimum=minimum, maximum=minimum + width, step=step)
    values = span.draw(100, np.random.default_rng(0))
    assert values.shape == (100,)
    assert values.min() >= span.minimum
    assert values.max() <= span.maximum


def test_every_value_is_drawn_equally_often():
    values = ValueRange(minimum=0, maximum=1, step=0.1).draw(110_000, np.random.default_rng(0))
    found, counts = np.unique(values, return_counts=True)
    np.testing.assert_array_equal(found, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert np.abs(counts / 10_000 - 1).max() < 0.05


def test_a_range_of_one_value_gives_that_value():
    assert set(ValueRange(minimum=3, maximum=3, step=1).draw(10, np.random.default_rng(0))) == {3.0}


def test_a_range_may_be_as_small_as_picoamperes():
    span = ValueRange(minimum=1e-12, maximum=1e-11, step=1e-13)
    values = span.draw(10_000, np.random.default_rng(0))
    assert span.count == len(set(values)) == 91
    np.testing.assert_allclose(np.unique(values), 1e-13 * np.arange(10, 101))
