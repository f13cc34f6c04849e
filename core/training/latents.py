"""Phase 2, matching the latents: how often which shape, gain and level occurs, and what the noise is like.

Every measurement on reals is repeated on fakes that went through the same analysis, and the difference corrected: what
the analysis itself distorts (a fit takes some of the noise along) is then the same on both sides.
"""

import math
from itertools import combinations

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from core.networks.twin import LAW_END, N_LAW, N_PARTS, Blend, BlendGenerator, ManifoldGenerator, Noise, Norms
from core.training.shapes import Axes, Shapes, centred

MAX_ANCHORS = 4096
MAX_ANCHOR_VALUES = 2**24  # 64 MiB
SCORE_NEIGHBOURS = 16
NEIGHBOUR_COUNTS = (4, 6, 8, 12, 16, 24, 32, 48, 64)
MAX_BLEND_COEFFICIENTS = 64
N_BLEND_TRIALS = 512
AS_FAR = 0.95  # of the distance between neighbouring reals
N_CALIBRATION = 8192  # signals
CALIBRATIONS = 4
DEPENDENT = 0.005  # squared association (Cramér's V) of two coordinates; 0 is none, 1 is total
MAX_CLASSES = 8  # in which a coordinate's association with others is looked at
SAME = 1e-4  # relative deviation of what all reals share
CLEAR_SHARE = 0.5  # of a frequency's noise that the basis must leave, for its colour to be read there
MIN_CLEAR = 4  # frequencies, without which noise is taken for white outside the basis
MIN_PART = 64  # samples of noise whose law can be told apart from a change of its strength
MAX_LAW_SIGNALS = 2048  # whose noise shows its law
SKEWED, TAILED = 0.05, 0.1  # differences of skewness and kurtosis from which a law is not normal
UNIT_SHARE = 0.3  # of the noise's deviation: the unit of a corrected coefficient


def manifold_generator(
    signals: Tensor, axes: Axes, shapes: Shapes, width: int, rng: torch.Generator
) -> ManifoldGenerator:
    """The generator of signals (n, n_channels, n_samples) that lie on a manifold, ready for the adversarial phase."""
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
        )
        generator.basis, generator.level, generator.level_slopes = shapes.basis, axes.level, slopes
        generator.manifold = shapes.manifold
        return generator

    coordinates, noise = build(1, 0).encode(signals)
    scores = _normal_scores(coordinates, rng)
    n_anchors = min(MAX_ANCHORS, len(scores)) if len(scores) > SCORE_NEIGHBOURS and _depend(scores) else 0
    calm = _calm(coordinates, len(shapes.manifold.is_ring), rng)
    response = _response(noise[calm].unflatten(1, (n_channels, n_samples)), shapes.basis)
    generator = build(response.shape[1], n_anchors)
    if generator.blend:
        _fill(generator.blend, scores[:n_anchors])
    generator.noise.response = response
    loudness = coordinates[:, -1:]
    loudness -= loudness.mean()
    loudness *= _calibrate(generator, coordinates[calm], noise[calm], rng)
    generator.quantiles.fit(coordinates)
    generator.unit = UNIT_SHARE * (noise[calm] @ shapes.basis).std(0)
    _share_norms(generator.norms, signals)
    return generator


def blend_generator(signals: Tensor, axes: Axes, width: int) -> BlendGenerator:
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
    )
    strength = coefficients.square().mean(0).sqrt()  # where all are alike their deviation would be next to nothing
    generator.basis, generator.deviation = basis, strength.clamp(min=1e-3 * float(strength.max()))
    generator.unit = UNIT_SHARE * _neighbour_deviation(coefficients[: len(anchors)])
    _fill(generator.blend, anchors)
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


def _response(noise: Tensor, basis: Tensor) -> Tensor:
    """The filter that gives white noise the colour of (n, n_channels, n_samples); see `core.networks.twin.Noise`."""
    n, n_channels, n_samples = noise.shape
    outside = noise.flatten(1) - noise.flatten(1) @ basis @ basis.T
    power, kept = _power(outside.unflatten(1, (n_channels, -1))), _kept_share(basis, n_channels)
    clear = kept > CLEAR_SHARE
    level = (power.sum(1) / kept.sum(1)).clamp(min=1e-20)[:, None]
    density = (power / kept.clamp(min=1e-3)).clamp(min=1e-20)
    if int(clear.sum(1).min()) < MIN_CLEAR:
        return level.sqrt()
    colour = max(float(row[ok].log().std()) for row, ok in zip(density, clear, strict=True))
    if colour < 4 / math.sqrt(n) + 0.01:  # what estimating it leaves anyway
        return level.sqrt()
    return _on_fine_grid(density, clear, n_samples).sqrt()


def _power(signals: Tensor) -> Tensor:
    """The mean periodogram, (n_channels, n_frequencies)."""
    return torch.fft.rfft(signals, norm="ortho").abs().square().mean(0)


def _kept_share(basis: Tensor, n_channels: int) -> Tensor:
    """How much of white noise the basis and the channels' means leave at each frequency."""
    axes = torch.fft.rfft(basis.T.unflatten(1, (n_channels, -1)), norm="ortho").abs().square()
    kept = 1 - axes.sum(0)
    kept[:, 0] -= 1
    return kept.clamp(min=0)


def _on_fine_grid(density: Tensor, clear: Tensor, n_samples: int) -> Tensor:
    """Clear frequencies of a signal → all frequencies of one twice as long."""
    length = next_fast_len(2 * n_samples, real=True)
    length += length % 2
    wanted, given = np.linspace(0, 1, length // 2 + 1), np.linspace(0, 1, density.shape[1])
    rows = [np.interp(wanted, given[ok], row[ok]) for row, ok in zip(density.log().numpy(), clear.numpy(), strict=True)]
    return torch.from_numpy(np.exp(np.stack(rows))).float()


def _calibrate(generator: ManifoldGenerator, coordinates: Tensor, noise: Tensor, rng: torch.Generator) -> float:
    """Fit the noise until what is left over of fakes is like what is left over of reals (n, values).

    Returns how much of the deviation of the loudness, the last of the coordinates, is more than chance.
    """
    n, basis, module = len(noise), generator.basis, generator.noise
    n_channels = module.n_channels
    kept = _kept_share(basis, n_channels) > CLEAR_SHARE
    coefficients, levels = generator.smooth(coordinates)
    loudness = coordinates[:, -1:]
    within, outside = _split(noise, basis)
    covariance = within.T @ within / n
    target = covariance
    power = _power(outside.unflatten(1, (n_channels, -1)))
    share = 0.0
    if n_channels > 1:
        module.mixing = _channel_mixing(outside.unflatten(1, (n_channels, -1)))
    for _ in range(CALIBRATIONS):
        module.in_basis = torch.eye(basis.shape[1])
        louder = (share * loudness).exp()
        plain = module(torch.randn(n, module.n_latents, generator=rng), basis) * louder @ basis
        module.in_basis = _root(target) @ torch.linalg.inv(_root(plain.T @ plain / n))
        fake_noise = module(torch.randn(n, module.n_latents, generator=rng), basis) * louder
        fake_coordinates, fake_left_over = generator.encode(generator.assemble(coefficients, levels, fake_noise))
        fake_within, fake_outside = _split(fake_left_over, basis)
        change = _root(covariance) @ torch.linalg.inv(_root(fake_within.T @ fake_within / n))
        target = change @ target @ change.T

        own = [part.unflatten(1, (n_channels, -1)) for part in (outside, fake_outside)]
        module.response = module.response * torch.exp(_log_energy(own[0]) - _log_energy(own[1]))
        if module.response.shape[1] > 1:
            ratio = power / _power(own[1]).clamp(min=1e-20)
            ratio = (
                ratio / torch.stack([row[ok].log().mean().exp() for row, ok in zip(ratio, kept, strict=True)])[:, None]
            )
            module.response = module.response * _on_fine_grid(ratio.clamp(0.5, 2), kept, module.n_samples).sqrt()
        module.envelope = _corrected_envelope(module.envelope, *own)
        _correct_law(module, *own)

        by_chance = float((fake_coordinates[:, -1:] - share * loudness).var())
        more = float(loudness.var()) - by_chance
        share = math.sqrt(more / float(loudness.var())) if more > 4 * math.sqrt(2 / n) * by_chance else 0.0
    return share


def _log_energy(noise: Tensor) -> Tensor:
    """The mean log deviation of signals (n, n_channels, n_samples)."""
    return noise.square().mean((1, 2)).clamp(min=1e-20).log().mean() / 2


def _corrected_envelope(envelope: Tensor, noise: Tensor, fake_noise: Tensor) -> Tensor:
    """The envelope (n_channels, n_samples) with which fakes' noise is as strong at each sample as that of reals.

    Both noises, (n, n_channels, n_samples), are outside the basis. What differs by no more than chance stays.
    """
    powers = [
        (part / part.square().mean((1, 2), keepdim=True).clamp(min=1e-20).sqrt()).square().mean(0)
        for part in (noise, fake_noise)
    ]
    ratio = (powers[0].clamp(min=1e-6) / powers[1].clamp(min=1e-6)).log() / 2
    if float(ratio.std()) < 4 / math.sqrt(len(noise)) + 0.01:
        return envelope
    envelope = envelope * ratio.clamp(-1, 1).exp()
    return envelope / envelope.square().mean().sqrt()


def _correct_law(module: Noise, noise: Tensor, fake_noise: Tensor) -> None:
    """Move the law of what is filtered by what it differs between reals and fakes, (n, n_channels, n_samples)."""
    values, fake_values = (_innovations(part[:MAX_LAW_SIGNALS], module) for part in (noise, fake_noise))
    more_skewed = abs(float(values.pow(3).mean() - fake_values.pow(3).mean()))
    more_tailed = abs(float(values.pow(4).mean() - fake_values.pow(4).mean()))
    at = torch.linspace(-LAW_END, LAW_END, N_LAW, dtype=torch.float64)
    law = module.law.double()
    if not law.any():
        if more_skewed < SKEWED and more_tailed < TAILED:
            return
        law = at
    wanted, found = (torch.from_numpy(np.quantile(some, torch.special.ndtr(at))) for some in (values, fake_values))
    law = (law + wanted - found).sort().values
    weight = torch.softmax(-at.square() / 2, 0)
    law = law - (weight * law).sum()
    module.law = (law / (weight * law.square()).sum().sqrt()).float()


def _innovations(noise: Tensor, module: Noise) -> Tensor:
    """Noise (n, n_channels, n_samples) without its colour and its course, of mean 0 and deviation 1 in each part."""
    white = noise / module.envelope
    if module.response.shape[1] > 1:
        spectrum = torch.fft.rfft(white)
        places = np.linspace(0, 1, module.response.shape[1]), np.linspace(0, 1, spectrum.shape[2])
        response = np.stack([np.interp(places[1], places[0], row) for row in module.response.numpy()])
        white = torch.fft.irfft(spectrum / torch.from_numpy(response).float(), white.shape[2])
    parts = white.tensor_split(max(1, min(N_PARTS, white.shape[2] // MIN_PART)), 2)
    return torch.cat([((part - part.mean(2, keepdim=True)) / part.std(2, keepdim=True)).flatten() for part in parts])


def _split(noise: Tensor, basis: Tensor) -> tuple[Tensor, Tensor]:
    """What of (n, values) lies within the basis, as coefficients, and what outside, as values."""
    within = noise @ basis
    return within, noise - within @ basis.T


def _channel_mixing(noise: Tensor) -> Tensor:
    """The matrix that gives independent channels the correlations of (n, n_channels, n_samples)."""
    products = torch.einsum("nct,ndt->cd", noise, noise).double()
    scale = products.diagonal().clamp(min=1e-20).sqrt()
    correlation = products / scale[:, None] / scale
    correlation = 0.999 * correlation + 0.001 * torch.eye(len(correlation), dtype=torch.float64)  # never singular
    return torch.linalg.cholesky(correlation).float().contiguous()


def _root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a covariance, kept away from 0."""
    values, vectors = torch.linalg.eigh((matrix + matrix.T).double() / 2)
    values = values.clamp(min=max(1e-5 * float(values.max()), 1e-20))
    return ((vectors * values.sqrt()) @ vectors.T).float()


def _fill(blend: Blend, anchors: Tensor) -> None:
    """Give a blend its anchors, their neighbours and the pull that keeps the variance of all signals."""
    blend.anchors = anchors.clone()
    blend.neighbours = _nearest(anchors, blend.k)
    rows = _spaced(len(anchors))
    blend.pull = _fair_pull(anchors[rows], anchors[blend.neighbours[rows]])


def _nearest(points: Tensor, k: int) -> Tensor:
    """The k points nearest to each, itself the first; (n, k)."""
    rows = []
    for start, part in zip(range(0, len(points), 512), points.split(512), strict=True):
        distances = torch.cdist(part, points)
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
        blend = Blend(len(rows), k, anchors.shape[1])
        blend.anchors, blend.neighbours = anchors, neighbours[:, :k]
        blend.pull = _fair_pull(anchors[rows], anchors[neighbours[:, :k]])
        fakes = blend((torch.arange(len(rows)) + 0.5) / len(rows), torch.randn(len(rows), k, generator=rng))
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
