"""Measurement noise with a power spectral density proportional to f^slope.

Coloured noise is white noise filtered in the frequency domain (Timmer & König 1995, "On generating power law noise",
Astronomy and Astrophysics 300, 707). It is drawn twice as long as asked for and cut, so that a signal's end does not
join its beginning, as it would in one period of a discrete Fourier series.
"""

import numpy as np
from scipy import fft

from core.config import NoiseColor

SLOPES: dict[NoiseColor, float] = {"white": 0.0, "pink": -1.0, "brown": -2.0, "blue": 1.0, "violet": 2.0}


def draw_noise(n: int, n_samples: int, color: NoiseColor, amplitude: float, rng: np.random.Generator) -> np.ndarray:
    """Draw float32 noise of shape (n, n_samples) whose standard deviation over all signals is `amplitude`.

    The slow drift of pink and brown noise counts towards that deviation, so one signal alone may vary less.
    """
    slope = SLOPES[color]
    if slope == 0:
        white = rng.standard_normal((n, n_samples), dtype=np.float32)
        white *= np.float32(amplitude)
        return white
    length = fft.next_fast_len(2 * n_samples, real=True)
    weights = np.zeros(length // 2 + 1)
    weights[1:] = np.arange(1, len(weights)) ** (slope / 2)
    power = 2 * np.sum(weights**2) - (weights[-1] ** 2 if length % 2 == 0 else 0)
    weights *= amplitude / np.sqrt(power / length)
    spectrum = fft.rfft(rng.standard_normal((n, length), dtype=np.float32))
    return fft.irfft(spectrum * weights.astype(np.float32), length)[:, :n_samples]
