"""Wavetwin's core: everything but the screen.

config = core.preset_config("article")
run = core.train(config)
signals = core.Surrogate.load(run.path).sample(1_000, seed=1)   # (1000, 1, 300), physical units
report = core.evaluate(real, fake)   # of any two arrays (n, n_samples), whoever made them
"""

from core.config import PRESETS, RunConfig, SimulatorConfig, preset_config
from core.evaluation import evaluate_run
from core.fidelity import Report, evaluate
from core.jobs import train
from core.runs import RunStore
from core.surrogate import Surrogate

__all__ = [
    "PRESETS",
    "Report",
    "RunConfig",
    "RunStore",
    "SimulatorConfig",
    "Surrogate",
    "evaluate",
    "evaluate_run",
    "preset_config",
    "train",
]
