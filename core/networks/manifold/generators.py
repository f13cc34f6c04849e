"""The twin's networks: a generator that starts from what can be measured on reals, a discriminator that looks at views.

The generator is one of two, chosen by what fits held-out reals better (initialization.py):

    ManifoldGenerator   signal = gain · shape(code) + level + noise, where shapes lie on a principal manifold
    BlendGenerator      signal = a random blend of neighbouring signals, where they do not, or where there are few

Both carry a small network whose output is zero before the adversarial phase: it learns, against the discriminator, to
correct what the measurements got wrong. A discriminator on raw samples needs far more steps to see a wrong phase or noise
that is one per cent too low, so it is given views in which such faults stand out.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

from core.networks.base import Generator, LatentLayout
from core.networks.blocks import ResidualMLP
from core.networks.manifold.blend import Blend, SeparateBlends
from core.networks.manifold.courses import at_samples, hats, n_parts_of
from core.networks.manifold.noise import Noise
from core.networks.manifold.principal_manifold import Manifold
from core.networks.manifold.quantiles import Quantiles

N_EXTRA = 4  # free latents beside those that have a meaning
CORRECTION = 0.1  # one unit of the network's output, in scores
N_PARTS = 8  # of the signal, and of its spectrum, whose noise is looked at and corrected


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


class CorrectedGenerator(Generator):
    """What both generators share: a basis of the signals (values, n_coefficients) and the network of corrections."""

    basis: Tensor
    unit: Tensor

    def __init__(
        self,
        layout: LatentLayout,
        n_inputs: int,
        n_outputs: int,
        n_classes: list[int],
        n_known: int,
        **blueprint: Any,
    ) -> None:
        super().__init__(layout, n_classes, n_known, **blueprint)
        self.signal_shape = (blueprint["n_channels"], blueprint["n_samples"])
        self.n_coefficients = blueprint["n_coefficients"]
        self.register_buffer("basis", torch.zeros(math.prod(self.signal_shape), self.n_coefficients))
        self.register_buffer("unit", torch.ones(self.n_coefficients))  # of a corrected coefficient
        self.norms = Norms(self.signal_shape[0])
        self.network = ResidualMLP(n_inputs + self.encoder.n_features, n_outputs, blueprint["width"])
        nn.init.zeros_(self.network.last.weight)
        nn.init.zeros_(self.network.last.bias)


class ManifoldGenerator(CorrectedGenerator):
    """signal = basis · (gain · shape(code) + correction) + level + loudness · course · noise.

    Latents: scores of code, log gain, each channel's level and the log loudness of the noise; free
    ones; the noise. Where these depend on each other, the scores come from a blend of scores seen (`n_anchors` > 0).
    The course, how loud a signal's noise is from part to part, is one of `n_courses` that are sorted by the loudness of
    the signals in which they were seen; the score of the loudness says which. It is 1 where there are none. The network
    corrects it, but for a `course_unit` of 0.
    """

    level: Tensor
    level_slopes: Tensor
    hats: Tensor
    courses: Tensor
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
        is_sharp: bool = False,  # these two: as in files of before they could be set
        n_courses: int = 0,
    ) -> None:
        self.n_scores = len(is_ring) + 1 + n_channels + 1
        noise = Noise(n_channels, n_samples, n_frequencies, n_coefficients)
        super().__init__(
            LatentLayout.of(int(n_anchors > 0), (k if n_anchors else self.n_scores) + N_EXTRA, noise.n_latents),
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
            **({"is_sharp": True} if is_sharp else {}),
            **({"n_courses": n_courses} if n_courses else {}),
        )
        self.dim = len(is_ring)
        self.manifold = Manifold(is_ring, n_coefficients, is_sharp)
        self.quantiles = Quantiles(self.n_scores)
        self.blend = Blend(n_anchors, k, self.n_scores, self.n_classes) if n_anchors else None
        self.noise = noise
        self.register_buffer("level", torch.zeros(n_channels))
        self.register_buffer("level_slopes", torch.zeros(n_coefficients, n_channels))
        self.register_buffer("hats", hats(N_PARTS, n_samples))
        courses = torch.zeros(n_courses, n_channels, n_parts_of(n_samples))
        self.register_buffer("courses", courses, persistent=n_courses > 0)
        self.register_buffer("course_unit", torch.ones(()))

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        return self.assemble(*self._parts(latents, conditions))

    def without_noise(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        coefficients, levels, noise = self._parts(latents, conditions)
        return self.norms(*(self._sum(coefficients, levels, part) for part in (torch.zeros_like(noise), noise)))

    def _parts(self, latents: Tensor, conditions: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Coefficients (n, n_coefficients), channels' means (n, n_channels) and noise (n, values) of signals."""
        shaping, noise = latents[:, self.layout.shape], latents[:, self.layout.noise]
        scores, free = shaping[:, :-N_EXTRA], shaping[:, -N_EXTRA:]
        if self.blend:
            scores = self.blend(latents[:, 0], scores, conditions)
        outputs = self.network(self.encoder.beside(torch.cat([scores, free], 1), conditions))
        move, change, course = outputs.tensor_split((self.n_scores, self.n_scores + self.n_coefficients), 1)
        coordinates = self.quantiles.values(scores + CORRECTION * move)
        coefficients, levels = self.smooth(coordinates)
        louder = self.course_unit * course.unflatten(1, (-1, N_PARTS)) + coordinates[:, None, -1:]
        noise = self.noise(noise, self.basis) * (louder.exp() @ self.hats).flatten(1)
        if len(self.courses):
            noise = noise * self.course_at(torch.special.ndtr(scores[:, -1]))
        return coefficients + self.unit * change, levels, noise

    def course_at(self, places: Tensor) -> Tensor:
        """How loud the noise is at each sample, (n, values), by the places (n,) of its loudness among all, 0 … 1."""
        n = len(self.courses)
        rows = (places.nan_to_num() * n).long().clamp(max=n - 1)
        return at_samples(self.courses[rows], self.signal_shape[1]).flatten(1)

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


class BlendGenerator(CorrectedGenerator):
    """signal = a blend of neighbouring anchors + basis · correction.

    Latents: the pick of the anchor, the blend's weights, `n_free` ones. The correction depends on them and on the blend's
    `n_leading` leading coefficients. Where channels are in several `groups`, each group is blended by itself, and has a
    pick and weights of its own; nothing can be asked for then.
    """

    deviation: Tensor

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
        n_leading: int = 16,  # these four: as in files of before they could be set
        n_free: int = N_EXTRA,
        spread: float = 1.0,
        reach: int = 0,
        groups: list[list[int]] | None = None,
    ) -> None:
        n_leading = min(n_leading, n_coefficients)
        self.n_groups = len(groups or [[]])
        super().__init__(
            LatentLayout.of(self.n_groups, self.n_groups * k + n_free),
            n_leading + n_free,
            n_coefficients,
            n_classes or [],
            n_known,
            n_channels=n_channels,
            n_samples=n_samples,
            n_coefficients=n_coefficients,
            n_anchors=n_anchors,
            k=k,
            width=width,
            n_leading=n_leading,
            n_free=n_free,
            spread=spread,
            reach=reach,
            **({"groups": groups} if groups else {}),
        )
        self.n_leading = n_leading
        self.holds_reals = spread == 1.0  # its anchors were reals before they were blends
        self.n_free = n_free
        self.groups = groups or [list(range(n_channels))]
        self.blend = (
            SeparateBlends(groups, n_anchors, k, n_samples, spread)
            if groups
            else Blend(n_anchors, k, n_channels * n_samples, self.n_classes, spread, reach, n_channels)
        )
        self.register_buffer("deviation", torch.ones(n_coefficients))  # of the reals' coefficients

    def blends(self) -> list[tuple[Blend, list[int]]]:
        """All blends, and the channels of each."""
        if isinstance(self.blend, Blend):
            return [(self.blend, self.groups[0])]
        own = zip(self.blend.each, self.groups, strict=True)
        return [(blend, group) for blend, group in own if isinstance(blend, Blend)]

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        weights, free = latents[:, self.layout.shape].tensor_split((-self.n_free,), 1)
        picks = latents[:, self.layout.pick]
        if isinstance(self.blend, Blend):
            values = self.blend(picks[:, 0], weights, conditions, self.basis)
        else:
            values = self.blend(picks, weights)
        leading = (values @ self.basis / self.deviation)[:, : self.n_leading]
        change = self.network(self.encoder.beside(torch.cat([leading, free], 1), conditions))
        return self.norms(torch.addmm(values, self.unit * change, self.basis.T).unflatten(1, self.signal_shape))


def manifold_generator(**blueprint: Any) -> CorrectedGenerator:
    """The generator of a blueprint: the one with coordinates that are lines or rings has a manifold."""
    return ManifoldGenerator(**blueprint) if "is_ring" in blueprint else BlendGenerator(**blueprint)
