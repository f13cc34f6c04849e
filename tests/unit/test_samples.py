import hashlib

import numpy as np
import pytest
from scipy.signal import find_peaks

from core.recordings import samples
from core.recordings.samples import MODES, SAMPLES, STATES, rotor_vibration, struck_beam
from core.signals import DataSet


@pytest.fixture(scope="module")
def beam() -> DataSet:
    return struck_beam()


@pytest.fixture(scope="module")
def rotor() -> DataSet:
    return rotor_vibration()


@pytest.fixture(params=["beam", "rotor"])
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


# Both


@pytest.mark.parametrize(("name", "shape"), [("struck_beam", (1200, 1, 256)), ("rotor_vibration", (2400, 3, 256))])
def test_a_sample_is_what_it_says(name, shape):
    sample = SAMPLES[name]
    data = sample.make()
    assert data.signals.shape == shape
    assert f"{shape[0]:,} signals" in sample.summary
    assert data.name == sample.title
    assert "not measured" in data.story
    assert data.unit == "m/s²"


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
    ("name", "digest"), [("struck_beam", "07a4fd26b13353cc"), ("rotor_vibration", "cbea740c0170ff3e")]
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


def test_windows_of_a_recording_follow_each_other_and_share_its_conditions(rotor):
    recordings = rotor.recordings.reshape(-1, samples.WINDOWS)
    assert np.all(recordings == recordings[:, :1])
    conditions = rotor.conditions.reshape(len(recordings), samples.WINDOWS, 3)
    assert np.all(conditions == conditions[:, :1])
    # From the end of a window to the beginning of the next is as far as from one sample to the next.
    smooth = rotor.signals[of_state(rotor, "unbalanced", (3000, 3600))].reshape(-1, samples.WINDOWS, 3, 256)[:, :, 0]
    joints = np.abs(smooth[:, 1:, 0] - smooth[:, :-1, -1]).mean()
    assert joints == pytest.approx(np.abs(np.diff(smooth)).mean(), rel=0.15)


def test_an_unbalanced_rotor_swings_once_a_turn(rotor):
    rows = of_state(rotor, "unbalanced")
    frequencies, amplitudes = spectra(rotor.signals[rows, 0], rotor.sampling_rate)
    peaks = frequencies[amplitudes.argmax(1)]
    np.testing.assert_allclose(peaks, rotor.conditions[rows, 0] / 60, atol=frequencies[1])


def test_a_misaligned_rotor_swings_twice_a_turn_along_the_shaft(rotor):
    rows = of_state(rotor, "misaligned", (2400, 3600))
    frequencies, amplitudes = spectra(rotor.signals[rows, 2], rotor.sampling_rate)
    peaks = frequencies[amplitudes.argmax(1)]
    near = np.abs(peaks - 2 * rotor.conditions[rows, 0] / 60) <= frequencies[1]
    assert near.mean() > 0.98


@pytest.mark.parametrize("speeds", [(1800, 2400), (2400, 3000), (3000, 3600)])
def test_states_differ_at_every_speed(speeds, rotor):
    once, twice = swings(rotor, 0, 1), swings(rotor, 2, 2)
    balanced, unbalanced, misaligned = (of_state(rotor, name, speeds) for name in STATES)
    assert np.median(once[unbalanced]) > 3 * np.median(once[balanced])
    assert np.median(twice[misaligned]) > 3 * np.median(twice[balanced])
    assert np.median(once[misaligned]) < 2 * np.median(once[balanced])
    assert np.median(twice[unbalanced]) < 2 * np.median(twice[balanced])


def test_unbalance_grows_at_least_with_the_square_of_the_speed(rotor):
    once = swings(rotor, 0, 1)
    slow, fast = (of_state(rotor, "unbalanced", speeds) for speeds in ((1800, 1900), (3500, 3600)))
    assert np.median(once[fast]) / np.median(once[slow]) > (3550 / 1850) ** 2


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
