"""A third architecture, as somebody might add it: what stands here is all that it takes."""

from collections.abc import Iterator
from typing import Literal

import pytest
import torch
from pydantic import Field
from torch import Tensor, nn

from core.config import PRESETS, NetworkConfig, Preset, TrainingConfig
from core.networks import (
    ARCHITECTURES,
    Architecture,
    Conditions,
    Cost,
    Discriminator,
    Draft,
    Generator,
    Judge,
    LatentLayout,
    Stage,
    Views,
)
from core.networks.base import encoder_like


class DenseConfig(NetworkConfig):
    architecture: Literal["dense"] = Field("dense", description="Which networks are trained.")
    n_latents: int = Field(7, description="How many random numbers make a signal.")


class DenseGenerator(Generator):
    def __init__(
        self, n_latents: int, n_channels: int, n_samples: int, n_classes: list[int] | None = None, n_known: int = 0
    ) -> None:
        layout = LatentLayout.of(shape=n_latents)
        super().__init__(
            layout, n_classes or [], n_known, n_latents=n_latents, n_channels=n_channels, n_samples=n_samples
        )
        n_values = n_channels * n_samples
        self.dense = nn.Sequential(nn.Linear(n_latents, n_values), nn.Unflatten(1, (n_channels, n_samples)))

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        return self.dense(latents)


def discriminator(config: DenseConfig, generator: DenseGenerator) -> Discriminator:
    n_values = generator.blueprint["n_channels"] * generator.blueprint["n_samples"]
    return Discriminator(Views(), nn.Linear(n_values, 1), encoder_like(generator))


def initialize(
    config: DenseConfig, reals: Tensor, conditions: Conditions, judge: Judge, rng: torch.Generator
) -> Iterator[Draft]:
    for stage in STAGES:
        yield Draft(stage, DenseGenerator(config.n_latents, *reals.shape[1:]))


STAGES = {"first": Stage("First try", "It guesses."), "second": Stage("Second try", "It guesses again.")}

DENSE = Architecture(
    title="dense networks",
    config=DenseConfig,
    generator=DenseGenerator,
    discriminator=discriminator,
    initialize=initialize,
    cost=Cost(preparation=1, step=1, batch=1),
    stages=STAGES,
)


def register(patch: pytest.MonkeyPatch, training: TrainingConfig) -> None:
    """Let the architecture be known, and a preset of its name."""
    patch.setitem(ARCHITECTURES, "dense", DENSE)
    patch.setitem(PRESETS, "dense", Preset("Dense", "Dense networks.", DenseConfig(), training))
