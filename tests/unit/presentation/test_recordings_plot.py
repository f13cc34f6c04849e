"""The picture of the first recordings as they were read."""

import math

import numpy as np

from core.presentation.recordings_plot import MOST_CHANNELS, MOST_RECORDINGS, N_STRETCHES, envelope, first_recordings

VALUES = [np.arange(12, dtype=np.float32).reshape(2, 6) + i for i in range(3)]


def test_each_channel_has_a_row_with_its_own_scale():
    figure = first_recordings(VALUES, 2.0, ("u", "i"), ("V", "A"))
    assert len(figure["data"]) == 6
    assert figure["layout"]["yaxis"]["title"]["text"] == "u / V"
    assert figure["layout"]["yaxis4"]["title"]["text"] == "i / A"
    assert figure["layout"]["yaxis"]["range"][1] < figure["layout"]["yaxis4"]["range"][1]
    assert figure["layout"]["xaxis"]["range"] == [0, 2.5]
    assert figure["layout"]["xaxis4"]["title"]["text"] == "time / s"


def test_without_a_rate_time_counts_samples():
    figure = first_recordings(VALUES, math.nan)
    assert figure["layout"]["xaxis6"]["title"]["text"] == "time / samples"
    assert figure["layout"]["xaxis"]["range"] == [0, 5]


def test_only_the_first_are_shown():
    figure = first_recordings([np.zeros((9, 5))] * 9, 1.0)
    assert len(figure["data"]) == MOST_RECORDINGS * MOST_CHANNELS


def test_a_long_recording_keeps_its_extremes():
    values = np.zeros(100_000)
    values[50_001], values[70_001] = 3, -2
    places, course = envelope(values)
    assert len(places) == len(course) == 2 * N_STRETCHES
    assert (course.max(), course.min()) == (3, -2)
    assert abs(places[course.argmax()] - 50_001) <= 200


def test_missing_values_and_empty_recordings_are_drawn_as_gaps():
    figure = first_recordings([np.full((1, 5), np.nan), np.zeros((1, 0))], 1.0)
    assert figure["layout"]["yaxis"]["range"] == [-0.05, 1.05]
