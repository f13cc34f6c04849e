import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from core.networks.manifold.blend import Blend
from core.networks.manifold.calibration import _power, noise_spectrum
from core.networks.manifold.dependence import depend
from core.networks.manifold.generators import BlendGenerator, CorrectedGenerator, ManifoldGenerator
from core.networks.manifold.latents import (
    DISTANCE_RATIO,
    ManifoldFit,
    _normal_scores,
    blend_generator,
    whole_axes,
)
from core.networks.manifold.noise import Noise
from core.networks.manifold.shapes import Axes
from core.signals.noise import draw_noise
from tests.unit.planted import sines, true_shapes, unknown


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def matched(signals: Tensor) -> ManifoldGenerator:
    """The generator whose shapes are true and whose latents, with all that was found in the noise, match `signals`."""
    shapes = true_shapes(signals.shape[2], signals.shape[1])
    axes = Axes(shapes.basis, signals.mean((0, 2)))
    fit, rng = ManifoldFit(signals, unknown(signals), axes, shapes, 8), seeded()
    fit.matched(rng)
    return fit.calibrated(rng)[-1]


@torch.no_grad()
def fakes_of(generator: CorrectedGenerator, n: int = 4000) -> Tensor:
    return generator(generator.draw_latents(n, seeded(5)))


def noise_outside(generator: ManifoldGenerator, signals: Tensor) -> Tensor:
    """What neither the shapes nor the levels say, (n, n_channels, n_samples)."""
    noise = generator.encode(signals)[1]
    return (noise - noise @ generator.basis @ generator.basis.T).unflatten(1, generator.signal_shape)


def coloured(n: int, n_samples: int, color: str, seed: int = 0) -> Tensor:
    return torch.from_numpy(draw_noise(n, n_samples, color, 0.1, np.random.default_rng(seed)))[:, None]


# The noise filter


def without_mean(signals: Tensor) -> Tensor:
    return signals - signals.mean(2, keepdim=True)


@pytest.mark.parametrize("n_samples", [64, 300])
def test_white_noise_is_found_to_be_white(n_samples):
    response = noise_spectrum(without_mean(coloured(1000, n_samples, "white")), true_shapes(n_samples).basis)
    assert response.shape == (1, 1)
    assert float(response) == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize(("color", "n_samples"), [("pink", 64), ("pink", 300), ("blue", 64), ("violet", 64)])
def test_the_filter_gives_noise_the_noise_spectrum_the_reals(color, n_samples):
    n, n_fakes = 1000, 4000
    basis = true_shapes(n_samples).basis
    response = noise_spectrum(without_mean(coloured(n, n_samples, color)), basis)
    noise = Noise(1, n_samples, response.shape[1], basis.shape[1])
    noise.response = response
    fakes = noise(torch.randn(n_fakes, noise.n_latents, generator=seeded(1)), basis)[:, None]
    true = _power(without_mean(coloured(n_fakes, n_samples, color, seed=1)))
    # The basis hides the lowest frequencies.
    deviation = (_power(without_mean(fakes)) / true)[0, 8:].log()
    assert deviation.std() < 1.5 * math.sqrt(1 / n + 2 / n_fakes)
    assert deviation.mean().abs() < 0.05


@pytest.mark.parametrize("color", ["white", "pink", "blue"])
def test_noise_is_the_same_in_fakes_and_fresh_reals(color):
    n, n_fakes = 2000, 3000
    generator = matched(sines(n, n_samples=64, noise=0).signals + coloured(n, 64, color))
    fresh = sines(n_fakes, n_samples=64, noise=0, seed=7).signals + coloured(n_fakes, 64, color, seed=8)
    spectra = [
        _power(generator.encode(signals)[1].unflatten(1, (1, 64)))[0] for signals in (fakes_of(generator), fresh)
    ]
    deviation = (spectra[0] / spectra[1])[1:].log()
    assert deviation.abs().max() < 0.3
    assert deviation[8:].std() < 2 * math.sqrt(1 / n + 2 / n_fakes)
    assert deviation[8:].mean().abs() < 0.05


@pytest.mark.parametrize("planted", [-0.5, 0.8])
def test_noise_of_two_channels_is_correlated_as_in_the_reals(planted):
    n = 1000
    independent = 0.1 * torch.randn(n, 2, 200, generator=seeded(1))
    noise = torch.stack(
        [independent[:, 0], 2 * (planted * independent[:, 0] + math.sqrt(1 - planted**2) * independent[:, 1])], 1
    )
    generator = matched(sines(n, n_samples=200, n_channels=2, noise=0).signals + noise)
    left_over = noise_outside(generator, fakes_of(generator, 1000))
    first, second = left_over.unbind(1)
    correlation = (first * second).mean() / (first.square().mean() * second.square().mean()).sqrt()
    assert float(correlation) == pytest.approx(planted, abs=0.04)
    assert left_over.square().mean((0, 2)).sqrt().tolist() == pytest.approx([0.1, 0.2], rel=0.03)


def loudness(generator: ManifoldGenerator, signals: Tensor) -> Tensor:
    """The measured log deviation of each signal's noise, (n,)."""
    return generator.encode(signals)[0][:, -1]


@pytest.mark.parametrize("planted", [0.0, 0.3])
def test_noise_may_be_louder_in_some_signals_than_in_others(planted):
    n = 1500
    strength = torch.exp(planted * torch.randn(n, 1, 1, generator=seeded(2)))
    signals = sines(n, n_samples=64, noise=0).signals + strength * coloured(n, 64, "white")
    generator = matched(signals)
    assert float(generator.quantiles.table[:, -1].std()) == pytest.approx(planted, abs=0.04)
    fakes, reals = (loudness(generator, some).sort().values for some in (fakes_of(generator, n), signals))
    assert float((fakes - reals).abs().mean()) < 0.1 * float(reals.std()) + 0.01


def test_noise_that_grows_with_the_gain_does_so_in_fakes():
    n = 2000
    clean = sines(n, noise=0, gain=(0.5, 3)).signals
    signals = clean + 0.05 * clean.std(2, keepdim=True) * torch.randn(clean.shape, generator=seeded(1))
    generator = matched(signals)
    assert generator.blend is not None
    for some in (signals, fakes_of(generator)):
        coordinates = generator.encode(some)[0]
        assert float(torch.corrcoef(coordinates[:, [1, 3]].T)[0, 1]) > 0.9


def test_noise_may_be_louder_at_the_end_than_at_the_beginning():
    n = 1500
    course = torch.linspace(0.05, 0.15, 64)
    generator = matched(sines(n, n_samples=64, noise=0).signals + course * torch.randn(n, 1, 64, generator=seeded(1)))
    envelope = generator.noise.envelope[0]
    assert float((envelope / envelope.mean() - course / course.mean()).abs().max()) < 0.15
    assert float(generator.quantiles.table[:, -1].std()) < 0.02


def loudest_part(noise: Tensor) -> tuple[Tensor, Tensor]:
    """In which eighth of (n, 1, n_samples) noise is loudest, and by how much more than in the others, (n,)."""
    energies = torch.stack([part.square().mean((1, 2)) for part in noise.tensor_split(8, 2)], 1)
    loudest = energies.max(1)
    return loudest.indices, loudest.values / energies.mean(1)


def test_bursts_of_noise_are_as_loud_as_those_of_reals_and_as_often_at_each_place():
    n, n_samples = 2000, 128
    moments = n_samples * torch.rand(n, 1, 1, generator=seeded(2))
    course = 0.05 + 0.15 * (-((torch.arange(n_samples) - moments) / 12).square() / 2).exp()
    reals = sines(n, n_samples=n_samples, noise=0).signals + course * torch.randn(n, 1, n_samples, generator=seeded(1))
    generator = matched(reals)
    assert len(generator.courses)
    (places, strengths), (own_places, own_strengths) = (
        loudest_part(noise_outside(generator, some)) for some in (reals, fakes_of(generator, n))
    )
    often, own_often = (torch.bincount(some, minlength=8) / n for some in (places, own_places))
    assert float((often - own_often).abs().max()) < 0.05
    assert float(own_strengths.mean() / strengths.mean()) == pytest.approx(1, abs=0.07)  # .49 with one course for all
    assert float(own_strengths.std() / strengths.std()) == pytest.approx(1, abs=0.15)


def test_signals_with_bursts_are_the_loud_ones_where_they_are_among_reals():
    n, n_samples = 2000, 128
    moments = n_samples * torch.rand(n, 1, 1, generator=seeded(2))
    has_burst = torch.arange(n)[:, None, None] % 2
    course = 0.05 + has_burst * 0.3 * (-((torch.arange(n_samples) - moments) / 12).square() / 2).exp()
    reals = sines(n, n_samples=n_samples, noise=0).signals + course * torch.randn(n, 1, n_samples, generator=seeded(1))
    generator = matched(reals)
    for some in (reals, fakes_of(generator, n)):
        noise = noise_outside(generator, some)
        order = noise.square().mean((1, 2)).argsort()
        strengths = loudest_part(noise)[1][order]
        assert float(strengths[: n // 3].mean()) < 0.7 * float(strengths[-n // 3 :].mean())


LAWS = {
    "normal": lambda n: np.random.default_rng(1).standard_normal(n),
    "Laplace": lambda n: np.random.default_rng(1).laplace(0, 1 / math.sqrt(2), n),
    "uniform": lambda n: np.random.default_rng(1).uniform(-math.sqrt(3), math.sqrt(3), n),
    "skewed": lambda n: np.random.default_rng(1).exponential(1, n) - 1,
}


@pytest.mark.parametrize("law", LAWS)
def test_noise_follows_the_law_of_the_reals(law):
    n = 1500
    noise = 0.1 * torch.from_numpy(LAWS[law]((n, 1, 200))).float()
    signals = sines(n, n_samples=200, noise=0).signals + noise
    generator = matched(signals)
    assert bool(generator.noise.law.any()) == (law != "normal")
    moments = []
    for some in (signals, fakes_of(generator, n)):
        noise = noise_outside(generator, some)
        values = (noise / noise.std()).flatten()
        moments.append([float(values.pow(power).mean()) for power in (3, 4)])
    assert moments[1][0] == pytest.approx(moments[0][0], abs=0.12)
    assert moments[1][1] == pytest.approx(moments[0][1], rel=0.1)


# Shapes, gains and levels


def test_a_generator_encodes_what_it_made():
    generator = matched(sines(500).signals)
    scores = torch.randn(200, generator.n_scores, generator=seeded(1)).clamp(-2, 2)
    coordinates = generator.quantiles.values(scores)
    coefficients, levels = generator.smooth(coordinates)
    found, left_over = generator.encode(generator.assemble(coefficients, levels, torch.zeros(200, 48)))
    assert (found[:, 0] - coordinates[:, 0]).abs().max() < 0.001 * generator.manifold.size
    torch.testing.assert_close(found[:, 1:-1], coordinates[:, 1:-1], rtol=0, atol=1e-3)
    assert left_over.abs().max() < 5e-3


def test_fakes_have_the_shapes_gains_and_levels_of_the_reals():
    generator = matched(sines(2000).signals)
    fresh = sines(4000, seed=9).signals
    fakes, reals = (generator.encode(signals)[0] for signals in (fakes_of(generator), fresh))
    apart = (fakes.sort(dim=0).values - reals.sort(dim=0).values).abs().mean(0) / reals.std(0)
    assert bool((apart < 0.06).all())


def test_most_of_a_level_that_follows_from_the_shape_is_told_by_it():
    generator = matched(sines(2000, level=(0, 0)).signals)  # a part of a cycle has a mean of its own
    fresh = sines(1000, level=(0, 0), seed=9).signals
    left = generator.encode(fresh)[0][:, -2]
    assert left.var() < 0.25 * fresh.mean(2).var()


def test_scores_are_standard_normal_and_keep_the_order():
    values = torch.rand(999, 2, generator=seeded(1)) ** 3
    scores = _normal_scores(values, seeded())
    assert torch.equal(scores.argsort(dim=0), values.argsort(dim=0))
    torch.testing.assert_close(scores.mean(0), torch.zeros(2), atol=1e-4, rtol=0)
    torch.testing.assert_close(scores.std(0), torch.ones(2), atol=0.01, rtol=0)


def test_equal_values_have_scores_in_random_order():
    scores = _normal_scores(torch.zeros(1000, 1), seeded())[:, 0]
    assert scores.std() > 0.9
    assert abs(float(torch.corrcoef(torch.stack([scores, torch.arange(1000.0)]))[0, 1])) < 0.1


@pytest.mark.parametrize("n_columns", [2, 3, 5])
@pytest.mark.parametrize("n", [100, 1600])
def test_independent_scores_are_not_taken_for_dependent_ones(n, n_columns):
    for seed in range(5):
        assert not depend(torch.randn(n, n_columns, generator=seeded(seed)))


DEPENDENCES = {
    "linear": lambda x, y: 0.9 * x + math.sqrt(1 - 0.9**2) * y,
    "half linear": lambda x, y: 0.5 * x + math.sqrt(1 - 0.5**2) * y,
    "one is the size of another": lambda x, y: x.abs(),
}


@pytest.mark.parametrize("dependence", DEPENDENCES.values(), ids=DEPENDENCES.keys())
@pytest.mark.parametrize("n_columns", [2, 3, 5])
def test_dependent_scores_are_noticed(n_columns, dependence):
    for seed in range(5):
        scores = torch.randn(1600, n_columns, generator=seeded(seed))
        scores[:, 1] = dependence(scores[:, 0], scores[:, 1])
        assert depend(_normal_scores(scores, seeded(seed)))


def test_gains_that_depend_on_the_shape_do_so_in_fakes():
    assert matched(sines(2000).signals).blend is None
    planted = sines(2000, gain=(1, 1), noise=0)
    dependent = matched(planted.signals * planted.cycles[:, None, None] ** 2 + coloured(2000, 48, "white"))
    assert dependent.blend is not None
    codes, log_gains, *_ = dependent.encode(fakes_of(dependent))[0].T
    assert float(torch.corrcoef(torch.stack([codes, log_gains]))[0, 1].abs()) > 0.9


# Blends


@pytest.mark.parametrize("k", [4, 16])
def test_a_blend_has_the_mean_and_the_covariance_of_its_neighbours(k):
    blend = Blend(30, k, 5, [])
    blend.anchors = 10 + torch.randn(30, 5, generator=seeded(1)) @ torch.randn(5, 5, generator=seeded(2))
    blend.neighbours = torch.randint(30, (30, k), generator=seeded(3))
    fakes = blend(torch.full((200_000,), 7.5 / 30), torch.randn(200_000, k, generator=seeded(4)))
    near = blend.anchors[blend.neighbours[7]]
    scale = float(near.var(0).max())
    torch.testing.assert_close(fakes.mean(0), near.mean(0), rtol=0, atol=0.01 * math.sqrt(scale))
    torch.testing.assert_close(torch.cov(fakes.T), torch.cov(near.T), rtol=0, atol=0.02 * scale)


def test_every_anchor_is_picked_equally_often_up_to_both_ends():
    blend = Blend(4, 2, 1, [])
    blend.anchors = torch.arange(4.0)[:, None]
    blend.neighbours = torch.arange(4)[:, None].expand(4, 2)  # each has none but itself
    picks = torch.tensor([0.0, 0.24, 0.26, 0.49, 0.51, 0.74, 0.76, 1.0])
    assert blend(picks, torch.randn(8, 2))[:, 0].tolist() == pytest.approx([0, 0, 1, 1, 2, 2, 3, 3])


def nearest_other(points: Tensor) -> float:
    return float(torch.cdist(points, points).topk(2, largest=False).values[:, 1].median())


@pytest.mark.parametrize("n", [40, 200, 1000])
def test_blends_are_nearly_as_far_from_the_reals_as_reals_are_from_each_other(n):
    signals = sines(n).signals
    generator = blend_generator(signals, unknown(signals), 8, seeded())
    nearest = torch.cdist(fakes_of(generator, 1000).flatten(1), signals.flatten(1)).amin(1).median()
    assert float(nearest) == pytest.approx(DISTANCE_RATIO * nearest_other(signals.flatten(1)), rel=0.1)


def test_blends_have_the_mean_and_the_spread_of_the_reals():
    signals = sines(1000).signals
    fakes = fakes_of(blend_generator(signals, unknown(signals), 8, seeded()))
    spread = signals.std(0)
    assert bool(((fakes.mean(0) - signals.mean(0)).abs() < 0.1 * spread).all())
    assert float((fakes.std(0) / spread).mean()) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("n", [10, 11, 20])
def test_a_handful_of_signals_can_be_blended(n):
    signals = sines(n).signals
    fakes = fakes_of(blend_generator(signals, unknown(signals), 8, seeded()), 100)
    assert bool(fakes.isfinite().all())
    assert len(fakes.unique(dim=0)) == 100


# What all reals share


def blended(signals: Tensor) -> CorrectedGenerator:
    return blend_generator(signals, unknown(signals), 8, seeded())


@pytest.mark.parametrize("generator_of", [matched, blended])
def test_a_mean_and_a_deviation_that_all_reals_share_are_exact_in_fakes(generator_of):
    signals = sines(500, n_channels=2).signals
    signals = 3 * normalize(signals - signals.mean(2, keepdim=True), dim=2) * math.sqrt(47) - 7
    fakes = fakes_of(generator_of(signals), 500)
    torch.testing.assert_close(fakes.mean(2), torch.full((500, 2), -7.0), atol=1e-4, rtol=0)
    torch.testing.assert_close(fakes.std(2), torch.full((500, 2), 3.0), atol=1e-4, rtol=0)


@pytest.mark.parametrize("generator_of", [matched, blended])
def test_only_what_is_shared_is_put_on_fakes(generator_of):
    signals = sines(500, n_channels=2).signals
    signals[:, 1] -= signals[:, 1].mean(1, keepdim=True)
    generator = generator_of(signals)
    assert generator.norms.mean.isfinite()[:, 0].tolist() == [False, True]
    assert generator.norms.std.isfinite()[:, 0].tolist() == [False, False]
    fakes = fakes_of(generator, 500)
    assert fakes[:, 1].mean(1).abs().max() < 1e-4
    assert float(fakes[:, 0].mean(1).std()) == pytest.approx(float(signals[:, 0].mean(1).std()), rel=0.15)
    assert float(fakes.std(2).std()) > 0.1


# Nobody's recordings


@pytest.mark.parametrize("n", [40, 1000])
def test_a_generator_of_blends_holds_no_signal_that_it_learned_from(n):
    signals = sines(n).signals
    anchors = blended(signals).blend.anchors
    distances = torch.cdist(anchors, signals.flatten(1)).amin(1)
    assert distances.median() > 0.7 * nearest_other(signals.flatten(1))
    assert distances.min() > 0.05 * nearest_other(signals.flatten(1))


def test_axes_of_whole_signals_hold_their_levels_and_all_that_is_not_rounding():
    signals = sines(500, n_channels=2).signals
    signals[:, 1] = 2 * signals[:, 0] + 1e-6 * signals[:, 1]  # as good as the same
    basis, strength = whole_axes(signals)
    values = signals.flatten(1)
    torch.testing.assert_close(basis.T @ basis, torch.eye(basis.shape[1]), atol=1e-4, rtol=0)
    assert basis.shape[1] <= signals.shape[2]
    assert float((values - values @ basis @ basis.T).abs().max()) < 0.01 * float(values.std())
    torch.testing.assert_close((values @ basis).square().mean(0).sqrt(), strength, rtol=1e-2, atol=1e-4)


def test_a_blueprint_of_before_gives_the_generator_that_it_gave_then():
    generator = BlendGenerator(n_channels=1, n_samples=20, n_coefficients=18, n_anchors=30, k=5, width=8)
    assert generator.layout.n_latents == 1 + 5 + 4
    assert generator.network.first.in_features == 16 + 4
    assert generator.blend.spread == 1
    assert generator.holds_reals
    assert not blended(sines(40).signals).holds_reals
