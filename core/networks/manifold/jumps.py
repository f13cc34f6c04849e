"""Shapes that jump, as those of square waves and sawteeth do: their edges stay edges.

Where a jump moves with the coordinate, averages over nodes and interpolation between them make a ramp of it, which no
real signal has. So each node keeps a shape of its own here, and what lies between two is the nearer one. Noise is
averaged out over those neighbours only between which a value does not jump: by lines that a bilateral filter fits
(Tomasi & Manduchi 1998, "Bilateral filtering for gray and color images").
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from core.interruption import interrupted
from core.networks.manifold.principal_manifold import Manifold
from core.networks.manifold.shapes import Shapes, centred, per_node

ROUNDS = 3
MAX_ERROR = 1 / 300  # of the power of a node's shape that may be noise; otherwise its neighbour's is taken
REACH = 20  # known nodes to either side that are averaged …
WIDTH = 20  # … and the deviation, in nodes, of the weight by which they are
MIN_KNOWN = 2 * REACH + 1  # nodes: with fewer one would be met twice on the way round a ring
TOLERANCE = 3  # deviations that noise may bring between two nodes; what differs by more is a jump
LEAST_NOISE = 1e-9  # of the power of the signals: rounding alone brings as much
CHUNK_VALUES = 2**18  # of known nodes that are filtered at a time: 1 MiB


def with_jumps(shapes: Shapes, signals: Tensor) -> Shapes | None:
    """The shapes of signals (n, n_channels, n_samples) with sharp edges.

    None where they depend on more than one coordinate, for which the nodes are too few, or where too few are known.
    """
    smooth = shapes.manifold
    if smooth.dim > 1:
        return None
    values = centred(signals) @ shapes.basis
    manifold = Manifold(smooth.is_ring.tolist(), values.shape[1], is_sharp=True)
    manifold.table, codes = smooth.table, smooth.encode(values)
    for _ in interrupted(range(ROUNDS)):
        own = manifold.shapes(codes)
        gains = (values * own).sum(1, keepdim=True)
        noise = (values - gains * own).square().mean(1).median().clamp(min=LEAST_NOISE * values.square().mean())
        sums, weights = per_node(manifold, codes, values * gains, gains)
        known = (weights > noise * values.shape[1] / MAX_ERROR).nonzero()[:, 0]
        if len(known) < MIN_KNOWN:
            return None
        table = normalize(sums[known] / weights[known, None], dim=1)
        table = normalize(_filtered(table, noise / weights[known], known, manifold, shapes.basis), dim=1)
        manifold.table = table[_gaps(torch.arange(manifold.size), known, manifold).abs().argmin(1)]
        codes = manifold.encode(values)
    return Shapes(shapes.basis, manifold)


def _gaps(nodes: Tensor, others: Tensor, manifold: Manifold) -> Tensor:
    """From each node to each other along a line, or the shorter way round a ring; (n, n_others)."""
    gaps = others - nodes[:, None]
    half = manifold.size // 2
    return torch.where(manifold.is_ring, (gaps + half) % manifold.size - half, gaps)


def _filtered(table: Tensor, variances: Tensor, nodes: Tensor, manifold: Manifold, basis: Tensor) -> Tensor:
    """Shapes (n, n_coefficients) at nodes (n,), smoothed where they do not jump; variances: of each one's noise, (n,)."""
    near = torch.arange(len(nodes))[:, None] + torch.arange(-REACH, REACH + 1)
    is_there = manifold.is_ring | ((near >= 0) & (near < len(nodes)))
    near = near % len(nodes)
    away = _gaps(nodes, nodes, manifold).gather(1, near) / WIDTH
    weights = is_there * torch.exp(-away.square() / 2) / variances[near]
    tolerances = TOLERANCE**2 * (variances[near] + variances[:, None])
    parts = basis.split(max(1, CHUNK_VALUES // len(nodes)))
    return sum(_fitted(table @ part.T, near, away, weights, tolerances) @ part for part in interrupted(parts))


def _fitted(rows: Tensor, near: Tensor, away: Tensor, weights: Tensor, tolerances: Tensor) -> Tensor:
    """Rows (n, n_values), each value on a line through those of the neighbours (n, n_near) that it can be joined to."""
    smooth, slopes = rows, torch.zeros_like(rows)
    for _ in range(ROUNDS):
        moments = torch.zeros(5, *rows.shape)
        for other, gap, weight, tolerance in zip(
            *(columns.T for columns in (near, away, weights, tolerances)), strict=True
        ):
            gap = gap[:, None]
            surprise = (smooth[other] - smooth - slopes * gap).square() / tolerance[:, None]
            share = weight[:, None] * torch.exp(-surprise / 2)
            value = share * rows[other]
            moments += torch.stack([share, share * gap, share * gap**2, value, value * gap])
        one, x, xx, y, xy = moments
        spread = xx * one - x**2 + 1e-6 * one**2  # the last keeps a node without neighbours as it is
        smooth, slopes = (xx * y - x * xy + 1e-6 * one * y) / spread, (one * xy - x * y) / spread
    return smooth
