import pytest
import torch

from core.networks.manifold.alignment import aligned, has_no_phase, shifted, shifted_together
from core.networks.manifold.latents import blend_generator
from tests.unit.planted import sines, unknown

PERIOD = 37  # samples


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noisy(n: int, n_channels: int = 1, n_samples: int = 48) -> torch.Tensor:
    return torch.randn(n, n_channels, n_samples, generator=seeded(n))


def test_a_signal_is_delayed_and_its_end_comes_to_the_front():
    signals = torch.arange(5.0).expand(3, 2, 5)
    delayed = shifted(signals, torch.tensor([0, 1, -2]))
    assert delayed[:, 1].tolist() == [[0, 1, 2, 3, 4], [4, 0, 1, 2, 3], [2, 3, 4, 0, 1]]


def test_what_a_shifted_signal_lacks_is_taken_from_the_first_that_has_it():
    signals = torch.arange(5.0) + torch.tensor([0.0, 10, 20, 30])[:, None]
    shifts = torch.tensor([[1, 0, -2, 2], [1, 2, 3, 1]])  # in the second row all lack the first sample
    moved = shifted_together(signals[None, :, None].expand(2, 4, 2, 5), shifts)
    assert moved.shape == (2, 4, 2, 5)
    assert torch.equal(moved[:, :, 0], moved[:, :, 1])
    assert moved[0, :, 0].tolist() == [
        [10, 0, 1, 2, 3],
        [10, 11, 12, 13, 14],
        [22, 23, 24, 2, 3],
        [10, 0, 30, 31, 32],
    ]
    assert moved[1, :, 0, 0].tolist() == [4, 4, 4, 4]


@pytest.mark.parametrize(("n_channels", "n_samples"), [(1, 48), (3, 47)])
def test_shifted_signals_are_found_again(n_channels, n_samples):
    signals = noisy(20, n_channels, n_samples)
    shifts = torch.arange(20) % 15 - 7
    distances, found = aligned(shifted(signals, shifts), signals, reach=7)
    assert torch.equal(found.diagonal(), shifts)
    torch.testing.assert_close(distances.diagonal(), torch.zeros(20), rtol=0, atol=1e-3)
    near = shifted(signals[:1].expand(20, -1, -1), shifts)
    distances, found = aligned(signals[1:2], signals[:1], reach=7)
    best = torch.cat([(signals[1] - one).square().sum()[None] for one in near]).min()
    torch.testing.assert_close(distances[0, 0], best)


def test_signals_without_a_phase_are_told_from_those_with_one():
    assert has_no_phase(noisy(2000))
    assert has_no_phase(sines(2000, phase=(0, 6.28)).signals)
    assert not has_no_phase(sines(2000).signals)
    assert not has_no_phase(noisy(2000) * torch.linspace(1, 2, 48))


def test_blends_of_shifted_signals_keep_what_blends_would_blur(few_reals):
    """Impulses at any time, more sorts of them than there are signals at each time."""
    rows = torch.arange(40)
    impulses = torch.zeros(40, 1, 64)
    impulses[rows, 0, 32] = 1 + torch.rand(40, generator=seeded(1))
    signals = shifted(impulses, torch.randint(-10, 11, (40,), generator=seeded(2))) + 0.01 * noisy(40, 1, 64)
    plain, moved = (blend_generator(signals, unknown(signals), 8, seeded(), reach) for reach in (0, 20))
    with torch.no_grad():
        peaks = [float(one(one.draw_latents(2000, seeded())).amax(2).mean()) for one in (plain, moved)]
    real_peak = float(signals.amax(2).mean())
    assert peaks[1] == pytest.approx(real_peak, rel=0.1)
    assert peaks[0] < 0.9 * real_peak


def impulses(n: int, seed: int) -> torch.Tensor:
    """At the same distance in all signals, which is no part of their length, and from any time on; (n, 1, 128)."""
    rng = seeded(seed)
    times = (torch.arange(128) + torch.randint(0, PERIOD, (n, 1), generator=rng)) % PERIOD
    strength = 1 + torch.rand(n, 1, generator=rng)
    signals = strength * torch.exp(-times / 3.0) * torch.sin(times * 1.5)
    return (signals + 0.02 * torch.randn(n, 128, generator=rng))[:, None]


def test_impulses_that_follow_each_other_do_so_in_blends_which_are_new(few_reals):
    signals, unseen = impulses(200, 1), impulses(500, 2)
    blends = blend_generator(signals, unknown(signals), 8, seeded(), reach=20)
    with torch.no_grad():
        fakes = blends(blends.draw_latents(500, seeded()))

    def repetition(some: torch.Tensor) -> float:
        """The correlation of signals with themselves a period later."""
        return float((some[..., PERIOD:] * some[..., :-PERIOD]).mean() / some.square().mean())

    assert repetition(fakes) == pytest.approx(repetition(signals), rel=0.05)
    own, usual = (float(torch.cdist(some[:, 0], signals[:, 0]).amin(1).median()) for some in (fakes, unseen))
    assert own > 0.8 * usual
