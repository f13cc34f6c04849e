"""The networks of the article: an LSTM that reads the latent vector as a short sequence, and a dense discriminator.

A baseline that shows how a GAN learns. It cannot become a true twin: a deterministic map of 3 numbers reaches a
3-dimensional surface in the space of 300 samples, and fresh measurement noise fills all 300 dimensions.
"""

import itertools
import math

import torch
from torch import Tensor, nn

from core.config import ArticleConfig
from core.networks.base import Discriminator, Generator, Networks, encoder_like, n_kept
from core.networks.conditions import Known


class ArticleGenerator(Generator):
    """Latent (n, latent_dim) → LSTM over sequence_length steps → dense → (n, n_channels, n_samples).

    A conditional one reads the conditions at each step.
    """

    def __init__(
        self,
        latent_dim: int,
        sequence_length: int,
        hidden_size: int,
        n_channels: int,
        n_samples: int,
        n_classes: list[int] | None = None,
        n_known: int = 0,
    ) -> None:
        super().__init__(
            n_classes or [],
            n_known,
            latent_dim=latent_dim,
            sequence_length=sequence_length,
            hidden_size=hidden_size,
            n_channels=n_channels,
            n_samples=n_samples,
        )
        self.latent_dim = latent_dim
        self.sequence_shape = (sequence_length, latent_dim // sequence_length)
        self.signal_shape = (n_channels, n_samples)
        self.lstm = nn.LSTM(self.sequence_shape[1] + self.encoder.n_features, hidden_size, batch_first=True)
        self.dense = nn.Linear(hidden_size, n_channels * n_samples)

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.randn(n, self.latent_dim, generator=rng)

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        steps = latents.unflatten(1, self.sequence_shape).unbind(1)
        outputs, _ = self.lstm(torch.stack([self.encoder.beside(step, conditions) for step in steps], 1))
        return self.dense(outputs[:, -1]).unflatten(1, self.signal_shape)


def article_networks(config: ArticleConfig, n_channels: int, n_samples: int, known: Known) -> Networks:
    """Fresh networks, conditional where something is known of the reals."""
    generator = ArticleGenerator(
        config.latent_dim,
        config.sequence_length,
        config.hidden_size,
        n_channels,
        n_samples,
        known.n_classes,
        n_kept(known),
    )
    generator.know(known)
    return Networks(generator, article_discriminator(config, generator))


def article_discriminator(
    config: ArticleConfig, generator: ArticleGenerator, reals: Tensor | None = None
) -> Discriminator:
    """Sees the samples themselves, through dense layers; needs no reals to be built."""
    encoder = encoder_like(generator)
    widths = (math.prod(generator.signal_shape) + encoder.n_features, *config.discriminator_sizes)
    hidden = (
        layer for narrow, wide in itertools.pairwise(widths) for layer in (nn.Linear(narrow, wide), nn.LeakyReLU(0.2))
    )
    return Discriminator(nn.Flatten(), nn.Sequential(*hidden, nn.Linear(widths[-1], 1)), encoder)
