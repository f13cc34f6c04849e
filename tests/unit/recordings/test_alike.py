import math

import numpy as np
import pytest

from core.config import RecordingsConfig, SimulatorConfig
from core.errors import SignalFileError
from core.recordings.preparation import alike
from core.recordings.preparation.alike import cut_alike
from core.recordings.reading.raw import Recorded

LENGTH, RATE = 32, 100.0


def source(n_recordings: int = 10, **settings) -> RecordingsConfig:
    """A data set of 40 signals; of so many recordings, each is one signal or was cut into windows."""
    values = {"n_signals": 40, "n_channels": 1, "n_samples": LENGTH, "sampling_rate": RATE, "unit": "V"} | settings
    return RecordingsConfig(dataset="0" * 16, name="Mine", n_recordings=n_recordings, **values)


def recorded(*lengths: int, rate: float = RATE, n_channels: int = 1, unit: str = "V") -> Recorded:
    rng = np.random.default_rng(0)
    values = [rng.normal(size=(n_channels, n)).astype(np.float32) for n in lengths]
    names = [f"{i}.csv" for i in range(len(lengths))]
    return Recorded(names=names, values=values, rates=np.full(len(lengths), rate), unit=unit)


def test_long_recordings_are_cut_into_windows_to_their_ends():
    given = recorded(80, 64)
    found = cut_alike(given, source())
    assert found.sources.tolist() == [0, 0, 0, 1, 1]
    assert found.starts.tolist() == [0, 32, 48, 0, 32]
    np.testing.assert_array_equal(found.signals[2], given.values[0][:, 48:80])
    assert found.story == []


@pytest.mark.parametrize(
    "whole", [source(n_recordings=40), SimulatorConfig(n_samples=LENGTH, t_end=(LENGTH - 1) / RATE)]
)
def test_where_each_signal_is_a_recording_only_its_beginning_counts(whole):
    found = cut_alike(recorded(80, 32, unit=""), whole)
    assert (found.sources.tolist(), found.starts.tolist()) == ([0, 1], [0, 0])
    assert "Only the first 32 samples" in found.story[0]


def test_another_rate_is_resampled_and_told():
    found = cut_alike(recorded(64, rate=2 * RATE), source())
    assert found.signals.shape == (1, 1, LENGTH)
    assert found.story == ["1 recording resampled from 200 Hz to the twin’s 100 Hz."]


def test_an_unknown_rate_is_taken_to_be_the_same_and_told():
    found = cut_alike(recorded(32, rate=math.nan), source())
    assert found.story == ["The files do not say their sampling rate; it is taken to be the twin’s, 100 Hz."]


def swinging(step: float = 0.0) -> Recorded:
    """A small swing on a large level, which rises by a step after the first window."""
    swing = np.sin(np.arange(3 * LENGTH) / 2) + step * (np.arange(3 * LENGTH) >= LENGTH)
    return Recorded(names=["0.csv"], values=[1e9 + swing[None]], rates=np.array([RATE]), unit="V")


def test_what_is_taken_off_is_what_was_taken_off_the_data_set():
    known = source(levels=(1e9,))
    usual, risen = cut_alike(swinging(), known), cut_alike(swinging(step=40), known)
    np.testing.assert_allclose(usual.signals[0, 0], np.sin(np.arange(LENGTH) / 2), atol=1e-6)
    np.testing.assert_array_equal(risen.signals[0], usual.signals[0])
    np.testing.assert_allclose(risen.signals[1:], usual.signals[1:] + 40, atol=1e-5)
    assert usual.story == risen.story
    assert "varies too little around 1,000,000,000" in usual.story[0]


def test_of_a_source_without_levels_none_is_taken_off():
    for whole in (source(levels=()), SimulatorConfig(n_samples=LENGTH, t_end=(LENGTH - 1) / RATE)):
        assert cut_alike(swinging(), whole).signals.min() > 9e8


def test_where_the_levels_were_not_kept_they_are_worked_out():
    assert np.abs(cut_alike(swinging(), source()).signals).max() < 2


def test_a_twin_that_counts_samples_has_no_rate_to_resample_to():
    given = recorded(64, rate=2 * RATE)
    found = cut_alike(given, source(is_rate_known=False))
    np.testing.assert_array_equal(found.signals[:, 0].ravel(), given.values[0][0])
    assert found.story == []


def test_another_unit_is_told():
    assert "in mV, and the twin’s in V" in cut_alike(recorded(32, unit="mV"), source()).story[0]


def test_short_gaps_are_filled_and_windows_with_long_ones_left_out():
    given = recorded(96)
    given.values[0][0, 3] = np.nan
    given.values[0][0, 40:50] = np.nan
    found = cut_alike(given, source())
    assert found.starts.tolist() == [0, 64]
    assert np.isfinite(found.signals).all()
    assert found.story[-1].startswith("1 window with missing values")


def test_only_so_many_windows_are_looked_at(monkeypatch):
    monkeypatch.setattr(alike, "MAX_SIGNALS", 2)
    found = cut_alike(recorded(96), source())
    assert found.starts.tolist() == [0, 32]
    assert found.story == ["Only the first 2 of 3 windows were looked at."]


def test_short_recordings_are_left_out_and_told():
    found = cut_alike(recorded(20, 32), source())
    assert found.sources.tolist() == [1]
    assert found.story == ["1 recording shorter than 32 samples left out."]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (recorded(20, 31), "longest recording has 31 samples, and the twin’s signals have 32"),
        (recorded(64, n_channels=2), "“0.csv” has 2 channels, and the twin’s signals have 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(given, says):
    with pytest.raises(SignalFileError, match=says):
        cut_alike(given, source())


def test_recordings_of_gaps_alone_are_refused():
    given = recorded(32)
    given.values[0][:] = np.nan
    with pytest.raises(SignalFileError, match="missing in every window"):
        cut_alike(given, source())
