"""Faults of twins to plant in real signals of the default simulator, to see which measure catches which.

They are faults of how all signals are distributed. Those of sensors, in single signals, stand in core/signals/faults.py.
"""

from collections.abc import Callable

import numpy as np
from scipy.signal import butter, sosfiltfilt

from core.config import SimulatorConfig
from core.signals.simulator import Parameters, Simulator

SIMULATOR = Simulator(SimulatorConfig())
N_MODES = 5  # signals that a collapsed twin repeats
CUTOFF = 0.5  # of the Nyquist frequency


def draw(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, Parameters]:
    """`n` signals, their noise, (n, 1, n_samples) each, and their parameters."""
    signals, parameters = SIMULATOR.draw(n, np.random.default_rng((seed, 1)))
    return signals, signals - clean(parameters), parameters


def clean(parameters: Parameters) -> np.ndarray:
    """The waves without noise."""
    return SIMULATOR._clean(parameters, ahead=0.0)[:, None, :]


def none(n: int, seed: int, training: np.ndarray) -> np.ndarray:
    """Real signals."""
    return draw(n, seed)[0]


def weak_noise(n: int, seed: int, training: np.ndarray) -> np.ndarray:
    """Noise that is 10 % too weak."""
    signals, noise, _ = draw(n, seed)
    return signals - np.float32(0.1) * noise


def missing_band(n: int, seed: int, training: np.ndarray) -> np.ndarray:
    """No amplitudes between 4 and 5."""
    signals, _, parameters = draw(2 * n, seed)
    return signals[(parameters.amplitude < 4) | (parameters.amplitude > 5)][:n]


def shifted_frequency(n: int, seed: int, training: np.ndarray) -> np.ndarray:
    """All frequencies 2 % too high."""
    _, noise, parameters = draw(n, seed)
    return clean(parameters._replace(angular_frequency=1.02 * parameters.angular_frequency)) + noise


def copies(n: int, seed: int, training: np.ndarray) -> np.ndarray:
    """The training signals themselves."""
    return training[np.random.default_rng(seed).permutation(len(training))[:n]]


def low_passed(n: int, seed: int, training: np.ndarray) -> np.ndarray:
    """Without the upper half of the spectrum."""
    filtered = sosfiltfilt(butter(4, CUTOFF, output="sos"), draw(n, seed)[0], axis=2)
    return filtered.astype(np.float32)


def collapsed(n: int, seed: int, training: np.ndarray) -> np.ndarray:
    """Five waves again and again, with fresh noise."""
    _, noise, parameters = draw(n, seed)
    return clean(Parameters(*(np.resize(values[:N_MODES], n) for values in parameters))) + noise


FAULTS: dict[str, Callable[[int, int, np.ndarray], np.ndarray]] = {
    "none": none,
    "noise 10 % weaker": weak_noise,
    "amplitudes 4–5 missing": missing_band,
    "frequencies 2 % higher": shifted_frequency,
    "copies": copies,
    "low-passed": low_passed,
    "collapsed": collapsed,
}
