"""Signals as a Gaussian along principal axes, in white noise: what is known before any shape is."""

import torch
from torch import Tensor

from core.networks.base import Generator, LatentLayout


class GaussianGenerator(Generator):
    """signal = level + basis · (deviation · latents) + white noise.

    Probabilistic principal component analysis (Tipping & Bishop 1999, Journal of the Royal Statistical Society B 61).
    Without any axes it makes white noise about each channel's level.
    """

    basis: Tensor
    deviation: Tensor
    level: Tensor
    level_deviation: Tensor
    noise_deviation: Tensor

    def __init__(self, n_channels: int, n_samples: int, n_coefficients: int) -> None:
        n_values = n_channels * n_samples
        super().__init__(
            LatentLayout.of(shape=n_coefficients + n_channels, noise=n_values),
            [],
            0,
            n_channels=n_channels,
            n_samples=n_samples,
            n_coefficients=n_coefficients,
        )
        self.signal_shape = (n_channels, n_samples)
        self.n_coefficients = n_coefficients
        self.register_buffer("basis", torch.zeros(n_values, n_coefficients))
        self.register_buffer("deviation", torch.ones(n_coefficients))
        self.register_buffer("level", torch.zeros(n_channels))
        self.register_buffer("level_deviation", torch.zeros(n_channels))
        self.register_buffer("noise_deviation", torch.ones(()))

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        coefficients, level = latents[:, self.layout.shape].tensor_split([self.n_coefficients], 1)
        noise = self.noise_deviation * latents[:, self.layout.noise]
        signals = torch.addmm(noise, self.deviation * coefficients, self.basis.T).unflatten(1, self.signal_shape)
        return signals + (self.level + self.level_deviation * level)[:, :, None]


def white_noise(n_channels: int, n_samples: int) -> GaussianGenerator:
    """What fits signals in network units of which nothing is known: mean 0 and deviation 1."""
    return GaussianGenerator(n_channels, n_samples, 0)


def gaussian_generator(signals: Tensor, basis: Tensor) -> GaussianGenerator:
    """The Gaussian along the axes (values, n_coefficients) that fits (n, n_channels, n_samples)."""
    _, n_channels, n_samples = signals.shape
    generator = GaussianGenerator(n_channels, n_samples, basis.shape[1])
    levels = signals.mean(2)
    centred = (signals - levels[:, :, None]).flatten(1)
    coefficients = centred @ basis
    n_free = max(1, centred.shape[1] - n_channels - basis.shape[1])
    left_over = centred.square().sum(1).mean() - coefficients.square().sum(1).mean()
    generator.basis, generator.deviation = basis, coefficients.square().mean(0).sqrt()
    generator.level, generator.level_deviation = levels.mean(0), levels.std(0)
    generator.noise_deviation = (left_over.clamp(min=0) / n_free).sqrt()
    return generator
