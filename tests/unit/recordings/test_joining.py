"""Files of one recording: sensors with their own rates."""

import numpy as np
import pytest

from core.errors import SignalFileError
from core.recordings.layout.joining import join
from core.recordings.reading.raw import Recorded


def sensor(name: str, rate: float, seconds: float, n_channels: int = 1) -> Recorded:
    times = np.arange(int(rate * seconds)) / rate
    values = np.stack([np.sin(times * (i + 1)) for i in range(n_channels)]).astype(np.float32)
    return Recorded([name], [values], np.array([rate]))


def test_sensors_of_one_recording_are_its_channels_at_the_highest_rate():
    found = join([sensor("ACC.csv", 32, 60, 3), sensor("BVP.csv", 64, 60), sensor("TEMP.csv", 4, 60.5)])
    assert found.channel_names == ("ACC 1", "ACC 2", "ACC 3", "BVP", "TEMP")
    assert found.values[0].shape == (5, 3840)
    assert found.rates.tolist() == [64]
    sentences = [finding.sentence for finding in found.findings]
    assert sentences[0] == "3 files have the same duration and different channels, so they are one recording."
    assert "sampled at 4, 32 Hz; they are resampled to 64 Hz" in sentences[1]


def test_files_that_last_differently_long_are_not_one_recording():
    with pytest.raises(SignalFileError, match="give files with the same channels"):
        join([sensor("ACC.csv", 32, 60, 3), sensor("BVP.csv", 64, 40)])


def test_recordings_of_nearly_one_rate_stay_recordings():
    assert len(join([sensor("a.wav", 44.1, 60), sensor("b.wav", 48, 60)]).values) == 2
