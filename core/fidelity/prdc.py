"""Density and coverage: do fakes lie where reals are, and are they everywhere that reals are?

Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models" (ICML). Around each real lies a ball
that reaches to its k-th nearest real. Density counts how many balls a fake lies in, ÷ k, on average; coverage is the
part of the balls with a fake in them. For two sets of reals of one size, density is 1 and coverage 1 − 2^−k.
"""

import numpy as np
from scipy.spatial import cKDTree


def density_coverage(real_features: np.ndarray, fake_features: np.ndarray, k: int = 5) -> tuple[float, float]:
    """Density and coverage of features (n, n_features), which are standardised here by the reals' mean and std.

    Meant for a few features: in more than about ten dimensions a tree of neighbours is slow.
    """
    mean, std = real_features.mean(axis=0), real_features.std(axis=0)
    scale = np.where(std > 0, std, 1)
    reals, fakes = (real_features - mean) / scale, (fake_features - mean) / scale
    radii = cKDTree(reals).query(reals, k=[k + 1])[0][:, 0]  # the nearest of all is the real itself
    counts = cKDTree(fakes).query_ball_point(reals, radii, return_length=True)
    return float(counts.sum() / (k * len(fakes))), float(np.mean(counts > 0))
