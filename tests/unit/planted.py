"""Signals whose law is known, for what must find it out."""

from math import tau
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from core.networks import ARCHITECTURES, Conditions, Generator, Networks
from core.networks.manifold.principal_manifold import Manifold
from core.networks.manifold.shapes import Shapes, centred
from core.seeds import Purpose, torch_rng

# What `sines` may be asked for, and the manifold that their shapes then lie on.
LAWS: dict[str, dict[str, Any]] = {
    "line": {},
    "ring": {"cycles": (2, 2), "phase": (0, 1)},
    "line and ring": {"phase": (0, 1)},
}
IS_RING = {"line": [False], "ring": [True], "line and ring": [False, True]}


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


def true_shapes(n_samples: int = 48, n_channels: int = 1, law: str = "line") -> Shapes:
    """The shapes of `sines` as they are, not as they were learned."""
    size = Manifold(IS_RING[law], 1).size
    line, ring = 1 + torch.arange(size) / (size - 1), torch.arange(size) / size
    none = torch.zeros(1)
    grids = {"line": (line, none), "ring": (none + 2, ring), "line and ring": (line, ring)}
    cycles, phase = (values.flatten()[:, None, None] for values in torch.meshgrid(*grids[law], indexing="ij"))
    t, shift = torch.arange(n_samples) / n_samples, torch.arange(n_channels) / 4
    values = centred(torch.sin(tau * (cycles * t + phase + shift[:, None])))
    _, lengths, axes = torch.linalg.svd(values, full_matrices=False)
    basis = axes[: int((lengths > 1e-3 * lengths[0]).sum())].T.contiguous()
    manifold = Manifold(IS_RING[law], basis.shape[1])
    manifold.table = normalize(values @ basis, dim=1)
    return Shapes(basis, manifold)


def white(n: int, n_samples: int = 48, n_channels: int = 1, seed: int = 0) -> Tensor:
    """Noise and nothing else, (n, n_channels, n_samples)."""
    return torch.randn(n, n_channels, n_samples, generator=torch.Generator().manual_seed(seed))


def unknown(signals: Tensor) -> Conditions:
    """Nothing is known of the signals."""
    return Conditions(torch.empty(len(signals), 0), [])


class Preferring:
    """A judge to whom generators of one kind are better."""

    def __init__(self, kind: type[Generator] = Generator) -> None:
        self.kind = kind

    def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
        return float(not isinstance(generator, self.kind)), handicap


def networks_of(
    config: Any,
    reals: Tensor,
    seed: int = 0,
    wanted: type[Generator] = Generator,
    conditions: Conditions | None = None,
) -> Networks:
    """The networks of an architecture for `reals`, initialized as a training does it; `wanted` is the kind that wins."""
    architecture = ARCHITECTURES[config.architecture]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        rng = torch_rng(seed, Purpose.INITIALIZATION)
        *_, last = architecture.initialize(config, reals, conditions or unknown(reals), Preferring(wanted), rng)
        return architecture.complete(config, last.generator, reals)
