"""Where the networks are trained."""

from typing import Literal

import torch

from core.errors import ConfigError


def pick_device(wish: Literal["auto", "cpu", "cuda", "mps"]) -> torch.device:
    """The device of that name; `auto` is CUDA, then MPS, then the CPU. Raises ConfigError where it is missing."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wish == "auto":
        return torch.device(next(name for name, there in present.items() if there))
    if not present[wish]:
        raise ConfigError(f"This machine has no {wish.upper()} device; set the device to auto or cpu.")
    return torch.device(wish)
