"""How long a training is likely to take on this machine's processor, from half a second's measurement.

The machine is timed on a reference step, one of a small dense network; what trainings cost is told in such steps. The
costs were measured with the presets' networks and are good for a rough word, not for a promise.
"""

import threading
import time
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from core.config import RunConfig
from core.networks import ARCHITECTURES, use_one_thread

N_VALUES = 300  # in one signal of the reference
BATCH_SIZE = 256  # of the reference
WIDTH = 256  # of the reference network's layers
EVALUATION = 200  # reference steps, of signals of N_VALUES values
N_UNTIMED = 10  # first steps, slower than the rest
MEASURING = 0.5  # seconds of the processor
ADAM: dict[str, Any] = {
    "amsgrad": False,
    "beta1": 0.9,
    "beta2": 0.999,
    "lr": 1e-3,
    "weight_decay": 0.0,
    "eps": 1e-8,
    "maximize": False,
}

_measuring = threading.Lock()


def machine_pace() -> float:
    """Reference steps a second: forward, backward and Adam of a small dense network. Measured once a process."""
    with _measuring:  # two measurements at a time would slow each other down
        return _measured_pace()


@lru_cache
def _measured_pace() -> float:
    use_one_thread()
    network = nn.Sequential(
        nn.Linear(N_VALUES, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 1)
    )
    weights: list[Tensor] = list(network.parameters())
    means, squares = ([torch.zeros_like(weight) for weight in weights] for _ in range(2))
    steps = [torch.zeros(()) for _ in weights]
    signals = torch.linspace(-1, 1, BATCH_SIZE * N_VALUES).view(BATCH_SIZE, N_VALUES)

    def train_step() -> None:
        gradients = list(torch.autograd.grad(network(signals).square().mean(), weights))
        with torch.no_grad():  # the function of Adam, because its class takes a second to load
            adam(weights, gradients, means, squares, [], steps, fused=True, **ADAM)

    for _ in range(N_UNTIMED):
        train_step()
    # This thread's own time: what else runs now may soon be over.
    n_steps, started = 0, time.thread_time()
    while (seconds := time.thread_time() - started) < MEASURING:
        train_step()
        n_steps += 1
    return n_steps / seconds


def expected_seconds(config: RunConfig, pace: float) -> float:
    """How long a training takes to its last step where `pace` reference steps are done in a second."""
    cost = ARCHITECTURES[config.network.architecture].cost
    n_values = config.source.n_channels * config.source.n_samples
    training = config.training
    size = training.batch_size * n_values / (BATCH_SIZE * N_VALUES)
    step = cost.step + cost.batch * size + (cost.conditions if config.conditions else 0)
    n_evaluations = 1 + training.steps // training.n_eval
    evaluations = n_evaluations * EVALUATION * n_values / N_VALUES
    return (cost.preparation + training.steps * step + evaluations) / pace
