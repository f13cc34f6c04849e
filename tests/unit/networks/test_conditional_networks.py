import math

import numpy as np
import orjson
import pytest
import torch
from scipy.special import ndtri
from scipy.stats import rankdata
from torch import Tensor

from core.config import ArticleConfig, ManifoldConfig
from core.networks import ARCHITECTURES, Conditions, Generator, Networks
from core.networks.conditions import MAX_EMBEDDING, MAX_KEPT, Encoder
from core.networks.manifold.blend import Blend
from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator
from core.networks.manifold.initialization import MIN_REALS
from core.networks.manifold.latents import _fill
from core.networks.manifold.neighbourhood import Neighbourhood, Scores, picked
from tests.unit.planted import Sines, networks_of, sines

ARTICLE = ArticleConfig(latent_dim=6, sequence_length=3, hidden_size=8, discriminator_sizes=(16, 4))
MANIFOLD = ManifoldConfig(width=8, discriminator_width=8)
KINDS = {
    "manifold": (MANIFOLD, ManifoldGenerator),
    "blend": (MANIFOLD, BlendGenerator),
    "article": (ARTICLE, Generator),
}
N = 600
pytestmark = pytest.mark.usefixtures("few_reals_throughout")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=seeded(seed))


# The encoder


def test_numbers_are_standardised_and_classes_are_embedded():
    values = torch.stack([10 + 3 * normal(500), torch.arange(500) % 3, torch.arange(500) % 20], 1)
    encoder = Encoder([0, 3, 20])
    encoder.fit(values)
    features = encoder(values)
    assert features.shape == (500, encoder.n_features) == (500, 1 + 3 + MAX_EMBEDDING)
    torch.testing.assert_close(features[:, 0].mean(), torch.tensor(0.0), atol=1e-5, rtol=0)
    torch.testing.assert_close(features[:, 0].std(), torch.tensor(1.0))
    assert [len(part.unique(dim=0)) for part in (features[:, 1:4], features[:, 4:])] == [3, 20]
    assert torch.equal(features[0, 1:4], features[3, 1:4])


def test_a_number_that_never_changes_spoils_nothing():
    encoder = Encoder([0])
    encoder.fit(torch.full((50, 1), 7.0))
    assert encoder(torch.full((3, 1), 7.0)).tolist() == [[0], [0], [0]]


def test_features_stand_beside_the_inputs():
    encoder, inputs, conditions = Encoder([0, 2]), normal(4, 5), torch.tensor([[1.0, 0], [2, 1], [3, 0], [4, 1]])
    beside = encoder.beside(inputs, conditions)
    assert torch.equal(beside, torch.cat([inputs, encoder(conditions)], 1))


@pytest.mark.parametrize("conditions", [None, torch.empty(4, 0)])
def test_where_nothing_is_known_the_inputs_stay_as_they_are(conditions):
    encoder, inputs = Encoder([]), normal(4, 5)
    encoder.fit(torch.empty(9, 0))
    assert torch.equal(encoder.beside(inputs, conditions), inputs)
    assert (encoder.n_features, list(encoder.state_dict()), list(encoder.parameters())) == (0, [], [])


# Scores

COLUMNS = {
    "normal": lambda n: normal(n),
    "skewed": lambda n: normal(n).exp(),
    "grid": lambda n: (10 * normal(n)).round(),
    "two values": lambda n: (normal(n) > 1).float(),
    "one value": lambda n: torch.full((n,), 3.0),
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("n", [10, 500, 1025, 5000])
def test_scores_are_the_normal_scores_of_middle_ranks(column, n):
    values = COLUMNS[column](n)
    scores = Scores(1)
    scores.fit(values[:, None])
    expected = ndtri(rankdata(values.numpy()) / (n + 1))
    error = np.abs(scores(values[:, None])[:, 0].numpy() - expected)
    assert np.quantile(error, 0.99) < 0.01
    assert error[np.abs(expected) < 2.5].max() < 0.05  # farther out the values lie far apart between two knots


def test_each_column_has_scores_of_its_own():
    columns = torch.stack([make(300) for make in COLUMNS.values()], 1)
    together = Scores(len(COLUMNS))
    together.fit(columns)
    for index, column in enumerate(columns.T):
        alone = Scores(1)
        alone.fit(column[:, None])
        torch.testing.assert_close(together(columns)[:, index], alone(column[:, None])[:, 0])


def test_beyond_all_that_was_seen_the_score_is_that_of_the_end():
    scores = Scores(1)
    scores.fit(torch.arange(100.0)[:, None])
    low, lowest, highest, high = scores(torch.tensor([[-50.0], [0], [99], [1e6]]))[:, 0].tolist()
    assert low == lowest == pytest.approx(ndtri(1 / 101))
    assert high == highest == pytest.approx(ndtri(100 / 101))


def test_between_two_values_lies_the_score_in_between():
    scores = Scores(1)
    scores.fit(torch.tensor([0.0, 0, 0, 1])[:, None])
    ends = ndtri(np.array([2, 4]) / 5)
    assert float(scores(torch.tensor([[0.25]]))) == pytest.approx(ends[0] + 0.25 * (ends[1] - ends[0]), abs=1e-3)


# Neighbourhoods


def neighbourhood_of(known: Tensor, n_classes: list[int]) -> Neighbourhood:
    found = Neighbourhood(n_classes, len(known))
    found.fit(known, known)
    return found


def test_weights_are_of_signals_that_are_alike():
    known = torch.stack([torch.rand(2000, generator=seeded(1)), torch.arange(2000) % 2], 1)
    neighbourhood = neighbourhood_of(known, [0, 2])
    asked = torch.tensor([[0.3, 0.0], [0.3, 1.0], [0.9, 1.0]])
    weights, places = neighbourhood.weights(asked)
    assert weights.shape == (3, 2000)
    torch.testing.assert_close(weights.sum(1), torch.ones(3))
    torch.testing.assert_close(weights @ (known[:, 1] == 0).float(), torch.tensor([1.0, 0, 0]))
    torch.testing.assert_close(weights @ known[:, 0], asked[:, 0], atol=0.03, rtol=0)
    torch.testing.assert_close(places[:, 0], torch.special.ndtri(asked[:, 0]), atol=0.1, rtol=0)
    assert neighbourhood.bandwidth == pytest.approx(2000 ** (-1 / 5))
    apart = (torch.special.ndtri(known[:, 0].clamp(0.001, 0.999)) - places[0]).abs()
    assert weights[0, apart > 6 * neighbourhood.bandwidth].sum() < 1e-6


def test_without_numbers_only_the_class_counts():
    known = (torch.arange(300) % 3)[:, None].float()
    weights, places = neighbourhood_of(known, [3]).weights(torch.tensor([[2.0]]))
    assert places.shape == (1, 0)
    torch.testing.assert_close(weights[0], (known[:, 0] == 2).float() / 100)


def test_of_a_class_that_nobody_has_all_are_alike():
    weights, _ = neighbourhood_of((torch.arange(20) % 2)[:, None].float(), [3]).weights(torch.tensor([[2.0]]))
    torch.testing.assert_close(weights[0], torch.full((20,), 0.05))


@pytest.mark.parametrize("n_numbers", [1, 2])
def test_slopes_are_those_of_a_known_law(n_numbers):
    known = normal(3000, n_numbers)
    neighbourhood = neighbourhood_of(known, [0] * n_numbers)
    law = normal(n_numbers, 4, seed=2)
    values = neighbourhood.places @ law + torch.arange(4.0) + 0.01 * normal(3000, 4, seed=3)
    weights, _ = neighbourhood.weights(torch.zeros(5, n_numbers) + 0.3 * normal(5, n_numbers, seed=4))
    slopes = neighbourhood.slopes(weights, values)
    assert slopes.shape == (5, n_numbers, 4)
    torch.testing.assert_close(slopes, law.expand(5, -1, -1), atol=0.05, rtol=0.03)


def test_a_slope_may_differ_from_place_to_place():
    known = normal(4000, 1)
    neighbourhood = neighbourhood_of(known, [0])
    weights, places = neighbourhood.weights(torch.tensor([[-1.0], [0.0], [1.0]]))
    slopes = neighbourhood.slopes(weights, neighbourhood.places.square())
    torch.testing.assert_close(slopes[:, :, 0], 2 * places, atol=0.2, rtol=0)


def test_one_signal_alone_tells_no_slope():
    known = torch.stack([torch.arange(40.0), torch.cat([torch.zeros(39), torch.ones(1)])], 1)
    neighbourhood = neighbourhood_of(known, [0, 2])
    weights, _ = neighbourhood.weights(torch.tensor([[20.0, 1]]))
    slopes = neighbourhood.slopes(weights, known[:, :1] ** 2)
    assert bool(slopes.isfinite().all())
    assert slopes.abs().max() < 1e-3


def test_signals_are_picked_as_often_as_they_weigh():
    weights = torch.tensor([0.1, 0, 0.6, 0.3]).repeat(10_000, 1)
    chosen = picked(weights, torch.rand(10_000, generator=seeded(1)))
    counts = torch.bincount(chosen, minlength=4) / 10_000
    torch.testing.assert_close(counts, weights[0], atol=0.02, rtol=0)
    ends = picked(weights[:2], torch.tensor([0.0, 1.0]))
    assert bool((weights[0, ends] > 0).all())


# Blends


def blend_of(anchors: Tensor, known: Tensor, n_classes: list[int], k: int = 5) -> Blend:
    blend = Blend(len(anchors), k, anchors.shape[1], n_classes)
    _fill(blend, anchors, Conditions(known, n_classes))
    return blend


def blended(blend: Blend, conditions: Tensor, seed: int = 0) -> Tensor:
    n = len(conditions)
    return blend(torch.rand(n, generator=seeded(seed)), normal(n, blend.k, seed=seed + 1), conditions)


def test_a_class_gives_blends_of_its_own_anchors():
    classes = (torch.arange(300) % 3).float()
    anchors = torch.stack([100 * classes, normal(300)], 1) + 0.1 * normal(300, 2, seed=2)
    blend = blend_of(anchors, classes[:, None], [3])
    asked = (torch.arange(900) % 3).float()
    values = blended(blend, asked[:, None])
    assert (values[:, 0] - 100 * asked).abs().max() < 2
    assert float(values[:, 1].std()) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("along", [None, torch.eye(3)[:, :2]])
def test_numbers_are_met_where_values_follow_them(along):
    known = normal(1500, 1, seed=1)
    blend = blend_of(torch.zeros(1500, 3), known, [0])
    places = blend.neighbourhood.places
    noise = 0.05 * normal(1500, 3, seed=2)
    blend = blend_of(places @ torch.tensor([[1.0, -2, 0]]) + torch.tensor([0.0, 5, 7]) + noise, known, [0])
    asked = torch.linspace(-1.5, 1.5, 500)[:, None]
    expected = blend.neighbourhood.scores(asked)[:, 0]
    n = len(asked)
    values = blend(torch.rand(n, generator=seeded(3)), normal(n, blend.k, seed=4), asked, along)
    for value, law in zip(values.T, (expected, 5 - 2 * expected, torch.full((n,), 7.0)), strict=True):
        assert (value - law).mean().abs() < 0.02
        assert 0.03 < (value - law).std() < 0.1


def test_a_direction_that_may_not_follow_stays_where_its_anchors_are():
    known = torch.linspace(-1, 1, 400)[:, None]
    anchors = known.repeat(1, 2)
    blend, n = blend_of(anchors, known, [0]), 300
    pick, weights = torch.rand(n, generator=seeded(1)), normal(n, 5, seed=2)
    asked = torch.zeros(n, 1)
    free, held = (blend(pick, weights, asked, along) for along in (None, torch.eye(2)[:, :1]))
    torch.testing.assert_close(free[:, 0], held[:, 0])
    assert float(held[:, 1].std()) > 5 * float(held[:, 0].std())
    assert float(free[:, 1].std()) == pytest.approx(float(free[:, 0].std()))


# Generators


def conditional(**law: tuple[float, float]) -> tuple[Sines, Conditions]:
    """Sines whose gain is known, and whether their level is high."""
    drawn = sines(N, **law)
    is_high = (drawn.signals.mean((1, 2)) > 0).float()
    return drawn, Conditions(torch.stack([drawn.gain, is_high], 1), [0, 2])


@pytest.fixture(scope="module")
def warm() -> dict[str, Networks]:
    drawn, known = conditional()
    return {
        name: networks_of(config, drawn.signals, wanted=kind, conditions=known)
        for name, (config, kind) in KINDS.items()
    }


each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_a_generator_keeps_conditions_of_reals_and_their_scale(warm, kind):
    generator, discriminator = warm[kind]
    _, known = conditional()
    assert isinstance(generator, KINDS[kind][1])
    assert torch.equal(generator.natural, known.values)
    assert (generator.blueprint["n_classes"], generator.blueprint["n_known"]) == ([0, 2], N)
    for network in (generator, discriminator):
        torch.testing.assert_close(network.encoder.mean, known.values.mean(0))
        torch.testing.assert_close(network.encoder.std, known.values.std(0))


def test_only_so_many_conditions_are_kept():
    values = normal(MAX_KEPT + 100, 1)
    generator = networks_of(ARTICLE, torch.zeros(len(values), 1, 16), conditions=Conditions(values, [0])).generator
    assert torch.equal(generator.natural, values[:MAX_KEPT])
    torch.testing.assert_close(generator.encoder.mean, values.mean(0))


@each_kind
def test_conditions_are_drawn_as_they_occur(warm, kind):
    generator = warm[kind].generator
    _, known = conditional()
    found = generator.draw_conditions(2000, seeded(1))
    assert torch.equal(generator.draw_conditions(2000, seeded(1)), found)
    assert {tuple(row) for row in found.tolist()} <= {tuple(row) for row in known.values.tolist()}
    assert len(found.unique(dim=0)) > 0.9 * N


@each_kind
def test_both_networks_look_at_the_conditions(warm, kind):
    generator, discriminator = warm[kind]
    latents, conditions = generator.draw_latents(50, seeded(1)), generator.draw_conditions(50, seeded(2))
    fakes = generator(latents, conditions)
    assert fakes.shape == (50, 1, 48)
    assert discriminator(fakes, conditions).shape == (50,)
    for other in (conditions.flip(0), conditions + torch.tensor([0.5, 0])):
        assert not torch.allclose(generator(latents, other), fakes)
        assert not torch.allclose(discriminator(fakes, other), discriminator(fakes, conditions))


@pytest.mark.parametrize(("kind", "cycles"), [("manifold", (1, 2)), ("blend", (1.5, 1.5))])
def test_a_warm_generator_gives_what_it_is_asked_for(kind, cycles):
    drawn, known = conditional(cycles=cycles)
    generator = networks_of(MANIFOLD, drawn.signals, wanted=KINDS[kind][1], conditions=known).generator
    gain = torch.linspace(0.6, 1.9, 1000)
    is_high = (torch.arange(1000) % 2).float()
    with torch.no_grad():
        fakes = generator(generator.draw_latents(1000, seeded(1)), torch.stack([gain, is_high], 1))[:, 0]
    spread, asked = drawn.signals[:, 0].std(1), drawn.gain
    slope = float((spread * asked).sum() / asked.square().sum())  # of the deviation of a sine over its gain
    error = (fakes.std(1) / slope - gain).abs().mean()
    chance = (gain - gain.mean()).abs().mean()
    assert error < 0.3 * chance
    levels = fakes.mean(1)
    assert ((levels > 0) == (is_high > 0)).float().mean() > 0.9


@each_kind
def test_a_conditional_generator_comes_back_from_its_blueprint_and_state(warm, kind):
    generator = warm[kind].generator
    again = ARCHITECTURES[KINDS[kind][0].architecture].generator(**orjson.loads(orjson.dumps(generator.blueprint)))
    again.load_state_dict(generator.state_dict())
    latents, conditions = generator.draw_latents(20, seeded(1)), generator.draw_conditions(20, seeded(2))
    assert torch.equal(again.draw_conditions(20, seeded(2)), conditions)
    assert torch.equal(again(latents, conditions), generator(latents, conditions))


@each_kind
def test_a_blueprint_from_before_there_were_conditions_still_loads(kind):
    config, wanted = KINDS[kind]
    generator = networks_of(config, sines(100).signals, wanted=wanted).generator
    old = {name: value for name, value in generator.blueprint.items() if name not in ("n_classes", "n_known")}
    assert not [name for name in generator.state_dict() if "natural" in name or "encoder" in name]
    assert not [name for name in generator.state_dict() if "neighbourhood" in name]
    again = ARCHITECTURES[config.architecture].generator(**old)
    again.load_state_dict(generator.state_dict())
    latents = generator.draw_latents(5, seeded())
    assert torch.equal(again(latents), generator(latents))
    assert torch.equal(again(latents, again.draw_conditions(5, seeded())), generator(latents))


@pytest.mark.parametrize("kind", ["manifold", "blend"])
@pytest.mark.parametrize("n", [MIN_REALS, 30])
def test_a_handful_of_signals_with_conditions_is_enough(kind, n):
    drawn = sines(n)
    known = Conditions(torch.stack([drawn.gain, (torch.arange(n) % 3).float()], 1), [0, 3])
    generator, discriminator = networks_of(MANIFOLD, drawn.signals, wanted=KINDS[kind][1], conditions=known)
    assert isinstance(generator, KINDS[kind][1])
    conditions = generator.draw_conditions(100, seeded())
    fakes = generator(generator.draw_latents(100, seeded()), conditions)
    assert bool(fakes.isfinite().all())
    assert bool(discriminator(fakes, conditions).isfinite().all())


def test_a_number_that_all_share_spoils_nothing():
    drawn = sines(60)
    known = Conditions(torch.stack([torch.full((60,), 3.0), drawn.gain], 1), [0, 0])
    for kind in (ManifoldGenerator, BlendGenerator):
        generator = networks_of(MANIFOLD, drawn.signals, wanted=kind, conditions=known).generator
        fakes = generator(generator.draw_latents(50, seeded()), generator.draw_conditions(50, seeded()))
        assert bool(fakes.isfinite().all())
        assert math.isfinite(float(fakes.detach().std()))
