import io

import numpy as np
import pytest
import soundfile
from scipy.signal import periodogram

from core.demos.sonification import (
    LOUD_LEVEL,
    MAX_SECONDS,
    MIN_SECONDS,
    RATE,
    audible,
    describe,
    describe_untimed,
    speed_for,
    wav,
)


def pitch(heard: np.ndarray) -> float:
    frequencies, power = periodogram(heard, RATE)
    return float(frequencies[power.argmax()])


@pytest.mark.parametrize(
    ("frequency", "speed"),
    [(0.25, 1000), (2.0, 200), (80, 1), (440, 1), (5000, 1), (50_000, 0.005), (0.0, 1), (float("nan"), 1)],
)
def test_frequencies_that_nobody_hears_are_brought_to_where_they_are_heard(frequency, speed):
    assert speed_for(frequency) == pytest.approx(speed)


def test_a_short_slow_sine_is_repeated_at_the_pitch_of_its_speed():
    times = np.arange(300) / 16
    heard = audible(5 * np.sin(2 * np.pi * 0.25 * times) + 7, 16, 1000, 5)
    assert len(heard) == round(MIN_SECONDS * RATE)
    assert pitch(heard) == pytest.approx(250, abs=6)
    assert np.abs(heard).max() == pytest.approx(LOUD_LEVEL, rel=0.05)


def test_the_join_of_a_repeated_sine_is_not_heard():
    times = np.arange(300) / 16
    heard = audible(np.sin(2 * np.pi * 0.25 * times), 16, 1000, 1)
    steps = np.abs(np.diff(heard))
    assert steps.max() < 1.5 * 2 * np.pi * 250 / RATE * LOUD_LEVEL


def test_a_long_signal_is_played_once_and_cut():
    times = np.arange(10 * 8000) / 8000
    heard = audible(np.sin(2 * np.pi * 440 * times), 8000, 1, 1)
    assert len(heard) == pytest.approx(MAX_SECONDS * RATE, rel=0.01)
    assert pitch(heard) == pytest.approx(440, abs=1)


def test_it_begins_and_ends_softly_and_never_overflows():
    heard = audible(np.random.default_rng(0).normal(size=2000) * 100, 1000, 1, 1)
    assert heard[0] == heard[-1] == 0
    assert np.abs(heard).max() == 1


@pytest.mark.parametrize("values", [np.zeros(2), np.ones(5), np.arange(3.0), np.zeros(5000)])
def test_signals_of_few_or_equal_samples_are_heard_as_they_are(values):
    heard = audible(values, 10, 100, 0.0 if not values.any() else 1)
    assert np.isfinite(heard).all()
    assert heard.dtype == np.float32


def test_a_file_holds_the_sound():
    heard = audible(np.sin(np.arange(400.0)), 1000, 1, 1)
    back, rate = soundfile.read(io.BytesIO(wav(heard)), dtype="float32")
    assert rate == RATE
    np.testing.assert_allclose(back, heard, atol=1e-4)


def test_what_is_done_is_said():
    slow = describe(0.25, 1000, 19)
    assert "1,000 times as fast" in slow
    assert "0.25 Hz" in slow
    assert "250 Hz" in slow
    assert "repeated" in slow
    assert "times slower" in describe(50_000, 0.005, 1)
    as_it_is = describe(440, 1, 2)
    assert "as fast as it was measured" in as_it_is
    assert "repeated" not in as_it_is
    assert "first 6 s" in describe(440, 1, 20)


def test_without_a_sampling_rate_only_the_played_one_is_said():
    said = describe_untimed(0.1, 2000, 400)
    assert "sampling rate is not known; played at 2,000 samples per second" in said
    assert "an audible 200 Hz" in said
    assert "lasts only 0.2 s" in said
