"""Windows cover what they should and never reach over a border; recordings of any lengths become one; gaps and rates."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recordings.preparation.gaps import filled, ratio_of, resampled
from core.recordings.preparation.windows import (
    FEWEST_RECORDINGS,
    common_length,
    cut_whole,
    cut_windows,
    split_recordings,
)


def counted(lengths, n_channels=1):
    """Recordings in which each value says where it stands: 10,000 for each recording, and 0.25 for each channel."""
    return [
        (np.arange(n)[None] + 10_000 * i + np.arange(n_channels)[:, None] / 4).astype(np.float32)
        for i, n in enumerate(lengths)
    ]


@given(
    lengths=st.lists(st.integers(1, 900), min_size=1, max_size=25),
    window=st.integers(16, 60),
    hop=st.integers(1, 90),
    offset=st.integers(0, 40),
)
def test_windows(lengths, window, hop, offset):
    values = counted(lengths, n_channels=2)
    stretches = split_recordings(np.array(lengths), window, hop, offset)
    possible = [len(range(offset, n - window + 1, hop)) for n in lengths]
    assert stretches.counts.tolist() == possible
    cut = cut_windows(values, stretches, window, hop, offset)
    for signal, source, start in zip(cut.signals, cut.sources, cut.starts, strict=True):
        assert np.array_equal(signal, values[source][:, start : start + window])
        assert start >= offset
        assert (start - offset) % hop == 0
    if stretches.parts.max() == 1:
        assert len(cut.signals) == sum(possible)
    # No sample is in two stretches, and each stretch has a window.
    taken = {}
    for number, source, start in zip(cut.recordings, cut.sources, cut.starts, strict=True):
        for sample in range(start, start + window):
            assert taken.setdefault((source, sample), number) == number
    wanted = stretches.parts[stretches.counts > 0].sum()
    assert len(np.unique(cut.recordings)) == wanted
    assert wanted >= np.count_nonzero(possible)


@given(length=st.integers(2_000, 5_000), n=st.integers(1, 19), window=st.integers(16, 50), hop=st.integers(5, 80))
def test_few_long_recordings_are_divided_into_twenty(length, n, window, hop):
    stretches = split_recordings(np.full(n, length), window, hop, 0)
    assert stretches.parts.sum() == FEWEST_RECORDINGS
    assert stretches.parts.max() - stretches.parts.min() <= 1


def test_windows_that_do_not_overlap_lose_nothing_at_borders():
    stretches = split_recordings(np.array([1_000]), 20, 20, 0)
    assert len(cut_windows(counted([1_000]), stretches, 20, 20, 0).signals) == 50


@given(
    lengths=st.lists(st.integers(16, 200), min_size=1, max_size=20),
    target=st.integers(16, 200),
    how=st.sampled_from(["pad", "resample"]),
)
def test_whole_recordings_of_any_length(lengths, target, how):
    values = counted(lengths, n_channels=2)
    cut = cut_whole(values, target, how)
    assert cut.signals.shape == (len(lengths), 2, target)
    assert np.isfinite(cut.signals).all()
    for signal, part in zip(cut.signals, values, strict=True):
        n = min(part.shape[1], target)
        if how == "pad":
            assert np.array_equal(signal[:, :n], part[:, :n])
            assert (signal[:, n:] == part[:, -1:]).all()
        else:
            np.testing.assert_allclose(signal[:, 0], part[:, 0], atol=0.5)


def test_crop_keeps_the_first_samples():
    values = counted([30, 40, 50])
    assert np.array_equal(cut_whole(values, 30, "crop").signals, np.stack([part[:, :30] for part in values]))


def test_stretched_waves_keep_their_shape():
    waves = [np.sin(np.linspace(0, 2 * np.pi, n, endpoint=False))[None].astype(np.float32) for n in (100, 150, 64)]
    signals = cut_whole(waves, 100, "resample").signals
    np.testing.assert_allclose(signals[1:], np.broadcast_to(signals[0], (2, 1, 100)), atol=0.05)


@pytest.mark.parametrize(
    ("lengths", "how", "expected"),
    [
        ([100] * 6 + [90, 300, 20], "crop", 100),
        ([100] * 6 + [90, 300, 20], "pad", 100),
        ([20, *range(100, 120)], "crop", 101),
        ([20, *range(100, 120)], "pad", 119),
        ([20, 30, 40], "resample", 30),
        ([5] * 9, "crop", 16),
        ([20_000] * 9, "crop", 16_384),
    ],
)
def test_common_length(lengths, how, expected):
    assert common_length(np.array(lengths), how) == expected


@given(gap=st.integers(1, 12), at=st.integers(0, 18), max_gap=st.integers(1, 12))
def test_only_short_gaps_are_filled(gap, at, max_gap):
    line = np.stack([np.arange(30.0), 100 - np.arange(30.0)]).astype(np.float32)
    values = line.copy()
    values[1, at : at + gap] = np.nan
    result = filled(values, max_gap)
    assert np.isnan(result).sum() == (gap if gap > max_gap else 0)
    if gap <= max_gap and at > 0 and at + gap < 30:
        np.testing.assert_allclose(result, line)


def test_gaps_at_the_ends_hold_the_nearest_value_and_empty_channels_stay():
    values = np.float32([[np.nan, 1, 2, np.nan], [np.nan] * 4])
    result = filled(values, 5)
    assert result[0].tolist() == [1, 1, 2, 2]
    assert np.isnan(result[1]).all()


@given(up=st.integers(1, 9), down=st.integers(1, 9), n=st.integers(1, 200))
def test_resampling_changes_the_number_of_samples_alone(up, down, n):
    result = resampled(np.full((2, n), 40, np.float32), Fraction(up, down))
    assert result.shape == (2, -(-n * up // down))
    np.testing.assert_allclose(result, 40, rtol=1e-5)


def test_resampling_lets_no_alias_through():
    times = np.arange(2_000) / 1_000
    fast = np.sin(2 * np.pi * 400 * times)[None].astype(np.float32)
    assert np.abs(resampled(fast, Fraction(1, 4))[:, 20:-20]).max() < 0.02


def test_what_is_missing_stays_missing_when_resampled():
    values = np.ones((1, 100), np.float32)
    values[0, 40:50] = np.nan
    result = resampled(values, Fraction(1, 2))[0]
    assert np.flatnonzero(np.isnan(result)).tolist() == [20, 21, 22, 23, 24]
    assert np.isnan(resampled(np.full((1, 50), np.nan, np.float32), Fraction(2))).all()


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_ratios_of_rates(rate, to):
    assert float(ratio_of(rate, to)) == pytest.approx(to / rate, rel=1e-3)
    assert ratio_of(44_100, 48_000) == Fraction(160, 147)
