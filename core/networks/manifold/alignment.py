"""Signals without a fixed phase, such as vibration: two of them are alike once one is shifted along time."""

import torch
from torch import Tensor

MAX_MEAN_SHARE = 0.02  # of the variance, by which the mean signal may vary
MAX_SPREAD_CHANGE = 0.1  # relative deviation of the spread along a signal
CHUNK_VALUES = 2**22  # correlations held together


def has_no_phase(signals: Tensor) -> bool:
    """Whether signals (n, n_channels, n_samples) have the same mean and the same spread at any time."""
    mean, spread = signals.mean(0), signals.std(0)
    mean_share = mean.var(1).mean() / signals.var((0, 2)).mean()
    change = spread.std(1) / spread.mean(1)
    return bool(mean_share < MAX_MEAN_SHARE and change.mean() < MAX_SPREAD_CHANGE)


def shifted(signals: Tensor, shifts: Tensor) -> Tensor:
    """Signals (..., n_channels, n_samples), each delayed by its shift (...), whole samples; the end comes to the front."""
    n_samples = signals.shape[-1]
    places = (torch.arange(n_samples, device=signals.device) - shifts[..., None]) % n_samples
    return signals.gather(-1, places[..., None, :].expand(signals.shape))


def shifted_together(signals: Tensor, shifts: Tensor) -> Tensor:
    """Signals (n, k, n_channels, n_samples) that are alike once each is delayed by its shift (n, k), so delayed.

    What leaves at one end leaves a gap at the other. The first of the k that has none there fills it, so impulses that
    follow each other go on as they did; where all have one, the end comes to the front.
    """
    n_samples = signals.shape[-1]
    places = torch.arange(n_samples, device=signals.device) - shifts[..., None]
    is_known = (places >= 0) & (places < n_samples)
    moved = shifted(signals, shifts)
    first = is_known.int().argmax(1)[:, None, None].expand(-1, 1, signals.shape[2], -1)
    return torch.where(is_known[:, :, None], moved, moved.gather(1, first))


def aligned(signals: Tensor, others: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """Squared distances (n, m) of signals (n, n_channels, n_samples) from others (m, …), and the shifts of the others, up to
    `reach` samples, that make them so small."""
    n_samples = signals.shape[2]
    spectra, other_spectra = torch.fft.rfft(signals), torch.fft.rfft(others).conj()
    powers, other_powers = (some.square().sum((1, 2)) for some in (signals, others))
    distances, shifts = [], []
    size = max(1, CHUNK_VALUES // (len(others) * n_samples))
    for part, power in zip(spectra.split(size), powers.split(size), strict=True):
        correlations = torch.fft.irfft(torch.einsum("ncf,mcf->nmf", part, other_spectra), n_samples)
        within = torch.cat([correlations[..., : reach + 1], correlations[..., n_samples - reach :]], 2)
        largest, place = within.max(2)
        distances.append(power[:, None] + other_powers - 2 * largest)
        shifts.append(torch.where(place > reach, place - 2 * reach - 1, place))
    return torch.cat(distances).clamp(min=0), torch.cat(shifts)
