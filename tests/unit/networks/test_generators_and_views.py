import itertools
from typing import Any

import orjson
import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from core.config import ManifoldConfig
from core.networks import ARCHITECTURES, Networks
from core.networks.manifold.generators import (
    N_PARTS,
    BlendGenerator,
    CorrectedGenerator,
    ManifoldGenerator,
    Norms,
    manifold_generator,
)
from core.networks.manifold.latents import ManifoldFit
from core.networks.manifold.noise import MAX_NOISE_Z, N_DISTRIBUTION_KNOTS, Noise
from core.networks.manifold.quantiles import Quantiles
from core.networks.manifold.shapes import Axes
from core.networks.manifold.views import SOFT_LIMIT, ManifoldViews, StandardisedViews, manifold_discriminator
from tests.unit.planted import LAWS, networks_of, sines, true_shapes, unknown

SMALL = ManifoldConfig(width=8, discriminator_width=8)
KINDS = [ManifoldGenerator, BlendGenerator]
pytestmark = pytest.mark.usefixtures("few_reals_throughout")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def reals() -> Tensor:
    return sines(400, noise=0.02).signals


@pytest.fixture(scope="module")
def warm(reals) -> dict[type, Networks]:
    """The networks of either kind, ready for the adversarial phase."""
    return {kind: networks_of(SMALL, reals, wanted=kind) for kind in KINDS}


def awake(generator: CorrectedGenerator) -> CorrectedGenerator:
    """A copy whose corrections are no longer zero."""
    copy = manifold_generator(**generator.blueprint)
    copy.load_state_dict(generator.state_dict())
    nn.init.normal_(copy.network.last.weight, std=0.1, generator=seeded(3))
    return copy


# Both generators


BLUEPRINTS = {
    "a blend": {"n_coefficients": 3, "n_anchors": 20, "k": 4},
    "a line in white noise": {"n_coefficients": 5, "is_ring": [False], "n_frequencies": 1, "n_anchors": 0, "k": 16},
    "a line with sharp edges": {
        "n_coefficients": 5,
        "is_ring": [False],
        "n_frequencies": 1,
        "n_anchors": 0,
        "k": 16,
        "is_sharp": True,
    },
    "a line in noise that is loud now and then": {
        "n_coefficients": 5,
        "is_ring": [False],
        "n_frequencies": 1,
        "n_anchors": 0,
        "k": 16,
        "n_courses": 12,
    },
    "a ring and a line in coloured noise": {
        "n_coefficients": 12,
        "is_ring": [True, False],
        "n_frequencies": 1026,
        "n_anchors": 30,
        "k": 16,
    },
}


def built(n_channels: int, n_samples: int, **parts: Any) -> CorrectedGenerator:
    """A generator of random signals."""
    torch.manual_seed(0)
    generator = manifold_generator(n_channels=n_channels, n_samples=n_samples, width=8, **parts)
    for buffer in generator.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1)
    return generator


@pytest.mark.parametrize("parts", BLUEPRINTS.values(), ids=BLUEPRINTS.keys())
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_samples", [16, 300, 1025])
def test_signals_and_logits_have_their_shapes(parts, n_channels, n_samples):
    generator = built(n_channels, n_samples, **parts)
    discriminator = manifold_discriminator(SMALL, generator)
    discriminator.views.fit(torch.randn(50, n_channels, n_samples))
    fakes = generator(generator.draw_latents(5, seeded()))
    assert fakes.shape == (5, n_channels, n_samples)
    assert fakes.dtype == torch.float32
    assert bool(fakes.isfinite().all())
    assert discriminator(fakes).shape == (5,)
    assert discriminator(fakes[:1]).shape == (1,)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("parts", BLUEPRINTS.values(), ids=BLUEPRINTS.keys())
def test_a_blueprint_of_plain_json_rebuilds_the_generator(parts, n_channels):
    generator = built(n_channels, 33, **parts)
    blueprint = orjson.loads(orjson.dumps(generator.blueprint))
    again = ARCHITECTURES["manifold"].generator(**blueprint)
    again.load_state_dict(generator.state_dict())
    assert type(again) is type(generator)
    assert again.blueprint == generator.blueprint
    drawn = generator.draw_latents(7, seeded())
    assert torch.equal(again.draw_latents(7, seeded()), drawn)
    fakes = again(drawn)
    assert fakes.shape == (7, n_channels, 33)
    assert torch.equal(fakes, generator(drawn))


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_learned_comes_back_with_the_state(warm, kind):
    generator = warm[kind].generator
    again = ARCHITECTURES["manifold"].generator(**orjson.loads(orjson.dumps(generator.blueprint)))
    again.load_state_dict(generator.state_dict())
    drawn = generator.draw_latents(20, seeded())
    assert torch.equal(again(drawn), generator(drawn))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_channels", [1, 3])
def test_all_that_is_known_can_be_kept_in_one_file(kind, n_channels):
    networks = networks_of(SMALL, sines(100, 40, n_channels).signals, wanted=kind)
    state = {
        f"{role}.{name}": value
        for role, network in zip(("generator", "discriminator"), networks, strict=True)
        for name, value in network.state_dict().items()
    }
    kept = load(save(state))  # refuses tensors that share memory, and those that are not contiguous
    assert kept.keys() == state.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_fresh_network_of_corrections_changes_nothing(warm, kind):
    generator = warm[kind].generator
    drawn = generator.draw_latents(20, seeded())
    before = generator(drawn)
    other = manifold_generator(**generator.blueprint)
    fresh = {name: value for name, value in other.state_dict().items() if name.startswith("network")}
    other.load_state_dict(generator.state_dict() | fresh)
    assert not torch.equal(other.network.first.weight, generator.network.first.weight)
    assert torch.equal(other(drawn), before)
    assert not torch.equal(awake(generator)(drawn), before)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_every_parameter(warm, kind):
    generator, discriminator = warm[kind]
    generator = awake(generator)
    logits = discriminator(generator(generator.draw_latents(64, seeded())))
    parameters = dict(itertools.chain(generator.named_parameters(), discriminator.named_parameters()))
    gradients = torch.autograd.grad(logits.square().sum(), list(parameters.values()))
    for name, gradient in zip(parameters, gradients, strict=True):
        assert bool(gradient.isfinite().all()), name
        assert bool(gradient.any()), name


@pytest.mark.parametrize("kind", KINDS)
def test_latents_are_all_that_is_random(warm, kind):
    generator = warm[kind].generator
    first = generator.draw_latents(64, seeded(1))
    assert torch.equal(generator.draw_latents(64, seeded(1)), first)
    assert len(first.unique(dim=0)) == 64
    assert torch.equal(generator(first), generator(first))
    assert torch.equal(generator(first[:10]), generator(first)[:10])


# Quantiles


@pytest.fixture(scope="module")
def skewed() -> tuple[Quantiles, Tensor]:
    values = torch.stack([torch.rand(5000, generator=seeded(1)), torch.randn(5000, generator=seeded(2)).exp()], 1)
    quantiles = Quantiles(2)
    quantiles.fit(values)
    return quantiles, values


def test_scores_become_values_of_the_learned_distributions(skewed):
    quantiles, values = skewed
    drawn = quantiles.values(torch.randn(20_000, 2, generator=seeded(3)))
    apart = (torch.quantile(drawn, 0.5, 0) - torch.quantile(values, 0.5, 0)).abs() / values.std(0)
    assert bool((apart < 0.05).all())
    assert bool(((drawn.mean(0) - values.mean(0)).abs() < 0.05 * values.std(0)).all())


def test_values_and_probabilities_are_inverse_to_each_other(skewed):
    quantiles, _ = skewed
    scores = torch.randn(1000, 2, generator=seeded(3))
    values = quantiles.values(scores)
    probabilities = quantiles.probabilities(values)
    torch.testing.assert_close(probabilities, torch.special.ndtr(scores), atol=1e-4, rtol=0)
    torch.testing.assert_close(quantiles.values(torch.special.ndtri(probabilities)), values, atol=1e-3, rtol=1e-3)


def test_probabilities_go_a_little_beyond_for_values_never_seen(skewed):
    quantiles, values = skewed
    beyond = torch.stack([values.amin(0) - 100, values.amin(0), values.amax(0), values.amax(0) + 100])
    low, zero, one, high = quantiles.probabilities(beyond)
    assert bool(((low < 0) & (low > -0.01) & (high > 1) & (high < 1.01)).all())
    torch.testing.assert_close(torch.stack([zero, one]), torch.tensor([[0.0, 0], [1, 1]]), atol=1e-3, rtol=0)
    assert bool(quantiles.values(torch.tensor([[-40.0, 40.0]])).isfinite().all())


def test_gradients_of_values_and_probabilities_are_finite_differences(skewed):
    quantiles, _ = skewed
    exact = Quantiles(2).double()
    exact.table = quantiles.table.double()
    scores = torch.linspace(-1.51, 1.53, 9, dtype=torch.float64)[:, None].repeat(1, 2).requires_grad_()
    assert torch.autograd.gradcheck(exact.values, scores)
    assert torch.autograd.gradcheck(exact.probabilities, exact.values(scores).detach().requires_grad_())


def test_a_column_of_one_value_gives_that_value():
    quantiles = Quantiles(1)
    quantiles.fit(torch.full((100, 1), 3.0))
    assert quantiles.values(torch.randn(50, 1)).unique().tolist() == [3]
    assert bool(quantiles.probabilities(torch.tensor([[2.9], [3.0], [3.1]])).isfinite().all())


# Noise and norms


def test_noise_fills_the_basis_with_the_covariance_it_was_given():
    basis = torch.linalg.qr(torch.randn(40, 2, generator=seeded(1)))[0]
    noise = Noise(1, 40, 1, 2)
    noise.in_basis = torch.tensor([[3.0, 1.0], [1.0, 0.5]])
    drawn = noise(torch.randn(20_000, noise.n_latents, generator=seeded(2)), basis)
    inside = drawn @ basis
    torch.testing.assert_close(torch.cov(inside.T), noise.in_basis @ noise.in_basis.T, rtol=0.05, atol=0.05)
    outside = drawn - inside @ basis.T
    assert float(outside.square().sum(1).mean()) == pytest.approx(38, rel=0.02)


def test_noise_is_as_loud_at_each_sample_as_its_envelope_says():
    noise = Noise(2, 30, 1, 1)
    noise.envelope = torch.rand(2, 30, generator=seeded(1))
    drawn = noise(torch.randn(20_000, noise.n_latents, generator=seeded(2)), torch.zeros(60, 1))
    torch.testing.assert_close(drawn.std(0), noise.envelope.flatten(), rtol=0.05, atol=0.001)


def test_noise_follows_the_law_it_was_given():
    noise = Noise(1, 30, 1, 1)
    noise.law = torch.linspace(-MAX_NOISE_Z, MAX_NOISE_Z, N_DISTRIBUTION_KNOTS).exp()
    latents = torch.randn(500, noise.n_latents, generator=seeded(2))
    latents[0, :2] = torch.tensor([-100.0, 100.0])  # farther out than the table goes
    expected = latents.clamp(-MAX_NOISE_Z, MAX_NOISE_Z).exp()
    torch.testing.assert_close(noise(latents, torch.zeros(30, 1)), expected, rtol=0.001, atol=0)


def test_the_network_makes_noise_louder_from_part_to_part():
    generator = manifold_generator(n_channels=2, n_samples=71, width=8, **BLUEPRINTS["a line in white noise"])
    latents = generator.draw_latents(50, seeded(1))
    course = torch.linspace(-1, 1, 2 * N_PARTS).view(2, N_PARTS)
    with torch.no_grad():
        plain = generator(latents)
        generator.network.last.bias[-2 * N_PARTS :] = course.flatten()
        ratio = generator(latents) / plain
    torch.testing.assert_close(ratio[:, :, ::10], course.exp().expand_as(ratio[:, :, ::10]))
    between = (ratio[:, :, 0] + ratio[:, :, 10]) / 2
    torch.testing.assert_close(ratio[:, :, 5], between)


def test_norms_are_left_alone_where_reals_share_none():
    signals = torch.randn(5, 2, 20)
    assert Norms(2)(signals) is signals


# Views


@pytest.fixture(scope="module", params=KINDS)
def views(request, warm) -> StandardisedViews:
    return warm[request.param].discriminator.views


def test_views_are_standardised_on_reals(views, reals):
    standard = (views._views(reals) - views.mean) / views.std
    torch.testing.assert_close(standard.mean(0), torch.zeros_like(views.mean), atol=1e-3, rtol=0)
    torch.testing.assert_close(standard.std(0), torch.ones_like(views.mean), atol=1e-3, rtol=0)


def test_views_far_from_those_of_reals_are_squashed(views, reals):
    near, far = views(reals), views(1e4 * torch.randn(50, 1, 48, generator=seeded(1)))
    assert near.shape == (400, len(views.mean))
    assert bool(far.isfinite().all())
    assert far.abs().max() <= SOFT_LIMIT
    assert far.abs().max() > 0.99 * SOFT_LIMIT
    assert near.abs().mean() < 1


@pytest.mark.parametrize("law", LAWS)
def test_the_gradient_of_a_view_is_the_finite_difference_of_a_re_encoding(law):
    signals = sines(500, noise=0.01, gain=(1, 2), **LAWS[law]).signals
    shapes = true_shapes(law=law)
    axes = Axes(shapes.basis, signals.mean((0, 2)))
    fit, rng = ManifoldFit(signals, unknown(signals), axes, shapes, 8), seeded()
    fit.matched(rng)
    generator = fit.calibrated(rng)[-1]
    views, manifold = ManifoldViews(generator), generator.manifold
    views.fit(signals)
    some = signals[:40].requires_grad_()
    coordinates = views._parts(some)[0][:, : generator.n_scores - 1]
    step = 0.05 * torch.randn(some.shape, generator=seeded(1))
    with torch.no_grad():
        forth, back = (views._parts(some + sign * step)[0] for sign in (1, -1))
    difference = (forth - back)[:, : generator.n_scores - 1]
    codes = difference[:, : manifold.dim]  # the short way round
    codes[:] = torch.where(manifold.is_ring, (codes + manifold.size / 2) % manifold.size - manifold.size / 2, codes)
    for column, found in enumerate(difference.T):
        (gradient,) = torch.autograd.grad(coordinates[:, column].sum(), some, retain_graph=True)
        expected = 2 * (gradient * step).sum((1, 2))
        assert (found - expected).abs().median() < 0.05 * expected.abs().median()
