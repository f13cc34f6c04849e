"""Which state of a training is handed over."""

import math

import numpy as np

CLEARLY_NEARER = 0.9  # times the distance before step 1


def is_better(distance: float, best: float, first: float) -> bool:
    """Whether a state is worth handing over instead of the best so far; `first` is the distance before step 1.

    What a twin starts from was measured, and distances move a little by chance or where a fault is traded for another,
    so the start stays until it is clearly beaten.
    """
    return distance < best and (math.isinf(best) or distance < CLEARLY_NEARER * first)


def handed_over(distances: np.ndarray) -> int:
    """Which of a run's distances to real, (n,) in the order of their steps, is that of the state it hands over."""
    best = 0
    for index, distance in enumerate(distances):
        if is_better(distance, distances[best], distances[0]):
            best = index
    return best
