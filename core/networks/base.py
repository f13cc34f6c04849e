"""What every architecture offers, so that the trainer and the pages need not know which one it is."""

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


class Discriminator(nn.Module):
    """Tells real from fake: looks at `views` of the signals and gives logits (n,), positive for real."""

    def __init__(self, views: nn.Module, network: nn.Module) -> None:
        super().__init__()
        self.views = views  # (n, n_channels, n_samples) → (n, n_views)
        self.network = network  # (n, n_views) → (n, 1)

    def judge(self, views: Tensor) -> Tensor:
        """Logits of views; the gradient penalty is taken with respect to them."""
        return self.network(views)[:, 0]

    def forward(self, signals: Tensor) -> Tensor:
        return self.judge(self.views(signals))


class Networks(NamedTuple):
    """The two players."""

    generator: Generator
    discriminator: Discriminator
