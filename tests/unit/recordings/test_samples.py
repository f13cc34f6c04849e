import hashlib

import numpy as np
import pytest
from scipy.signal import find_peaks

from core.recordings import samples
from core.recordings.samples import (
    BEATS,
    BEFORE_R,
    MODES,
    SAMPLES,
    STATES,
    heartbeats,
    rare_faults,
    rotor_vibration,
    struck_beam,
)
from core.signals.dataset import DataSet


@pytest.fixture(scope="module")
def beam() -> DataSet:
    return struck_beam()


@pytest.fixture(scope="module")
def rotor() -> DataSet:
    return rotor_vibration()


@pytest.fixture(scope="module")
def rare() -> DataSet:
    return rare_faults()


@pytest.fixture(scope="module")
def heart() -> DataSet:
    return heartbeats()


@pytest.fixture(params=["beam", "rotor", "rare", "heart"])
def data(request) -> DataSet:
    return request.getfixturevalue(request.param)


def spectra(signals: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz, and the amplitudes at them in the signals' unit, through a Hann window."""
    window = np.hanning(signals.shape[-1])
    return np.fft.rfftfreq(signals.shape[-1], 1 / rate), np.abs(np.fft.rfft(signals * window)) * 2 / window.sum()


def swing(signals: np.ndarray, frequencies: np.ndarray, rate: float) -> np.ndarray:
    """How far each signal (n, n_samples) swings at its own frequency (n,) in Hz."""
    window = np.hanning(signals.shape[-1])
    turns = np.exp(-2j * np.pi * frequencies[:, None] * np.arange(signals.shape[-1]) / rate)
    return np.abs((signals * window * turns).sum(1)) * 2 / window.sum()


# All


@pytest.mark.parametrize(
    ("name", "shape", "unit"),
    [
        ("struck_beam", (1200, 1, 256), "m/s²"),
        ("rotor_vibration", (2400, 3, 256), "m/s²"),
        ("rare_faults", (1200, 3, 256), "m/s²"),
        ("heartbeats", (500, 1, 128), "mV"),
    ],
)
def test_a_sample_is_what_it_says(name, shape, unit):
    sample = SAMPLES[name]
    data = sample.make()
    assert data.signals.shape == shape
    assert f"{shape[0]:,} signals" in sample.summary
    assert data.name == sample.title
    assert "not measured" in data.story
    assert data.unit == unit


def test_values_are_finite_and_as_fine_as_the_logger(data):
    assert data.signals.dtype == np.float32
    assert np.isfinite(data.signals).all()
    np.testing.assert_allclose(data.signals, data.signals.astype(np.float64).round(3), rtol=1e-7)


def test_conditions_match_their_columns(data):
    assert data.conditions.shape == (len(data.signals), len(data.columns))
    assert data.recordings.shape == (len(data.signals),)
    for column, values in zip(data.columns, data.conditions.T, strict=True):
        if column.classes:
            assert set(values) == set(range(len(column.classes)))
        else:
            assert (values.min(), values.max()) == (column.minimum, column.maximum)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_the_same_to_the_last_byte(name):
    first, second = SAMPLES[name].make(), SAMPLES[name].make()
    for array in ("signals", "recordings", "conditions"):
        assert getattr(first, array).tobytes() == getattr(second, array).tobytes()


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("struck_beam", "07a4fd26b13353cc"),
        ("rotor_vibration", "c663146391d7685f"),
        ("rare_faults", "3d48551fff16c7bd"),
        ("heartbeats", "4c4de3e77362d79c"),
    ],
)
def test_a_sample_stays_as_it_is(name, digest):
    assert hashlib.sha256(SAMPLES[name].make().signals).hexdigest()[:16] == digest


def test_no_two_signals_are_the_same(data):
    assert len({signal.tobytes() for signal in data.signals}) == len(data.signals)


# The beam


def test_modes_are_those_of_a_cantilever():
    np.testing.assert_allclose(MODES / MODES[0], [1, 6.27, 17.55], rtol=1e-3)
    np.testing.assert_allclose(np.cos(samples.ROOTS) * np.cosh(samples.ROOTS), -1, atol=1e-4)
    assert MODES.max() < samples.BEAM_RATE / 2


def test_mode_shapes_begin_at_the_clamp_and_end_at_two():
    shapes = samples._mode_shapes(np.linspace(0, 1, 2001))
    np.testing.assert_allclose(shapes[0], 0, atol=1e-9)
    np.testing.assert_allclose(shapes[1] / shapes[0].max(initial=1), 0, atol=1e-4)  # nor does it turn there
    np.testing.assert_allclose(np.abs(shapes[-1]), 2, rtol=1e-5)
    assert [int((np.diff(np.sign(shapes[1:, mode])) != 0).sum()) for mode in range(3)] == [0, 1, 2]


def test_a_soft_blow_spares_the_high_modes():
    shares = samples._half_sine_spectrum(np.array([0.0, 1_000.0, 5_000.0]), np.array([5e-4]))
    times = np.linspace(0, 5e-4, 20_001)
    push = np.sin(np.pi * times / 5e-4)
    expected = [np.abs(np.mean(push * np.exp(1j * omega * times))) / push.mean() for omega in (0, 1_000, 5_000)]
    np.testing.assert_allclose(shares, expected, rtol=1e-3)
    assert shares[0] > shares[1] > shares[2]


def test_the_beams_spectrum_peaks_at_its_modes(beam):
    frequencies, amplitudes = spectra(beam.signals[:, 0], beam.sampling_rate)
    mean = amplitudes.mean(0)
    peaks, _ = find_peaks(mean, prominence=0.1 * mean.max())
    np.testing.assert_allclose(frequencies[peaks], MODES, atol=frequencies[1])


def test_the_beam_comes_to_rest(beam):
    strength = np.abs(beam.signals[:, 0]).reshape(len(beam.signals), 4, 64).max(-1)
    assert np.all(np.diff(np.median(strength, axis=0)) < 0)
    assert np.mean(strength[:, -1] < 0.5 * strength[:, 0]) > 0.95


def test_the_first_mode_dies_away_as_it_is_damped(beam):
    halves = beam.signals[:, 0].reshape(-1, 2, 128)
    earlier, later = (swing(halves[:, half], np.full(len(halves), MODES[0]), beam.sampling_rate) for half in (0, 1))
    expected = samples.DAMPING[0] * 2 * np.pi * MODES[0] * 128 / beam.sampling_rate
    assert np.median(np.log(earlier / later)) == pytest.approx(expected, rel=0.05)


def test_a_stronger_strike_swings_further_in_proportion(beam):
    swings = swing(beam.signals[:, 0], np.full(len(beam.signals), MODES[0]), beam.sampling_rate)
    strength = beam.conditions[:, 0]
    assert np.corrcoef(swings, strength)[0, 1] > 0.6
    weak, strong = strength < 0.02, strength > 0.04
    ratio = np.median(swings[strong]) / np.median(swings[weak])
    assert ratio == pytest.approx(np.median(strength[strong]) / np.median(strength[weak]), rel=0.25)


def test_every_strike_is_a_recording_of_its_own(beam):
    assert len(np.unique(beam.recordings)) == len(beam.signals)


# The rotor


def of_state(rotor: DataSet, name: str, speeds: tuple[float, float] = (0, 9_999)) -> np.ndarray:
    """The rows of a state and of a range of speeds in rpm."""
    speed, state = rotor.conditions[:, 0], rotor.conditions[:, 2]
    return (state == STATES.index(name)) & (speed >= speeds[0]) & (speed <= speeds[1])


def swings(rotor: DataSet, axis: int, order: int) -> np.ndarray:
    """How far each signal swings along an axis, `order` times a turn."""
    return swing(rotor.signals[:, axis], order * rotor.conditions[:, 0] / 60, rotor.sampling_rate)


def test_signals_of_a_recording_share_its_conditions_and_differ_in_noise_alone(rotor):
    recordings = rotor.recordings.reshape(-1, samples.WINDOWS)
    assert np.all(recordings == recordings[:, :1])
    assert len(np.unique(recordings)) == len(recordings) == samples.N_ROTOR_RECORDINGS
    conditions = rotor.conditions.reshape(len(recordings), samples.WINDOWS, 3)
    assert np.all(conditions == conditions[:, :1])
    apart = np.diff(rotor.signals.reshape(len(recordings), samples.WINDOWS, 3, 256), axis=1)[:, 0].std(-1) / np.sqrt(2)
    speed, load, _ = conditions[:, 0].T
    rolling = 0.02 + 0.15 * (load / samples.FULL_LOAD) * (speed / samples.FASTEST)
    ratio = apart / np.hypot(samples.ROTOR_NOISE, rolling)[:, None]
    assert np.median(ratio) == pytest.approx(1, abs=0.02)
    # Ringing noise is alike for some samples: 256 are worth 256 ÷ (1 + 2 Σ ρ²) ≈ 53, whose deviation errs by 1 ÷ √(2 · 53).
    assert ratio.std() < 0.11
    assert np.abs(ratio - 1).max() < 0.5  # about five times that


def test_a_signal_begins_as_the_mark_on_the_shaft_passes(rotor):
    rows = of_state(rotor, "unbalanced")
    turns = np.exp(-2j * np.pi * rotor.conditions[rows, 0, None] / 60 * np.arange(256) / rotor.sampling_rate)
    sideways = (rotor.signals[rows, 0] * np.hanning(256) * turns).sum(1)
    np.testing.assert_allclose(np.angle(sideways), 0, atol=0.05)


def test_an_unbalanced_rotor_swings_once_a_turn(rotor):
    rows = of_state(rotor, "unbalanced")
    frequencies, amplitudes = spectra(rotor.signals[rows, 0], rotor.sampling_rate)
    peaks = frequencies[amplitudes.argmax(1)]
    np.testing.assert_allclose(peaks, rotor.conditions[rows, 0] / 60, atol=frequencies[1])


def test_a_misaligned_rotor_swings_twice_a_turn_along_the_shaft(rotor):
    rows = of_state(rotor, "misaligned")
    frequencies, amplitudes = spectra(rotor.signals[rows, 2], rotor.sampling_rate)
    peaks = frequencies[amplitudes.argmax(1)]
    near = np.abs(peaks - 2 * rotor.conditions[rows, 0] / 60) <= frequencies[1]
    assert near.mean() > 0.98


@pytest.mark.parametrize("speeds", [(1700, 1800), (1800, 1900), (1900, 2000)])
def test_states_differ_at_every_speed(speeds, rotor):
    once, twice = swings(rotor, 0, 1), swings(rotor, 2, 2)
    balanced, unbalanced, misaligned = (of_state(rotor, name, speeds) for name in STATES)
    assert np.median(once[unbalanced]) > 3 * np.median(once[balanced])
    assert np.median(twice[misaligned]) > 3 * np.median(twice[balanced])
    assert np.median(once[misaligned]) < 2 * np.median(once[balanced])
    assert np.median(twice[unbalanced]) < 2 * np.median(twice[balanced])


def test_unbalance_grows_at_least_with_the_square_of_the_speed(rotor):
    rows = of_state(rotor, "unbalanced")
    power, _ = np.polyfit(np.log(rotor.conditions[rows, 0]), np.log(swings(rotor, 0, 1)[rows]), 1)
    assert 2 < power < 3


def test_up_and_sideways_are_a_quarter_of_a_turn_apart(rotor):
    rows = of_state(rotor, "unbalanced")
    turns = np.exp(-2j * np.pi * rotor.conditions[rows, 0, None] / 60 * np.arange(256) / rotor.sampling_rate)
    sideways, upwards = ((rotor.signals[rows, axis] * np.hanning(256) * turns).sum(1) for axis in (0, 1))
    np.testing.assert_allclose(np.median(np.angle(sideways / upwards)), np.pi / 2, atol=0.05)


def test_more_load_is_more_noise_and_rings_in_the_housing(rotor):
    frequencies, amplitudes = spectra(rotor.signals[:, 1], rotor.sampling_rate)
    ringing = amplitudes[:, np.abs(frequencies - samples.HOUSING) < 30].mean(1)
    load = rotor.conditions[:, 1]
    assert np.median(ringing[load > 15]) > 3 * np.median(ringing[load < 5])
    rest = amplitudes[:, (frequencies > 400) & (frequencies < 480)].mean(1)
    assert np.median(ringing) > 2 * np.median(rest)


def test_load_and_speed_tell_nothing_of_the_state(rotor):
    for column in (0, 1):
        means = [rotor.conditions[of_state(rotor, name), column].mean() for name in STATES]
        assert max(means) - min(means) < 0.1 * rotor.columns[column].spread


def test_faults_of_the_other_rotor_are_rare(rare):
    shares = np.bincount(rare.conditions[:, 2].astype(int)) / len(rare.signals)
    assert dict(zip(STATES, shares, strict=True)) == {"balanced": 0.85, "unbalanced": 0.1, "misaligned": 0.05}


# The heart


def test_the_highest_wave_is_in_its_place_and_as_high_as_it_should_be(heart):
    beats = heart.signals[:, 0]
    assert np.abs(beats.argmax(axis=1) - BEFORE_R).max() <= 2
    assert np.median(beats.max(axis=1)) == pytest.approx(1.0, abs=0.05)


def test_a_premature_beat_has_no_first_wave_and_a_last_one_of_the_other_sign(heart):
    times = (np.arange(128) - BEFORE_R) / heart.sampling_rate
    kind = heart.conditions[:, 0]
    normal, premature = (heart.signals[kind == BEATS.index(name), 0].mean(axis=0) for name in BEATS)
    before, after = (times > -0.22) & (times < -0.12), (times > 0.2) & (times < 0.4)
    assert normal[before].max() > 0.15 > 0.05 > np.abs(premature[before]).max()
    assert normal[after].max() > 0.3
    assert premature[after].min() < -0.3
    assert np.mean(kind == 1) == 0.1
