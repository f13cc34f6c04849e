"""How the networks of measures learn."""

import math
from collections.abc import Callable, Iterable
from itertools import islice

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR

from core.interruption import interrupted


def minimize(
    network: nn.Module,
    optimizer: Optimizer,
    loss_of: Callable[[Tensor], Tensor],
    batches: Iterable[Tensor],
    n_steps: int,
    max_norm: float = math.inf,
) -> None:
    """Take `n_steps` steps down the loss, at a rate that falls to 0 as half a cosine.

    batches: at least as many, each the indices of the signals that `loss_of` takes; max_norm: of the gradient, which is cut
    to it. There is a checkpoint before each step.
    """
    schedule = CosineAnnealingLR(optimizer, n_steps)
    for batch in interrupted(islice(batches, n_steps)):
        loss = loss_of(batch)
        optimizer.zero_grad()
        loss.backward()
        if max_norm < math.inf:
            nn.utils.clip_grad_norm_(network.parameters(), max_norm)
        optimizer.step()
        schedule.step()
