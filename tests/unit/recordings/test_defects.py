"""Constant, repeated, outlying and clipped signals are found, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recordings.preparation.defects import CLIPPED, clipped, constant, outlying, repeated


@pytest.fixture
def signals():
    """100 noisy signals of 2 channels with amplitudes of 1 to 3."""
    rng = np.random.default_rng(0)
    size = rng.uniform(1, 3, (100, 1, 1))
    return (size * np.sin(np.arange(64) / 5) + 0.1 * rng.standard_normal((100, 2, 64)) + 7).astype(np.float32)


@pytest.mark.parametrize("look", [constant, repeated, outlying, clipped])
def test_nothing_is_wrong_with_noisy_signals(signals, look):
    assert not look(signals).any()


def test_a_signal_is_constant_where_all_channels_are(signals):
    signals[3] = 5
    signals[4, 0] = 5
    assert np.flatnonzero(constant(signals)).tolist() == [3]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_all_but_the_first_of_equals_are_repeated(which):
    signals = np.random.default_rng(0).standard_normal((5, 2, 16)).astype(np.float32)[which]
    found = repeated(signals)
    assert (~found).sum() == len(set(which))
    assert all(found[i] == (value in which[:i]) for i, value in enumerate(which))


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_peak_far_above_the_others(signals, channel, sign):
    signals[8, channel, 30] = 7 + sign * 100
    assert np.flatnonzero(outlying(signals)).tolist() == [8]


def test_equal_peaks_have_no_outliers():
    assert not outlying(np.tile(np.float32([0, 1, 0, -1]), (20, 1, 4))).any()


@given(run=st.integers(1, 12), start=st.integers(0, 50), high=st.booleans())
def test_runs_at_the_extreme(run, start, high):
    signals = np.random.default_rng(1).standard_normal((3, 2, 64)).astype(np.float32)
    signals[1, 1, start : start + run] = 9 if high else -9
    assert clipped(signals).tolist() == [False, run >= CLIPPED, False]


def test_runs_elsewhere_and_constant_channels_are_not_clipped():
    signals = np.random.default_rng(1).standard_normal((2, 2, 64)).astype(np.float32)
    signals[0, 0, 10:30] = 0
    signals[1, 1] = 3
    assert not clipped(signals).any()


def test_more_signals_than_are_looked_at_at_a_time(signals, monkeypatch):
    monkeypatch.setattr("core.recordings.preparation.defects.PIECE", 7)
    signals[41, 0, 5:20] = 50
    assert np.flatnonzero(clipped(signals)).tolist() == [41]
