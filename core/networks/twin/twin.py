"""The twin's networks: a generator that starts from what can be measured on reals, a discriminator that looks at views.

The generator is one of two, told apart by what fits the held-out reals better (core/training/initialization/warm_start.py):

    ManifoldGenerator   signal = gain · shape(code) + level + noise, where shapes lie on a principal manifold
    BlendGenerator      signal = a random blend of a real signal's neighbours, where they do not, or where there are few

Both carry a small network whose output is zero before the adversarial phase: it learns, against the discriminator,
what the start got wrong. A discriminator on raw samples needs far more steps to see a wrong phase or noise that is one
per cent too low, so it is given views in which such faults stand out.
"""

import math
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from core.config import TwinConfig
from core.networks.base import Discriminator, Generator, encoder_like
from core.networks.blocks import ResidualMLP
from core.networks.conditions import Neighbourhood, picked
from core.networks.twin.manifold import Manifold, gauss_newton

N_EXTRA = 4  # free latents beside those that have a meaning
N_KNOTS = 1025  # of the quantile tables
N_BLENDED = 16  # leading coefficients that the correction of a blend depends on
CORRECTION = 0.1  # one unit of the network's output, in scores
N_WAVES = 6  # cosines that show the discriminator where in its range a coordinate lies
N_PARTS = 8  # of the signal, and of its spectrum, whose noise is looked at and corrected
LAW_END = 4.5  # standard deviations, up to which the law of noise is tabulated
N_LAW = 257  # knots
SOFT_LIMIT = 4.0  # standard deviations beyond which a view is squashed


class Quantiles(nn.Module):
    """Values of known distributions ↔ their probabilities, column by column, by interpolating in a sorted table."""

    table: Tensor

    def __init__(self, n_columns: int, n_knots: int = N_KNOTS) -> None:
        super().__init__()
        self.register_buffer("table", torch.zeros(n_knots, n_columns))

    def fit(self, values: Tensor) -> None:
        """Learn the distribution of each column of (n, n_columns)."""
        probabilities = torch.linspace(0, 1, len(self.table), dtype=torch.float64)
        self.table = torch.quantile(values.double(), probabilities, dim=0).float().contiguous()

    def values(self, scores: Tensor) -> Tensor:
        """Standard normal scores (n, n_columns) → values with the known distributions."""
        place = torch.special.ndtr(scores) * (len(self.table) - 1)
        below = place.detach().nan_to_num().floor().clamp(0, len(self.table) - 2)  # what is no number stays none
        lower, upper = (self.table.gather(0, below.long() + offset) for offset in (0, 1))
        return lower + (place - below) * (upper - lower)

    def probabilities(self, values: Tensor) -> Tensor:
        """Values (n, n_columns) → 0 … 1, a little beyond for values beyond all that was seen."""
        sorted_columns = self.table.T.contiguous()
        above = torch.searchsorted(sorted_columns, values.detach().T.contiguous()).T.clamp(1, len(self.table) - 1)
        lower, upper = self.table.gather(0, above - 1), self.table.gather(0, above)
        share = (values - lower) / (upper - lower).clamp(min=1e-9)
        return (above - 1 + share.clamp(-1, 2)) / (len(self.table) - 1)


class Blend(nn.Module):
    """Random blends of neighbours: a Gaussian with the covariance of an anchor's `k` nearest, itself among them.

    Its centre lies between the anchor (`pull` 0) and the mean of the neighbours (1).

    A mixture of local Gaussians, one around each of n anchors (Silverman 1986, "Density estimation", section 5.3): it
    follows any distribution as closely as its neighbourhoods are small, and needs no training. Where something is asked
    for, the anchor is one of the signals that are like it, and the blend is moved the rest of the way.
    """

    anchors: Tensor
    neighbours: Tensor  # (n, k), numbers of anchors, each row's own first
    pull: Tensor

    def __init__(self, n_anchors: int, k: int, n_values: int, n_classes: list[int]) -> None:
        super().__init__()
        self.k = k
        self.register_buffer("anchors", torch.zeros(n_anchors, n_values))
        self.register_buffer("neighbours", torch.zeros(n_anchors, k, dtype=torch.long))
        self.register_buffer("pull", torch.ones(()))
        self.neighbourhood = Neighbourhood(n_classes, n_anchors) if n_classes else None

    def forward(
        self, pick: Tensor, weights: Tensor, conditions: Tensor | None = None, along: Tensor | None = None
    ) -> Tensor:
        """pick (n,), uniform on 0 … 1, chooses the anchor; weights (n, k), standard normal → (n, n_values).

        along: directions (n_values, n_directions), orthonormal, in which values may follow the conditions; all where None.
        """
        weights = (weights - weights.mean(1, keepdim=True)) / math.sqrt(self.k - 1) + self.pull / self.k
        weights = torch.cat([weights[:, :1] + 1 - self.pull, weights[:, 1:]], 1)
        if self.neighbourhood is None or conditions is None:
            n = len(self.neighbours)
            return self._blended(self.anchors, weights, (pick * n).long().clamp(max=n - 1))
        alike, asked = self.neighbourhood.weights(conditions)
        chosen = picked(alike, pick)
        blended = self._blended(self.anchors, weights, chosen)
        if not asked.shape[1]:
            return blended
        missing = asked - self._blended(self.neighbourhood.places, weights, chosen)
        following = self.anchors if along is None else self.anchors @ along
        move = (missing[:, None] @ self.neighbourhood.slopes(alike, following))[:, 0]
        return blended + (move if along is None else move @ along.T)

    def _blended(self, values: Tensor, weights: Tensor, chosen: Tensor) -> Tensor:
        return torch.einsum("nk,nkv->nv", weights, values[self.neighbours[chosen]])


class Norms(nn.Module):
    """What all reals share is put on the fakes: one mean, or one standard deviation, in every signal's channel."""

    mean: Tensor
    std: Tensor

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.full((n_channels, 1), math.nan))  # NaN: signals differ in it
        self.register_buffer("std", torch.full((n_channels, 1), math.nan))

    def forward(self, signals: Tensor, whole: Tensor | None = None) -> Tensor:
        """Shift and stretch signals; where they are parts of `whole` ones, as those need it."""
        if not bool((self.mean.isfinite() | self.std.isfinite()).any()):
            return signals
        whole = signals if whole is None else whole
        mean, std = whole.mean(2, keepdim=True), whole.std(2, keepdim=True)
        new_mean = torch.where(self.mean.isnan(), mean, self.mean)
        new_std = torch.where(self.std.isnan(), std, self.std)
        return (signals - mean) * (new_std / std) + new_mean


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


class TwinGenerator(Generator):
    """What both generators share: a basis of the signals (values, n_coefficients) and the network of corrections."""

    basis: Tensor
    unit: Tensor

    def __init__(self, n_inputs: int, n_outputs: int, n_classes: list[int], n_known: int, **blueprint: Any) -> None:
        super().__init__(n_classes, n_known, **blueprint)
        self.signal_shape = (blueprint["n_channels"], blueprint["n_samples"])
        self.n_coefficients = blueprint["n_coefficients"]
        self.register_buffer("basis", torch.zeros(math.prod(self.signal_shape), self.n_coefficients))
        self.register_buffer("unit", torch.ones(self.n_coefficients))  # of a corrected coefficient
        self.norms = Norms(self.signal_shape[0])
        self.network = ResidualMLP(n_inputs + self.encoder.n_features, n_outputs, blueprint["width"])
        nn.init.zeros_(self.network.last.weight)
        nn.init.zeros_(self.network.last.bias)


class ManifoldGenerator(TwinGenerator):
    """signal = basis · (gain · shape(code) + correction) + level + loudness · course · noise.

    Latents: scores, standard normal, of code, log gain, each channel's level and the log loudness of the noise; free
    ones; the noise. Where these depend on each other, the scores come from a blend of scores seen (`n_anchors` > 0).
    The course, how loud a signal's noise is from part to part, is 1 before the adversarial phase; with a `course_unit` of
    0 it stays so.
    """

    level: Tensor
    level_slopes: Tensor
    hats: Tensor
    course_unit: Tensor

    def __init__(
        self,
        n_channels: int,
        n_samples: int,
        n_coefficients: int,
        is_ring: list[bool],
        n_frequencies: int,
        n_anchors: int,
        k: int,
        width: int,
        n_classes: list[int] | None = None,
        n_known: int = 0,
    ) -> None:
        self.n_scores = len(is_ring) + 1 + n_channels + 1
        super().__init__(
            self.n_scores + N_EXTRA,
            self.n_scores + n_coefficients + n_channels * N_PARTS,
            n_classes or [],
            n_known,
            n_channels=n_channels,
            n_samples=n_samples,
            n_coefficients=n_coefficients,
            is_ring=is_ring,
            n_frequencies=n_frequencies,
            n_anchors=n_anchors,
            k=k,
            width=width,
        )
        self.dim = len(is_ring)
        self.manifold = Manifold(is_ring, n_coefficients)
        self.quantiles = Quantiles(self.n_scores)
        self.blend = Blend(n_anchors, k, self.n_scores, self.n_classes) if n_anchors else None
        self.noise = Noise(n_channels, n_samples, n_frequencies, n_coefficients)
        self.register_buffer("level", torch.zeros(n_channels))
        self.register_buffer("level_slopes", torch.zeros(n_coefficients, n_channels))
        self.register_buffer("hats", _hats(n_samples))
        self.register_buffer("course_unit", torch.ones(()))
        # pick, blend weights or scores, free latents
        self.n_law = (1 + k if n_anchors else self.n_scores) + N_EXTRA
        self.n_picks = 1 if n_anchors else 0
        self.n_noise = self.noise.n_latents

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        latents = torch.randn(n, self.n_law + self.noise.n_latents, generator=rng)
        if self.blend:
            latents[:, 0] = torch.special.ndtr(latents[:, 0])
        return latents

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        return self.assemble(*self._parts(latents, conditions))

    def without_noise(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        coefficients, levels, noise = self._parts(latents, conditions)
        return self.norms(*(self._sum(coefficients, levels, part) for part in (torch.zeros_like(noise), noise)))

    def _parts(self, latents: Tensor, conditions: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Coefficients (n, n_coefficients), channels' means (n, n_channels) and noise (n, values) of signals."""
        law, noise = latents[:, : self.n_law - N_EXTRA], latents[:, self.n_law :]
        scores = self.blend(law[:, 0], law[:, 1:], conditions) if self.blend else law
        free = latents[:, self.n_law - N_EXTRA : self.n_law]
        outputs = self.network(self.encoder.beside(torch.cat([scores, free], 1), conditions))
        move, change, course = outputs.tensor_split((self.n_scores, self.n_scores + self.n_coefficients), 1)
        coordinates = self.quantiles.values(scores + CORRECTION * move)
        coefficients, levels = self.smooth(coordinates)
        louder = self.course_unit * course.unflatten(1, (-1, N_PARTS)) + coordinates[:, None, -1:]
        noise = self.noise(noise, self.basis) * (louder.exp() @ self.hats).flatten(1)
        return coefficients + self.unit * change, levels, noise

    def smooth(self, coordinates: Tensor) -> tuple[Tensor, Tensor]:
        """Coordinates (n, n_scores) → coefficients (n, n_coefficients), channels' means (n, n_channels)."""
        codes, log_gain, level, _ = coordinates.tensor_split((self.dim, self.dim + 1, self.n_scores - 1), 1)
        coefficients = self.manifold.shapes(codes) * log_gain.exp()
        return coefficients, self.level + coefficients @ self.level_slopes + level

    def assemble(self, coefficients: Tensor, levels: Tensor, noise: Tensor) -> Tensor:
        """The parts of signals → signals (n, n_channels, n_samples)."""
        return self.norms(self._sum(coefficients, levels, noise))

    def _sum(self, coefficients: Tensor, levels: Tensor, noise: Tensor) -> Tensor:
        signals = torch.addmm(noise, coefficients, self.basis.T).unflatten(1, self.signal_shape)
        return signals + levels[:, :, None]

    @torch.no_grad()
    def encode(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        """Signals → their coordinates (n, n_scores) and what is left over, (n, values)."""
        means = signals.mean(2)
        centred = (signals - means[:, :, None]).flatten(1)
        coefficients = centred @ self.basis
        codes = self.manifold.encode(coefficients)
        shapes = self.manifold.shapes(codes)
        gains = (coefficients * shapes).sum(1, keepdim=True)
        gains = gains.clamp(min=1e-4 * float(gains.abs().mean()))
        coefficients = gains * shapes
        level = means - self.level - coefficients @ self.level_slopes
        left_over = centred - coefficients @ self.basis.T
        loudness = left_over.square().mean(1, keepdim=True).clamp(min=1e-20).log() / 2
        return torch.cat([codes, gains.log(), level, loudness], 1), left_over


def _hats(n_samples: int) -> Tensor:
    """What turns N_PARTS values into n_samples, by linear interpolation between equally spaced ones."""
    places = torch.linspace(0, N_PARTS - 1, n_samples)
    return (1 - (places - torch.arange(N_PARTS)[:, None]).abs()).clamp(min=0)


class BlendGenerator(TwinGenerator):
    """signal = a blend of neighbouring reals + basis · correction.

    Latents: the pick of the anchor, the blend's weights, free ones.
    """

    n_picks = 1

    def __init__(
        self,
        n_channels: int,
        n_samples: int,
        n_coefficients: int,
        n_anchors: int,
        k: int,
        width: int,
        n_classes: list[int] | None = None,
        n_known: int = 0,
    ) -> None:
        super().__init__(
            min(N_BLENDED, n_coefficients) + N_EXTRA,
            n_coefficients,
            n_classes or [],
            n_known,
            n_channels=n_channels,
            n_samples=n_samples,
            n_coefficients=n_coefficients,
            n_anchors=n_anchors,
            k=k,
            width=width,
        )
        self.n_latents = 1 + k + N_EXTRA
        self.blend = Blend(n_anchors, k, n_channels * n_samples, self.n_classes)
        self.register_buffer("deviation", torch.ones(n_coefficients))  # of the reals' coefficients

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        latents = torch.randn(n, self.n_latents, generator=rng)
        latents[:, 0] = torch.special.ndtr(latents[:, 0])
        return latents

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        values = self.blend(latents[:, 0], latents[:, 1 : 1 + self.blend.k], conditions, self.basis)
        leading = (values @ self.basis / self.deviation)[:, :N_BLENDED]
        change = self.network(self.encoder.beside(torch.cat([leading, latents[:, -N_EXTRA:]], 1), conditions))
        return self.norms(torch.addmm(values, self.unit * change, self.basis.T).unflatten(1, self.signal_shape))


def twin_generator(**blueprint: Any) -> TwinGenerator:
    """The generator of a blueprint: the one with coordinates that are lines or rings has a manifold."""
    return ManifoldGenerator(**blueprint) if "is_ring" in blueprint else BlendGenerator(**blueprint)


class Views(nn.Module):
    """Signals (n, n_channels, n_samples) → what a discriminator should look at, (n, n_views), standardised on reals.

    Coordinates (of the manifold, or leading coefficients), levels and noise energy: where in their range they lie.
    What the manifold leaves over within the basis: a wrong shape. Outside the basis: the noise's colour (energy in
    bands, autocorrelation), its law (skewness, kurtosis) and its course (energy in parts of the signal).
    """

    basis: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, generator: TwinGenerator, reals: Tensor) -> None:
        super().__init__()
        # Copies, as no two tensors of a checkpoint may share their memory.
        self.manifold = deepcopy(generator.manifold) if isinstance(generator, ManifoldGenerator) else None
        self.n_channels = generator.signal_shape[0]
        self.register_buffer("basis", generator.basis.clone())
        with torch.no_grad():
            coordinates, _, _ = self._parts(reals)
            self.quantiles = Quantiles(coordinates.shape[1], 129)
            self.quantiles.fit(coordinates)
            views = self._views(reals)
        self.register_buffer("mean", views.mean(0))
        self.register_buffer("std", views.std(0).clamp(min=1e-6))

    def forward(self, signals: Tensor) -> Tensor:
        return SOFT_LIMIT * torch.tanh((self._views(signals) - self.mean) / self.std / SOFT_LIMIT)

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
        if self.manifold is None:
            return torch.cat([coefficients[:, :N_BLENDED], means, energy], 1), coefficients, noise
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
    """Colour, law and course of (n, n_channels, n_samples); energies as logarithms."""
    unit = noise / noise.square().mean(2, keepdim=True).clamp(min=1e-12).sqrt()
    power = torch.fft.rfft(unit, norm="ortho").abs().square()[:, :, 1:]
    bands = [band.mean(2).clamp(min=1e-6).log() for band in power.tensor_split(N_PARTS, 2)]
    lags = [(unit[:, :, lag:] * unit[:, :, :-lag]).mean(2) for lag in range(1, 5)]
    course = [part.square().mean(2).clamp(min=1e-12).log() for part in noise.tensor_split(N_PARTS, 2)]
    return [*bands, *lags, unit.pow(3).mean(2), unit.pow(4).mean(2), *course]


def twin_discriminator(config: TwinConfig, generator: TwinGenerator, reals: Tensor) -> Discriminator:
    """A fresh discriminator for a generator that was warmed up, its views standardised on `reals`."""
    views, encoder = Views(generator, reals), encoder_like(generator)
    return Discriminator(
        views, ResidualMLP(len(views.mean) + encoder.n_features, 1, config.discriminator_width), encoder
    )
