"""Random blends of neighbouring signals."""

import math

import torch
from torch import Tensor, nn

from core.networks.manifold.neighbourhood import Neighbourhood, picked


class Blend(nn.Module):
    """Random blends of neighbours: a Gaussian with the covariance of an anchor's `k` nearest, itself among them.

    Its centre lies between the anchor (`pull` 0) and the mean of the neighbours (1).

    A mixture of local Gaussians, one around each of n anchors (Silverman 1986, "Density estimation", section 5.3): it
    follows any distribution as closely as its neighbourhoods are small, and needs no training. Where something is asked
    for, the anchor is one of the signals that are like it, and the blend is moved the rest of the way.
    """

    anchors: Tensor
    neighbours: Tensor  # (n, k), numbers of anchors, each row's own first
    pull: Tensor

    def __init__(self, n_anchors: int, k: int, n_values: int, n_classes: list[int]) -> None:
        super().__init__()
        self.k = k
        self.register_buffer("anchors", torch.zeros(n_anchors, n_values))
        self.register_buffer("neighbours", torch.zeros(n_anchors, k, dtype=torch.long))
        self.register_buffer("pull", torch.ones(()))
        self.neighbourhood = Neighbourhood(n_classes, n_anchors) if n_classes else None

    def forward(
        self, pick: Tensor, weights: Tensor, conditions: Tensor | None = None, along: Tensor | None = None
    ) -> Tensor:
        """pick (n,), uniform on 0 … 1, chooses the anchor; weights (n, k), standard normal → (n, n_values).

        along: directions (n_values, n_directions), orthonormal, in which values may follow the conditions; all where None.
        """
        weights = (weights - weights.mean(1, keepdim=True)) / math.sqrt(self.k - 1) + self.pull / self.k
        weights = torch.cat([weights[:, :1] + 1 - self.pull, weights[:, 1:]], 1)
        if self.neighbourhood is None or conditions is None:
            n = len(self.neighbours)
            return self._blended(self.anchors, weights, (pick * n).long().clamp(max=n - 1))
        alike, asked = self.neighbourhood.weights(conditions)
        chosen = picked(alike, pick)
        blended = self._blended(self.anchors, weights, chosen)
        if not asked.shape[1]:
            return blended
        missing = asked - self._blended(self.neighbourhood.places, weights, chosen)
        following = self.anchors if along is None else self.anchors @ along
        move = (missing[:, None] @ self.neighbourhood.slopes(alike, following))[:, 0]
        return blended + (move if along is None else move @ along.T)

    def _blended(self, values: Tensor, weights: Tensor, chosen: Tensor) -> Tensor:
        return torch.einsum("nk,nkv->nv", weights, values[self.neighbours[chosen]])
