"""Wavetwin's core: everything but the screen.

config = core.preset_config("article")
run = core.train(config)
signals = core.Surrogate.load(run.path).sample(1_000, seed=1)   # (1000, 1, 300), physical units
report = core.evaluate(real, fake)   # of any two arrays (n, n_samples), whoever made them
"""

from core.config import PRESETS, RunConfig, SimulatorConfig, preset_config
from core.fidelity import Report, evaluate
from core.generation.surrogate import Surrogate
from core.jobs.evaluation import evaluate_run
from core.jobs.training import train
from core.store.runs import RunStore

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
