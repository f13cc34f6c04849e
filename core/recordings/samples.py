"""Data sets to try things out with, made here by the equations of two well-known machines and of a heart; nothing is measured.

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
N_RARE_RECORDINGS = 600
RARE = np.repeat([0, 1, 2], [34, 4, 2])  # states of 40 recordings: 85, 10 and 5 %

# The heart: one lead, a window around each R wave.
N_BEATS = 500
HEART_SAMPLING_RATE, N_HEART_SAMPLES, BEFORE_R = 128.0, 128, 48  # Hz; samples of a beat, and before its R wave
BEATS = ("normal", "premature")
EARLY_EVERY = 10  # every so many beats is a premature one
SLOWEST_HEART, FASTEST_HEART = 55, 100  # beats per minute
# Angles, heights and widths of the waves P, Q, R, S and T: table I of McSharry et al. 2003, with heights a·b² ÷ that of R.
WAVES = np.array([-1 / 3, -1 / 12, 0, 1 / 12, 1 / 2]) * np.pi
HEIGHTS = {
    "normal": np.array([0.25, -0.17, 1.0, -0.25, 0.4]),
    "premature": np.array([0.0, -0.1, 1.2, -0.5, -0.45]),
}  # mV
WIDTHS = {"normal": np.array([0.25, 0.1, 0.1, 0.1, 0.4]), "premature": np.array([0.25, 0.2, 0.25, 0.25, 0.5])}  # rad
HEART_SCATTER = 0.08  # of heights and widths, from beat to beat, as a share of them
WANDER, HEART_NOISE = 0.05, 0.01  # mV


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
    """Vibration of a rotor's bearing along three axes in three states, (2400, 3, 256) in m/s²; see `_rotor`."""
    return _rotor(
        "Rotor vibration",
        np.arange(N_ROTOR_RECORDINGS) % len(STATES),
        2,
        "a third of the recordings is of a balanced rotor, a third of an unbalanced one, a third of one with a misaligned "
        "coupling",
    )


def rare_faults() -> DataSet:
    """The same rotor, which is seldom faulty, (1200, 3, 256) in m/s²; see `_rotor`."""
    return _rotor(
        "Rare faults",
        np.resize(RARE, N_RARE_RECORDINGS),
        3,
        "85 % of the recordings are of a balanced rotor, 10 % of an unbalanced one, 5 % of one with a misaligned coupling",
    )


def _rotor(name: str, state: np.ndarray, seed: int, shares: str) -> DataSet:
    """A rotor whose `state` (n_recordings,), as places in STATES, is known; shares: how often each occurs, for people.

    An eccentric mass turns with the shaft and pushes sideways (x) and upwards (y), a quarter of a turn apart, once a turn
    and with the square of the speed. A misaligned coupling bends twice a turn, more under load, and pushes along the shaft
    (z) most. The support answers as a mass on a spring: the nearer its resonance, the more. Bearing noise grows with load
    and speed, and rings in the housing. A mark on the shaft starts the logger's clock as it passes the pick-up, so every
    signal begins at the same angle of the shaft.
    """
    rng = np.random.default_rng(seed)
    n = len(state)
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
        name=name,
        signals=_logged(signals),
        recordings=recordings,
        conditions=np.stack([speed, load, state], axis=1).astype(np.float64)[recordings],
        columns=(_numbers("speed", "rpm", speed), _numbers("load", "N·m", load), Column(name="state", classes=STATES)),
        sampling_rate=ROTOR_RATE,
        unit="m/s²",
        story=f"Calculated, not measured: {n:,} short recordings of a rotor's bearing along three axes, with {WINDOWS} signals "
        f"from each; every signal begins when a mark on the shaft passes. Speed and load differ; {shares}.",
    )


def heartbeats() -> DataSet:
    """Beats of a heart in one lead, (500, 1, 128) in mV, of which every tenth comes too early.

    The waves P to T are bells along the cycle, whose distances from R shrink with the root of the cycle's length (McSharry et
    al. 2003, "A dynamical model for generating synthetic electrocardiogram signals", IEEE Trans. Biomed. Eng. 50). A premature
    beat of the ventricles has no P wave, a wide R wave, and a T wave of the other sign.
    """
    rng = np.random.default_rng(4)
    kind = (np.arange(N_BEATS) % EARLY_EVERY == EARLY_EVERY - 1).astype(int)
    rate = rng.uniform(SLOWEST_HEART, FASTEST_HEART, N_BEATS).round()  # 1/min
    heights, widths = (np.stack([of[name] for name in BEATS])[kind] for of in (HEIGHTS, WIDTHS))
    heights = heights * rng.normal(1, HEART_SCATTER, heights.shape)
    widths = widths * rng.normal(1, HEART_SCATTER, widths.shape)
    times = (np.arange(N_HEART_SAMPLES) - BEFORE_R) / HEART_SAMPLING_RATE
    angle = 2 * np.pi * times * (rate / 60)[:, None]  # (n, n_samples)
    stretch = np.sqrt(rate / 60)[:, None, None]
    away = angle[:, :, None] - WAVES * stretch
    signals = (heights[:, None] * np.exp(-((away / (widths[:, None] * stretch)) ** 2) / 2)).sum(axis=2)
    breath = rng.uniform(0, 2 * np.pi, (N_BEATS, 1))
    signals += WANDER * np.sin(2 * np.pi * 0.25 * times + breath) + rng.normal(0, HEART_NOISE, signals.shape)
    return DataSet(
        name="Heartbeats",
        signals=_logged(signals[:, None, :]),
        recordings=np.arange(N_BEATS),
        conditions=np.stack([kind, rate], axis=1).astype(np.float64),
        columns=(Column(name="beat", classes=BEATS), _numbers("heart rate", "1/min", rate)),
        sampling_rate=HEART_SAMPLING_RATE,
        unit="mV",
        story=f"Calculated, not measured: {N_BEATS:,} heartbeats in one lead, each a window around its highest wave. The rate of "
        "the heart differs, and every tenth beat comes too early.",
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
        summary="A hammer strikes a beam, and three modes of it die away: 1,200 signals of one channel. Condition: the "
        "strength of the strike.",
        make=struck_beam,
    ),
    "rotor_vibration": Sample(
        title="Rotor vibration",
        summary="A rotor vibrates along three axes, balanced, unbalanced or misaligned: 2,400 signals of three channels. "
        "Conditions: speed, load and state.",
        make=rotor_vibration,
    ),
    "rare_faults": Sample(
        title="Rare faults",
        summary="The same rotor, rarely faulty: 1,200 signals of three channels, 85 % balanced, 10 % unbalanced and 5 % "
        "misaligned. To try Balance the classes.",
        make=rare_faults,
    ),
    "heartbeats": Sample(
        title="Heartbeats",
        summary="500 signals, each a heartbeat in one lead; every tenth comes too early. Conditions: beat and heart rate.",
        make=heartbeats,
    ),
}
