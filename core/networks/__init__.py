"""The registry of architectures. A new one is a file here, a line below and its settings in core/config.py."""

from collections.abc import Callable

import torch

from core.networks.article import ArticleGenerator
from core.networks.base import Discriminator, Generator, Networks
from core.networks.twin import twin_generator

__all__ = ["GENERATORS", "Discriminator", "Generator", "Networks", "use_one_thread"]

GENERATORS: dict[str, Callable[..., Generator]] = {"article": ArticleGenerator, "twin": twin_generator}


def use_one_thread() -> None:
    """Let torch compute on one CPU thread.

    Networks this small gain nothing from a second one, the pages need it, and sums that are not split among threads
    come out the same to the last bit.
    """
    torch.set_num_threads(1)
