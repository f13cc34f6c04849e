"""Random convolutions of signals as smooth features that a generator can learn from.

How often and how strongly hundreds of random patterns occur is what the best quick classifiers of signals look at (ROCKET:
Dempster et al. 2020, Data Mining and Knowledge Discovery 34). A discriminator on fixed features learns from few signals
(projected GANs: Sauer et al. 2021, arXiv:2111.01007). Counts above a threshold become sigmoids and maxima become soft, so
that they have a gradient. The kernels have other lengths than those of any classifier that judges a twin.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

LENGTHS = (3, 6, 10)
N_GROUPS = 12
KERNELS_PER_GROUP = 16  # kernels that share their length, dilation and channels
MAX_CHANNELS = 8  # that one group looks at
MAX_PLACES = 512  # along a signal, about, at which a kernel is applied
SOFTNESS = 0.1  # deviations of a kernel's responses
N_FITTED = 512  # reals that thresholds are taken from


class RandomConvolutions(nn.Module):
    """Signals (n, n_channels, n_samples) → (n, n_features): of each kernel's responses the share above a threshold, and
    their maximum. The kernels are always the same for signals of one shape."""

    def __init__(self, n_channels: int, n_samples: int) -> None:
        super().__init__()
        rng = np.random.default_rng(0)
        self.groups = nn.ModuleList(_Group(n_channels, n_samples, rng) for _ in range(N_GROUPS))

    def fit(self, reals: Tensor) -> None:
        """Bring responses to unit deviation and thresholds within the range of these reals."""
        for group in self.groups:
            assert isinstance(group, _Group)
            group.fit(reals[:N_FITTED])

    def forward(self, signals: Tensor) -> Tensor:
        return torch.cat([group(signals) for group in self.groups], 1)


class _Group(nn.Module):
    kernels: Tensor
    thresholds: Tensor
    channels: Tensor

    def __init__(self, n_channels: int, n_samples: int, rng: np.random.Generator) -> None:
        super().__init__()
        length = int(rng.choice([length for length in LENGTHS if length <= n_samples // 2]))
        self.dilation = int(2 ** rng.uniform(0, math.log2((n_samples - 1) / (length - 1))))
        self.stride = max(1, n_samples // MAX_PLACES)
        channels = np.sort(rng.permutation(n_channels)[:MAX_CHANNELS])
        weights = rng.standard_normal((KERNELS_PER_GROUP, 1, length))
        weights -= weights.mean(axis=2, keepdims=True)
        weights = weights * rng.standard_normal((KERNELS_PER_GROUP, len(channels), 1))
        self.register_buffer("kernels", torch.from_numpy(weights.astype(np.float32)))
        self.register_buffer("thresholds", torch.zeros(KERNELS_PER_GROUP, 1))
        self.register_buffer("channels", torch.from_numpy(channels))
        self.quantiles = rng.uniform(0.05, 0.95, KERNELS_PER_GROUP)

    @torch.no_grad()
    def fit(self, reals: Tensor) -> None:
        self.kernels = self.kernels / self._responses(reals).std((0, 2)).clamp(min=1e-6)[:, None, None]
        pooled = self._responses(reals).transpose(0, 1).flatten(1).numpy()
        thresholds = [np.quantile(values, at) for values, at in zip(pooled, self.quantiles, strict=True)]
        self.thresholds = torch.tensor(thresholds, dtype=torch.float32)[:, None]

    def forward(self, signals: Tensor) -> Tensor:
        responses = self._responses(signals)
        above = ((responses - self.thresholds) / SOFTNESS).sigmoid().mean(2)
        largest = SOFTNESS * (responses / SOFTNESS).logsumexp(2)
        return torch.cat([above, largest], 1)

    def _responses(self, signals: Tensor) -> Tensor:
        """(n, n_kernels, n_places)"""
        if len(self.channels) < signals.shape[1]:
            signals = signals[:, self.channels]
        return functional.conv1d(signals, self.kernels, stride=self.stride, dilation=self.dilation)
