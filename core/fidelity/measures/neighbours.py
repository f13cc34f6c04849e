"""How close each signal comes to a training signal: fakes that come closer than fresh reals do are copies.

The nearest-neighbour test for memorising: e.g. Meehan et al. 2020, "A non-parametric test to detect data-copying in
generative models" (AISTATS).
"""

import numpy as np
import torch

from core.fidelity.comparison import Comparison
from core.fidelity.measure import Group, Measure
from core.fidelity.pictures import N_BARS, Axis, Histograms, Picture, Rows, histogram, signals_by_channel
from core.interruption import interrupted

COPY_QUANTILE = 0.01  # of the distances of fresh reals: a fake that is as near to a training signal counts as a copy
CHUNK_SIGNALS = 1_024  # signals on either side whose distances are held together
N_PAIRS = 4  # in the picture
N_SEARCHED = 2_000  # signals of each kind whose distances are shown


def nearest_distances(signals: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Euclidean distance of each signal to its nearest training signal, float32 of shape (n,).

    Both are (n, n_channels, n_samples), in the same units.
    """
    return nearest(signals, training)[0]


def nearest(signals: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same, and the index of that training signal, int64 of shape (n,)."""
    middle = training.mean(axis=0, dtype=np.float64).astype(np.float32)
    references = _flat(training, middle)
    chunks = [signals[i : i + CHUNK_SIGNALS] for i in range(0, len(signals), CHUNK_SIGNALS)]
    found = [_nearest(_flat(chunk, middle), references) for chunk in chunks]
    return np.concatenate([distance for distance, _ in found]), np.concatenate([index for _, index in found])


def copied_share(fake: np.ndarray, real: np.ndarray, training: np.ndarray) -> float:
    """The share of fakes that are as near to a training signal as the nearest 1 % of fresh reals are.

    All are (n, n_channels, n_samples). Without copies it is about 1 %; a fake that repeats a training signal, or does so
    but for a little noise, counts as a copy. Where many fresh reals are equally near, as those that repeat
    training signals exactly, as many fakes may be.
    """
    distances = nearest_distances(real, training)
    limit = np.quantile(distances, COPY_QUANTILE)
    share = np.mean(nearest_distances(fake, training) <= limit) - np.mean(distances == limit)
    return max(0.0, float(share))


def _flat(signals: np.ndarray, middle: np.ndarray) -> torch.Tensor:
    """Signals about the middle of the training signals, (n, values); large levels would cost digits below."""
    return torch.from_numpy((signals - middle).astype(np.float32).reshape(len(signals), -1))


def _nearest(signals: torch.Tensor, references: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    nearest = torch.zeros(len(signals), dtype=torch.long)
    least = torch.full((len(signals),), torch.inf, dtype=torch.float64)
    for start in interrupted(range(0, len(references), CHUNK_SIGNALS)):
        chunk = references[start : start + CHUNK_SIGNALS]
        # ‖s − r‖² − ‖s‖² ranks the references as well as the distance does, for one product of matrices; in double
        # precision, or levels that lie far apart would hide what is near.
        wide = chunk.double()
        values, index = (wide.square().sum(dim=1) - 2 * signals.double() @ wide.T).min(dim=1)
        nearest = torch.where(values < least, index + start, nearest)
        least = torch.minimum(values, least)
    # The expanded square is inexact near 0, just where copies are, so the distance itself is computed plainly.
    return (signals - references[nearest]).norm(dim=1).numpy(), nearest.numpy()


def _nearest_pairs(comparison: Comparison) -> list[Picture]:
    """The fakes that come nearest to a training signal, and how near all signals come to one."""
    fake, training = comparison.other.signals[:N_SEARCHED], comparison.training
    distances, index = nearest(fake, training)
    closest = np.argsort(distances)[:N_PAIRS]
    reals = nearest_distances(comparison.real.signals[:N_SEARCHED], training)
    edges = np.linspace(0, max(float(np.quantile(np.concatenate([distances, reals]), 0.995)), 1e-12), N_BARS + 1)
    axis = Axis(name="distance to the nearest training signal")
    return [
        Rows(
            key="nearest",
            title="Closest to the training signals",
            caption="The fakes that come closest to a training signal, each below that signal. They may be alike; "
            "one that is the same is a copy.",
            **comparison.time_axis,
            reference_name="Training",
            channels=signals_by_channel(training[index[closest]], fake[closest]),
        ),
        Histograms(
            key="distances",
            title="How close is that?",
            caption="Reals filled, fakes as a dashed line. A pile of fakes near 0 would be copies.",
            panels=[histogram(axis, edges, reals, distances)],
        ),
    ]


COPIES = Measure(
    key="copied",
    title="Copies",
    definition="share of fakes that are closer to a training signal than 99 % of fresh reals are",
    source="Meehan et al. 2020",
    group=Group.DIVERSITY,
    compute=lambda c: copied_share(c.other.signals, c.real.signals, c.training),
    good=0.02,
    fair=0.1,
    meaning="{value} of the fakes are as close to a training signal as only 1 % of fresh reals are.",
    fault="copies signals from its training",
    advice="Train with more signals or fewer steps: copies tell you nothing new.",
    form="percent",
    cost=2.0,
    pictures=_nearest_pairs,
)
