"""What tests of the core share besides."""

import pytest

from core.config import RunConfig, SimulatorConfig, ValueRange, changed
from core.store.run import Run


@pytest.fixture
def run(store, tiny_config) -> Run:
    return store.create(tiny_config, "Mine")


@pytest.fixture
def hopeless(tiny_config) -> RunConfig:
    """Settings that there is nothing to learn with."""
    none = ValueRange(minimum=0, maximum=0, step=1)
    return changed(tiny_config, source=SimulatorConfig(n_samples=32, amplitude=none, bias=none, noise_amplitude=0))
