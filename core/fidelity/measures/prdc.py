"""Precision, recall, density and coverage: do fakes lie where reals are, and are they everywhere that reals are?

Kynkäänniemi et al. 2019, "Improved precision and recall metric for assessing generative models" (NeurIPS); Naeem et al.
2020, "Reliable fidelity and diversity metrics for generative models" (ICML). Around each real lies a ball that reaches
to its k-th nearest real. Precision is the part of the fakes that lie in some ball, and recall the part of the reals that
lie in some ball around a fake. Density counts how many balls a fake lies in, ÷ k, on average; coverage is the part of
the balls with a fake in them. For two sets of reals of one size, density is 1 and coverage 1 − 2^−k.

All take features (n, n_features), which are standardised here by the reals' mean and std. Meant for a few features: in
more than about ten dimensions a tree of neighbours is slow.
"""

import numpy as np
import torch
from scipy.spatial import cKDTree

from core.fidelity.comparison import Comparison
from core.fidelity.measure import MORE_DATA, TRAIN_LONGER, Group, Measure
from core.interruption import interrupted

CHUNK_SIGNALS = 1_024  # points whose distances to all others are computed together


def density_coverage(real_features: np.ndarray, fake_features: np.ndarray, k: int = 5) -> tuple[float, float]:
    """Density and coverage."""
    reals, fakes = _standardised(real_features, fake_features)
    counts = cKDTree(fakes).query_ball_point(reals, _radii(reals, k), return_length=True)
    return float(counts.sum() / (k * len(fakes))), float(np.mean(counts > 0))


def precision_recall(real_features: np.ndarray, fake_features: np.ndarray, k: int = 5) -> tuple[float, float]:
    """Precision and recall."""
    reals, fakes = _standardised(real_features, fake_features)
    return _share_within(fakes, reals, _radii(reals, k)), _share_within(reals, fakes, _radii(fakes, k))


def _standardised(real_features: np.ndarray, fake_features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, std = real_features.mean(axis=0), real_features.std(axis=0)
    scale = np.where(std > 0, std, 1)
    return (real_features - mean) / scale, (fake_features - mean) / scale


def _radii(points: np.ndarray, k: int) -> np.ndarray:
    """The distance of each point to its k-th nearest other one, (n,)."""
    return cKDTree(points).query(points, k=[k + 1])[0][:, 0]  # the nearest of all is the point itself


def _share_within(points: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> float:
    """The part of the points that lie in the ball of some centre."""
    balls, reach = torch.from_numpy(centres), torch.from_numpy(radii)
    chunks = torch.from_numpy(points).split(CHUNK_SIGNALS)
    within = []
    for chunk in interrupted(chunks):
        distances = torch.cdist(chunk, balls, compute_mode="donot_use_mm_for_euclid_dist")
        within.append((distances <= reach).any(dim=1))
    return float(torch.cat(within).double().mean())


def _precision_recall(comparison: Comparison) -> tuple[float, float]:
    return precision_recall(*comparison.space)


def _density_coverage(comparison: Comparison) -> tuple[float, float]:
    return density_coverage(*comparison.space)


PRECISION = Measure(
    key="precision",
    title="Precision",
    definition="share of fakes inside the neighbourhoods of reals, in the space of the quantities or of the "
    "features’ leading components",
    source="Kynkäänniemi et al. 2019",
    group=Group.DIVERSITY,
    compute=lambda c: c.once(_precision_recall)[0],
    good=0.02,
    fair=0.1,
    meaning="{value} of the fakes lie where reals do.",
    fault="makes signals that the source does not make",
    advice=TRAIN_LONGER,
    form="percent",
    cost=2.5,
    more_is_better=True,
)
RECALL = Measure(
    key="recall",
    title="Recall",
    definition="share of reals inside the neighbourhoods of fakes",
    source="Kynkäänniemi et al. 2019",
    group=Group.DIVERSITY,
    compute=lambda c: c.once(_precision_recall)[1],
    good=0.02,
    fair=0.1,
    meaning="{value} of the reals lie where fakes do.",
    fault="misses some of the signals that the source makes",
    advice=MORE_DATA,
    form="percent",
    cost=2.5,
    more_is_better=True,
)
DENSITY = Measure(
    key="density",
    title="Density",
    definition="neighbourhoods of reals that a fake lies in, on average, ÷ those expected",
    source="Naeem et al. 2020",
    group=Group.DIVERSITY,
    compute=lambda c: c.once(_density_coverage)[0],
    good=0.05,
    fair=0.25,
    meaning="Fakes have {value} times as many reals around them as reals have.",
    fault="makes signals where reals are rare",
    advice=TRAIN_LONGER,
    more_is_better=True,
)
COVERAGE = Measure(
    key="coverage",
    title="Coverage",
    definition="share of reals with a fake in their neighbourhood",
    source="Naeem et al. 2020",
    group=Group.DIVERSITY,
    compute=lambda c: c.once(_density_coverage)[1],
    good=0.02,
    fair=0.1,
    meaning="{value} of the reals have a fake in their neighbourhood.",
    fault="leaves out some of the signals that the source makes",
    advice=MORE_DATA,
    form="percent",
    more_is_better=True,
)
