"""What every architecture offers, so that the trainer and the pages need not know which one it is."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from core.networks.conditions import MAX_KNOWN, Encoder, Known


class Generator(nn.Module):
    """Turns latents into signals in network units; a conditional one also gets what is asked for.

    `blueprint` holds the keyword arguments that build the same layers again, as plain JSON values; a subclass passes
    them up, and a surrogate on disk is rebuilt from them. `n_classes` and `n_known` say of which conditions it knows what;
    see `Known`.
    """

    natural: Tensor  # (n_known, n_conditions), conditions as they occur
    n_picks = (
        0  # leading latents that choose among neighbourhoods; the next ones are standard normal and shape the signal
    )
    n_noise = 0  # trailing latents that become measurement noise and nothing else

    def __init__(self, n_classes: list[int], n_known: int, **blueprint: Any) -> None:
        super().__init__()
        self.blueprint = blueprint | {"n_classes": n_classes, "n_known": n_known}
        self.n_classes = n_classes
        self.encoder = Encoder(n_classes)
        self.register_buffer("natural", torch.zeros(n_known, len(n_classes)), persistent=bool(n_classes))

    def know(self, known: Known) -> None:
        """Keep the conditions of some reals, as many as the blueprint says, and learn their scale."""
        self.natural = known.values[: len(self.natural)].clone()
        self.encoder.fit(known.values)

    def draw_conditions(self, n: int, rng: torch.Generator) -> Tensor:
        """Conditions as they occur, (n, n_conditions)."""
        if not self.n_classes:
            return torch.empty(n, 0)
        rows = torch.randint(len(self.natural), (n,), generator=rng)
        return self.natural.cpu()[rows]

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        """All the randomness of `n` signals, shape (n, whatever `forward` takes)."""
        raise TypeError(f"{type(self).__name__} must say how its latents are drawn")

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Signals of shape (n, n_channels, n_samples) under conditions (n, n_conditions), where it knows any."""
        raise TypeError(f"{type(self).__name__} must say how signals are made")

    def without_noise(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor | None:
        """The same signals without their measurement noise; None where noise is no part of its own."""
        return None


def n_kept(known: Known) -> int:
    """How many conditions of reals a generator keeps."""
    return min(MAX_KNOWN, len(known.values)) if known.n_classes else 0


class Discriminator(nn.Module):
    """Tells real from fake: looks at `views` of the signals and at their conditions; logits (n,), positive for real."""

    def __init__(self, views: nn.Module, network: nn.Module, encoder: Encoder) -> None:
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
