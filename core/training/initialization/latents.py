"""Phase 2, matching the latents: how often which shape, gain, level and loudness of the noise occurs, and which together."""

import math
from itertools import combinations

import torch
from torch import Tensor

from core.networks.base import n_kept
from core.networks.conditions import Known
from core.networks.twin.blend import Blend
from core.networks.twin.generators import BlendGenerator, ManifoldGenerator, Norms
from core.training.initialization.noise import calibrate, colour_of
from core.training.initialization.shapes import Axes, Shapes, centred

MAX_ANCHORS = 4096
MAX_ANCHOR_VALUES = 2**24  # 64 MiB
SCORE_NEIGHBOURS = 16
NEIGHBOUR_COUNTS = (4, 6, 8, 12, 16, 24, 32, 48, 64)
MAX_BLEND_COEFFICIENTS = 64
N_BLEND_TRIALS = 512
AS_FAR = 0.95  # of the distance between neighbouring reals
N_CALIBRATION = 8192  # signals
DEPENDENT = 0.005  # squared association (Cramér's V) of two coordinates; 0 is none, 1 is total
MAX_CLASSES = 8  # in which a coordinate's association with others is looked at
SAME = 1e-4  # relative deviation of what all reals share
UNIT_SHARE = 0.1  # of the noise's deviation: the unit of a corrected coefficient


def manifold_generators(
    signals: Tensor, known: Known, axes: Axes, shapes: Shapes, width: int, rng: torch.Generator
) -> list[ManifoldGenerator]:
    """Generators of signals (n, n_channels, n_samples) that lie on a manifold, ready for the adversarial phase.

    One whose noise is plain, and where more was found in it, one whose noise has all of it. More may be an error of
    the shapes that looks like noise, so it is for a measurement on held-out reals to say which one is better.
    """
    _, n_channels, n_samples = signals.shape
    coefficients = centred(signals) @ shapes.basis
    slopes = _level_slopes(coefficients, signals.mean(2) - axes.level)

    def build(n_frequencies: int, n_anchors: int) -> ManifoldGenerator:
        generator = ManifoldGenerator(
            n_channels=n_channels,
            n_samples=n_samples,
            n_coefficients=shapes.basis.shape[1],
            is_ring=shapes.manifold.is_ring.tolist(),
            n_frequencies=n_frequencies,
            n_anchors=n_anchors,
            k=SCORE_NEIGHBOURS,
            width=width,
            n_classes=known.n_classes if n_anchors else [],
            n_known=n_kept(known) if n_anchors else 0,
        )
        generator.basis, generator.level, generator.level_slopes = shapes.basis, axes.level, slopes
        generator.manifold = shapes.manifold
        return generator

    coordinates, noise = build(1, 0).encode(signals)
    coordinates[:, -1] -= coordinates[:, -1].mean()
    scores = _normal_scores(coordinates, rng)
    calm = _calm(coordinates, len(shapes.manifold.is_ring), rng)
    colour = colour_of(noise[calm].unflatten(1, (n_channels, n_samples)), shapes.basis)

    def matched(is_plain: bool) -> ManifoldGenerator:
        draft = build(colour.shape[1], 0)
        draft.noise.response = colour
        loudness_share = calibrate(draft, coordinates[calm], noise[calm], is_plain, rng)
        varied = scores if loudness_share else scores[:, :-1]
        law_is_joint = known.n_classes or (len(scores) > SCORE_NEIGHBOURS and _depend(varied))
        n_anchors = min(MAX_ANCHORS, len(scores)) if law_is_joint else 0
        generator = build(colour.shape[1], n_anchors)
        generator.noise = draft.noise
        if generator.blend:
            _fill(generator.blend, scores[:n_anchors], known)
            generator.know(known)
        generator.quantiles.fit(torch.cat([coordinates[:, :-1], loudness_share * coordinates[:, -1:]], 1))
        generator.unit = UNIT_SHARE * (noise[calm] @ shapes.basis).std(0)
        _share_norms(generator.norms, signals)
        return generator

    whole = matched(is_plain=False)
    if _has_plain_noise(whole):
        return [whole]
    plain = matched(is_plain=True)
    plain.course_unit.zero_()  # nor may the game take an error of the shapes for noise
    return [plain, whole]


def _has_plain_noise(generator: ManifoldGenerator) -> bool:
    loudness, noise = generator.quantiles.table[:, -1], generator.noise
    return not loudness.any() and not noise.law.any() and bool((noise.envelope == 1).all())


def blend_generator(signals: Tensor, known: Known, axes: Axes, width: int) -> BlendGenerator:
    """The generator that blends neighbouring signals of (n, n_channels, n_samples); at least 10 of them.

    As many neighbours are blended as it takes for a fake to be as far from the nearest real as held-out reals are: with
    fewer it would repeat what it has seen, with more it would blur.
    """
    _, n_channels, n_samples = signals.shape
    anchors = signals[: min(MAX_ANCHORS, MAX_ANCHOR_VALUES // (n_channels * n_samples))].flatten(1)
    basis = axes.basis[:, :MAX_BLEND_COEFFICIENTS].contiguous()
    coefficients = centred(signals) @ basis
    generator = BlendGenerator(
        n_channels=n_channels,
        n_samples=n_samples,
        n_coefficients=basis.shape[1],
        n_anchors=len(anchors),
        k=_blended_count(anchors),
        width=width,
        n_classes=known.n_classes,
        n_known=n_kept(known),
    )
    generator.know(known)
    strength = coefficients.square().mean(0).sqrt()  # where all are alike their deviation would be next to nothing
    generator.basis, generator.deviation = basis, strength.clamp(min=1e-3 * float(strength.max()))
    generator.unit = UNIT_SHARE * _neighbour_deviation(coefficients[: len(anchors)])
    _fill(generator.blend, anchors, known)
    _share_norms(generator.norms, signals)
    return generator


def _level_slopes(coefficients: Tensor, levels: Tensor) -> Tensor:
    """What of a channel's mean follows from the shape, by ridge regression; (n_coefficients, n_channels)."""
    x, y = coefficients.double(), levels.double()
    ridge = 1e-3 * len(x) * x.square().mean() * torch.eye(x.shape[1], dtype=torch.float64)
    return torch.linalg.solve(x.T @ x + ridge, x.T @ y).float().contiguous()


def _normal_scores(values: Tensor, rng: torch.Generator) -> Tensor:
    """Each column's ranks as standard normal numbers; ties in random order."""
    shuffled = torch.randperm(len(values), generator=rng)
    ranks = torch.empty_like(values)
    ranks[shuffled] = values[shuffled].argsort(dim=0, stable=True).argsort(dim=0).float()
    return torch.special.ndtri((ranks + 0.5) / len(values))


def _depend(scores: Tensor) -> bool:
    """Whether two of the columns (n, n_columns) depend on each other, by the chi-squared statistic of their classes.

    Squared association: Cramér 1946, "Mathematical methods of statistics", less what independent columns show by
    chance (Bergsma 2013, "A bias-correction for Cramér's V and Tschuprow's T").
    """
    n = len(scores)
    n_classes = min(MAX_CLASSES, max(2, math.isqrt(n // 5)))
    classes = (torch.special.ndtr(scores) * n_classes).long().clamp(max=n_classes - 1)
    for first, second in combinations(classes.T, 2):
        counts = torch.bincount(first * n_classes + second, minlength=n_classes**2).view(n_classes, -1).double()
        expected = counts.sum(1, keepdim=True) * counts.sum(0) / n
        squares = ((counts - expected).square() / expected.clamp(min=1e-9)).sum()
        chance = (n_classes - 1) ** 2
        far_out = chance + 5 * math.sqrt(2 * chance)
        if squares > far_out and (squares - chance) / (n * (n_classes - 1)) > DEPENDENT:
            return True
    return False


def _calm(coordinates: Tensor, dim: int, rng: torch.Generator) -> Tensor:
    """Which signals to measure noise on: weak ones, where an error of the shape shows least."""
    n_weak = max(len(coordinates) // 2, min(len(coordinates), 500))
    weak = coordinates[:, dim].argsort()[:n_weak]
    return weak[torch.randperm(n_weak, generator=rng)[:N_CALIBRATION]]


def _fill(blend: Blend, anchors: Tensor, known: Known) -> None:
    """Give a blend its anchors, their neighbours and the pull that keeps the variance of all signals.

    Neighbours are of one class, as far as a class has enough signals.
    """
    blend.anchors = anchors.clone()
    if blend.neighbourhood:
        blend.neighbourhood.fit(known.values[: len(anchors)], known.values)
        blend.neighbours = _nearest(anchors, blend.k, blend.neighbourhood.classes)
    else:
        blend.neighbours = _nearest(anchors, blend.k)
    rows = _spaced(len(anchors))
    blend.pull = _fair_pull(anchors[rows], anchors[blend.neighbours[rows]])


def _nearest(points: Tensor, k: int, classes: Tensor | None = None) -> Tensor:
    """The k points nearest to each, itself the first, those of the same classes (n, n_labels) before all others; (n, k)."""
    rows = []
    for start, part in zip(range(0, len(points), 512), points.split(512), strict=True):
        distances = torch.cdist(part, points)
        if classes is not None:
            differ = (classes[start : start + len(part), None] != classes).any(2)
            distances += differ * (2 * distances.max())
        distances[torch.arange(len(part)), start + torch.arange(len(part))] = -1
        rows.append(distances.topk(k, largest=False).indices)
    return torch.cat(rows)


def _spaced(n: int) -> Tensor:
    """Some rows of n, equally spaced."""
    return torch.linspace(0, n - 1, min(n, N_BLEND_TRIALS)).long()


def _fair_pull(own: Tensor, near: Tensor) -> Tensor:
    """The pull with which blends vary as much as the points (n, values) with neighbours (n, k, values), or nearly."""
    means = near.mean(1)
    within = (near - means[:, None]).square().sum((1, 2)).mean() / (near.shape[1] - 1)
    pulls = torch.linspace(0, 1, 21)
    between = torch.stack([_variance(own + pull * (means - own)) for pull in pulls])
    return pulls[(between + within - _variance(own)).abs().argmin()]


def _variance(points: Tensor) -> Tensor:
    return (points - points.mean(0)).square().sum(1).mean()


def _blended_count(anchors: Tensor) -> int:
    """The smallest number of neighbours whose blends are as far from their nearest anchors as anchors from each other."""
    largest = len(anchors) // 2
    counts = [k for k in NEIGHBOUR_COUNTS if k <= largest] or [largest]
    rows = _spaced(len(anchors))
    neighbours = _nearest(anchors, counts[-1])[rows]
    between = (anchors[rows] - anchors[neighbours[:, 1]]).norm(dim=1).median()
    rng = torch.Generator().manual_seed(0)
    for k in counts:
        blend = Blend(len(rows), k, anchors.shape[1], n_classes=[])
        blend.anchors, blend.neighbours = anchors, neighbours[:, :k]
        blend.pull = _fair_pull(anchors[rows], anchors[neighbours[:, :k]])
        picks = (torch.arange(len(rows)) + 0.5) / len(rows)
        fakes = blend(picks, torch.randn(len(rows), k, generator=rng))
        if torch.cdist(fakes, anchors).amin(1).median() >= AS_FAR * between:
            return k
    return counts[-1]


def _neighbour_deviation(coefficients: Tensor) -> Tensor:
    """How far coefficients are from their neighbours', on average over all signals; (n_coefficients,)."""
    nearest = _nearest(coefficients, min(2, len(coefficients)))[:, -1]
    return (coefficients - coefficients[nearest]).square().mean(0).sqrt() / math.sqrt(2)


def _share_norms(norms: Norms, signals: Tensor) -> None:
    """Keep the mean or the standard deviation of each channel that is the same in all reals."""
    means, deviations = signals.mean(2), signals.std(2)
    scale = deviations.mean(0)
    norms.mean[:, 0] = torch.where(means.std(0) < SAME * scale, means.mean(0), math.nan)
    norms.std[:, 0] = torch.where(deviations.std(0) < SAME * scale, scale, math.nan)
