"""Wavetwin's core: everything but the screen.

config = core.preset_config("article")
run = core.train(config)
signals = core.Surrogate.load(run.path).sample(1_000, seed=1)   # (1000, 1, 300), physical units
report = core.evaluate(real, fake)   # of any two arrays (n, n_samples), whoever made them

Each name is imported when it is first used, so that `import core` loads neither torch nor SciPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.version import __version__ as __version__

if TYPE_CHECKING:
    from core.config import PRESETS, RunConfig, SimulatorConfig, preset_config
    from core.fidelity.report import Report, evaluate
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

_MODULES = {
    "PRESETS": "core.config",
    "Report": "core.fidelity.report",
    "RunConfig": "core.config",
    "RunStore": "core.store.runs",
    "SimulatorConfig": "core.config",
    "Surrogate": "core.generation.surrogate",
    "evaluate": "core.fidelity.report",
    "evaluate_run": "core.jobs.evaluation",
    "preset_config": "core.config",
    "train": "core.jobs.training",
}


if not TYPE_CHECKING:  # type checkers read the imports above, and refuse other names

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
