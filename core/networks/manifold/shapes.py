"""Stages axes and shapes: which few coordinates the clean signals depend on, and how.

Isomap (Tenenbaum, de Silva & Langford 2000, Science 290, 2319) unrolls the shapes of some strong signals; the number of
coordinates is the smallest from which a shape can be told as well as from its own nearest neighbours. Then the table of
a principal manifold is fitted to all reals, from coarse to fine, for as long as held-out reals are met better.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits
from torch import Tensor
from torch.nn.functional import normalize

from core.interruption import checkpoint, interrupted
from core.networks.manifold.principal_manifold import Manifold

MAX_COEFFICIENTS = 256
MAX_DIM = 3  # a grid of N_NODES nodes has too few along each of more coordinates
MAX_EXACT = 1200  # values of a signal up to which all principal axes are worked out
MIN_VARIANCE_RATIO = 1.15  # an axis counts from so many times the largest variance that noise alone would show
N_LANDMARKS = 1500
STRONG_SHARE = 0.6  # of the signals; in the others noise hides the shape
N_JOINED = 16  # nearest others that a geodesic may step to; with fewer a sparse stretch cuts a ring open
N_NEIGHBOURS = 8  # whose mean tells a shape
N_TRIED = 6  # coordinates
MAX_ERROR_RATIO = 1.2  # times the smallest error
RING_TOLERANCE = 0.15  # deviation of the radius ÷ its mean
MIN_EXPLAINED_VARIANCE = 0.05  # of a coefficient's variance that the coordinates must tell
MAX_ROUNDS = 12
SMOOTHING_RATIO = 1.6
MIN_SMOOTHING_NODES = 0.5  # nodes


class Axes(NamedTuple):
    """Principal axes of the centred signals."""

    basis: Tensor  # (values, n_coefficients), orthonormal, the strongest first
    level: Tensor  # (n_channels,), the mean of all means


def centred(signals: Tensor) -> Tensor:
    """Signals (n, n_channels, n_samples) without their channels' means, (n, values)."""
    return (signals - signals.mean(2, keepdim=True)).flatten(1)


def principal_axes(signals: Tensor) -> Axes:
    """The directions in which signals vary more than noise does.

    What noise alone would show follows Marchenko & Pastur 1967: sample variances up to (1 + √(dimensions ÷ n))² times
    its own. The noise is what the axes that count leave over, so it is worked out anew until their number stays.
    """
    n, n_channels, _ = signals.shape
    values = centred(signals)
    size = values.shape[1]
    n_free = size - n_channels  # dimensions: a channel without its mean has lost one
    variances, axes = strongest_axes(values, min(min(n, size) - n_channels, MAX_COEFFICIENTS))
    total = float(values.square().sum(dtype=torch.float64)) / n
    edge = MIN_VARIANCE_RATIO * (1 + math.sqrt(n_free / n)) ** 2
    count = 0
    for _ in range(MAX_ROUNDS):
        noise = max(0.0, total - float(variances[:count].sum())) / max(1, n_free - count)
        count = min(int((variances > edge * noise).sum()), MAX_COEFFICIENTS)
    return Axes(axes[:, : max(count, 1)].float().contiguous(), signals.mean((0, 2)))


def strongest_axes(values: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """The variances along the strongest principal axes of centred values (n, size), and the axes (size, at most `most`).

    Of many values the axes are found by random projections (Halko, Martinsson & Tropp 2011), always the same ones.
    """
    n, size = values.shape
    if size <= MAX_EXACT:
        variances, axes = torch.linalg.eigh(values.double().T @ values.double() / n)
        return variances.flip(0)[:most], axes.flip(1)[:, :most]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _, lengths, axes = torch.svd_lowrank(values, q=min(most, n, size))
    return lengths.double() ** 2 / n, axes


class Shapes(NamedTuple):
    """What phase 1 found."""

    basis: Tensor  # (values, n_coefficients)
    manifold: Manifold


def learn_shapes(signals: Tensor, axes: Axes, rng: torch.Generator) -> Shapes | None:
    """The principal manifold of the shapes; None where they lie on none, or on one of too many dimensions."""
    values = centred(signals)
    coefficients = values @ axes.basis
    strong = coefficients.norm(dim=1).argsort(descending=True)[: math.ceil(STRONG_SHARE * len(signals))]
    landmarks = strong[torch.randperm(len(strong), generator=rng)[:N_LANDMARKS]]
    shapes = normalize(coefficients[landmarks], dim=1).numpy().astype(np.float64)
    found = unroll(shapes)
    if found is None:
        return None
    places, is_ring = found
    checkpoint()
    told = _explained_variance(places, shapes) > MIN_EXPLAINED_VARIANCE
    if not told.any():
        return None
    basis = axes.basis[:, torch.from_numpy(told)].contiguous()
    order = torch.randperm(len(signals), generator=rng)
    held_out, used = order.tensor_split([min(2048, len(signals) // 5)])
    manifold = Manifold(is_ring, basis.shape[1])
    width = max(2 * manifold.size / len(landmarks) ** (1 / manifold.dim), manifold.size / 100)
    # From 0 to 1 → along the whole table; a ring's last node is followed by its first.
    codes = torch.from_numpy(places).float() * torch.where(manifold.is_ring, manifold.size, manifold.size - 1)
    _start(manifold, values[landmarks] @ basis, codes, width)
    width = _fit(manifold, values @ basis, width, held_out, used)
    if values.shape[1] > MAX_EXACT:
        return Shapes(basis, manifold)
    codes = manifold.encode(values[used] @ basis)
    wider = _agreed_axes(manifold, codes, values[used], width)
    if not wider.shape[1]:  # it was noise
        return None
    refined = Manifold(is_ring, wider.shape[1])
    _start(refined, values[used] @ wider, codes, width)
    _fit(refined, values @ wider, width, held_out, used)
    return Shapes(wider, refined)


def unroll(shapes: np.ndarray) -> tuple[np.ndarray, list[bool]] | None:
    """Unit shapes (n, n_coefficients) → coordinates (n, dim) from 0 to 1, and which of them are rings.

    None where more than MAX_DIM coordinates are needed.
    """
    n_tried = min(N_TRIED, len(shapes) - 2)
    if n_tried < 1:
        return None
    unrolled = _isomap(shapes, n_tried)
    errors = np.array([_neighbour_error(unrolled[:, : dim + 1], shapes).mean() for dim in interrupted(range(n_tried))])
    needed = int(np.argmax(errors <= MAX_ERROR_RATIO * errors.min())) + 1
    columns, is_ring, left = [], [], list(range(needed))
    while left:
        first = left.pop(0)
        partner = next((other for other in left if _is_ring(unrolled[:, first], unrolled[:, other])), None)
        if partner is None:
            column = unrolled[:, first]
            columns.append((column - column.min()) / max(np.ptp(column), 1e-12))
        else:
            left.remove(partner)
            pair = unrolled[:, [first, partner]] / unrolled[:, [first, partner]].std(0)
            columns.append(np.arctan2(pair[:, 0], pair[:, 1]) / (2 * np.pi) % 1)
        is_ring.append(partner is not None)
    return (np.stack(columns, 1), is_ring) if len(columns) <= MAX_DIM else None


def _isomap(shapes: np.ndarray, n_components: int) -> np.ndarray:
    """Classical scaling of the geodesic distances; (n, n_components)."""
    # The spanning tree joins what the neighbourhoods leave apart, and adds no short cut.
    distances = cdist(shapes, shapes)
    np.fill_diagonal(distances, 0)
    distances = np.maximum(distances, 1e-9 * (1 - np.eye(len(shapes))))
    nearest = np.argsort(distances, axis=1)[:, 1 : N_JOINED + 1]
    graph = np.zeros_like(distances)
    np.put_along_axis(graph, nearest, np.take_along_axis(distances, nearest, 1), 1)
    checkpoint()
    graph = np.maximum(graph, minimum_spanning_tree(csr_array(distances)).toarray())
    checkpoint()
    squares = shortest_path(csr_array(np.maximum(graph, graph.T)), directed=False) ** 2
    checkpoint()
    products = -0.5 * (squares - squares.mean(0) - squares.mean(1)[:, None] + squares.mean())
    with threadpool_limits(limits=1):  # a second thread would spin beside whatever else the machine does
        values, vectors = np.linalg.eigh(products)
    leading = slice(-1, -1 - n_components, -1)
    return vectors[:, leading] * np.sqrt(np.maximum(values[leading], 0))


def _neighbour_mean(places: np.ndarray, shapes: np.ndarray, n_neighbours: int) -> np.ndarray:
    """The mean shape of each point's nearest others by `places`."""
    nearest = np.argsort(cdist(places, places, "sqeuclidean"), axis=1)
    others = nearest[nearest != np.arange(len(places))[:, None]].reshape(len(places), -1)[:, :n_neighbours]
    return shapes[others].mean(1)


def _neighbour_error(places: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    return ((shapes - _neighbour_mean(places, shapes, N_NEIGHBOURS - 2)) ** 2).sum(1)


def _explained_variance(places: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """How much of each coefficient's variance the neighbours tell, (n_coefficients,)."""
    left_over = (shapes - _neighbour_mean(places, shapes, N_NEIGHBOURS)).var(0)
    return 1 - left_over / np.maximum(shapes.var(0), 1e-12)


def _is_ring(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two coordinates run round a circle: then their radius is constant."""
    radius = np.hypot(first / max(first.std(), 1e-12), second / max(second.std(), 1e-12))
    return bool(radius.std() < RING_TOLERANCE * radius.mean())


def _fit(manifold: Manifold, coefficients: Tensor, width: float, held_out: Tensor, used: Tensor) -> float:
    """Improve the table, smoothing less in each round, until held-out signals are met no better; the last good width."""
    best, best_table, best_width, since_best = math.inf, manifold.table, width, 0
    for _ in interrupted(range(MAX_ROUNDS)):
        error = _mean_error(manifold, coefficients[held_out])
        since_best = 0 if error < 0.999 * best else since_best + 1
        if since_best > 1:
            break
        if since_best == 0:
            best, best_table, best_width = error, manifold.table.clone(), width
        _improve(manifold, coefficients[used], width)
        width = max(MIN_SMOOTHING_NODES, width / SMOOTHING_RATIO)
    manifold.table = best_table
    return best_width


def _agreed_axes(manifold: Manifold, codes: Tensor, values: Tensor, width: float) -> Tensor:
    """The directions in which the mean shapes of two halves of the signals agree; (values, n_coefficients).

    Noise of the halves is independent, so it makes as many negative agreements as positive ones: what is larger than
    the most negative one is structure, however small it is beside the noise of a single signal.
    """
    gains = values.norm(dim=1, keepdim=True)
    means = []
    for half in range(2):
        part = slice(half, None, 2)
        sums, weights = per_node(manifold, codes[part], values[part] * gains[part], gains[part])
        means.append(_smoothed(manifold, sums, weights, width))
    (first, near), (second, also_near) = means
    weight = torch.minimum(near, also_near)[:, None].double()
    agreement = (first.double() * weight).T @ second.double()
    strengths, axes = torch.linalg.eigh(agreement + agreement.T)
    kept = strengths > -strengths[0].clamp(max=0)
    return axes[:, kept].flip(1).float().contiguous()


def _start(manifold: Manifold, coefficients: Tensor, codes: Tensor, width: float) -> None:
    """The table as a kernel average of landmarks; where none is within reach, of ones farther away."""
    table = torch.zeros_like(manifold.table)
    empty = torch.ones(len(table), dtype=torch.bool)
    gains = coefficients.norm(dim=1, keepdim=True)
    sums, weights = per_node(manifold, codes, coefficients * gains, gains)
    for _ in range(MAX_ROUNDS):
        mean, near = _smoothed(manifold, sums, weights, width)
        filled = empty & (near > 1e-3 * weights.mean())
        table[filled] = mean[filled]
        empty &= ~filled
        if not empty.any():
            break
        width *= 2
    table[empty] = mean[empty]
    manifold.table = normalize(table, dim=1)


def _improve(manifold: Manifold, coefficients: Tensor, width: float) -> None:
    """Add the smoothed left-overs to the table ("twicing", Tukey 1977): a kernel average alone flattens bends."""
    codes = manifold.encode(coefficients)
    shapes = manifold.shapes(codes)
    gains = (coefficients * shapes).sum(1, keepdim=True)
    sums, weights = per_node(manifold, codes, (coefficients - gains * shapes) * gains, gains)
    mean, near = _smoothed(manifold, sums, weights, width)
    known = (near > 1e-2 * weights.mean())[:, None]
    manifold.table = normalize(manifold.table + torch.where(known, mean, 0), dim=1)


def per_node(manifold: Manifold, codes: Tensor, values: Tensor, gains: Tensor) -> tuple[Tensor, Tensor]:
    """Sums over the signals nearest to each node: of `values`, and of the squared gains that weigh them."""
    nodes = manifold.nodes(codes)
    sums = torch.zeros(len(manifold.table), values.shape[1]).index_add_(0, nodes, values)
    return sums, torch.zeros(len(manifold.table)).index_add_(0, nodes, gains[:, 0].square())


def _smoothed(manifold: Manifold, sums: Tensor, weights: Tensor, width: float) -> tuple[Tensor, Tensor]:
    """Kernel average (nodes, n_coefficients) with a Gaussian of `width` nodes, and the weight within reach (nodes,)."""
    grid = torch.cat([sums, weights[:, None]], 1).numpy().reshape(*[manifold.size] * manifold.dim, -1)
    for axis, ring in enumerate(manifold.is_ring.tolist()):
        grid = gaussian_filter1d(grid, width, axis=axis, mode="wrap" if ring else "constant", truncate=3.0)
    smooth = torch.from_numpy(grid).reshape(len(sums), -1)
    near = smooth[:, -1]
    return smooth[:, :-1] / near.clamp(min=1e-12)[:, None], near


def _mean_error(manifold: Manifold, coefficients: Tensor) -> float:
    """The mean squared distance of signals to the manifold."""
    return _squared_distance(coefficients, manifold.shapes(manifold.encode(coefficients)))


def _squared_distance(coefficients: Tensor, shapes: Tensor) -> float:
    """The mean squared distance of signals to unit shapes, whatever their gain."""
    gains = (coefficients * shapes).sum(1, keepdim=True)
    return float((coefficients - gains * shapes).square().sum(1).mean())
