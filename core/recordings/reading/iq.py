"""Samples of a radio as GNU Radio writes them → `Recorded`."""

import math

import numpy as np

from core.errors import SignalFileError
from core.recordings.reading.raw import Recorded


def read_iq(name: str, content: bytes) -> Recorded:
    """Complex numbers in single precision as one recording of two channels, I and Q. Raises SignalFileError."""
    if len(content) % 8:
        raise SignalFileError(
            f"“{name}” has {len(content):,} bytes, which is no whole number of complex samples of 8 bytes; save it again, or "
            "as .npy if its samples are of another kind."
        )
    samples = np.frombuffer(content, "<c8")
    values = np.stack([samples.real, samples.imag]).astype(np.float32, copy=False)
    return Recorded([name], [values], np.array([math.nan]), channel_names=("I", "Q"))
