"""Two data sets to try things out with, made here by the equations of two well-known machines; nothing in them is measured.

Values are rounded as a data logger rounds them, which also makes the bytes the same on every machine.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from core.config import Column
from core.signals.dataset import DataSet

N_SAMPLES = 256
DECIMALS = 3  # a logger's resolution: 0.001 m/s²

# The beam: steel, clamped at one end.
N_STRIKES = 1_200
BEAM_RATE = 5_000.0  # Hz
BEAM_MASS = 2.0  # kg
FIRST_MODE = 110.0  # Hz
ROOTS = np.array([1.8751041, 4.6940911, 7.8547574])  # of cos β cosh β = −1: the cantilever's first three modes
MODES = FIRST_MODE * (ROOTS / ROOTS[0]) ** 2  # Hz, as 1 : 6.27 : 17.55
DAMPING = np.array([0.03, 0.015, 0.01])  # of each mode, as a share of the critical one
SENSOR_PLACE = 0.95  # from the clamp, as a share of the length
BEAM_NOISE = 0.5  # m/s²

# The rotor: between two bearings, driven through a coupling; accelerometers on one bearing.
N_ROTOR_RECORDINGS = 1_200
WINDOWS = 2  # signals from each
ROTOR_RATE = 1_024.0  # Hz
STATES = ("balanced", "unbalanced", "misaligned")
SLOWEST, FASTEST = 1_700, 2_000  # rpm
FULL_LOAD = 20.0  # N·m
RESONANCES = np.array([85.0, 95.0, 140.0])  # Hz: of the support sideways, upwards, along the shaft
SUPPORT_DAMPING = 0.05
ECCENTRICITY = {"balanced": 7e-6, "unbalanced": 60e-6, "misaligned": 7e-6}  # m, of the rotor's mass
OFFSET = {"balanced": 0.2e-6, "unbalanced": 0.2e-6, "misaligned": 3e-6}  # m at no load, swing that the coupling forces
ONCE = np.array([1.0, 0.8, 0.05])  # how much of the rotor's turning force reaches x, y and z
TWICE = np.array([0.5, 0.7, 1.0])  # and of the coupling's, twice a turn: it pushes along the shaft
ROTOR_SCATTER = 0.1  # of eccentricity and offset, from recording to recording, as a share of them
HOUSING = 310.0  # Hz: where the housing rings with the rolling of the bearing
ROTOR_NOISE = 0.02  # m/s²


@dataclass(frozen=True)
class Sample:
    """A data set that comes with Wavetwin."""

    title: str
    summary: str  # a sentence for people
    make: Callable[[], DataSet]


def struck_beam() -> DataSet:
    """Accelerations near the tip of a cantilever after the strike of a hammer, (1200, 1, 256) in m/s².

    An Euler–Bernoulli beam answers a blow of impulse p (N·s) at the place h with the sum over its modes n of
    p·φₙ(h)·φₙ(s)/(m·ωₙ')·e^(−ζₙωₙt)·sin ωₙ't in displacement at the sensor's place s; ωₙ' is the damped frequency. The hammer
    does not strike in no time but pushes along half a sine for some tenths of a millisecond, which spares the high modes:
    the softer its tip, the more.
    """
    rng = np.random.default_rng(1)
    strength = rng.uniform(0.01, 0.05, N_STRIKES).round(4)  # N·s
    place = rng.uniform(0.5, 1.0, N_STRIKES)
    contact = rng.uniform(0.3e-3, 0.6e-3, N_STRIKES)  # s
    clamping = rng.normal(1, 0.005, N_STRIKES)  # the clamp never holds quite the same
    friction = rng.lognormal(0, 0.1, N_STRIKES)

    omega = 2 * np.pi * MODES * clamping[:, None]  # (n, 3), rad/s
    decay = DAMPING * friction[:, None] * omega
    pole = -decay + 1j * np.sqrt(omega**2 - decay**2)
    swing = strength[:, None] * _mode_shapes(place) * _mode_shapes(np.array([SENSOR_PLACE]))
    swing = swing * _half_sine_spectrum(omega, contact[:, None]) / (BEAM_MASS * pole.imag)
    # The recording begins when the hammer leaves the beam; a half sine acts as one blow in the middle of the contact.
    times = np.arange(N_SAMPLES) / BEAM_RATE + contact[:, None] / 2
    modes = (swing * pole**2)[:, :, None] * np.exp(pole[:, :, None] * times[:, None, :])
    signals = modes.sum(axis=1).imag + rng.normal(0, BEAM_NOISE, (N_STRIKES, N_SAMPLES))
    return DataSet(
        name="Struck beam",
        signals=_logged(signals[:, None, :]),
        recordings=np.arange(N_STRIKES),
        conditions=strength[:, None],
        columns=(_numbers("strength", "N·s", strength),),
        sampling_rate=BEAM_RATE,
        unit="m/s²",
        story=f"Calculated, not measured: {N_STRIKES:,} strikes of a hammer on a steel beam that is clamped at one end. The "
        "strength, the place and the softness of the strike differ, and the clamp never holds quite the same; one "
        "accelerometer near the tip hears three modes die away.",
    )


def _mode_shapes(places: np.ndarray) -> np.ndarray:
    """The cantilever's first three modes at `places` between 0 (clamp) and 1 (tip), (n, 3); ±2 at the tip."""
    x = ROOTS * places[:, None]
    ratio = (np.cosh(ROOTS) + np.cos(ROOTS)) / (np.sinh(ROOTS) + np.sin(ROOTS))
    return np.cosh(x) - np.cos(x) - ratio * (np.sinh(x) - np.sin(x))


def _half_sine_spectrum(omega: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """The spectrum of a push along half a sine at `omega` in rad/s, as a share of that of a blow in no time."""
    half = omega * duration / (2 * np.pi)
    return np.pi / 4 * (np.sinc(half - 0.5) + np.sinc(half + 0.5))


def rotor_vibration() -> DataSet:
    """Vibration of a rotor's bearing along three axes in three states, (2400, 3, 256) in m/s².

    An eccentric mass turns with the shaft and pushes sideways (x) and upwards (y), a quarter of a turn apart, once a turn
    and with the square of the speed. A misaligned coupling bends twice a turn, more under load, and pushes along the shaft
    (z) most. The support answers as a mass on a spring: the nearer its resonance, the more. Bearing noise grows with load
    and speed, and rings in the housing. A mark on the shaft starts the logger's clock as it passes the pick-up, so every
    signal begins at the same angle of the shaft.
    """
    rng = np.random.default_rng(2)
    n = N_ROTOR_RECORDINGS
    state = np.arange(n) % len(STATES)
    speed = rng.integers(SLOWEST, FASTEST + 1, n)  # rpm
    load = rng.uniform(0, FULL_LOAD, n).round(1)  # N·m
    eccentricity = np.array([ECCENTRICITY[name] for name in STATES])[state] * rng.lognormal(0, ROTOR_SCATTER, n)
    offset = np.array([OFFSET[name] for name in STATES])[state] * rng.lognormal(0, ROTOR_SCATTER, n)

    turning = 2 * np.pi * speed / 60  # rad/s
    angle = (turning[:, None] * np.arange(N_SAMPLES) / ROTOR_RATE)[:, None, :]  # from the mark, (n, 1, n_samples), rad
    once = eccentricity * turning**2
    twice = offset * (1 + 2 * load / FULL_LOAD) * (2 * turning) ** 2
    quarter = np.array([0, -np.pi / 2, 0])[:, None]
    smooth = (once[:, None] * ONCE * _answer(turning))[:, :, None] * np.cos(angle + quarter)
    smooth += (twice[:, None] * TWICE * _answer(2 * turning))[:, :, None] * np.cos(2 * angle + np.pi / 3)
    rolling = 0.02 + 0.15 * (load / FULL_LOAD) * (speed / FASTEST)  # m/s²
    recordings = np.repeat(np.arange(n), WINDOWS)
    signals = smooth[recordings]
    signals += rolling[recordings, None, None] * _ringing(signals.shape, rng)
    signals += rng.normal(0, ROTOR_NOISE, signals.shape)
    return DataSet(
        name="Rotor vibration",
        signals=_logged(signals),
        recordings=recordings,
        conditions=np.stack([speed, load, state], axis=1).astype(np.float64)[recordings],
        columns=(_numbers("speed", "rpm", speed), _numbers("load", "N·m", load), Column(name="state", classes=STATES)),
        sampling_rate=ROTOR_RATE,
        unit="m/s²",
        story=f"Calculated, not measured: {n:,} short recordings of a rotor's bearing along three axes, with {WINDOWS} signals "
        "from each; every signal begins when a mark on the shaft passes. Speed and load differ; a third of the recordings is "
        "of a balanced rotor, a third of an unbalanced one, a third of one with a misaligned coupling.",
    )


def _answer(omega: np.ndarray) -> np.ndarray:
    """How much more than a rigid one the support moves at `omega` in rad/s, (n, 3)."""
    ratio = omega[:, None] / (2 * np.pi * RESONANCES)
    return 1 / np.hypot(1 - ratio**2, 2 * SUPPORT_DAMPING * ratio)


def _ringing(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Noise of standard deviation 1 with a broad peak at the housing's frequency, along the last axis."""
    settling = 64  # samples, until the filter has forgotten where it began
    pole = 0.9 * np.exp(2j * np.pi * HOUSING / ROTOR_RATE)
    denominator = np.array([1, -2 * pole.real, abs(pole) ** 2])
    white = rng.normal(0, 1, (*shape[:-1], settling + shape[-1]))
    noise = lfilter([1.0], denominator, white, axis=-1)[..., settling:]
    return noise / noise.std()


def _numbers(name: str, unit: str, values: np.ndarray) -> Column:
    return Column(name=name, unit=unit, minimum=float(values.min()), maximum=float(values.max()))


def _logged(signals: np.ndarray) -> np.ndarray:
    return signals.round(DECIMALS).astype(np.float32)


SAMPLES: dict[str, Sample] = {
    "struck_beam": Sample(
        title="Struck beam",
        summary="A hammer strikes a beam, and three modes of it die away: 1,200 signals of one channel, to be asked for by "
        "the strength of the strike.",
        make=struck_beam,
    ),
    "rotor_vibration": Sample(
        title="Rotor vibration",
        summary="A rotor vibrates along three axes, balanced, unbalanced or misaligned: 2,400 signals of three channels, to "
        "be asked for by speed, load and state.",
        make=rotor_vibration,
    ),
}
