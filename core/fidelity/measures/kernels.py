"""Random convolution kernels: hundreds of random patterns, and how strongly and how often each occurs in a signal.

ROCKET: Dempster et al. 2020 (Data Mining and Knowledge Discovery 34), with thresholds drawn from the responses to some
signals, as in MiniRocket (Dempster et al. 2021, KDD): noise that is small beside the signal is seen at its own scale.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from core.interruption import checkpoint

KERNEL_LENGTHS = (7, 9, 11)
KERNELS_PER_GROUP = 16  # kernels that share their length, dilation and padding, and so one convolution
N_CALIBRATION = 128  # signals whose responses set a kernel's threshold
CHUNK_VALUES = 40_000  # values convolved together: as many as stay in the cache


def draw_kernels(calibration: np.ndarray, n_kernels: int, rng: np.random.Generator) -> list["KernelGroup"]:
    """About `n_kernels` kernels for signals such as `calibration`, (n, n_channels, n_samples)."""
    some = calibration[:N_CALIBRATION]
    return [_draw_group(some, rng) for _ in range(math.ceil(n_kernels / KERNELS_PER_GROUP))]


class KernelGroup(NamedTuple):
    weights: torch.Tensor  # (KERNELS_PER_GROUP, n_channels, length)
    thresholds: torch.Tensor  # (KERNELS_PER_GROUP, 1)
    dilation: int
    padding: int


def _draw_group(calibration: np.ndarray, rng: np.random.Generator) -> KernelGroup:
    """Random kernels with mean 0; their thresholds are random quantiles of their responses to some reals."""
    _, n_channels, n_samples = calibration.shape
    length = int(rng.choice(KERNEL_LENGTHS))
    dilation = int(2 ** rng.uniform(0, math.log2((n_samples - 1) / (length - 1))))
    padding = (length - 1) * dilation // 2 if rng.random() < 0.5 else 0
    weights = rng.standard_normal((KERNELS_PER_GROUP, 1, length))
    weights -= weights.mean(axis=2, keepdims=True)
    weights = weights * rng.standard_normal((KERNELS_PER_GROUP, n_channels, 1))
    kernels = torch.from_numpy(weights.astype(np.float32))
    responses = functional.conv1d(torch.from_numpy(calibration), kernels, dilation=dilation, padding=padding)
    pooled = responses.transpose(0, 1).reshape(KERNELS_PER_GROUP, -1).numpy()
    quantiles = rng.uniform(0.05, 0.95, KERNELS_PER_GROUP)
    thresholds = [np.quantile(values, at) for values, at in zip(pooled, quantiles, strict=True)]
    return KernelGroup(kernels, torch.tensor(thresholds, dtype=torch.float32)[:, None], dilation, padding)


def convolve(signals: np.ndarray, groups: list[KernelGroup]) -> torch.Tensor:
    """Of each kernel's responses the largest and the part above the threshold, (n, 2 · n_kernels)."""
    chunks = torch.from_numpy(signals).split(max(1, CHUNK_VALUES // signals[0].size))
    return torch.cat([torch.cat([_pooled(chunk, group) for group in groups], dim=1) for chunk in chunks])


def _pooled(signals: torch.Tensor, group: KernelGroup) -> torch.Tensor:
    checkpoint()
    responses = functional.conv1d(signals, group.weights, dilation=group.dilation, padding=group.padding)
    above = (responses > group.thresholds).float().mean(dim=2)
    return torch.cat([responses.amax(dim=2), above], dim=1)
