"""What every architecture offers, so that the trainer and the pages need not know which one it is."""

from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn

from core.networks.conditions import MAX_KEPT, Conditions, Encoder


class LatentLayout(NamedTuple):
    """Which columns of latents (n, n_latents) do what."""

    pick: slice  # uniform on 0 … 1: they choose among neighbourhoods
    shape: slice  # standard normal: they shape the signal
    noise: slice  # standard normal: they become measurement noise and nothing else

    @classmethod
    def of(cls, pick: int = 0, shape: int = 0, noise: int = 0) -> Self:
        """The layout with so many columns of each kind, in this order."""
        return cls(slice(0, pick), slice(pick, pick + shape), slice(pick + shape, pick + shape + noise))

    @property
    def n_latents(self) -> int:
        """How many columns there are."""
        return int(self.noise.stop)


class Generator(nn.Module):
    """Turns latents into signals in network units; a conditional one also gets what is asked for.

    `blueprint` holds the keyword arguments that build the same layers again, as plain JSON values; a subclass passes
    them up, and a surrogate on disk is rebuilt from them. `n_classes` and `n_known` say which conditions it knows and
    how many rows of them; see `Conditions`.
    """

    natural: Tensor  # (n_known, n_conditions), conditions as they occur
    holds_reals = False  # some of the signals that it learned from, as they were

    def __init__(self, layout: LatentLayout, n_classes: list[int], n_known: int, **blueprint: Any) -> None:
        super().__init__()
        self.layout = layout
        self.blueprint = blueprint | {"n_classes": n_classes, "n_known": n_known}
        self.n_classes = n_classes
        self.encoder = Encoder(n_classes)
        self.register_buffer("natural", torch.zeros(n_known, len(n_classes)), persistent=bool(n_classes))

    def learn_conditions(self, conditions: Conditions) -> None:
        """Keep the conditions of some reals, as many as the blueprint says, and learn their scale."""
        self.natural = conditions.values[: len(self.natural)].clone()
        self.encoder.fit(conditions.values)

    def draw_conditions(self, n: int, rng: torch.Generator) -> Tensor:
        """Conditions as they occur, (n, n_conditions)."""
        if not self.n_classes:
            return torch.empty(n, 0)
        rows = torch.randint(len(self.natural), (n,), generator=rng)
        return self.natural.cpu()[rows]

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        """All the randomness of `n` signals, (n, n_latents)."""
        latents = torch.randn(n, self.layout.n_latents, generator=rng)
        latents[:, self.layout.pick] = torch.special.ndtr(latents[:, self.layout.pick])
        return latents

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Signals of shape (n, n_channels, n_samples) under conditions (n, n_conditions), where it knows any."""
        raise TypeError(f"{type(self).__name__} must say how signals are made")

    def without_noise(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor | None:
        """The same signals without their measurement noise; None where noise is no part of its own."""
        return None


def n_kept(conditions: Conditions) -> int:
    """How many rows of conditions of reals a generator keeps."""
    return min(MAX_KEPT, len(conditions.values)) if conditions.n_classes else 0


class Views(nn.Module):
    """What a discriminator looks at: (n, n_channels, n_samples) → (n, n_views). This one: the samples themselves."""

    penalty_factor = 1.0  # × the gradient penalty: more where many views let a discriminator learn reals by heart

    def forward(self, signals: Tensor) -> Tensor:
        return signals.flatten(1)

    def fit(self, reals: Tensor) -> None:
        """Learn the scale of the views from some reals; where that is saved, weights bring it along."""


class Discriminator(nn.Module):
    """Tells real from fake: looks at `views` of the signals and at their conditions; logits (n,), positive for real."""

    def __init__(self, views: Views, network: nn.Module, encoder: Encoder) -> None:
        super().__init__()
        self.views = views  # (n, n_channels, n_samples) → (n, n_views)
        self.network = network  # (n, n_views + n_features) → (n, 1)
        self.encoder = encoder  # (n, n_conditions) → (n, n_features)

    def judge(self, views: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Logits of views; the gradient penalty is taken with respect to them."""
        return self.network(self.encoder.beside(views, conditions))[:, 0]

    def forward(self, signals: Tensor, conditions: Tensor | None = None) -> Tensor:
        return self.judge(self.views(signals), conditions)


def encoder_like(generator: Generator) -> Encoder:
    """A discriminator's own encoder of the conditions that a generator gets."""
    encoder = Encoder(generator.n_classes)
    encoder.fit(generator.natural)
    return encoder


class Networks(NamedTuple):
    """The two players."""

    generator: Generator
    discriminator: Discriminator
