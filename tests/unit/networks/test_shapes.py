from math import tau

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor
from torch.nn.functional import normalize

from core.networks.manifold.shapes import Shapes, centred, learn_shapes, principal_axes, unroll
from tests.unit.planted import LAWS, Sines, sines, white


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# Principal axes


def low_rank(rank: int, n: int, n_channels: int, n_samples: int, strength: float, seed: int = 0) -> tuple[Tensor, ...]:
    """Signals that vary along `rank` axes, beside white noise of deviation 1; and those axes, (values, rank)."""
    rng = seeded(seed)
    drawn = torch.randn(rank, n_channels, n_samples, generator=rng)
    axes = torch.linalg.qr(centred(drawn).T)[0]
    signals = strength * torch.randn(n, rank, generator=rng) @ axes.T
    return signals.unflatten(1, (n_channels, n_samples)) + torch.randn(n, n_channels, n_samples, generator=rng), axes


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("n", "n_channels", "n_samples"), [(3000, 1, 48), (3000, 3, 16), (2000, 1, 200)])
@pytest.mark.parametrize(("rank", "strength"), [(1, 2.0), (1, 50.0), (3, 3.0), (8, 10.0)])
def test_there_are_as_many_principal_axes_as_were_planted(n, n_channels, n_samples, rank, strength, seed):
    signals, _ = low_rank(rank, n, n_channels, n_samples, strength, seed)
    assert principal_axes(signals).basis.shape == (n_channels * n_samples, rank)


@pytest.mark.parametrize(("n", "n_samples"), [(3000, 48), (300, 48), (100, 200)])
def test_noise_alone_leaves_one_axis(n, n_samples):
    assert principal_axes(white(n, n_samples)).basis.shape == (n_samples, 1)


@pytest.mark.parametrize(
    ("n", "n_channels", "n_samples"), [(3000, 1, 48), (300, 3, 100), (60, 1, 48), (40, 1, 300), (600, 1, 1500)]
)
def test_the_planted_axes_are_among_the_principal_ones(n, n_channels, n_samples):
    signals, axes = low_rank(3, n, n_channels, n_samples, strength=30)
    basis = principal_axes(signals).basis
    assert basis.dtype == torch.float32
    torch.testing.assert_close(basis.T @ basis, torch.eye(basis.shape[1]), atol=1e-4, rtol=0)
    assert bool(((basis.T @ axes).norm(dim=0) > 0.95).all())


def test_levels_are_no_axes():
    levels = torch.tensor([3.0, -7.0])[:, None]
    spread = 100 * torch.randn(3000, 2, 1, generator=seeded(1))
    axes = principal_axes(white(3000, 24, 2) + levels + spread - spread.mean(0))
    torch.testing.assert_close(axes.level, levels[:, 0], atol=0.05, rtol=0)
    assert axes.basis.shape == (48, 1)


# Unrolling


def unit_sines(cycles: Tensor, phase: Tensor, noise: float = 0.01) -> np.ndarray:
    """Sines of unit length, (n, 48)."""
    signals = torch.sin(tau * (cycles[:, None] * torch.arange(48) / 48 + phase[:, None]))
    signals += noise * torch.randn(signals.shape, generator=seeded(2))
    return normalize(signals, dim=1).double().numpy()


def likeness_of_angles(found: np.ndarray, planted: Tensor) -> float:
    """1 where places on a ring are the same but for their direction and beginning."""
    turns = [np.exp(1j * tau * (found - sign * planted.numpy())) for sign in (1, -1)]
    return max(abs(turn.mean()) for turn in turns)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sines_of_any_frequency_unroll_to_a_line(seed):
    cycles = 1 + torch.rand(300, generator=seeded(seed))
    places, is_ring = unroll(unit_sines(cycles, torch.zeros(300)))
    assert is_ring == [False]
    assert places.shape == (300, 1)
    assert (places.min(), places.max()) == (0, 1)
    assert abs(spearmanr(places[:, 0], cycles).statistic) > 0.999


@pytest.mark.parametrize("seed", range(6))
def test_sines_of_any_phase_unroll_to_a_ring(seed):
    phase = torch.rand(300, generator=seeded(seed))
    places, is_ring = unroll(unit_sines(torch.full((300,), 2.0), phase))
    assert is_ring == [True]
    assert likeness_of_angles(places[:, 0], phase) > 0.99


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sines_of_any_frequency_and_phase_unroll_to_a_line_and_a_ring(seed):
    cycles, phase = 1 + torch.rand(400, generator=seeded(seed)), torch.rand(400, generator=seeded(seed + 10))
    places, is_ring = unroll(unit_sines(cycles, phase))
    assert sorted(is_ring) == [False, True]
    line, ring = is_ring.index(False), is_ring.index(True)
    assert abs(spearmanr(places[:, line], cycles).statistic) > 0.97
    # Shapes that are near each other agree in the middle, whatever their frequency.
    assert likeness_of_angles(places[:, ring], phase + cycles / 2) > 0.9


def independent_sinusoids(n: int, count: int, seed: int = 0) -> Tensor:
    """Sums of sinusoids, each with an amplitude and a phase of its own, (n, 1, 48)."""
    rng = seeded(seed)
    waves = [
        torch.randn(n, 1, generator=rng)
        * torch.sin(tau * (cycles * torch.arange(48) / 48 + torch.rand(n, 1, generator=rng)))
        for cycles in range(1, count + 1)
    ]
    return sum(waves)[:, None]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("count", [3, 6])
def test_independent_sinusoids_need_too_many_coordinates(count, seed):
    shapes = normalize(independent_sinusoids(300, count, seed)[:, 0], dim=1)
    assert unroll(shapes.double().numpy()) is None


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("size", [10, 20])
def test_white_noise_needs_too_many_coordinates(size, seed):
    assert unroll(normalize(white(300, size, seed=seed)[:, 0], dim=1).double().numpy()) is None


@pytest.mark.parametrize("n", [1, 2])
def test_a_few_shapes_have_no_coordinates(n):
    assert unroll(np.eye(n)) is None


@pytest.mark.parametrize("n", [3, 5, 12])
def test_hardly_more_shapes_than_coordinates_are_no_trouble(n):
    found = unroll(unit_sines(torch.linspace(1, 2, n), torch.zeros(n)))
    assert found is None or np.isfinite(found[0]).all()


def test_one_and_the_same_shape_is_no_trouble():
    found = unroll(np.tile(unit_sines(torch.ones(1), torch.zeros(1)), (50, 1)))
    assert found is None or np.isfinite(found[0]).all()


# Learning


def off_manifold(shapes: Shapes, planted: Sines) -> float:
    """How far clean signals are from the manifold, root mean square."""
    values = centred(planted.clean)
    coefficients = values @ shapes.basis
    found = shapes.manifold.shapes(shapes.manifold.encode(coefficients))
    gains = (coefficients * found).sum(1, keepdim=True)
    return float((values - gains * found @ shapes.basis.T).square().sum(1).mean().sqrt())


@pytest.mark.parametrize("law", [*LAWS.values(), {"n_channels": 2}], ids=[*LAWS, "two channels"])
def test_clean_signals_never_seen_are_met_within_the_noise(law):
    signals = sines(800, noise=0.1, **law).signals
    shapes = learn_shapes(signals, principal_axes(signals), seeded())
    unseen = sines(300, seed=9, **law)
    assert off_manifold(shapes, unseen) < 0.5 * 0.1 * np.sqrt(unseen.clean[0].numel())


def test_a_basis_of_shapes_is_orthonormal():
    signals = sines(600).signals
    basis = learn_shapes(signals, principal_axes(signals), seeded()).basis
    torch.testing.assert_close(basis.T @ basis, torch.eye(basis.shape[1]), atol=1e-5, rtol=0)


def test_signals_with_too_many_degrees_of_freedom_have_no_manifold():
    signals = independent_sinusoids(600, 6) + 0.05 * white(600)
    assert learn_shapes(signals, principal_axes(signals), seeded()) is None


@pytest.mark.parametrize(("n_samples", "seed"), [(16, 8), (48, 21)])  # two halves that agree in nothing
def test_noise_that_looks_like_a_line_by_chance_has_no_shapes(n_samples, seed):
    noise = white(40, n_samples, seed=seed)
    shapes = learn_shapes(noise, principal_axes(noise), seeded(seed))
    assert shapes is None or shapes.basis.shape[1] > 0


def test_the_same_random_numbers_learn_the_same_shapes():
    signals = sines(400).signals
    first, second = (learn_shapes(signals, principal_axes(signals), seeded()) for _ in range(2))
    assert torch.equal(first.basis, second.basis)
    assert torch.equal(first.manifold.table, second.manifold.table)
