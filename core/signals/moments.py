"""Mean and deviation of many signals, worked out in double precision without a copy of them in it."""

import numpy as np

PART_VALUES = 2**21  # worked on together


def mean_and_deviation(signals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each channel of (n, n_channels, n_samples); float64 (n_channels, 1) both."""
    mean = signals.mean(axis=(0, 2), dtype=np.float64)[:, None]
    squares = sum(np.square(part - mean).sum(axis=(0, 2)) for part in parts(signals))
    return mean, np.sqrt(squares / (signals.size / len(mean)))[:, None]


def parts(signals: np.ndarray, n_values: int = PART_VALUES) -> list[np.ndarray]:
    """Views of the rows of an array, each of about so many values."""
    step = max(1, n_values // max(1, signals[0].size))
    return [signals[start : start + step] for start in range(0, len(signals), step)]
