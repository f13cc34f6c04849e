"""Shapes that jump."""

from functools import cache
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator
from core.networks.manifold.initialization import initialize
from core.networks.manifold.jumps import with_jumps
from core.networks.manifold.latents import ManifoldFit
from core.networks.manifold.shapes import Shapes, centred, learn_shapes, principal_axes
from tests.unit.networks.test_initialization import SMALL
from tests.unit.planted import sines, true_shapes, uniform, unknown

NOISE = 0.1


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def waves(n: int, law: str, noise: float = NOISE, seed: int = 0) -> Tensor:
    """Square waves, (n, 1, 64): of one to three cycles from a fixed phase, or of two cycles from any phase."""
    rng = seeded(seed)
    cycles = uniform(n, 1, 3, rng)[:, None] if law == "line" else 2.0
    phase = uniform(n, 0, 1, rng)[:, None] if law == "ring" else 0.0
    signs = torch.where((cycles * (torch.arange(64) + 0.5) / 64 + phase) % 1 < 0.5, 1.0, -1.0)
    return (uniform(n, 0.5, 2, rng)[:, None] * signs + noise * torch.randn(n, 64, generator=rng))[:, None]


class Learned(NamedTuple):
    """Shapes of noisy waves."""

    signals: Tensor
    smooth: Shapes
    sharp: Shapes


@cache
def of_noisy(law: str) -> Learned:
    signals = waves(1500, law)
    smooth = learned(signals)
    return Learned(signals, smooth, with_jumps(smooth, signals))


def learned(signals: Tensor) -> Shapes:
    shapes = learn_shapes(signals, principal_axes(signals), seeded())
    assert shapes is not None
    return shapes


def off(shapes: Shapes, signals: Tensor) -> Tensor:
    """How far each clean signal (n,) is from the nearest shape, ÷ its own size."""
    values = centred(signals)
    coefficients = values @ shapes.basis
    found = shapes.manifold.shapes(shapes.manifold.encode(coefficients))
    left_over = values - (coefficients * found).sum(1, keepdim=True) * found @ shapes.basis.T
    return left_over.norm(dim=1) / values.norm(dim=1)


def between(shapes: Shapes) -> float:
    """The share of values that no square wave has, among those of shapes at random places along the coordinate."""
    manifold = shapes.manifold
    drawn = manifold.shapes(uniform(1000, 0, manifold.size - 1, seeded(4))[:, None]) @ shapes.basis.T
    level = (drawn.amax(1, keepdim=True) + drawn.amin(1, keepdim=True)) / 2
    size = (drawn.amax(1, keepdim=True) - drawn.amin(1, keepdim=True)) / 2
    return float((((drawn - level) / size).abs() < 0.5).float().mean())


@pytest.mark.parametrize("law", ["line", "ring"])
def test_edges_are_sharp_and_shapes_are_true(law):
    _, smooth, sharp = of_noisy(law)
    unseen = waves(300, law, noise=0, seed=9)
    assert between(sharp) < 0.1 * between(smooth)
    assert off(sharp, unseen).median() < 0.85 * off(smooth, unseen).median()


def test_noise_is_averaged_out_over_neighbours():
    signals, smooth, sharp = of_noisy("line")
    rows = sharp.manifold.table @ smooth.basis.T
    flat = rows[:, :10]  # before the first edge, where every wave has one value
    in_one_signal = NOISE / centred(signals).norm(dim=1).median()
    assert flat.std(1).median() < 0.25 * in_one_signal


def test_without_noise_shapes_are_numbers():
    signals = waves(1000, "line", noise=0)
    assert bool(with_jumps(learned(signals), signals).manifold.table.isfinite().all())


def test_shapes_of_two_coordinates_and_of_few_signals_stay_smooth():
    assert with_jumps(true_shapes(law="line and ring"), sines(200, phase=(0, 1)).signals) is None
    assert with_jumps(true_shapes(), sines(10).signals) is None


@pytest.mark.parametrize("is_sharp", [False, True])
def test_the_judge_decides_whether_edges_are_sharp(is_sharp, few_reals):
    class Judging:
        def rank(self, generator: ManifoldGenerator | BlendGenerator, handicap: float = 0.0) -> tuple[float, float]:
            if isinstance(generator, BlendGenerator):
                return 5.0, 0.0
            return 1.0 + (generator.manifold.is_sharp != is_sharp), 0.0

    signals = waves(1000, "line")
    *_, last = initialize(SMALL, signals, unknown(signals), Judging(), seeded())
    assert last.generator.manifold.is_sharp == is_sharp
    assert last.generator.blueprint.get("is_sharp", False) == is_sharp


@torch.no_grad()
def test_noise_is_as_loud_as_in_reals_however_many_axes_the_shapes_need():
    clean = waves(2000, "line", noise=0)
    sharp = with_jumps(learned(clean), clean)
    assert sharp.basis.shape[1] > 50
    signals, unseen = (waves(1000, "line", seed=seed) for seed in (1, 2))
    fit, rng = ManifoldFit(signals, unknown(signals), principal_axes(signals), sharp, 8), seeded()
    fit.matched(rng)
    generator = fit.calibrated(rng)[0]
    fakes = generator(generator.draw_latents(4000, seeded(7)))
    loudness = [float(generator.encode(part)[1].square().mean().sqrt()) for part in (unseen, fakes)]
    assert loudness[1] == pytest.approx(loudness[0], rel=0.01)
