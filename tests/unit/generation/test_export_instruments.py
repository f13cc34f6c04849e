"""Sound and waveforms: a file for each signal in a ZIP."""

import csv
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
import soundfile
from nptdms import TdmsFile
from scipy.io import wavfile

from core.errors import ConfigError
from core.generation.export import FORMATS, Content, check, encode
from core.recordings.import_files import read_recordings
from core.signals.batch import Batch
from core.units import Units

N = 12
SIGNALS = np.random.default_rng(0).normal(3, 5, (N, 2, 40)).astype(np.float32)
TIMES = 0.5 + np.arange(40) / 8000
CONTENT = Content(TIMES, n_channels=2, units=Units("mV"))
SOUNDS, GENERATORS = ["wav", "wav16"], ["awg", "siglent", "keysight"]


def written(name: str, signals: np.ndarray = SIGNALS, content: Content = CONTENT) -> bytes:
    return b"".join(encode(iter([Batch.unconditional(signals)]), len(signals), content, name))


def unpacked(name: str, signals: np.ndarray = SIGNALS, content: Content = CONTENT) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written(name, signals, content))) as archive:
        assert archive.testzip() is None
        return {member: archive.read(member) for member in archive.namelist()}


def rows(files: dict[str, bytes]) -> list[dict[str, str]]:
    """The table that says what each file is."""
    return list(csv.DictReader(io.StringIO(files["signals.csv"].decode())))


@pytest.mark.parametrize("name", [*SOUNDS, *GENERATORS])
def test_the_table_lists_all_files(name):
    files = unpacked(name)
    assert [row["file"] for row in rows(files)] == [member for member in files if member.startswith("signal-")]
    assert len(rows(files)) == (N if name in SOUNDS else 2 * N)
    assert {float(row["sampling_rate"]) for row in rows(files)} == {8000}


def test_sound_holds_the_values_as_they_are():
    files = unpacked("wav")
    for i in range(N):
        content = files[f"signal-{i + 1:02}.wav"]
        values, rate = soundfile.read(io.BytesIO(content), dtype="float32")
        np.testing.assert_array_equal(values.T, SIGNALS[i])
        assert rate == 8000
        with soundfile.SoundFile(io.BytesIO(content)) as sound:
            assert sound.comment == f"Wavetwin, signal {i + 1}: sampling rate 8000. See card.json."
            assert sound.subtype == "FLOAT"


def test_16_bits_come_back_with_their_scale():
    files = unpacked("wav16")
    (scale,) = {float(row["scale"]) for row in rows(files)}
    assert scale == pytest.approx(np.abs(SIGNALS).max() / 32767)
    for i in range(N):
        _, numbers = wavfile.read(io.BytesIO(files[f"signal-{i + 1:02}.wav"]))
        assert numbers.dtype == np.int16
        np.testing.assert_allclose(numbers.T * scale, SIGNALS[i], atol=0.5001 * scale)
        with soundfile.SoundFile(io.BytesIO(files[f"signal-{i + 1:02}.wav"])) as sound:
            assert f"scale {scale:.9g}" in sound.comment


def test_sound_of_silence():
    silent = np.zeros((1, 2, 40), np.float32)
    assert not wavfile.read(io.BytesIO(unpacked("wav16", silent)["signal-1.wav"]))[1].any()


@pytest.mark.parametrize(("rate", "said"), [(15.8622, 16), (0.2, 1), (44100.4, 44100)])
def test_a_rate_that_is_no_whole_number_is_told(rate, said):
    content = Content(np.arange(40) / rate, n_channels=2)
    files = unpacked("wav", content=content)
    assert wavfile.read(io.BytesIO(files["signal-01.wav"]))[0] == said
    assert float(rows(files)[0]["sampling_rate"]) == pytest.approx(rate)
    assert f"is written as {said} Hz" in FORMATS["wav"].notes(content)[0]
    assert not any("written as" in note for note in FORMATS["wav"].notes(CONTENT))


def test_rates_beyond_a_sound_file_and_unknown_ones_are_refused():
    with pytest.raises(ConfigError, match="cannot store a sampling rate"):
        check("wav", 1, Content(np.arange(40) / 2e9))
    for name in ("wav", "wav16", "siglent", "keysight"):
        with pytest.raises(ConfigError, match="that of these signals is not known"):
            check(name, 1, Content(np.arange(40.0), units=Units.of("", is_rate_known=False)))


def test_a_plain_waveform_has_a_number_a_line_between_its_levels():
    files = unpacked("awg")
    for row, values in zip(rows(files), SIGNALS.reshape(-1, 40), strict=True):
        normed = np.loadtxt(io.BytesIO(files[row["file"]]))
        assert (normed.min(), normed.max()) == (-1, 1)
        low, high = float(row["low_level"]), float(row["high_level"])
        np.testing.assert_allclose((normed + 1) / 2 * (high - low) + low, values, atol=1e-5)


def test_siglent_gets_its_header_and_exact_values():
    files = unpacked("siglent")
    content = files["signal-01-channel-2.csv"]
    header = dict(line.split(",") for line in content.decode().splitlines()[:5])
    assert header["data length"] == "40"
    assert float(header["frequency"]) == 8000 / 40
    low, high = SIGNALS[0, 1].min(), SIGNALS[0, 1].max()
    assert float(header["amp"]) == pytest.approx(high - low)
    assert float(header["offset"]) == pytest.approx((high + low) / 2)
    table = pd.read_csv(io.BytesIO(content), skiprows=12)
    assert list(table.columns) == ["xpos", "value"]
    np.testing.assert_array_equal(table["value"].astype(np.float32), SIGNALS[0, 1])
    np.testing.assert_allclose(table["xpos"], np.arange(40) / 8000)
    found = read_recordings([(name, file) for name, file in files.items() if name.startswith("signal-")])
    np.testing.assert_array_equal(np.stack(found.values).reshape(SIGNALS.shape), SIGNALS)


def test_keysight_gets_16_bit_numbers_between_its_levels():
    content = unpacked("keysight")["signal-01-channel-1.arb"].decode().splitlines()
    place = content.index("Data:")
    header = dict(line.split(":") for line in content[:place])
    assert header["File Format"] == "1.10"
    assert float(header["Sample Rate"]) == 8000
    assert int(header["Data Points"]) == 40
    low, high = float(header["Low Level"]), float(header["High Level"])
    numbers = np.array(content[place + 1 :], int)
    assert (numbers.min(), numbers.max()) == (-32767, 32767)
    np.testing.assert_allclose(low + (numbers + 32767) / 65534 * (high - low), SIGNALS[0, 0], atol=1e-3)


@pytest.mark.parametrize("name", GENERATORS)
def test_a_flat_signal_is_a_waveform_too(name):
    flat = np.full((1, 1, 40), 2.5, np.float32)
    (row,) = rows(unpacked(name, flat, Content(TIMES)))
    assert float(row["low_level"]) == float(row["high_level"]) == 2.5


def test_labview_gets_a_group_for_each_signal():
    file = TdmsFile.read(io.BytesIO(written("tdms")))
    assert [group.name for group in file.groups()] == [f"signal {i + 1}" for i in range(N)]
    for group, signal in zip(file.groups(), SIGNALS, strict=True):
        for channel, values in zip(group.channels(), signal, strict=True):
            np.testing.assert_array_equal(channel[:], values)
            assert channel.properties["wf_increment"] == pytest.approx(1 / 8000)
            assert channel.properties["wf_start_offset"] == pytest.approx(0.5)
            assert channel.properties["unit_string"] == "mV"


@pytest.mark.parametrize("name", ["tdms", "npz", "mat", "h5", "awg"])
def test_an_unknown_rate_is_left_out(name):
    content = Content(np.arange(40.0), n_channels=2, units=Units.of("", is_rate_known=False))
    name_of_file = f"signals.{FORMATS[name].ending}"
    if name != "awg":
        found = read_recordings([(name_of_file, written(name, content=content))])
        assert np.isnan(found.rates).all()
    else:
        assert unpacked(name, content=content)
