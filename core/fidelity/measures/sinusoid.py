"""The sine behind each signal: a least-squares fit of A·sin(ω·t + φ) + b, and features of its residual.

The four-parameter sine fit of IEEE Std 1057 ("Digitizing waveform recorders"): the best frequency of a grid, then
Gauss–Newton. On the grid, the part of a signal that a frequency explains is its projection on span{sin, cos, 1}
(variable projection: Golub & Pereyra 1973, SIAM Journal on Numerical Analysis 10), one product of matrices for all.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from scipy import fft

from core.fidelity.measures.descriptive import log_band_energies, shape_features, standardise
from core.interruption import checkpoint

CHUNK_VALUES = 400_000  # values fitted together, in double precision
GRID_PER_LOBE = 8  # grid frequencies in half the main lobe 2π/duration of a sine's spectrum
N_STEPS = 4  # of Gauss–Newton
N_SEGMENTS = 8


class SinusoidFit(NamedTuple):
    """A·sin(ω·t + φ) + b of each signal, float64 of shape (n,) each, and the residual."""

    amplitude: np.ndarray  # at least 0
    angular_frequency: np.ndarray  # rad/s
    bias: np.ndarray
    phase: np.ndarray  # rad, in (−π, π]
    residual: np.ndarray  # float32 (n, n_samples)


def fit(signals: np.ndarray, times: np.ndarray, lowest: float, highest: float) -> SinusoidFit:
    """Fit signals (n, 1, n_samples) at times (n_samples,) in seconds.

    ω is searched from `lowest` to `highest` (rad/s) and half a main lobe beyond, so that noise does not pile estimates up
    at the ends.
    """
    middle = float(times[0] + times[-1]) / 2
    centred = torch.from_numpy(np.asarray(times, np.float64) - middle)
    grid = _grid(float(times[-1] - times[0]), lowest, highest)
    bases = torch.linalg.qr(_columns(grid, centred))[0]  # (n_grid, n_samples, 3), orthonormal
    size = max(1, CHUNK_VALUES // len(times))
    pieces = [
        _fit_chunk(torch.from_numpy(signals[i : i + size, 0].astype(np.float64)), centred, grid, bases, middle)
        for i in range(0, len(signals), size)
    ]
    return SinusoidFit(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))


def features(fit: SinusoidFit) -> np.ndarray:
    """Features of a fit for a classifier, float64 of shape (n, 30).

    A, ω, b, φ, A·cos φ, A·sin φ; of the residual its std, skew, kurtosis, autocorrelation at lags 1 to 4, largest
    deviation and the means of 8 segments in stds, and log energy in 8 bands.
    """
    _, std, standard = standardise(fit.residual.astype(np.float64))
    power = np.abs(fft.rfft(fit.residual, axis=1)).astype(np.float64) ** 2
    columns = [
        fit.amplitude,
        fit.angular_frequency,
        fit.bias,
        fit.phase,
        fit.amplitude * np.cos(fit.phase),
        fit.amplitude * np.sin(fit.phase),
        std,
        *shape_features(standard),
        np.abs(standard).max(axis=1),
        *(segment.mean(axis=1) for segment in np.array_split(standard, N_SEGMENTS, axis=1)),
        *log_band_energies(power),
    ]
    return np.stack(columns, axis=1)


def _grid(duration: float, lowest: float, highest: float) -> torch.Tensor:
    """Angular frequencies to start from, (n_grid,); a sine of less than a quarter wave looks like a line."""
    half_lobe = math.pi / duration
    start = max(lowest - half_lobe, half_lobe / 2)
    end = max(highest, start) + half_lobe
    count = math.ceil((end - start) / (2 * half_lobe / GRID_PER_LOBE)) + 1
    return torch.linspace(start, end, count, dtype=torch.float64)


def _columns(frequencies: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """sin ωt, cos ωt and 1 for each ω, (n, n_samples, 3)."""
    angles = frequencies[:, None] * times
    return torch.stack([angles.sin(), angles.cos(), torch.ones_like(angles)], dim=2)


def _fit_chunk(
    values: torch.Tensor, times: torch.Tensor, grid: torch.Tensor, bases: torch.Tensor, middle: float
) -> tuple[np.ndarray, ...]:
    """The fields of SinusoidFit for values (n, n_samples) at centred times, whose 0 is at `middle`."""
    checkpoint()
    level = values.mean(dim=1, keepdim=True)
    centred = values - level  # a large level would drown the sine in rounding
    flat = bases.permute(1, 0, 2).reshape(len(times), -1)
    explained = (centred @ flat).square().reshape(len(values), len(grid), 3).sum(dim=2)
    omega = grid[explained.argmax(dim=1)]
    for _ in range(N_STEPS):
        omega = _gauss_newton_step(centred, times, omega, grid)
    columns = _columns(omega, times)
    sine, cosine, bias = _solve(columns, centred).unbind(dim=1)
    residual = centred - (columns @ torch.stack([sine, cosine, bias], dim=1)[:, :, None])[:, :, 0]
    phase = torch.atan2(cosine, sine) - omega * middle
    phase = math.pi - torch.remainder(math.pi - phase, 2 * math.pi)
    fields = (torch.hypot(sine, cosine), omega, bias + level[:, 0], phase, residual.float())
    return tuple(field.numpy() for field in fields)


def _gauss_newton_step(
    values: torch.Tensor, times: torch.Tensor, omega: torch.Tensor, grid: torch.Tensor
) -> torch.Tensor:
    """The next ω (n,): least squares with the derivative in ω as a fourth column."""
    columns = _columns(omega, times)
    sine, cosine, _ = _solve(columns, values).unbind(dim=1)
    amplitude = torch.hypot(sine, cosine).clamp(min=1e-30)
    # Time is scaled to ±1 in this column: the four are of one size, and their normal equations well conditioned.
    reach = times[-1]
    slope = (sine / amplitude)[:, None] * columns[:, :, 1] - (cosine / amplitude)[:, None] * columns[:, :, 0]
    slope = slope * (times / reach)
    change = _solve(torch.cat([columns, slope[:, :, None]], dim=2), values)[:, 3] / (amplitude * reach)
    spacing = float(grid[1] - grid[0])
    return (omega + change.clamp(-spacing, spacing)).clamp(grid[0], grid[-1])


def _solve(columns: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Least-squares coefficients (n, k) of values (n, n_samples) on columns (n, n_samples, k)."""
    gram = columns.mT @ columns
    # Columns that fall together, as at the highest frequency that the grid of times carries, must not stop the fit.
    gram.diagonal(dim1=1, dim2=2).add_(1e-12 * len(columns[0]))
    return torch.linalg.solve(gram, columns.mT @ values[:, :, None])[:, :, 0]
