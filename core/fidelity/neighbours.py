"""How near each signal comes to a training signal: fakes nearer than fresh reals are copies.

The nearest-neighbour test for memorising: e.g. Meehan et al. 2020, "A non-parametric test to detect data-copying in
generative models" (AISTATS).
"""

import numpy as np
import torch

CHUNK_SIGNALS = 1_024  # signals on either side whose distances are held together


def nearest_distances(signals: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Euclidean distance of each signal to its nearest training signal, float32 of shape (n,).

    Both are (n, n_channels, n_samples), in the same units.
    """
    middle = training.mean(axis=0, dtype=np.float64).astype(np.float32)
    references = _flat(training, middle)
    chunks = [signals[i : i + CHUNK_SIGNALS] for i in range(0, len(signals), CHUNK_SIGNALS)]
    return np.concatenate([_nearest(_flat(chunk, middle), references) for chunk in chunks])


def _flat(signals: np.ndarray, middle: np.ndarray) -> torch.Tensor:
    """Signals about the middle of the training signals, (n, values); large levels would cost digits below."""
    return torch.from_numpy((signals - middle).astype(np.float32).reshape(len(signals), -1))


def _nearest(signals: torch.Tensor, references: torch.Tensor) -> np.ndarray:
    nearest = torch.zeros(len(signals), dtype=torch.long)
    least = torch.full((len(signals),), torch.inf)
    for start in range(0, len(references), CHUNK_SIGNALS):
        chunk = references[start : start + CHUNK_SIGNALS]
        # ‖s − r‖² − ‖s‖² ranks the references as well as the distance does, for one product of matrices.
        values, index = (chunk.square().sum(dim=1) - 2 * signals @ chunk.T).min(dim=1)
        nearest = torch.where(values < least, index + start, nearest)
        least = torch.minimum(values, least)
    # The expanded square is inexact near 0, just where copies are, so the distance itself is computed plainly.
    return (signals - references[nearest]).norm(dim=1).numpy()
