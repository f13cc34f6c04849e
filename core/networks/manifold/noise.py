"""Measurement noise of any spectrum, distribution and envelope."""

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
            filtered = torch.fft.irfft(torch.fft.rfft(white) * self.response, white.shape[2])
            noise = filtered[:, :, : self.n_samples] * self.envelope
        noise = noise.flatten(1)
        change = self.in_basis - torch.eye(len(self.in_basis), device=basis.device)
        return noise + (noise @ basis) @ (change.T @ basis.T)
