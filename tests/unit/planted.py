"""Signals whose law is known, for what must find it out."""

from collections.abc import Generator
from math import tau
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.networks import Networks
from core.seeds import Purpose, torch_rng
from core.training.events import Phase
from core.training.warm_start import STARTS


class Sines(NamedTuple):
    """gain · sin(2π(cycles · t + phase)) + level + white noise, t from 0 to 1, in every channel."""

    signals: Tensor  # (n, n_channels, n_samples)
    clean: Tensor  # the same without level and noise
    cycles: Tensor  # (n,)
    phase: Tensor  # (n,), of a cycle
    gain: Tensor  # (n,)


def uniform(n: int, low: float, high: float, rng: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(n, generator=rng)


def sines(
    n: int,
    n_samples: int = 48,
    n_channels: int = 1,
    cycles: tuple[float, float] = (1, 2),
    phase: tuple[float, float] = (0, 0),
    gain: tuple[float, float] = (0.5, 2),
    level: tuple[float, float] = (-1, 1),
    noise: float = 0.05,
    seed: int = 0,
) -> Sines:
    """`n` signals, each with uniform random cycles, phase, gain and level; channels are a quarter cycle apart."""
    rng = torch.Generator().manual_seed(seed)
    drawn = [uniform(n, *bounds, rng) for bounds in (cycles, phase, gain, level)]
    t, shift = torch.arange(n_samples) / n_samples, torch.arange(n_channels) / 4
    each_cycles, each_phase, each_gain, each_level = (values[:, None, None] for values in drawn)
    clean = each_gain * torch.sin(tau * (each_cycles * t + each_phase + shift[:, None]))
    signals = clean + each_level + noise * torch.randn(clean.shape, generator=rng)
    return Sines(signals, clean, *drawn[:3])


def white(n: int, n_samples: int = 48, n_channels: int = 1, seed: int = 0) -> Tensor:
    """Noise and nothing else, (n, n_channels, n_samples)."""
    return torch.randn(n, n_channels, n_samples, generator=torch.Generator().manual_seed(seed))


def finish(start: Generator[Phase, None, Networks]) -> tuple[list[Phase], Networks]:
    """The phases that a start goes through, and the networks that it ends with."""
    phases = []
    while True:
        try:
            phases.append(next(start))
        except StopIteration as end:
            return phases, end.value


def networks_of(config: Any, reals: Tensor, seed: int = 0) -> Networks:
    """The networks of an architecture for `reals`, started as the trainer does it; the first candidate wins."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        rng = torch_rng(seed, Purpose.WARM_START)
        return finish(STARTS[config.architecture](config, reals, lambda generator: 1.0, rng))[1]
