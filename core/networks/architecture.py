"""What makes an architecture: one record, from which training, pages and files learn all that they need of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from core.config import NetworkConfig
from core.networks.base import Discriminator, Generator, Networks
from core.networks.conditions import Conditions


class Stage(NamedTuple):
    """A part of the way to the first adversarial step, in words for the pages."""

    title: str
    meaning: str  # a sentence or two: what happens in it


class Draft(NamedTuple):
    """The generator that is known at the end of a stage: a true one, which can make signals."""

    stage: str  # a key of `Architecture.stages`
    generator: Generator


class Judge(Protocol):
    """Compares the fakes of a generator with reals that were held out."""

    def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
        """How easily fakes are told from reals; less is better. `handicap`: accuracy that is added to a classifier's."""


@dataclass(frozen=True)
class Cost:
    """What an architecture costs, in reference steps (core/training/cost.py)."""

    preparation: float  # before the first step
    step: float  # however small the batch
    batch: float  # what a batch of 256 signals of 300 values adds to that
    conditions: float = 0.0  # what they add to a step, where there are any


# (settings, reals (n, n_channels, n_samples) in network units, their conditions, judge, rng) → drafts, the last of which
# is trained
Initialize = Callable[[Any, Tensor, Conditions, Judge, torch.Generator], Iterator[Draft]]


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Networks of one kind: how they are set, built and initialized, and what is said of them.

    config: the class of their settings. generator: builds one from a blueprint. discriminator: builds one for a generator
    of these settings; its views are still to be fitted. stages: of the initialization, in their order.
    """

    title: str  # whose they are, as in "the article's networks"
    config: type[NetworkConfig]
    generator: Callable[..., Generator]
    discriminator: Callable[[Any, Any], Discriminator]
    initialize: Initialize
    cost: Cost
    stages: Mapping[str, Stage] = field(default_factory=dict)
    advice: str = ""  # what to do where its twin is not true
    replay_note: str = ""  # what to know of its replay

    def build(self, config: NetworkConfig, blueprint: Mapping[str, Any]) -> Networks:
        """The layers of both networks, which are still to get their weights."""
        generator = self.generator(**blueprint)
        return Networks(generator, self.discriminator(config, generator))

    def complete(self, config: NetworkConfig, generator: Generator, reals: Tensor) -> Networks:
        """A generator with a fresh discriminator, whose views are fitted to reals in network units."""
        discriminator = self.discriminator(config, generator)
        discriminator.views.fit(reals)
        return Networks(generator, discriminator)
