"""The processes that train together: one alone, or a group that was started alike (core/training/group.py)."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a command looks at its options before it loads torch
    from torch import nn


class Peers:
    """This process alone: it has nobody to tell anything, and gradients are its own."""

    rank = 0  # of this process; 0 leads
    size = 1  # processes

    def tell(self, word: object) -> None:
        """Say something to all others, as the one that leads."""

    def step(self) -> AbstractContextManager[None]:
        """Have all others take the step that this process, which leads, takes meanwhile."""
        return nullcontext()

    def average(self, parameters: "Iterable[nn.Parameter]") -> None:
        """Have the gradients of some parameters be the mean over all processes."""


ALONE = Peers()
