"""Settings for tests of settings, and what wrong ones are refused with."""

import pytest

from core.config import Model, RunConfig, validated
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
