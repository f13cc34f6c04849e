"""Signals to be heard: played faster or slower where they lie outside of what ears hear, and repeated where they are short."""

from fractions import Fraction
from io import BytesIO

import numpy as np
import soundfile
from scipy import signal as dsp

from core import formatting

RATE = 44_100  # Hz
HEARD = (80.0, 5_000.0)  # Hz; frequencies within need no change of speed
COMFORTABLE = 300.0  # Hz, about where others are brought
SHORTEST, LONGEST = 1.6, 6.0  # seconds of sound
FADE = 0.02  # seconds, at both ends
CROSSFADE = 8  # times it goes into a signal that is repeated
FULL = 0.6  # of the largest deviation that a file holds: what a large signal reaches


def speed_for(frequency: float) -> float:
    """How many times as fast signals must be played for a typical frequency (Hz) to be heard: 1, or 1, 2 or 5 · 10ⁿ."""
    if not frequency > 0 or HEARD[0] <= frequency <= HEARD[1]:
        return 1.0
    wanted = COMFORTABLE / frequency
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(min((power * factor for factor in (1, 2, 5, 10)), key=lambda speed: abs(np.log(speed / wanted))))


def audible(values: np.ndarray, sampling_rate: float, speed: float, large: float) -> np.ndarray:
    """One channel (n_samples,) as sound at RATE, float32 between −1 and 1.

    large: the deviation from its mean, in the signal's units, that a loud one has; others are as much softer as smaller.
    """
    centred = values.astype(np.float64) - values.mean()
    played = sampling_rate * speed
    if len(centred) / played < SHORTEST:
        loop = _loop(centred)
        n_heard = max(2, round(len(loop) * RATE / played))
        once = dsp.resample(loop, n_heard)
        heard = np.resize(once, round(SHORTEST * RATE))
    else:
        ratio = Fraction(RATE / played).limit_denominator(1_000)
        heard = dsp.resample_poly(centred[: round(LONGEST * played)], ratio.numerator, ratio.denominator)
    ramp = np.clip(np.arange(len(heard)) / (FADE * RATE), 0, 1)
    return np.clip(heard * FULL / max(large, 1e-30) * ramp * ramp[::-1], -1, 1).astype(np.float32)


def _loop(values: np.ndarray) -> np.ndarray:
    """The part of a signal that repeats with the softest join: cut where it is most like its beginning, and crossfaded."""
    n_fade = len(values) // CROSSFADE
    if n_fade < 2:
        return values
    start = values[:n_fade]
    later = np.lib.stride_tricks.sliding_window_view(values[len(values) // 2 :], n_fade)
    differences = ((later - start) ** 2).sum(axis=1)
    length = len(values) // 2 + int(differences.argmin())
    weight = np.linspace(0, 1, n_fade)
    joined = weight * start + (1 - weight) * values[length : length + n_fade]
    return np.concatenate([joined, values[n_fade:length]])


def wav(heard: np.ndarray) -> bytes:
    """Sound (n,) as a WAV file."""
    file = BytesIO()
    soundfile.write(file, heard, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def told(frequency: float, speed: float, duration: float) -> str:
    """What is done to signals of a typical frequency (Hz) and a duration (s), in sentences."""
    if speed == 1:
        text = "Played as fast as it was measured."
    else:
        how = (
            f"{formatting.number(speed)} times as fast"
            if speed > 1
            else f"{formatting.number(1 / speed)} times as slowly"
        )
        text = (
            f"Played {how} as it was measured: a typical {formatting.number(frequency)} Hz, which nobody hears, becomes "
            f"{formatting.number(frequency * speed)} Hz."
        )
    if duration / speed < SHORTEST:
        text += f" One signal then lasts {formatting.number(duration / speed)} s, so it is repeated, joined where it fits best."
    elif duration / speed > LONGEST:
        text += f" The first {formatting.number(LONGEST)} s are played."
    return text + " A larger signal is louder; its level cannot be heard."
