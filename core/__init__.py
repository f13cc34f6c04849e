"""Wavetwin's core: everything but the screen.

config = core.preset_config("article")
run = core.train(config)
signals = core.Surrogate.load(run.path).sample(1_000, seed=1)   # (1000, 1, 300), physical units
"""

from core.config import PRESETS, RunConfig, SimulatorConfig, preset_config
from core.jobs import train
from core.runs import RunStore
from core.surrogate import Surrogate

__all__ = ["PRESETS", "RunConfig", "RunStore", "SimulatorConfig", "Surrogate", "preset_config", "train"]
