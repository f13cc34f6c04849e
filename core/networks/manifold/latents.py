"""Stages latents and noise: how often which shape, gain, level and loudness of the noise occurs, and which together."""

import math
from bisect import bisect_left

import torch
from torch import Tensor

from core.interruption import interrupted
from core.networks.base import n_kept
from core.networks.conditions import Conditions
from core.networks.manifold.alignment import aligned
from core.networks.manifold.blend import Blend
from core.networks.manifold.calibration import calibrate, noise_spectrum
from core.networks.manifold.courses import kept_courses
from core.networks.manifold.dependence import depend
from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator, Norms
from core.networks.manifold.shapes import Axes, Shapes, centred, strongest_axes

MAX_ANCHORS = 4096
MAX_ALIGNED = 1024  # anchors that are shifted towards each other, which takes long
N_COMPARED = 512  # anchors at a time
MAX_NEAR_VALUES = 2**23  # of anchors and their neighbours at a time
MAX_ANCHOR_VALUES = 2**24  # 64 MiB
SCORE_NEIGHBOURS = 16
MIN_NEIGHBOURS, MAX_NEIGHBOURS = 4, 64  # that are blended
MAX_BLEND_COEFFICIENTS = 256
FAINTEST = 1e-6  # of the variance along the strongest axis: what is fainter is the rounding of single precision
ANCHORS_BLENDED = 4
SPREAD = 0.5  # of the anchors that are blended: they are spread as reals are already
N_FREE = 32  # latents of a blend's correction
BLEND_UNIT = 0.4  # of a coefficient's deviation: the unit of its correction in a blend
WIDER = 2  # times the generator's width: a blend's correction has more to do
N_BLEND_TRIALS = 512
DISTANCE_RATIO = 0.92  # of the distance between neighbouring reals: what blends are at least away from the nearest one
N_CALIBRATION = 8192  # signals
MAX_RELATIVE_DEVIATION = 1e-4  # relative deviation of what all reals share
UNIT_SHARE = 0.1  # of the noise's deviation: the unit of a corrected coefficient


class ManifoldFit:
    """Generators of signals (n, n_channels, n_samples) that lie on a manifold, each with more of what was measured.

    To be asked in order: `shapes_alone`, `matched`, `calibrated`.
    """

    def __init__(self, signals: Tensor, conditions: Conditions, axes: Axes, shapes: Shapes, width: int) -> None:
        self.signals = signals
        self.conditions = conditions
        self.axes = axes
        self.shapes = shapes
        self.width = width
        self.coefficients = centred(signals) @ shapes.basis
        self.levels = signals.mean(2) - axes.level
        self.slopes = _level_slopes(self.coefficients, self.levels)

    def shapes_alone(self) -> ManifoldGenerator:
        """Every shape as often as any other; strengths and levels normal, the noise white."""
        generator = self._build(1)
        gains = self.coefficients.norm(dim=1, keepdim=True).clamp(min=1e-20).log()
        levels = self.levels - self.coefficients @ self.slopes
        normal = torch.special.ndtri(_probabilities(len(generator.quantiles.table)))[:, None]
        for column, values in enumerate(torch.cat([gains, levels], 1).T, generator.dim):
            generator.quantiles.table[:, column] = values.mean() + normal[:, 0] * values.std()
        ends = torch.where(self.shapes.manifold.is_ring, self.shapes.manifold.size, self.shapes.manifold.size - 1)
        generator.quantiles.table[:, : generator.dim] = torch.linspace(0, 1, len(normal))[:, None] * ends
        self._make_noise_white(generator, centred(self.signals))
        return generator

    def matched(self, rng: torch.Generator) -> ManifoldGenerator:
        """Each coordinate with the distribution of the reals; the noise white."""
        n_channels = self.signals.shape[1]
        generator = self._build(1)
        coordinates, self.noise = generator.encode(self.signals)
        coordinates[:, -1] -= coordinates[:, -1].mean()
        self.coordinates, self.scores = coordinates, _normal_scores(coordinates, rng)
        self.calm = _calm(coordinates, generator.dim, rng)
        self.spectrum = noise_spectrum(self.noise[self.calm].unflatten(1, (n_channels, -1)), self.shapes.basis)
        self._make_noise_white(generator, self.noise[self.calm])
        self._finish(generator, 0.0)
        return generator

    def calibrated(self, rng: torch.Generator) -> list[ManifoldGenerator]:
        """One whose noise is plain, and where more was found in it, others whose noise has more and more of that.

        More may be an error of the shapes that looks like noise, so it is for a measurement on held-out reals to say
        which one is best.
        """
        varied, courses = self._calibrate(rng)
        if courses is None and _has_plain_noise(varied):
            return [varied]
        plain, _ = self._calibrate(rng, is_plain=True)
        plain.course_unit.zero_()  # nor may the training take an error of the shapes for noise
        return [plain, varied, *([] if courses is None else [self._calibrate(rng, courses=courses)[0]])]

    def _build(self, n_frequencies: int, n_anchors: int = 0, n_courses: int = 0) -> ManifoldGenerator:
        _, n_channels, n_samples = self.signals.shape
        generator = ManifoldGenerator(
            n_channels=n_channels,
            n_samples=n_samples,
            n_coefficients=self.shapes.basis.shape[1],
            is_ring=self.shapes.manifold.is_ring.tolist(),
            n_frequencies=n_frequencies,
            n_anchors=n_anchors,
            k=SCORE_NEIGHBOURS,
            width=self.width,
            n_classes=self.conditions.n_classes if n_anchors else [],
            n_known=n_kept(self.conditions) if n_anchors else 0,
            is_sharp=self.shapes.manifold.is_sharp,
            n_courses=n_courses,
        )
        generator.basis, generator.level, generator.level_slopes = self.shapes.basis, self.axes.level, self.slopes
        generator.manifold = self.shapes.manifold
        return generator

    def _make_noise_white(self, generator: ManifoldGenerator, values: Tensor) -> None:
        """As strong as what the basis leaves of (n, values) in each channel."""
        n_channels = self.signals.shape[1]
        outside = (values - values @ generator.basis @ generator.basis.T).unflatten(1, (n_channels, -1))
        n_free = max(1.0, outside.shape[2] - 1 - generator.n_coefficients / n_channels)
        generator.noise.response = (outside.square().sum(2).mean(0) / n_free).sqrt()[:, None]

    def _calibrate(
        self, rng: torch.Generator, is_plain: bool = False, courses: Tensor | None = None
    ) -> tuple[ManifoldGenerator, Tensor | None]:
        """A generator whose noise is fitted, with the courses of calm signals where there are some; the courses found."""
        draft = self._build(self.spectrum.shape[1])
        draft.noise.response = self.spectrum
        coordinates = self.coordinates[self.calm]
        share, found = calibrate(draft, coordinates, self.noise[self.calm], rng, is_plain, courses)
        kept = self.signals.new_empty(0) if courses is None else kept_courses(courses, coordinates[:, -1])
        varied = self.scores if share or len(kept) else self.scores[:, :-1]
        are_joint = self.conditions.n_classes or (len(varied) > SCORE_NEIGHBOURS and depend(varied))
        n_anchors = min(MAX_ANCHORS, len(varied)) if are_joint else 0
        generator = self._build(self.spectrum.shape[1], n_anchors, len(kept))
        generator.noise = draft.noise
        if len(kept):
            generator.courses = kept
        if generator.blend:
            _fill(generator.blend, self.scores[:n_anchors], self.conditions)
            generator.learn_conditions(self.conditions)
        self._finish(generator, share)
        return generator, found

    def _finish(self, generator: ManifoldGenerator, loudness_share: float) -> None:
        loudness = loudness_share * self.coordinates[:, -1:]
        generator.quantiles.fit(torch.cat([self.coordinates[:, :-1], loudness], 1))
        generator.unit = UNIT_SHARE * (self.noise[self.calm] @ self.shapes.basis).std(0)
        _share_norms(generator.norms, self.signals)


def _probabilities(n: int) -> Tensor:
    """The middles of `n` equal parts of 0 … 1."""
    return (torch.arange(n) + 0.5) / n


def _has_plain_noise(generator: ManifoldGenerator) -> bool:
    loudness, noise = generator.quantiles.table[:, -1], generator.noise
    return not loudness.any() and not noise.law.any() and bool((noise.envelope == 1).all())


def blend_generator(
    signals: Tensor,
    conditions: Conditions,
    width: int,
    rng: torch.Generator,
    reach: int = 0,
    groups: list[list[int]] | None = None,
) -> BlendGenerator:
    """The generator that blends neighbouring signals of (n, n_channels, n_samples); at least 10 of them.

    Blends of reals, not the reals themselves, are its anchors, and it blends a few of them once more: so it holds no signal
    that was recorded. As many reals make an anchor as it takes for fakes to be as far from the nearest real as held-out
    reals are: with fewer the twin would repeat what it has seen, with more it would blur. With a `reach`, signals that are
    blended are first shifted towards each other by up to so many samples. Channels in different `groups` are blended each
    with neighbours of their own, as if they belonged to different signals; all belong together where there are none.
    """
    _, n_channels, n_samples = signals.shape
    n_anchors = min(MAX_ALIGNED if reach else MAX_ANCHORS, MAX_ANCHOR_VALUES // (n_channels * n_samples))
    basis, deviation = whole_axes(signals)
    generator = BlendGenerator(
        n_channels=n_channels,
        n_samples=n_samples,
        n_coefficients=basis.shape[1],
        n_anchors=n_anchors,
        k=ANCHORS_BLENDED,
        width=WIDER * width,
        n_classes=conditions.n_classes,
        n_known=n_kept(conditions),
        n_leading=basis.shape[1],
        n_free=N_FREE,
        spread=SPREAD,
        reach=reach,
        groups=groups,
    )
    generator.learn_conditions(conditions)
    generator.basis, generator.deviation, generator.unit = basis, deviation, BLEND_UNIT * deviation
    for blend, channels in generator.blends():
        own = signals if len(channels) == n_channels else signals[:, channels]
        _blend_twice(blend, own.flatten(1), conditions, rng)
    _share_norms(generator.norms, signals)
    return generator


def whole_axes(signals: Tensor) -> tuple[Tensor, Tensor]:
    """Principal axes of whole signals, their levels included, and the strength along each: (values, n), (n,).

    Also the faint ones: what channels have to do with each other shows in them.
    """
    values = signals.flatten(1)
    variances, axes = strongest_axes(values, min(len(values), MAX_BLEND_COEFFICIENTS))
    count = int((variances > FAINTEST * variances[0]).sum())
    return axes[:, :count].float().contiguous(), variances[:count].sqrt().float()


def _blend_twice(blend: Blend, signals: Tensor, conditions: Conditions, rng: torch.Generator) -> None:
    """Make blends of reals among (n, n_values) the anchors of `blend`, as similar to all of them as held-out ones would be."""
    reals = signals[: len(blend.anchors)]
    largest = min(MAX_NEIGHBOURS, len(reals) // 2)
    counts = range(min(MIN_NEIGHBOURS, largest), largest + 1)
    first = Blend(
        len(reals), largest, reals.shape[1], conditions.n_classes, reach=blend.reach, n_channels=blend.n_channels
    )
    _fill(first, reals, conditions)
    rows = _spaced(len(reals))
    usual = _all_distances(reals[rows], signals).topk(2, largest=False).values[:, 1].median()
    pairs = first.near(rows, 2)
    usual_shifted = (pairs[:, 0] - pairs[:, 1]).norm(dim=1).median()
    nearest, shifts = first.neighbours, first.shifts
    weights = torch.randn(len(blend.anchors), first.k, generator=rng)
    tried = torch.randn(N_BLEND_TRIALS, blend.k, generator=rng)
    picks = torch.rand(N_BLEND_TRIALS, generator=rng)
    turns = torch.rand(len(blend.anchors), generator=rng)

    def distance_ratio(k: int) -> float:
        first.k, first.neighbours, first.shifts = k, nearest[:, :k], shifts[:, :k]
        first.pull = _fair_pull(first)
        _blend_again(blend, first, weights[:, :k], turns)
        blends = blend(picks, tried)
        ratio = _all_distances(blends, signals).amin(1).median() / usual
        if blend.reach:
            ratio = ratio.minimum(_distances(blend, blends, reals)[0].amin(1).median() / usual_shifted)
        return float(ratio)

    at = bisect_left(counts, DISTANCE_RATIO, hi=len(counts) - 1, key=distance_ratio)
    distance_ratio(counts[at])


def _blend_again(blend: Blend, first: Blend, weights: Tensor, turns: Tensor) -> None:
    """Make blends of `first` with these weights (n, k) the anchors of `blend`, with the conditions that belong to them.

    Where no phase is fixed, each is shifted, which makes it another signal of the same kind: by as much as its neighbours go on
    beyond its ends at most; turns (n,), 0 … 1, say by how much of that.
    """
    chosen = torch.arange(len(weights)) % len(first.anchors)
    shares = first.shares(weights)
    furthest, least = -first.shifts[chosen].amin(1), -first.shifts[chosen].amax(1)
    delays = (least + turns * (furthest - least)).round().long()[:, None]
    classes = None
    size = _rows_at_once(first)
    parts = zip(shares.split(size), chosen.split(size), delays.split(size), strict=True)
    blend.anchors = torch.cat([first.of_anchors(*part) for part in parts])
    if first.neighbourhood and blend.neighbourhood:
        blend.neighbourhood.scores = first.neighbourhood.scores
        blend.neighbourhood.places = first.mix(first.neighbourhood.places, shares, chosen)
        blend.neighbourhood.classes = classes = first.neighbourhood.classes[chosen]
    _find_neighbours(blend, classes)


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


def _calm(coordinates: Tensor, dim: int, rng: torch.Generator) -> Tensor:
    """Which signals to measure noise on: weak ones, where an error of the shape shows least."""
    n_weak = max(len(coordinates) // 2, min(len(coordinates), 500))
    weak = coordinates[:, dim].argsort()[:n_weak]
    return weak[torch.randperm(n_weak, generator=rng)[:N_CALIBRATION]]


def _fill(blend: Blend, anchors: Tensor, conditions: Conditions) -> None:
    """Give a blend its anchors and their conditions."""
    blend.anchors = anchors.clone()
    if blend.neighbourhood:
        blend.neighbourhood.fit(conditions.values[: len(anchors)], conditions.values)
    _find_neighbours(blend, blend.neighbourhood.classes if blend.neighbourhood else None)


def _find_neighbours(blend: Blend, classes: Tensor | None) -> None:
    """Give a blend its anchors' neighbours and the pull that keeps the variance of all anchors.

    Neighbours are of one class, as far as a class has enough anchors.
    """
    found = [_nearest(blend, rows, classes) for rows in interrupted(_parts(len(blend.anchors)))]
    blend.neighbours = torch.cat([neighbours for neighbours, _ in found])
    blend.shifts = torch.cat([shifts for _, shifts in found])
    blend.pull = _fair_pull(blend)


def _parts(n: int) -> tuple[Tensor, ...]:
    """Numbers to n, in parts of nearly the same size."""
    return torch.arange(n).tensor_split(math.ceil(n / N_COMPARED))


def _nearest(blend: Blend, rows: Tensor, classes: Tensor | None) -> tuple[Tensor, Tensor]:
    """The k anchors nearest to some of them, each itself the first, those of the same classes before all others, and their
    shifts; (n, k). Where anchors are shifted, only these rows themselves are searched: so many shifts leave enough choice."""
    searched = rows if blend.reach else torch.arange(len(blend.anchors))
    distances, shifts = _distances(blend, blend.anchors[rows], blend.anchors[searched])
    if classes is not None:
        differ = (classes[rows, None] != classes[searched]).any(2)
        distances += differ * (2 * distances.max())
    itself = torch.arange(len(rows)), rows - searched[0]
    distances[itself] = -1
    shifts[itself] = 0
    places = distances.topk(blend.k, largest=False).indices
    return searched[places], shifts.expand(distances.shape).gather(1, places)


def _distances(blend: Blend, values: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Distances of (n, n_values) from (m, n_values) as `blend` sees them, and the shifts of the others; (n, m)."""
    if not blend.reach:
        return torch.cdist(values, others), torch.zeros(len(values), len(others), dtype=torch.long)
    shape = (blend.n_channels, -1)
    distances, shifts = aligned(values.unflatten(1, shape), others.unflatten(1, shape), blend.reach)
    return distances.sqrt(), shifts


def _all_distances(values: Tensor, signals: Tensor) -> Tensor:
    """Distances of (n, n_values) from all signals (m, n_values), of which only a part is copied at a time; (n, m)."""
    return torch.cat([torch.cdist(values, part) for part in signals.split(N_COMPARED)], 1)


def _spaced(n: int) -> Tensor:
    """Some rows of n, equally spaced."""
    return torch.linspace(0, n - 1, min(n, N_BLEND_TRIALS)).long()


def _rows_at_once(blend: Blend) -> int:
    """Of so many anchors the neighbours fit into memory."""
    return max(1, min(N_COMPARED, MAX_NEAR_VALUES // (blend.k * blend.anchors.shape[1])))


def _fair_pull(blend: Blend) -> Tensor:
    """The pull with which blends vary as much as the anchors, or nearly."""
    rows = _spaced(len(blend.anchors))
    centres, squares = [], torch.zeros(())
    for part in rows.split(_rows_at_once(blend)):
        near = blend.near(part)
        centres.append(near.mean(1))
        squares += (near - centres[-1][:, None]).square().sum()
    own, means = blend.anchors[rows], torch.cat(centres)
    within = blend.spread**2 * squares / (len(rows) * (blend.k - 1))
    pulls = torch.linspace(0, 1, 21)
    between = torch.stack([_variance(own + pull * (means - own)) for pull in pulls])
    return pulls[(between + within - _variance(own)).abs().argmin()]


def _variance(points: Tensor) -> Tensor:
    return (points - points.mean(0)).square().sum(1).mean()


def _share_norms(norms: Norms, signals: Tensor) -> None:
    """Keep the mean or the standard deviation of each channel that is the same in all reals."""
    means, deviations = signals.mean(2), signals.std(2)
    scale = deviations.mean(0)
    norms.mean[:, 0] = torch.where(means.std(0) < MAX_RELATIVE_DEVIATION * scale, means.mean(0), math.nan)
    norms.std[:, 0] = torch.where(deviations.std(0) < MAX_RELATIVE_DEVIATION * scale, scale, math.nan)
