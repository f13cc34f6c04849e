"""Which channels depend on each other, and blends of those that do not."""

import pytest
import torch
from torch import Tensor

from core.networks.manifold import shapes
from core.networks.manifold.dependence import FEWEST, independent_channels
from core.networks.manifold.generators import BlendGenerator, manifold_generator
from core.networks.manifold.latents import blend_generator
from tests.unit.planted import sines, unknown

GROUPS = [[0, 2], [1]]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def grouped(n: int) -> Tensor:
    """Three channels, the third of which follows the first; the second is independent of both."""
    first, second = (sines(n, n_samples=16, seed=seed).signals for seed in (1, 2))
    return torch.cat([first, second, first.abs()], 1)


@pytest.fixture(scope="module")
def separate() -> BlendGenerator:
    signals = grouped(400)
    return blend_generator(signals, unknown(signals), 8, seeded(), groups=GROUPS)


@torch.no_grad()
def fakes_of(generator: BlendGenerator, n: int = 1000) -> Tensor:
    return generator(generator.draw_latents(n, seeded(5)))


def test_channels_that_depend_on_each_other_in_any_way_are_in_one_group():
    assert independent_channels(grouped(FEWEST)) == GROUPS


def test_channels_of_long_signals_are_grouped_alike(monkeypatch):
    monkeypatch.setattr(shapes, "MAX_EXACT", 15)
    assert independent_channels(grouped(FEWEST)) == GROUPS


def test_channels_with_a_common_strength_are_in_one_group():
    noise = torch.randn(FEWEST, 2, 16, generator=seeded())
    assert independent_channels(noise) == [[0], [1]]
    assert independent_channels(noise * (1 + torch.rand(FEWEST, 1, 1, generator=seeded(1)) * 9)) == [[0, 1]]


def test_of_few_signals_all_channels_are_in_one_group():
    assert independent_channels(grouped(FEWEST - 1)) == [[0, 1, 2]]


def test_channels_of_a_group_belong_together_in_fakes_and_others_do_not(separate):
    found, planted = (torch.corrcoef(signals.std(2).T) for signals in (fakes_of(separate), grouped(1000)))
    assert planted[0, 2] > 0.5
    torch.testing.assert_close(found, planted, atol=0.12, rtol=0)


def test_each_channel_is_where_it_was(separate):
    fakes, signals = fakes_of(separate), grouped(400)
    torch.testing.assert_close(fakes.mean((0, 2)), signals.mean((0, 2)), atol=0.1, rtol=0)
    assert float(fakes[:, 2].mean()) > 0.5 > float(fakes[:, :2].mean((0, 2)).abs().max())


def test_separate_blends_are_rebuilt_from_their_blueprint(separate):
    again = manifold_generator(**separate.blueprint)
    again.load_state_dict(separate.state_dict())
    assert torch.equal(fakes_of(again, 20), fakes_of(separate, 20))
