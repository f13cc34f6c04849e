"""Measurement noise of any spectrum, distribution and envelope."""

import math

import torch
from torch import Tensor, nn

MAX_NOISE_Z = 4.5  # standard deviations, up to which the distribution of noise is tabulated
N_DISTRIBUTION_KNOTS = 257  # knots


class Noise(nn.Module):
    """Noise of any spectrum: filtered per channel, and with a covariance of its own within the basis.

    What is filtered is normal, or has the distribution of `law`: what replaces standard normal numbers, at equally spaced
    ones from −MAX_NOISE_Z to MAX_NOISE_Z; all 0 for none. `response` has one value a channel for white noise, otherwise one for
    each frequency of a signal drawn twice as long and cut; `envelope` is how strong the noise is at each sample.
    """

    law: Tensor
    response: Tensor
    envelope: Tensor
    mixing: Tensor
    in_basis: Tensor

    def __init__(self, n_channels: int, n_samples: int, n_frequencies: int, n_coefficients: int) -> None:
        super().__init__()
        self.n_channels, self.n_samples = n_channels, n_samples
        self.n_drawn = n_samples if n_frequencies == 1 else 2 * (n_frequencies - 1)
        self.register_buffer("law", torch.zeros(N_DISTRIBUTION_KNOTS))
        self.register_buffer("response", torch.ones(n_channels, n_frequencies))
        self.register_buffer("envelope", torch.ones(n_channels, n_samples))
        self.register_buffer("mixing", torch.eye(n_channels))
        self.register_buffer("in_basis", torch.eye(n_coefficients))

    @property
    def n_latents(self) -> int:
        """Standard normal numbers that one signal's noise needs."""
        return self.n_channels * self.n_drawn

    def forward(self, latents: Tensor, basis: Tensor) -> Tensor:
        """Latents (n, n_latents), basis (values, n_coefficients) → noise (n, values)."""
        white = latents.unflatten(1, (self.n_channels, -1))
        if self.law.any():
            place = (white / MAX_NOISE_Z + 1) * ((N_DISTRIBUTION_KNOTS - 1) / 2)
            below = place.long().clamp(0, N_DISTRIBUTION_KNOTS - 2)
            lower, upper = self.law[below], self.law[below + 1]
            white = lower + (place - below).clamp(0, 1) * (upper - lower)
        if self.n_channels > 1:
            white = torch.einsum("dc,nct->ndt", self.mixing, white)
        if self.response.shape[1] == 1:
            noise = white * (self.response * self.envelope)
        else:
            noise = filtered(white, self.response)[:, :, : self.n_samples] * self.envelope
        noise = noise.flatten(1)
        change = self.in_basis - torch.eye(len(self.in_basis), device=basis.device)
        return noise + (noise @ basis) @ (change.T @ basis.T)


def filtered(signals: Tensor, response: Tensor) -> Tensor:
    """Signals (n, n_channels, n_samples), each channel times its response (n_channels, n_frequencies) at each frequency."""
    n_samples = signals.shape[2]
    if torch.compiler.is_exporting():  # runtimes of exported graphs have slow Fourier transforms, or none
        return torch.einsum("nct,cts->ncs", signals, _circulant(response, n_samples))
    return torch.fft.irfft(torch.fft.rfft(signals) * response, n_samples)


def _circulant(response: Tensor, n_samples: int) -> Tensor:
    """What filters signals as a matrix product, (n_channels, n_samples, n_samples): the responses to impulses, each shifted."""
    samples = torch.arange(n_samples)
    cycles = torch.outer(torch.arange(response.shape[1]), samples) % n_samples
    weights = torch.full((response.shape[1],), 2 / n_samples)
    weights[[0, -1]] /= 2  # the mean and the highest frequency have no mirror image
    impulses = (response * weights) @ torch.cos(math.tau / n_samples * cycles)
    return impulses[:, (samples - samples[:, None]) % n_samples]
