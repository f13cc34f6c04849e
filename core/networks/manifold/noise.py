"""Measurement noise of any colour, distribution and envelope."""

import torch
from torch import Tensor, nn

LAW_END = 4.5  # standard deviations, up to which the law of noise is tabulated
N_LAW = 257  # knots


class Noise(nn.Module):
    """Noise of any colour: filtered per channel, and with a covariance of its own within the basis.

    What is filtered is normal, or follows `law`: what to put in place of standard normal numbers, at equally spaced
    ones from −LAW_END to LAW_END; all 0 for none. `response` has one value a channel for white noise, otherwise one for
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
        self.register_buffer("law", torch.zeros(N_LAW))
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
            place = (white / LAW_END + 1) * ((N_LAW - 1) / 2)
            below = place.long().clamp(0, N_LAW - 2)
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
