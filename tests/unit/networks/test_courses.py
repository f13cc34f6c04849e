"""How loud noise is from part to part of a signal."""

import math

import pytest
import torch
from torch import Tensor

from core.networks.manifold.courses import MIN_PARTS, MIN_SAMPLES, at_samples, find_courses, hats, loudness, n_parts_of


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def white(n: int = 1500, n_channels: int = 1, n_samples: int = 256, seed: int = 1) -> Tensor:
    return torch.randn(n, n_channels, n_samples, generator=seeded(seed))


def bursts(n: int = 1500, n_samples: int = 256) -> Tensor:
    """Courses that are three times as loud around a moment that differs from signal to signal, (n, 1, n_samples)."""
    moments = n_samples * torch.rand(n, 1, 1, generator=seeded(2))
    return 1 + 2 * (-((torch.arange(n_samples) - moments) / (n_samples / 10)).square() / 2).exp()


def of_mean_square_1(courses: Tensor) -> Tensor:
    return courses / courses.square().mean((1, 2), keepdim=True).sqrt()


def test_hats_interpolate_between_equally_spaced_values():
    values = torch.tensor([[0.0, 2.0, 4.0]])
    torch.testing.assert_close(values @ hats(3, 5), torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0]]))
    assert hats(n_parts_of(300), 300).sum(0).allclose(torch.ones(300))


@pytest.mark.parametrize("n_channels", [1, 3])
def test_bursts_are_found_where_they_are(n_channels):
    true = of_mean_square_1(bursts().expand(-1, n_channels, -1))
    found = find_courses(true * white(n_channels=n_channels), white(seed=3, n_channels=n_channels))
    assert found is not None
    assert found.shape == (1500, n_channels, n_parts_of(256))
    errors = (at_samples(found, 256) / true).log()
    assert float(errors.std()) < 0.3 * float(true.log().std())
    assert abs(float(errors.mean())) < 0.02


def test_a_burst_in_one_channel_is_none_of_another():
    true = torch.cat([bursts(), torch.ones(1500, 1, 256)], 1)
    found = find_courses(true * white(n_channels=2), white(seed=3, n_channels=2))
    assert found is not None
    assert float(found[:, 1].std(1).mean()) < 0.3 * float(found[:, 0].std(1).mean())


def test_courses_say_nothing_of_how_loud_a_signal_is():
    strength = (0.5 * torch.randn(1500, 1, 1, generator=seeded(4))).exp()
    found = find_courses(strength * bursts() * white(), white(seed=3))
    assert found is not None
    torch.testing.assert_close(loudness(found, 256), torch.zeros(1500), atol=1e-5, rtol=0)


SAME = {
    "white": lambda: white(),
    "louder in some signals": lambda: (0.5 * torch.randn(1500, 1, 1, generator=seeded(4))).exp() * white(),
    "swelling alike": lambda: torch.linspace(0.5, 2, 256) * white(),
}


@pytest.mark.parametrize("noise", SAME.values(), ids=SAME.keys())
def test_none_is_found_where_all_have_the_same_course(noise):
    assert find_courses(noise(), white(seed=3)) is None


def test_heavy_tails_are_no_courses():
    real, fake = (
        torch.distributions.Laplace(0.0, 1 / math.sqrt(2)).icdf(torch.rand(1500, 1, 256, generator=seeded(seed)))
        for seed in (1, 2)
    )
    assert find_courses(real, fake) is None


def test_short_signals_have_none():
    n_samples = MIN_PARTS * MIN_SAMPLES - 1
    assert find_courses(bursts(n_samples=n_samples) * white(n_samples=n_samples), white(n_samples=n_samples)) is None
