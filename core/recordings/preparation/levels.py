"""Channels that swing a little on a large level: the level is taken off, or single precision would round the swing away."""

import math

import numpy as np

from core.interruption import interrupted
from core.recordings.findings import Finding, told
from core.recordings.reading.precision import loses_swing
from core.recordings.reading.raw import Recorded


def levels_of(recorded: Recorded) -> tuple[float, ...]:
    """The level to take off each channel; none where single precision is enough for all of them."""
    if all(part.dtype == np.float32 for part in recorded.values):
        return ()
    n_channels = len(recorded.values[0])
    levels = [_level(np.concatenate([part[i] for part in recorded.values])) for i in interrupted(range(n_channels))]
    return tuple(levels) if any(levels) else ()


def without_levels(recorded: Recorded, levels: tuple[float, ...]) -> tuple[list[np.ndarray], list[Finding]]:
    """The values of all recordings in float32, without these levels of their channels, and which channels lost one."""
    off = np.array(levels)[:, None]
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is found later
        values = [
            (part - off if levels else part).astype(np.float32, copy=False) for part in interrupted(recorded.values)
        ]
    return values, [_finding(recorded, i, level) for i, level in enumerate(levels) if level]


def _level(values: np.ndarray) -> float:
    """The level to take off a channel: a round number in the middle of its values; 0 where single precision is enough."""
    values = values.astype(np.float64)
    if not loses_swing(values):
        return 0.0
    finite = values[np.isfinite(values)]
    step = 10.0 ** math.ceil(math.log10(float(finite.max() - finite.min())))
    return float(f"{round(float(np.median(finite)) / step) * step:.12g}")


def _finding(recorded: Recorded, i: int, level: float) -> Finding:
    name = f"“{recorded.channel_names[i][:40]}”" if recorded.channel_names else str(i + 1)
    sentence = (
        f"Channel {name} varies too little around {level:,.12g} for single precision, in which signals are stored. This "
        "offset was subtracted; add it to the signals that the twin generates."
    )
    return told("level", sentence, "shifted", example=name)
