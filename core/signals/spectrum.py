"""Power spectra of signals."""

import numpy as np
from scipy import signal


def psd(signals: np.ndarray, sampling_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Welch's power spectral density: frequencies (k,), and the power of each signal (n, n_channels, k).

    signals: (n, n_channels, n_samples). Each signal's mean is taken off, and the value at frequency 0 left out.
    """
    length = min(256, signals.shape[2])
    frequencies, power = signal.welch(signals, fs=sampling_rate, nperseg=length, axis=2)
    return frequencies[1:], power[:, :, 1:]


def mean_psd(signals: np.ndarray, sampling_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """The same, averaged over all signals and channels: frequencies and power, (k,) each."""
    frequencies, power = psd(signals, sampling_rate)
    return frequencies, power.mean(axis=(0, 1))
