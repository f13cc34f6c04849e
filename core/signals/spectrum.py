"""Power spectra of signals."""

import numpy as np
from scipy import signal


def mean_psd(signals: np.ndarray, sampling_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Welch's power spectral density, per signal and then averaged: frequencies and power, (k,) each.

    signals: (n, n_channels, n_samples). Each signal's mean is taken off, and the value at frequency 0 left out.
    """
    length = min(256, signals.shape[2])
    frequencies, power = signal.welch(signals, fs=sampling_rate, nperseg=length, axis=2)
    return frequencies[1:], power.mean(axis=(0, 1))[1:]
