"""Random blends of neighbouring signals."""

import math

import torch
from torch import Tensor, nn

from core.networks.manifold.alignment import shifted_together
from core.networks.manifold.neighbourhood import Neighbourhood, picked


class Blend(nn.Module):
    """Random blends of neighbours: a Gaussian with the covariance of an anchor's `k` nearest, itself among them.

    Its centre lies between the anchor (`pull` 0) and the mean of the neighbours (1); its deviation is `spread` times
    theirs.

    A mixture of local Gaussians, one around each of n anchors (Silverman 1986, "Density estimation", section 5.3): it
    follows any distribution as closely as its neighbourhoods are small, and needs no training. Where something is asked
    for, the anchor is one of the signals that are like it, and the blend is moved the rest of the way.

    With a `reach`, anchors are signals of `n_channels` without a fixed phase: each neighbour is shifted along time, by up to
    so many samples, to where it is most like the anchor; what it then lacks at an end is taken from another of them.
    """

    anchors: Tensor
    neighbours: Tensor  # (n, k), numbers of anchors, each row's own first
    shifts: Tensor  # (n, k), of the neighbours, in samples
    pull: Tensor

    def __init__(
        self,
        n_anchors: int,
        k: int,
        n_values: int,
        n_classes: list[int],
        spread: float = 1.0,
        reach: int = 0,
        n_channels: int = 1,
    ) -> None:
        super().__init__()
        self.k = k
        self.spread = spread
        self.reach = reach
        self.n_channels = n_channels
        self.register_buffer("anchors", torch.zeros(n_anchors, n_values))
        self.register_buffer("neighbours", torch.zeros(n_anchors, k, dtype=torch.long))
        self.register_buffer("shifts", torch.zeros(n_anchors, k, dtype=torch.long), persistent=reach > 0)
        self.register_buffer("pull", torch.ones(()))
        self.neighbourhood = Neighbourhood(n_classes, n_anchors) if n_classes else None

    def forward(
        self, pick: Tensor, weights: Tensor, conditions: Tensor | None = None, along: Tensor | None = None
    ) -> Tensor:
        """pick (n,), uniform on 0 … 1, chooses the anchor; weights (n, k), standard normal → (n, n_values).

        along: directions (n_values, n_directions), orthonormal, in which values may follow the conditions; all where None.
        """
        shares = self.shares(weights)
        if self.neighbourhood is None or conditions is None:
            n = len(self.neighbours)
            return self.of_anchors(shares, (pick * n).long().clamp(max=n - 1))
        alike, asked = self.neighbourhood.weights(conditions)
        chosen = picked(alike, pick)
        blended = self.of_anchors(shares, chosen)
        if not asked.shape[1]:
            return blended
        missing = asked - self.mix(self.neighbourhood.places, shares, chosen)
        following = self.anchors if along is None else self.anchors @ along
        move = (missing[:, None] @ self.neighbourhood.slopes(alike, following))[:, 0]
        return blended + (move if along is None else move @ along.T)

    def shares(self, weights: Tensor) -> Tensor:
        """Standard normal weights (n, k) → the shares of the anchor and its neighbours, each row 1 in all."""
        deviations = self.spread / math.sqrt(self.k - 1) * (weights - weights.mean(1, keepdim=True))
        shares = deviations + self.pull / self.k
        return torch.cat([shares[:, :1] + 1 - self.pull, shares[:, 1:]], 1)

    def of_anchors(self, shares: Tensor, chosen: Tensor, delays: Tensor | None = None) -> Tensor:
        """Blends (n, n_values) around the chosen anchors (n,), with a `reach` delayed by `delays` (n, 1) samples."""
        return torch.einsum("nk,nkv->nv", shares, self.near(chosen, delays=delays))

    def near(self, chosen: Tensor, k: int | None = None, delays: Tensor | None = None) -> Tensor:
        """The chosen anchors (n,) and their neighbours, (n, k, n_values), as they are blended; k: only so many of them."""
        values = self.anchors[self.neighbours[chosen, :k]]
        if not self.reach:
            return values
        shifts = self.shifts[chosen, :k] if delays is None else self.shifts[chosen, :k] + delays
        return shifted_together(values.unflatten(2, (self.n_channels, -1)), shifts).flatten(2)

    def mix(self, values: Tensor, shares: Tensor, chosen: Tensor) -> Tensor:
        """The same blends of other values (n_anchors, n_others) that belong to the anchors."""
        return torch.einsum("nk,nkv->nv", shares, values[self.neighbours[chosen]])


class SeparateBlends(nn.Module):
    """Blends of channels in groups that do not depend on each other, each with anchors and neighbours of its own.

    One signal is then made of several: where channels are independent, whole signals are rarely alike, single ones are.
    """

    def __init__(self, groups: list[list[int]], n_anchors: int, k: int, n_samples: int, spread: float) -> None:
        super().__init__()
        self.groups = groups
        self.n_samples = n_samples
        self.each = nn.ModuleList(Blend(n_anchors, k, len(group) * n_samples, [], spread) for group in groups)
        grouped = [channel for group in groups for channel in group]
        self.order = [grouped.index(channel) for channel in range(len(grouped))]

    def forward(self, picks: Tensor, weights: Tensor) -> Tensor:
        """picks (n, n_groups), weights (n, n_groups · k) → (n, n_values); see `Blend`."""
        own = zip(self.each, picks.unbind(1), weights.chunk(len(self.groups), 1), strict=True)
        blended = torch.cat([blend(pick, part) for blend, pick, part in own], 1)
        return blended.unflatten(1, (-1, self.n_samples))[:, self.order].flatten(1)
