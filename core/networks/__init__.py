"""The registry of architectures. A new one is a file here, a line below and its settings in core/config.py."""

import torch
from torch import Tensor

from core.config import NetworkConfig
from core.networks.article import ARTICLE
from core.networks.base import Architecture, Generator, Networks

__all__ = ["ARCHITECTURES", "Architecture", "Generator", "Networks", "build", "use_one_thread"]

ARCHITECTURES: dict[str, Architecture] = {"article": ARTICLE}


def build(config: NetworkConfig, reals: Tensor, seed: int) -> Networks:
    """Fresh networks for reals of shape (n, n_channels, n_samples) in network units; a seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ARCHITECTURES[config.architecture].build(config, reals)


def use_one_thread() -> None:
    """Let torch compute on one CPU thread.

    Networks this small gain nothing from a second one, the pages need it, and sums that are not split among threads
    come out the same to the last bit.
    """
    torch.set_num_threads(1)
