"""The registry of architectures. A new one is a file here, two lines below and its settings in core/config.py."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from core.networks.article import ArticleGenerator, article_discriminator
from core.networks.base import Discriminator, Generator, Networks
from core.networks.conditions import Known
from core.networks.twin.generators import twin_generator
from core.networks.twin.views import twin_discriminator

__all__ = ["GENERATORS", "Discriminator", "Generator", "Known", "Networks", "rebuilt", "use_one_thread"]

GENERATORS: dict[str, Callable[..., Generator]] = {"article": ArticleGenerator, "twin": twin_generator}

# (settings, generator, some reals (n, n_channels, n_samples) in network units)
DISCRIMINATORS: dict[str, Callable[[Any, Any, Tensor], Discriminator]] = {
    "article": article_discriminator,
    "twin": twin_discriminator,
}


def rebuilt(config: Any, blueprint: dict[str, Any], reals: Tensor) -> Networks:
    """The layers of a pair whose weights are at hand, without measuring anything anew."""
    generator = GENERATORS[config.architecture](**blueprint)
    return Networks(generator, DISCRIMINATORS[config.architecture](config, generator, reals))


def use_one_thread() -> None:
    """Let torch compute on one CPU thread.

    Networks this small gain nothing from a second one, the pages need it, and sums that are not split among threads
    come out the same to the last bit.
    """
    torch.set_num_threads(1)
