import inspect
import math
import re

import pytest
from pydantic import ValidationError

from core import config
from core.config import (
    PRESETS,
    ArticleConfig,
    Model,
    RunConfig,
    SimulatorConfig,
    TrainingConfig,
    changed,
    load_config,
    preset_config,
    validated,
)
from core.errors import ConfigError
from tests.unit.config.settings import sentence


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        (SimulatorConfig, {"waveform": "cosine"}, ["Waveform", "'cosine'", "sine", "square", "triangle", "sawtooth"]),
        (SimulatorConfig, {"noise_color": "green"}, ["Noise color", "'green'", "pink"]),
        (SimulatorConfig, {"noise_amplitude": -1}, ["Noise amplitude", "-1"]),
        (SimulatorConfig, {"noise_amplitude": math.nan}, ["Noise amplitude", "finite"]),
        (SimulatorConfig, {"n_samples": 1}, ["N samples", "16"]),
        (SimulatorConfig, {"n_samples": 10_000_000}, ["N samples", "16384"]),
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


MODELS = [
    model
    for _, model in inspect.getmembers(config, inspect.isclass)
    if issubclass(model, Model) and model.__module__.startswith(config.__name__)
]


@pytest.mark.parametrize(
    ("model", "field"), [(model, field) for model in MODELS for field in model.model_fields], ids=lambda part: str(part)
)
def test_every_field_has_a_description(model, field):
    description = model.model_fields[field].description
    assert description
    assert description.endswith(".")


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
