"""Signals made audible: played faster or slower where ears would not hear them, and repeated where they are short."""

from fractions import Fraction
from io import BytesIO

import numpy as np
import soundfile
from scipy import signal as dsp

from core import formatting

RATE = 44_100  # Hz
AUDIBLE_HZ = (80.0, 5_000.0)  # frequencies within need no change of speed
COMFORTABLE_HZ = 300.0  # about where others are brought
MIN_SECONDS, MAX_SECONDS = 1.6, 6.0  # of sound
FADE_SECONDS = 0.02  # at both ends
CROSSFADE_FRACTION = 1 / 8  # of a signal that is repeated
LOUDNESS = "Larger signals sound louder; a constant offset is silent."
LOUD_LEVEL = 0.6  # of full scale: what a large signal reaches


def speed_for(frequency: float) -> float:
    """How many times as fast to play signals so that a typical frequency (Hz) is audible: 1, or 1, 2 or 5 · 10ⁿ."""
    if not frequency > 0 or AUDIBLE_HZ[0] <= frequency <= AUDIBLE_HZ[1]:
        return 1.0
    target = COMFORTABLE_HZ / frequency
    power = 10.0 ** np.floor(np.log10(target))
    return float(min((power * factor for factor in (1, 2, 5, 10)), key=lambda speed: abs(np.log(speed / target))))


def audible(values: np.ndarray, sampling_rate: float, speed: float, loud: float) -> np.ndarray:
    """One channel (n_samples,) as sound at RATE, float32 between −1 and 1.

    loud: the deviation from the mean, in the signal's units, that is played at LOUD_LEVEL; smaller signals are softer.
    """
    centred = values.astype(np.float64) - values.mean()
    played = sampling_rate * speed
    if len(centred) / played < MIN_SECONDS:
        loop = _loop(centred)
        n_heard = max(2, round(len(loop) * RATE / played))
        once = dsp.resample(loop, n_heard)
        heard = np.resize(once, round(MIN_SECONDS * RATE))
    else:
        ratio = Fraction(RATE / played).limit_denominator(1_000)
        heard = dsp.resample_poly(centred[: round(MAX_SECONDS * played)], ratio.numerator, ratio.denominator)
    ramp = np.clip(np.arange(len(heard)) / (FADE_SECONDS * RATE), 0, 1)
    return np.clip(heard * LOUD_LEVEL / max(loud, 1e-30) * ramp * ramp[::-1], -1, 1).astype(np.float32)


def _loop(values: np.ndarray) -> np.ndarray:
    """The part of a signal that repeats most smoothly: cut where it is most like its beginning, and crossfaded."""
    n_fade = int(CROSSFADE_FRACTION * len(values))
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


def describe(frequency: float, speed: float, duration: float) -> str:
    """How signals of a typical frequency (Hz) and a duration (s) are made audible, in sentences."""
    return f"{_describe_speed(frequency, speed)}{_describe_length(duration / speed)} {LOUDNESS}"


def describe_untimed(frequency: float, speed: float, n_samples: float) -> str:
    """How signals of `n_samples`, a typical frequency (cycles/sample) and an unknown sampling rate are made audible."""
    return (
        f"The sampling rate is not known; played at {formatting.number(speed)} samples per second, so that a typical frequency "
        f"becomes an audible {formatting.number(frequency * speed)} Hz.{_describe_length(n_samples / speed)} {LOUDNESS}"
    )


def _describe_speed(frequency: float, speed: float) -> str:
    if speed == 1:
        return "Played as fast as it was measured."
    how = f"{formatting.number(speed)} times as fast" if speed > 1 else f"{formatting.number(1 / speed)} times slower"
    return (
        f"Played {how}, so that a typical {formatting.number(frequency)} Hz becomes an audible "
        f"{formatting.number(frequency * speed)} Hz."
    )


def _describe_length(seconds: float) -> str:
    if seconds < MIN_SECONDS:
        return f" One signal then lasts only {formatting.number(seconds)} s, so it is repeated, joined where the ends match best."
    return f" You hear the first {formatting.number(MAX_SECONDS)} s." if seconds > MAX_SECONDS else ""
