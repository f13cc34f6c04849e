import itertools

import pytest
import torch
from torch import nn

from core.fidelity.minimization import minimize
from core.interruption import interruptible


def line() -> nn.Linear:
    """y = w·x, from w = 0."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    return network


def gradient_descent(network: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(network.parameters(), lr=rate)


def test_it_comes_to_the_smallest_loss():
    network, x = line(), torch.linspace(-1, 1, 10)[:, None]
    batches = itertools.cycle(torch.arange(10).split(5))
    minimize(
        network,
        gradient_descent(network, 0.5),
        lambda batch: (network(x[batch]) - 3 * x[batch]).square().mean(),
        batches,
        60,
    )
    assert float(network.weight) == pytest.approx(3, abs=1e-3)


def test_it_takes_as_many_batches_as_steps_and_ends_at_rest():
    network = line()
    optimizer = gradient_descent(network, 1.0)
    batches = iter(torch.arange(10)[:, None])
    minimize(network, optimizer, lambda batch: network.weight.sum(), batches, 4)
    assert next(batches).item() == 4
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0)
    # Rates along half a cosine: 1, 0.85, 0.5, 0.15.
    assert float(network.weight) == pytest.approx(-2.5)


def test_a_gradient_is_cut_to_its_largest_norm():
    network = line()
    minimize(
        network, gradient_descent(network, 1.0), lambda batch: 100 * network.weight.sum(), torch.zeros(1, 1), 1, 0.5
    )
    assert float(network.weight) == pytest.approx(-0.5, rel=1e-4)


class CancelledError(Exception):
    """What a caller ends a measure with."""


def test_it_can_be_interrupted_before_each_step():
    network, n_checks = line(), 0

    def check() -> None:
        nonlocal n_checks
        n_checks += 1
        if n_checks == 3:
            raise CancelledError

    with pytest.raises(CancelledError), interruptible(check):
        minimize(network, gradient_descent(network, 1.0), lambda batch: network.weight.sum(), torch.zeros(9, 1), 9)
    assert float(network.weight) < -1  # two of nine steps were taken
