"""What the twin’s discriminator looks at: views in which the faults of a fake stand out."""

import math
from copy import deepcopy

import torch
from torch import Tensor

from core.config import ManifoldConfig
from core.networks.base import Discriminator, Views, encoder_like
from core.networks.blocks import ResidualMLP
from core.networks.manifold.convolutions import RandomConvolutions
from core.networks.manifold.generators import N_PARTS, BlendGenerator, ManifoldGenerator
from core.networks.manifold.principal_manifold import gauss_newton
from core.networks.manifold.quantiles import Quantiles

N_WAVES = 6  # cosines that show the discriminator where in its range a coordinate lies
N_VIEW_KNOTS = 129  # of the tables that say where in its range a coordinate lies
N_VIEWED = 512  # reals at a time, whose responses fit into memory
SOFT_LIMIT = 4.0  # standard deviations beyond which a view is squashed


class StandardisedViews(Views):
    """Signals (n, n_channels, n_samples) → what a discriminator should look at, (n, n_views), standardised on reals."""

    mean: Tensor
    std: Tensor

    def _add_scale(self, n_views: int) -> None:
        self.register_buffer("mean", torch.zeros(n_views))
        self.register_buffer("std", torch.ones(n_views))

    @torch.no_grad()
    def fit(self, reals: Tensor) -> None:
        views = torch.cat([self._views(part) for part in reals.split(N_VIEWED)])
        self.mean, self.std = views.mean(0), views.std(0).clamp(min=1e-6)

    def forward(self, signals: Tensor) -> Tensor:
        return SOFT_LIMIT * torch.tanh((self._views(signals) - self.mean) / self.std / SOFT_LIMIT)

    def _views(self, signals: Tensor) -> Tensor:
        """Views that are not yet standardised."""
        raise TypeError(f"{type(self).__name__} must say what its views are")


class BlendViews(StandardisedViews):
    """The coefficients of whole signals, and which random patterns occur in them how often and how strongly."""

    penalty_factor = 10.0
    basis: Tensor
    deviation: Tensor

    def __init__(self, generator: BlendGenerator) -> None:
        super().__init__()
        # Copies, as no two tensors of a checkpoint may share their memory.
        self.register_buffer("basis", generator.basis.clone())
        self.register_buffer("deviation", generator.deviation.clone())
        self.convolutions = RandomConvolutions(*generator.signal_shape)
        with torch.no_grad():
            self._add_scale(self._views(torch.zeros(1, *generator.signal_shape)).shape[1])

    def fit(self, reals: Tensor) -> None:
        self.convolutions.fit(reals)
        super().fit(reals)

    def _views(self, signals: Tensor) -> Tensor:
        return torch.cat([signals.flatten(1) @ self.basis / self.deviation, self.convolutions(signals)], 1)


class ManifoldViews(StandardisedViews):
    """What can be told of signals on a manifold.

    Coordinates, levels and noise energy: where in their range they lie. What the manifold leaves over within the basis: a
    wrong shape. Outside the basis: the noise's spectrum (energy in bands, autocorrelation), its distribution (skewness,
    kurtosis) and its envelope (energy in parts of the signal).
    """

    basis: Tensor

    def __init__(self, generator: ManifoldGenerator) -> None:
        super().__init__()
        self.manifold = deepcopy(generator.manifold)
        self.n_channels = generator.signal_shape[0]
        self.register_buffer("basis", generator.basis.clone())
        blank = torch.zeros(1, *generator.signal_shape)
        with torch.no_grad():
            self.quantiles = Quantiles(self._parts(blank)[0].shape[1], N_VIEW_KNOTS)
            self._add_scale(self._views(blank).shape[1])

    @torch.no_grad()
    def fit(self, reals: Tensor) -> None:
        self.quantiles.fit(torch.cat([self._parts(part)[0] for part in reals.split(N_VIEWED)]))
        super().fit(reals)

    def _views(self, signals: Tensor) -> Tensor:
        coordinates, off_manifold, noise = self._parts(signals)
        places = self.quantiles.probabilities(coordinates)
        waves = [torch.cos(math.pi * (wave + 1) * places) for wave in range(N_WAVES)]
        return torch.cat([coordinates, *waves, off_manifold, *_noise_views(noise)], 1)

    def _parts(self, signals: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Coordinates, coefficients off the manifold, and noise (n, n_channels, n_samples) outside the basis."""
        means = signals.mean(2)
        centred = (signals - means[:, :, None]).flatten(1)
        coefficients = centred @ self.basis
        noise = (centred - coefficients @ self.basis.T).unflatten(1, (self.n_channels, -1))
        energy = noise.square().mean((1, 2)).clamp(min=1e-12).log()[:, None]
        # From the nearest node, which has no gradient, one Gauss–Newton step leads to the code, and has one.
        node = self.manifold.nearest(coefficients.detach())
        shapes, slopes = self.manifold.at_nodes(node)
        gains = (coefficients * shapes).sum(1, keepdim=True)
        slopes = gains.detach()[:, :, None] * slopes
        left_over = (coefficients - gains * shapes)[:, :, None]
        step = gauss_newton(slopes) @ left_over
        off_manifold = (left_over - slopes @ step)[:, :, 0]
        coordinates = torch.cat([node + step[:, :, 0], gains.clamp(min=1e-3).log(), means, energy], 1)
        return coordinates, off_manifold, noise


def _noise_views(noise: Tensor) -> list[Tensor]:
    """Spectrum, distribution and envelope of (n, n_channels, n_samples); energies as logarithms."""
    unit = noise / noise.square().mean(2, keepdim=True).clamp(min=1e-12).sqrt()
    power = torch.fft.rfft(unit, norm="ortho").abs().square()[:, :, 1:]
    bands = [band.mean(2).clamp(min=1e-6).log() for band in power.tensor_split(N_PARTS, 2)]
    lags = [(unit[:, :, lag:] * unit[:, :, :-lag]).mean(2) for lag in range(1, 5)]
    course = [part.square().mean(2).clamp(min=1e-12).log() for part in noise.tensor_split(N_PARTS, 2)]
    return [*bands, *lags, unit.pow(3).mean(2), unit.pow(4).mean(2), *course]


def manifold_discriminator(config: ManifoldConfig, generator: ManifoldGenerator | BlendGenerator) -> Discriminator:
    """A fresh discriminator for an initialized generator; its views are still to be fitted."""
    views = ManifoldViews(generator) if isinstance(generator, ManifoldGenerator) else BlendViews(generator)
    encoder = encoder_like(generator)
    return Discriminator(
        views, ResidualMLP(len(views.mean) + encoder.n_features, 1, config.discriminator_width), encoder
    )
