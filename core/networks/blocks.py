"""Layers that several networks are made of."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu


class ResidualMLP(nn.Module):
    """(n, n_in) → (n, n_out): dense layers, `n_blocks` times x + W₂·silu(W₁·silu(x)) (He et al. 2016, pre-activation).

    The residual branches start small, so that a fresh network is nearly linear.
    """

    def __init__(self, n_in: int, n_out: int, width: int, n_blocks: int = 2) -> None:
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.blocks = nn.ModuleList(_branch(width) for _ in range(n_blocks))
        self.last = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = x + block(x)
        return self.last(silu(x))


def _branch(width: int) -> nn.Sequential:
    last = nn.Linear(width, width)
    with torch.no_grad():
        last.weight *= 0.3
    return nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU(), last)
