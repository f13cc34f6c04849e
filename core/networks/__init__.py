"""The registry of architectures. A new one is a package or file here, a line below and its settings in core/config/."""

import torch

from core.networks.architecture import Architecture, Cost, Draft, Judge, Stage
from core.networks.article import ARTICLE
from core.networks.base import Discriminator, Generator, LatentLayout, Networks, Views
from core.networks.conditions import Conditions
from core.networks.manifold import MANIFOLD

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Conditions",
    "Cost",
    "Discriminator",
    "Draft",
    "Generator",
    "Judge",
    "LatentLayout",
    "Networks",
    "Stage",
    "Views",
    "use_one_thread",
]

ARCHITECTURES: dict[str, Architecture] = {"manifold": MANIFOLD, "article": ARTICLE}  # by `NetworkConfig.architecture`


def use_one_thread() -> None:
    """Let torch compute on one CPU thread.

    Networks this small gain nothing from a second one, the pages need it, and sums that are not split among threads
    come out the same to the last bit.
    """
    torch.set_num_threads(1)
