"""Do single quantities, and pairs of them, have the right distribution?

W1 is the Wasserstein-1 distance (how far values must be moved on average); KS the largest gap between the cumulative
distributions (Kolmogorov–Smirnov). Both from scipy.stats.
"""

from itertools import combinations

import numpy as np
from scipy.stats import ks_2samp, wasserstein_distance

from core.fidelity.comparison import ROUNDING_SHARE, Comparison
from core.fidelity.measure import CHECK_NOISE, TRAIN_LONGER, Group, Measure
from core.fidelity.pictures import N_BARS, Axis, Cells, Histograms, Picture, Points, as_list, histogram

REALS_PER_CELL = 20  # on average
MIN_REALS = 10  # in a cell that counts
MIN_FAKES_SHARE = 0.1  # of the fakes expected in a cell: with fewer the cell is missing
MAX_BINS = 16
N_PLANE_COORDINATES = 3  # in whose planes missing combinations are looked for
N_SIGNALS_IN_HISTOGRAM = 1_000  # whose values are pooled
N_POINTS = 800  # of a scatter plot, of each kind


def w1(real: np.ndarray, fake: np.ndarray) -> float:
    """W1 of values (n,) ÷ the reals' standard deviation, or ÷ their rounding where they are all the same."""
    smallest = ROUNDING_SHARE * float(np.abs(real).max(initial=0))
    return float(wasserstein_distance(real, fake)) / max(float(real.std()), smallest, 1e-30)


def ks(real: np.ndarray, fake: np.ndarray) -> float:
    """The largest gap between the two cumulative distributions, from 0 to 1."""
    return float(ks_2samp(real, fake, method="asymp").statistic)


def missing_share(real: np.ndarray, fake: np.ndarray) -> float:
    """The share of reals whose combination of two quantities hardly any fake has, of the worst pair of columns.

    real, fake: (n, n_columns). The plane of each pair is cut into cells with about as many reals in each row and column;
    a cell is missing where there is less than a tenth of the fakes that there should be.
    """
    return max((missing for missing, _ in _pairs(real, fake)), default=0.0)


def worst_pair(real: np.ndarray, fake: np.ndarray) -> tuple[int, int]:
    """The pair of columns in whose plane most is missing; the first pair where nothing is."""
    return max(_pairs(real, fake), key=lambda found: found[0])[1]


def cells(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Edges of the cells along both columns, and how many reals and fakes lie in each, (n_bins, n_bins) each."""
    n_bins = int(np.clip(np.sqrt(len(real) / REALS_PER_CELL), 2, MAX_BINS))
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, n_bins + 1))) for column in real.T]
    # Values that hardly differ make one bin, which needs two edges.
    edges = [edge if len(edge) > 1 else np.array([edge[0], edge[0] + 1]) for edge in edges]
    lowest, highest = (np.array([edge[place] for edge in edges]) for place in (0, -1))
    # What lies outside belongs to the outermost cells.
    inside = (np.clip(values, lowest, highest) for values in (real, fake))
    real_counts, fake_counts = (np.histogram2d(values[:, 0], values[:, 1], edges)[0] for values in inside)
    return edges[0], edges[1], real_counts, fake_counts


def _pairs(real: np.ndarray, fake: np.ndarray) -> list[tuple[float, tuple[int, int]]]:
    pairs = combinations(range(real.shape[1]), 2)
    return [(_missing(real[:, pair], fake[:, pair]), pair) for pair in pairs]


def _missing(real: np.ndarray, fake: np.ndarray) -> float:
    *_, reals, fakes = cells(real, fake)
    expected = reals * len(fake) / len(real)
    is_missing = (reals >= MIN_REALS) & (fakes < MIN_FAKES_SHARE * expected)
    return float(reals[is_missing].sum() / len(real))


def _planes(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """The coordinates in whose planes missing combinations are looked for, of reals and the others."""
    real, other = comparison.space
    return real[:, :N_PLANE_COORDINATES], other[:, :N_PLANE_COORDINATES]


def _common(comparison: Comparison) -> list[str]:
    """The names of the quantities that both sets have."""
    return [name for name in comparison.real.quantities if name in comparison.other.quantities]


def _largest_ks(comparison: Comparison) -> float:
    real, other = comparison.real.quantities, comparison.other.quantities
    return max(ks(real[name].values, other[name].values) for name in _common(comparison))


def _histograms(comparison: Comparison) -> list[Histograms]:
    """All values and each quantity, in bars between the extremes of both sets but for the fakes' outliers."""
    pooled = [signals[:N_SIGNALS_IN_HISTOGRAM].ravel() for signals in comparison.signals]
    real, other = comparison.real.quantities, comparison.other.quantities
    shown = [(Axis(name="value", unit=comparison.real.describer.units.value), pooled[0], pooled[1])]
    shown += [
        (Axis(name=name, unit=real[name].unit), real[name].values, other[name].values) for name in _common(comparison)
    ]
    panels = []
    for axis, reals, fakes in shown:
        spread = max(float(np.ptp(reals)), 1e-12)
        low = max(min(reals.min(), fakes.min()), reals.min() - spread)
        high = min(max(reals.max(), fakes.max()), reals.max() + spread)
        panels.append(histogram(axis, np.linspace(low, max(high, low + 1e-12), N_BARS + 1), reals, fakes))
    return [
        Histograms(
            key="histograms",
            title="Distribution of each quantity",
            caption="Reals filled, fakes as a dashed line. The line should follow the filled area.",
            panels=panels,
        )
    ]


def _map(comparison: Comparison) -> list[Picture]:
    """The plane of two coordinates in which most is missing: points of both kinds, and where fakes are too few."""
    real, fake = _planes(comparison)
    pair = worst_pair(real, fake)
    reals, fakes = real[:, pair], fake[:, pair]
    x_edges, y_edges, real_counts, fake_counts = cells(reals, fakes)
    expected = real_counts * len(fakes) / len(reals)
    ratio = np.where(real_counts >= MIN_REALS, fake_counts / np.maximum(expected, 1e-9), np.nan)
    x, y = (Axis(name=name, unit=unit) for name, unit in (comparison.coordinates[place] for place in pair))
    return [
        Points(
            key="scatter",
            title="Two quantities together",
            caption="Each point is a signal. Crosses should lie where circles lie, and nowhere else.",
            x=x,
            y=y,
            real=as_list(reals[:N_POINTS].T),
            fake=as_list(fakes[:N_POINTS].T),
        ),
        Cells(
            key="missing",
            title="Where fakes are missing",
            caption="Fakes in each cell ÷ fakes expected there. 1 is right; a cell that looks empty lacks fakes.",
            x=x,
            y=y,
            x_edges=as_list(x_edges),
            y_edges=as_list(y_edges),
            ratio=[[None if np.isnan(cell) else round(float(cell), 3) for cell in row] for row in ratio.T],
        ),
    ]


def of_quantities(comparison: Comparison) -> list[Measure]:
    """A measure for each quantity that both sets have."""
    return [_of_quantity(name, *comparison.real.describer.method) for name in _common(comparison)]


def _of_quantity(name: str, method: str, source: str) -> Measure:
    return Measure(
        key=f"w1_{name.replace(' ', '_').replace(',', '').replace('-', '_')}",
        title=f"{name[0].upper()}{name[1:]}",
        definition=f"{method}, then the Wasserstein-1 distance ÷ the reals’ standard deviation",
        source=source,
        group=Group.QUANTITIES,
        compute=lambda c: w1(c.real.quantities[name].values, c.other.quantities[name].values),
        good=0.06,
        fair=0.2,
        meaning="On average, its values are {value} standard deviations from where they should be.",
        fault=f"has the wrong distribution of the {name}",
        advice=CHECK_NOISE if name == "noise" else TRAIN_LONGER,
    )


LARGEST_GAP = Measure(
    key="largest_ks",
    title="Largest gap in any quantity",
    definition="the largest Kolmogorov–Smirnov distance of any quantity",
    group=Group.QUANTITIES,
    compute=_largest_ks,
    good=0.03,
    fair=0.15,
    meaning="At worst, the share of signals below some value differs by {value} (Kolmogorov–Smirnov).",
    fault="has too many or too few signals on one side of some value",
    advice=TRAIN_LONGER,
    form="percent",
    pictures=_histograms,
)
MISSING_COMBINATIONS = Measure(
    key="missing",
    title="Missing combinations",
    definition="share of reals in cells of two quantities that hold almost no fakes",
    group=Group.QUANTITIES,
    compute=lambda c: missing_share(*_planes(c)),
    good=0.01,
    fair=0.05,
    meaning="{value} of the reals have a combination of two quantities that almost no fake has.",
    fault="lacks some kinds of signal altogether",
    advice=TRAIN_LONGER,
    form="percent",
    pictures=_map,
)
