"""Stage noise: how loud it is in which signals and when, and its spectrum and distribution.

Every measurement on reals is repeated on fakes that went through the same analysis, and the difference corrected: what
the analysis itself distorts (a fit takes some of the noise along) is then the same on both sides.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from core.networks.manifold.courses import at_samples, find_courses
from core.networks.manifold.generators import N_PARTS, ManifoldGenerator
from core.networks.manifold.noise import MAX_NOISE_Z, N_DISTRIBUTION_KNOTS, Noise

CALIBRATIONS = 4
CLEAR_SHARE = 0.5  # of a frequency's noise that the basis must leave, for its spectrum to be read there
MIN_CLEAR = 4  # frequencies, without which noise is taken for white outside the basis
MIN_PART = 64  # samples of noise whose distribution can be told from a change of its strength
MAX_DISTRIBUTION_SIGNALS = 2048  # whose noise shows its distribution
MIN_SKEWNESS, MIN_KURTOSIS = 0.05, 0.1  # differences from which a distribution is not normal


def noise_spectrum(noise: Tensor, basis: Tensor) -> Tensor:
    """The filter that gives white noise the spectrum of (n, n_channels, n_samples); see `core.networks.manifold.noise.Noise`."""
    n, n_channels, n_samples = noise.shape
    outside = noise.flatten(1) - noise.flatten(1) @ basis @ basis.T
    power, kept = _power(outside.unflatten(1, (n_channels, -1))), _kept_share(basis, n_channels)
    clear = kept > CLEAR_SHARE
    level = (power.sum(1) / kept.sum(1)).clamp(min=1e-20)[:, None]
    density = (power / kept.clamp(min=1e-3)).clamp(min=1e-20)
    if int(clear.sum(1).min()) < MIN_CLEAR:
        return level.sqrt()
    deviation = max(float(row[ok].log().std()) for row, ok in zip(density, clear, strict=True))
    if deviation < 4 / math.sqrt(n) + 0.01:  # what estimating it leaves anyway
        return level.sqrt()
    return _on_fine_grid(density, clear, n_samples).sqrt()


def _power(signals: Tensor) -> Tensor:
    """The mean periodogram, (n_channels, n_frequencies)."""
    return torch.fft.rfft(signals, norm="ortho").abs().square().mean(0)


def _kept_share(basis: Tensor, n_channels: int) -> Tensor:
    """How much of white noise the basis and the channels' means leave at each frequency."""
    axes = torch.fft.rfft(basis.T.unflatten(1, (n_channels, -1)), norm="ortho").abs().square()
    kept = 1 - axes.sum(0)
    kept[:, 0] -= 1
    return kept.clamp(min=0)


def _on_fine_grid(density: Tensor, clear: Tensor, n_samples: int) -> Tensor:
    """Clear frequencies of a signal → all frequencies of one twice as long."""
    length = next_fast_len(2 * n_samples, real=True)
    length += length % 2
    wanted, given = np.linspace(0, 1, length // 2 + 1), np.linspace(0, 1, density.shape[1])
    rows = [np.interp(wanted, given[ok], row[ok]) for row, ok in zip(density.log().numpy(), clear.numpy(), strict=True)]
    return torch.from_numpy(np.exp(np.stack(rows))).float()


class Calibrated(NamedTuple):
    """What was found in the noise that is no part of it."""

    loudness_share: float  # how much of the deviation of the loudness, the last of the coordinates, is more than chance
    courses: Tensor | None  # (n, n_channels, n_parts), where they differ


def calibrate(
    generator: ManifoldGenerator,
    coordinates: Tensor,
    noise: Tensor,
    rng: torch.Generator,
    is_plain: bool = False,
    courses: Tensor | None = None,
) -> Calibrated:
    """Fit the noise until what is left over of fakes is like what is left over of reals (n, values).

    Plain noise is normal and equally loud everywhere. `courses` (n, n_channels, n_parts) are how loud it is in which part
    of each of these signals, as far as that is known.
    """
    n, basis, module = len(noise), generator.basis, generator.noise
    coefficients, levels = generator.smooth(coordinates)
    loudness = coordinates[:, -1:]
    course = torch.ones(()) if courses is None else at_samples(courses, module.n_samples).flatten(1)
    within, outside = _split(noise, generator)
    covariance = within.T @ within / n
    target, share = covariance, 0.0
    if module.n_channels > 1:
        module.mixing = _channel_mixing(outside)
    # The same in all turns: what chance brings must not add up.
    latents = torch.randn(n, module.n_latents, generator=rng)
    latents /= latents.square().mean().sqrt()
    for _ in range(CALIBRATIONS):
        louder = (share * loudness).exp() * course
        module.in_basis = torch.eye(basis.shape[1])
        plain = module(latents, basis) * louder @ basis
        module.in_basis = _root(target) @ torch.linalg.inv(_root(plain.T @ plain / n))

        fake_noise = module(latents, basis) * louder
        fake_coordinates, fake_left_over = generator.encode(generator.assemble(coefficients, levels, fake_noise))
        fake_within, fake_outside = _split(fake_left_over, generator)
        change = _root(covariance) @ torch.linalg.inv(_root(fake_within.T @ fake_within / n))
        target = change @ target @ change.T
        _correct_spectrum(module, outside, fake_outside, basis)
        if not is_plain:
            _correct_envelope(module, outside, fake_outside)
            _correct_distribution(module, outside, fake_outside)
            by_chance = float((fake_coordinates[:, -1:] - share * loudness).var())
            more = float(loudness.var()) - by_chance
            share = math.sqrt(more / float(loudness.var())) if more > 4 * math.sqrt(2 / n) * by_chance else 0.0
    # The inverse of a sample covariance is too large on average (Anderson 2003, "Multivariate statistical analysis", 7.7).
    module.in_basis = module.in_basis * math.sqrt(max(0.0, n - basis.shape[1] - 1) / n)
    if courses is None and not is_plain:
        courses = find_courses(outside, fake_outside)
    return Calibrated(share, courses)


# What follows compares the noise of reals and of fakes outside the basis, both (n, n_channels, n_samples).


def _correct_spectrum(module: Noise, noise: Tensor, fake_noise: Tensor, basis: Tensor) -> None:
    """Make fakes' noise as strong as that of reals, on the whole and, unless it is white, at each frequency."""
    module.response = module.response * torch.exp(_log_deviation(noise) - _log_deviation(fake_noise))
    if module.response.shape[1] > 1:
        clear = _kept_share(basis, module.n_channels) > CLEAR_SHARE
        ratio = _power(noise) / _power(fake_noise).clamp(min=1e-20)
        means = torch.stack([row[ok].log().mean().exp() for row, ok in zip(ratio, clear, strict=True)])
        ratio = (ratio / means[:, None]).clamp(0.5, 2)
        module.response = module.response * _on_fine_grid(ratio, clear, module.n_samples).sqrt()


def _log_deviation(noise: Tensor) -> Tensor:
    """The mean over all signals."""
    return noise.square().mean((1, 2)).clamp(min=1e-20).log().mean() / 2


def _correct_envelope(module: Noise, noise: Tensor, fake_noise: Tensor) -> None:
    """Make fakes' noise as strong as that of reals at each sample; what differs by no more than chance stays."""
    powers = [
        (part / part.square().mean((1, 2), keepdim=True).clamp(min=1e-20).sqrt()).square().mean(0).clamp(min=1e-6)
        for part in (noise, fake_noise)
    ]
    ratio = (powers[0] / powers[1]).log() / 2
    if float(ratio.std()) > 4 / math.sqrt(len(noise)) + 0.01:
        envelope = module.envelope * ratio.clamp(-1, 1).exp()
        module.envelope = envelope / envelope.square().mean().sqrt()


def _correct_distribution(module: Noise, noise: Tensor, fake_noise: Tensor) -> None:
    """Move the distribution of what is filtered by what it differs between reals and fakes."""
    values, fake_values = (_innovations(part[:MAX_DISTRIBUTION_SIGNALS], module) for part in (noise, fake_noise))
    more_skewed = abs(float(values.pow(3).mean() - fake_values.pow(3).mean()))
    more_tailed = abs(float(values.pow(4).mean() - fake_values.pow(4).mean()))
    at = torch.linspace(-MAX_NOISE_Z, MAX_NOISE_Z, N_DISTRIBUTION_KNOTS, dtype=torch.float64)
    law = module.law.double()
    if not law.any():
        if more_skewed < MIN_SKEWNESS and more_tailed < MIN_KURTOSIS:
            return
        law = at
    wanted, found = (torch.from_numpy(np.quantile(some, torch.special.ndtr(at))) for some in (values, fake_values))
    law = (law + wanted - found).sort().values
    weight = torch.softmax(-at.square() / 2, 0)
    law = law - (weight * law).sum()
    module.law = (law / (weight * law.square()).sum().sqrt()).float()


def _innovations(noise: Tensor, module: Noise) -> Tensor:
    """Noise (n, n_channels, n_samples) without its spectrum and its envelope, of mean 0 and deviation 1 in each part."""
    white = noise / module.envelope
    if module.response.shape[1] > 1:
        spectrum = torch.fft.rfft(white)
        places = np.linspace(0, 1, module.response.shape[1]), np.linspace(0, 1, spectrum.shape[2])
        response = np.stack([np.interp(places[1], places[0], row) for row in module.response.numpy()])
        white = torch.fft.irfft(spectrum / torch.from_numpy(response).float(), white.shape[2])
    parts = white.tensor_split(max(1, min(N_PARTS, white.shape[2] // MIN_PART)), 2)
    centred = [part - part.mean(2, keepdim=True) for part in parts]
    return torch.cat([(part / part.std(2, keepdim=True).clamp(min=1e-20)).flatten() for part in centred])


def _split(noise: Tensor, generator: ManifoldGenerator) -> tuple[Tensor, Tensor]:
    """What of (n, values) lies within the basis, as coefficients, and outside, as (n, n_channels, n_samples)."""
    within = noise @ generator.basis
    return within, (noise - within @ generator.basis.T).unflatten(1, generator.signal_shape)


def _channel_mixing(noise: Tensor) -> Tensor:
    """The matrix that gives independent channels the correlations of (n, n_channels, n_samples)."""
    products = torch.einsum("nct,ndt->cd", noise, noise).double()
    scale = products.diagonal().clamp(min=1e-20).sqrt()
    correlation = products / scale[:, None] / scale
    correlation = 0.999 * correlation + 0.001 * torch.eye(len(correlation), dtype=torch.float64)  # never singular
    return torch.linalg.cholesky(correlation).float().contiguous()


def _root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a covariance, kept away from 0."""
    values, vectors = torch.linalg.eigh((matrix + matrix.T).double() / 2)
    values = values.clamp(min=max(1e-5 * float(values.max()), 1e-20))
    return ((vectors * values.sqrt()) @ vectors.T).float()
