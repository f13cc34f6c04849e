"""Which quantities of signals depend on each other."""

import math
from itertools import combinations, product

import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from core.networks.manifold.shapes import strongest_axes

MIN_ASSOCIATION = 0.005  # squared association (Cramér's V) of two quantities; 0 is none, 1 is total
MAX_CLASSES = 8  # in which a quantity's association with others is looked at
FAR_OUT = 5  # deviations from what independent quantities show by chance
N_DESCRIBING = 4  # leading principal coefficients, which stand for a channel
N_FOUND = 4 * N_DESCRIBING  # the more are looked for, the truer are the first
FEWEST = 2048  # signals, with which MIN_ASSOCIATION cannot be missed: it is far out


def depend(scores: Tensor) -> bool:
    """Whether two of the columns of standard normal scores (n, n_columns) depend on each other."""
    n_classes = _n_classes(len(scores))
    classes = _classes(torch.special.ndtr(scores), n_classes)
    return any(_are_associated(first, second, n_classes) for first, second in combinations(classes.T, 2))


def independent_channels(signals: Tensor) -> list[list[int]]:
    """The channels of signals (n, n_channels, n_samples) in groups that do not depend on each other.

    All in one where there are too few signals to tell.
    """
    n, n_channels, _ = signals.shape
    if n < FEWEST or n_channels == 1:
        return [list(range(n_channels))]
    n_classes = _n_classes(n)
    classes = [_classes(_ranks(_leading(channel)), n_classes) for channel in signals.unbind(1)]
    joined = torch.zeros(n_channels, n_channels)
    for one, other in combinations(range(n_channels), 2):
        joined[one, other] = any(_are_associated(a, b, n_classes) for a, b in product(classes[one].T, classes[other].T))
    n_groups, group_of = connected_components(joined.numpy(), directed=False)
    return [[channel for channel in range(n_channels) if group_of[channel] == group] for group in range(n_groups)]


def _n_classes(n: int) -> int:
    return min(MAX_CLASSES, max(2, math.isqrt(n // 5)))


def _classes(probabilities: Tensor, n_classes: int) -> Tensor:
    """Columns of numbers from 0 to 1, (n, n_columns), in classes of equal width."""
    return (probabilities * n_classes).long().clamp(max=n_classes - 1)


def _are_associated(first: Tensor, second: Tensor, n_classes: int) -> bool:
    """Whether two columns of classes (n,) depend on each other, by the chi-squared statistic.

    Squared association: Cramér 1946, "Mathematical methods of statistics", less what independent columns show by
    chance (Bergsma 2013, "A bias-correction for Cramér's V and Tschuprow's T").
    """
    n = len(first)
    counts = torch.bincount(first * n_classes + second, minlength=n_classes**2).view(n_classes, -1).double()
    expected = counts.sum(1, keepdim=True) * counts.sum(0) / n
    squares = ((counts - expected).square() / expected.clamp(min=1e-9)).sum()
    chance = (n_classes - 1) ** 2
    far_out = chance + FAR_OUT * math.sqrt(2 * chance)
    return bool(squares > far_out and (squares - chance) / (n * (n_classes - 1)) > MIN_ASSOCIATION)


def _leading(channel: Tensor) -> Tensor:
    """The leading principal coefficients of (n, n_samples)."""
    values = channel - channel.mean(0)
    _, axes = strongest_axes(values, N_FOUND)
    return values @ axes[:, :N_DESCRIBING].float()


def _ranks(columns: Tensor) -> Tensor:
    """The rank of each value among its column, from 0 to 1."""
    return columns.argsort(dim=0, stable=True).argsort(dim=0).float() / len(columns)
