"""The networks of the article: an LSTM that reads the latent vector as a short sequence, and a dense discriminator.

A baseline that shows how a GAN learns. It cannot become a true twin: a deterministic map of 3 numbers reaches a
3-dimensional surface in the space of 300 samples, and fresh measurement noise fills all 300 dimensions.
"""

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.config import ArticleConfig
from core.networks.architecture import Architecture, Cost, Draft, Judge
from core.networks.base import Discriminator, Generator, LatentLayout, Views, encoder_like, n_kept
from core.networks.conditions import Conditions


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
            LatentLayout.of(shape=latent_dim),
            n_classes or [],
            n_known,
            latent_dim=latent_dim,
            sequence_length=sequence_length,
            hidden_size=hidden_size,
            n_channels=n_channels,
            n_samples=n_samples,
        )
        self.sequence_shape = (sequence_length, latent_dim // sequence_length)
        self.signal_shape = (n_channels, n_samples)
        self.lstm = nn.LSTM(self.sequence_shape[1] + self.encoder.n_features, hidden_size, batch_first=True)
        self.dense = nn.Linear(hidden_size, n_channels * n_samples)

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        steps = latents.unflatten(1, self.sequence_shape).unbind(1)
        outputs, _ = self.lstm(torch.stack([self.encoder.beside(step, conditions) for step in steps], 1))
        return self.dense(outputs[:, -1]).unflatten(1, self.signal_shape)


def article_generator(
    config: ArticleConfig, n_channels: int, n_samples: int, conditions: Conditions
) -> ArticleGenerator:
    """A generator with random weights, conditional where conditions of the reals are known."""
    generator = ArticleGenerator(
        config.latent_dim,
        config.sequence_length,
        config.hidden_size,
        n_channels,
        n_samples,
        conditions.n_classes,
        n_kept(conditions),
    )
    generator.learn_conditions(conditions)
    return generator


def article_discriminator(config: ArticleConfig, generator: ArticleGenerator) -> Discriminator:
    """Sees the samples themselves, through dense layers."""
    encoder = encoder_like(generator)
    widths = (math.prod(generator.signal_shape) + encoder.n_features, *config.discriminator_sizes)
    hidden = (
        layer for narrow, wide in itertools.pairwise(widths) for layer in (nn.Linear(narrow, wide), nn.LeakyReLU(0.2))
    )
    return Discriminator(Views(), nn.Sequential(*hidden, nn.Linear(widths[-1], 1)), encoder)


def initialize(
    config: ArticleConfig, reals: Tensor, conditions: Conditions, judge: Judge, rng: torch.Generator
) -> Iterator[Draft]:
    """Random weights, and no stages before the adversarial one."""
    yield Draft("", article_generator(config, reals.shape[1], reals.shape[2], conditions))


ARTICLE = Architecture(
    title="the article's networks",
    config=ArticleConfig,
    generator=ArticleGenerator,
    discriminator=article_discriminator,
    initialize=initialize,
    cost=Cost(preparation=150, step=2.2, batch=2.7),
    advice="Train a twin on the same source with preset Standard: the article's networks cannot make fresh noise from three "
    "numbers, however long they train.",
    replay_note="Early steps go by slowly, because most is learned then.",
)
