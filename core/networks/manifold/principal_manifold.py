"""A principal manifold: shapes as a smooth function of a few coordinates, kept as a table on a grid.

Many sources have few degrees of freedom: the shape of a sine depends on its frequency and phase alone. Then all clean
shapes lie on a curve or surface (Hastie & Stuetzle 1989, "Principal curves", JASA 84, 502). The table holds one shape,
of unit length, for each of about N_NODES nodes, and cubic interpolation (Keys 1981, IEEE Trans. ASSP 29, 1153) gives
those between them. Unlike a small network a table also follows edges that move, as those of square waves do.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from core.interruption import interrupted

N_NODES = 4096  # of the whole grid, whatever its dimension
CHUNK = 1024  # signals that are compared with all nodes at a time
CHUNK_VALUES = 2**22  # of the table, gathered at a time: 16 MiB
REFINEMENTS = 3
HALF_STEP = 0.25  # nodes; of the differences that stand for derivatives
DAMPING = 1e-3  # of the Gauss–Newton matrix, as a share of its diagonal


class Manifold(nn.Module):
    """Codes (n, dim), in nodes along each coordinate ↔ unit shapes (n, n_coefficients).

    A coordinate is a line with two ends or a ring that closes on itself (`is_ring`). Where the shapes are sharp, those
    between two nodes are not interpolated: they are those of the nearer node.
    """

    table: Tensor
    is_ring: Tensor
    strides: Tensor

    def __init__(self, is_ring: list[bool], n_coefficients: int, is_sharp: bool = False) -> None:
        super().__init__()
        self.is_sharp = is_sharp
        self.dim = len(is_ring)
        self.size = round(N_NODES ** (1 / self.dim))
        self.register_buffer("table", torch.zeros(self.size**self.dim, n_coefficients))
        self.register_buffer("is_ring", torch.tensor(is_ring))
        self.register_buffer("strides", torch.tensor([self.size**power for power in reversed(range(self.dim))]))

    def held(self, codes: Tensor) -> Tensor:
        """Codes with lines held at their ends."""
        return torch.where(self.is_ring, codes, codes.clamp(0, self.size - 1))

    def on_grid(self, codes: Tensor) -> Tensor:
        """Codes with rings wound back and lines held at their ends."""
        return torch.where(self.is_ring, codes % self.size, self.held(codes))

    def nodes(self, codes: Tensor) -> Tensor:
        """The number of the nearest node, (n,)."""
        return self._number(self.on_grid(codes).round().long())

    def _number(self, index: Tensor) -> Tensor:
        """Indices on the grid (n, dim) → rows of the table (n,)."""
        return (self.on_grid(index) * self.strides).sum(1)

    def shapes(self, codes: Tensor) -> Tensor:
        """The shapes at `codes`."""
        if self.is_sharp:
            return self.table[self.nodes(codes)]
        codes = self.on_grid(codes)
        below = codes.floor()
        weights = _keys(codes - below)  # (n, dim, 4)
        corner = below.long()
        near = torch.stack([self.on_grid(corner + offset) for offset in range(-1, 3)], 2) * self.strides[:, None]
        index, weight = near[:, 0], weights[:, 0]
        for axis in range(1, self.dim):
            index = (index[:, :, None] + near[:, axis, None]).flatten(1)
            weight = (weight[:, :, None] * weights[:, axis, None]).flatten(1)
        return normalize(torch.einsum("nj,njk->nk", weight, self.table[index]), dim=1)

    def derivatives(self, codes: Tensor) -> Tensor:
        """How the shapes change with each coordinate, (n, n_coefficients, dim)."""
        return self._slopes(self.shapes, codes, HALF_STEP)

    def nearest(self, coefficients: Tensor) -> Tensor:
        """The node whose shape comes nearest to (n, n_coefficients), whatever the gain; its index on the grid (n, dim)."""
        best = torch.cat([(part @ self.table.T).argmax(1) for part in coefficients.split(CHUNK)])
        return torch.stack([(best // stride) % self.size for stride in self.strides], 1)

    def at_nodes(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Shapes (n, n_coefficients) and their derivatives (n, n_coefficients, dim) at nodes: quicker than between them."""

        def shapes(index: Tensor) -> Tensor:
            return self.table[self._number(index)]

        return shapes(index), self._slopes(shapes, index, 1)

    def _slopes(self, shapes: Callable[[Tensor], Tensor], places: Tensor, step: float) -> Tensor:
        """Differences of `shapes` ÷ those of places (n, dim), which are one-sided at the end of a line."""
        slopes = []
        for axis in range(self.dim):
            move = torch.zeros_like(places)
            move[:, axis] = step
            ahead, behind = self.held(places + move), self.held(places - move)
            slopes.append((shapes(ahead) - shapes(behind)) / (ahead - behind)[:, axis, None])
        return torch.stack(slopes, 2)

    @torch.no_grad()
    def encode(self, coefficients: Tensor) -> Tensor:
        """The codes of the shapes that come nearest to (n, n_coefficients), whatever the gain."""
        codes = self.nearest(coefficients).float()
        if self.is_sharp:
            return codes
        size = max(1, CHUNK_VALUES // (4**self.dim * coefficients.shape[1]))
        parts = zip(coefficients.split(size), codes.split(size), strict=True)
        return torch.cat([self._refined(*part) for part in interrupted(parts)])

    def _refined(self, coefficients: Tensor, codes: Tensor) -> Tensor:
        """Codes after some Gauss–Newton steps, each of which brings a shape nearer or is not made."""
        for _ in range(REFINEMENTS):
            shapes = self.shapes(codes)
            gains = (coefficients * shapes).sum(1, keepdim=True)
            left_over = coefficients - gains * shapes
            solver = gauss_newton(gains[:, :, None] * self.derivatives(codes))
            move = (solver @ left_over[:, :, None])[:, :, 0]
            moved = self.on_grid(codes + move.clamp(-1, 1))
            better = (coefficients * self.shapes(moved)).sum(1, keepdim=True) > gains
            codes = torch.where(better, moved, codes)
        return codes


def gauss_newton(slopes: Tensor) -> Tensor:
    """What turns left-over coefficients into a step of the code: slopes (n, n_coefficients, dim) → (n, dim, those)."""
    normal = slopes.mT @ slopes
    scale = normal.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    damping = torch.eye(normal.shape[1], device=slopes.device) * (DAMPING * scale + 1e-9)
    return torch.linalg.solve(normal + damping, slopes.mT)


def _keys(t: Tensor) -> Tensor:
    """The four weights of cubic convolution at distance t from the second node; (…) → (…, 4)."""
    return torch.stack(
        [
            -0.5 * t + t**2 - 0.5 * t**3,
            1 - 2.5 * t**2 + 1.5 * t**3,
            0.5 * t + 2 * t**2 - 1.5 * t**3,
            -0.5 * t**2 + 0.5 * t**3,
        ],
        -1,
    )
