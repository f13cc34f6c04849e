"""How long a training will take, in words."""

from core import formatting
from core.config import RunConfig
from core.training.cost import expected_seconds, machine_pace
from core.training.device import pick_device

DEVICES = {"cpu": "CPU", "cuda": "graphics card (CUDA)", "mps": "graphics processor (MPS)"}


def expectation(config: RunConfig) -> str:
    """How long a training takes here, and on what. Raises ConfigError where this machine has no such device."""
    device = pick_device(config.training.device).type
    if device != "cpu":
        return f"Trains on this machine’s {DEVICES[device]}."
    seconds = expected_seconds(config, machine_pace())
    duration = f"**{formatting.about(seconds)}** on this machine (CPU)"
    if config.training.patience:
        return f"Takes at most about {duration}, and stops sooner when nothing is left to learn."
    return f"Takes about {duration}."
