"""Conditions as networks take them: numbers standardised, classes embedded.

Conditional GANs: Mirza & Osindero 2014, "Conditional generative adversarial nets" (arXiv:1411.1784): generator and
discriminator both get the condition.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

MAX_EMBEDDING = 8  # numbers that stand for a class
MAX_KEPT = 4096  # rows of conditions that a generator keeps


class Conditions(NamedTuple):
    """The conditions of some reals: float32 (n, n_conditions), and of each how many classes it has, 0 for a number."""

    values: Tensor
    n_classes: list[int]


class Encoder(nn.Module):
    """Conditions (n, n_conditions) → inputs of a network (n, n_features)."""

    mean: Tensor
    std: Tensor

    def __init__(self, n_classes: list[int]) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.embeddings = nn.ModuleDict(
            {str(i): nn.Embedding(count, min(count, MAX_EMBEDDING)) for i, count in enumerate(n_classes) if count}
        )
        self.n_features = sum(min(count, MAX_EMBEDDING) or 1 for count in n_classes)
        for name, values in (("mean", torch.zeros(len(n_classes))), ("std", torch.ones(len(n_classes)))):
            self.register_buffer(name, values, persistent=bool(n_classes))

    def fit(self, values: Tensor) -> None:
        """Learn the numbers' scale from conditions (n, n_conditions)."""
        if values.shape[1]:
            self.mean, self.std = values.mean(0), values.std(0).clamp(min=1e-6)

    def beside(self, inputs: Tensor, conditions: Tensor | None) -> Tensor:
        """Inputs of a network (n, n_inputs) with the conditions behind them, (n, n_inputs + n_features)."""
        return inputs if conditions is None else torch.cat([inputs, self(conditions)], 1)

    def forward(self, conditions: Tensor) -> Tensor:
        parts = [conditions[:, :0]]  # at least nothing
        for i, count in enumerate(self.n_classes):
            if count:
                parts.append(self.embeddings[str(i)](conditions[:, i].long()))
            else:
                parts.append(((conditions[:, i] - self.mean[i]) / self.std[i])[:, None])
        return torch.cat(parts, 1)
