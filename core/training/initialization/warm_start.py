"""How each architecture's networks come about before the first step. A new one needs a line in STARTS.

The article's begin with random weights. For the twin, what can be measured on reals is measured, not fought for:
generators are made of signals on a manifold, with plain and with varied noise, and one that blends neighbours. Which of
them the adversarial phase takes up is decided by how near their fakes are to held-out reals, or how hard to tell from the
reals where these are few; never by the user.
"""

from collections.abc import Callable
from collections.abc import Generator as Steps
from typing import Any

import torch
from torch import Tensor

from core.config import ArticleConfig, TwinConfig
from core.errors import ConfigError
from core.fidelity.measures.c2st import random_kernels
from core.networks import Generator, Known, Networks
from core.networks.article import article_networks
from core.networks.twin.generators import TwinGenerator
from core.networks.twin.views import twin_discriminator
from core.training.events import Phase
from core.training.initialization.latents import blend_generator, manifold_generators
from core.training.initialization.shapes import learn_shapes, principal_axes

MIN_REALS = 20
CLEARLY_NEARER = 0.9  # times the other's distance
FEW_REALS = 4096  # up to which a classifier chooses the generator
CLEARLY_LESS_TOLD = 0.05  # of the classifier's accuracy
N_KERNELS = 256
N_VIEWED = 4096  # reals that the discriminator's views are standardised on

Distance = Callable[[Generator], float]  # of a generator's fakes from held-out reals

# (settings, reals (n, n_channels, n_samples) in network units, their conditions, distance, rng) → phases, then networks
Start = Callable[[Any, Tensor, Known, Distance, torch.Generator], Steps[Phase, None, Networks]]


def cold_start(
    config: ArticleConfig, reals: Tensor, known: Known, distance: Distance, rng: torch.Generator
) -> Steps[Phase, None, Networks]:
    """Networks with random weights; there are no phases before the adversarial one."""
    yield from ()
    return article_networks(config, reals.shape[1], reals.shape[2], known)


def warm_start(
    config: TwinConfig, reals: Tensor, known: Known, distance: Distance, rng: torch.Generator
) -> Steps[Phase, None, Networks]:
    """The twin's networks, of the generator that is nearer to held-out reals or, of few reals, harder to tell from them.

    Raises ConfigError where there are too few reals.
    """
    if len(reals) < MIN_REALS:
        raise ConfigError(
            f"There are {len(reals)} signals to learn from; the twin needs at least {MIN_REALS}. Add more recordings."
        )
    yield Phase.SHAPES
    axes = principal_axes(reals)
    shapes = learn_shapes(reals, axes, rng)
    yield Phase.LATENTS
    generator: TwinGenerator = blend_generator(reals, known, axes, config.width)
    if shapes:
        on_manifold = min(manifold_generators(reals, known, axes, shapes, config.width, rng), key=distance)
        # Where they are about as good the manifold is taken: it has more that the adversarial phase can mend.
        if len(reals) > FEW_REALS:
            is_beaten = distance(generator) > CLEARLY_NEARER * distance(on_manifold)
        else:
            is_beaten = told(generator, reals, rng) > told(on_manifold, reals, rng) - CLEARLY_LESS_TOLD
        if is_beaten:
            generator = on_manifold
    return Networks(generator, twin_discriminator(config, generator, reals[:N_VIEWED]))


@torch.no_grad()
def told(generator: Generator, reals: Tensor, rng: torch.Generator) -> float:
    """How often a classifier on random kernels tells fakes from these reals (n, n_channels, n_samples); 0.5 is guessing.

    The distance to the few reals that a small set can hold out is a poor judge of which generator is better; this one
    compares with all that there are.
    """
    n = len(reals)
    fakes = generator(generator.draw_latents(n, rng), generator.draw_conditions(n, rng))
    return random_kernels(reals.numpy(), fakes.numpy(), 0, N_KERNELS).accuracy


STARTS: dict[str, Start] = {"article": cold_start, "twin": warm_start}
