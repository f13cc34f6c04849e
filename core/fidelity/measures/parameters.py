"""Do single quantities, and pairs of them, have the right distribution?

W1 is the Wasserstein-1 distance (how far values must be moved on average); KS the largest gap between the cumulative
distributions (Kolmogorov–Smirnov). Both from scipy.stats.
"""

from itertools import combinations

import numpy as np
from scipy.stats import ks_2samp, wasserstein_distance

SIGNALS_PER_CELL = 20  # of reals, on average
FEWEST_REALS = 10  # in a cell that counts
FEW_FAKES = 0.1  # of the fakes expected in a cell: with fewer the cell is missing
MOST_BINS = 16
ROUNDING = 1e-5  # of the size of values: a smaller deviation is that of single precision


def w1(real: np.ndarray, fake: np.ndarray) -> float:
    """W1 of values (n,) ÷ the reals' standard deviation, or what rounding makes of one where they are all the same."""
    smallest = ROUNDING * float(np.abs(real).max(initial=0))
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
    n_bins = int(np.clip(np.sqrt(len(real) / SIGNALS_PER_CELL), 2, MOST_BINS))
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
    is_missing = (reals >= FEWEST_REALS) & (fakes < FEW_FAKES * expected)
    return float(reals[is_missing].sum() / len(real))
