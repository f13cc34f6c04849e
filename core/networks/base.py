"""What every architecture offers, so that the trainer and the pages need not know which one it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Generator(nn.Module):
    """Turns latents into signals in network units.

    `blueprint` holds the keyword arguments that build the same layers again, as plain JSON values; a subclass passes
    them up, and a surrogate on disk is rebuilt from them.
    """

    def __init__(self, **blueprint: Any) -> None:
        super().__init__()
        self.blueprint = blueprint

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        """All the randomness of `n` signals, shape (n, whatever `forward` takes)."""
        raise TypeError(f"{type(self).__name__} must say how its latents are drawn")

    def forward(self, latents: Tensor) -> Tensor:
        """Signals of shape (n, n_channels, n_samples)."""
        raise TypeError(f"{type(self).__name__} must say how signals are made")


class Networks(NamedTuple):
    """The two players."""

    generator: Generator
    discriminator: nn.Module  # (n, n_channels, n_samples) → (n,) logits, positive for real


@dataclass(frozen=True)
class Architecture:
    """How networks come about: fresh ones for training, and a generator from its blueprint."""

    build: Callable[[Any, Tensor], Networks]  # (network config, some reals in network units)
    generator: Callable[..., Generator]  # (**blueprint)
