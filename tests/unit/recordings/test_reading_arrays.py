"""Arrays, sound and Parquet, each written and read back."""

import io

import h5py
import numpy as np
import pyarrow as pa
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pyarrow import parquet
from scipy import io as scipy_io

from core.errors import SignalFileError
from core.recordings.import_files import read_recordings
from core.recordings.reading import limits
from core.recordings.reading.files import KINDS, read, read_signals
from core.recordings.reading.raw import Recorded, Table

MATRIX = np.random.default_rng(0).normal(size=(25, 30)).astype(np.float32)
CHANNELS = np.random.default_rng(1).normal(size=(25, 3, 30)).astype(np.float32)
LABELS = np.array(["ok", "worn", "ok", "ok", "worn"] * 5)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**named) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **named)
    return file.getvalue()


def mat(version: str = "5", **named) -> bytes:
    file = io.BytesIO()
    scipy_io.savemat(file, named, format=version, do_compression=version == "5")
    return file.getvalue()


def mat73(**named) -> bytes:
    """As MATLAB writes it: a block of its own at the front, and all dimensions the other way round."""
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=512) as target:
        for name, array in named.items():
            is_text = array.dtype.kind == "U"
            codes = np.array([[ord(sign) for sign in f"{row:<9}"] for row in array.tolist()]) if is_text else array
            target.create_dataset(name, data=np.atleast_2d(codes).T)
            kind = {"f8": "double", "f4": "single"}.get(array.dtype.str[1:], "char" if is_text else "int64")
            target[name].attrs["MATLAB_class"] = np.bytes_(kind)
    return b"MATLAB 7.3 MAT-file".ljust(128) + file.getvalue()[128:]


def sound(values: np.ndarray, rate: int, **options) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, values, rate, **options)
    return file.getvalue()


def parquet_of(**columns) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def recorded(name: str, content: bytes) -> Recorded:
    found = read(name, content)
    assert isinstance(found, Recorded)
    assert len(found.names) == len(found.values) == len(found.rates)
    assert {values.dtype for values in found.values} == {np.dtype(np.float32)}
    return found


def understood(name: str, content: bytes) -> Recorded:
    """The recordings in a file, tables laid out as they suggest."""
    return read_recordings([(name, content)])


def matrix(found: Table | Recorded) -> np.ndarray:
    assert isinstance(found, Table)
    assert not found.has_names
    return np.stack(found.columns, axis=1)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8", "i1", "u2", "i8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_two_dimensions_are_a_table(dtype, order):
    array = np.asarray(np.arange(24).reshape(6, 4) % 100, dtype=dtype, order=order)
    np.testing.assert_array_equal(matrix(read("a.npy", npy(array))), array)


@pytest.mark.parametrize("order", ["C", "F"])
def test_three_dimensions_are_recordings_with_channels(order):
    found = recorded("a.npy", npy(np.asarray(CHANNELS, order=order)))
    np.testing.assert_array_equal(np.stack(found.values), CHANNELS)
    assert found.names[1] == "a.npy, number 2"
    assert np.isnan(found.rates).all()


def test_one_dimension_is_one_recording():
    found = recorded("a.npy", npy(MATRIX[0]))
    assert found.names == ["a.npy"]
    np.testing.assert_array_equal(found.values[0], MATRIX[:1])


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0), (0, 2, 1)])  # as in NumPy and as in MATLAB
@pytest.mark.parametrize("beside", [{}, {"label": LABELS}, {"gain": np.ones(CHANNELS.shape[1])}])
def test_times_tell_which_of_three_axes_is_time(order, beside):
    content = npz(x=CHANNELS.transpose(order), t=np.arange(CHANNELS.shape[2]) / 50, fs=np.array(50), **beside)
    found = recorded("a.npz", content)
    np.testing.assert_array_equal(np.stack(found.values), CHANNELS)
    assert found.rates == pytest.approx(50)


def test_names_of_channels_tell_them_from_recordings():
    block = np.random.default_rng(0).normal(size=(3, 40, 5)).astype(np.float32)
    found = recorded("a.npz", npz(x=block, t=np.arange(40) / 50, channels=np.array(list("abcde"))))
    np.testing.assert_array_equal(np.stack(found.values), block.swapaxes(1, 2))
    assert found.channel_names == tuple("abcde")


def test_channels_may_come_last_where_they_cannot_be_samples():
    np.testing.assert_array_equal(np.stack(recorded("a.npy", npy(CHANNELS.swapaxes(1, 2))).values), CHANNELS)


@given(arrays(st.sampled_from(["f4", "f8", "i2"]), array_shapes(min_dims=2, max_dims=2, max_side=8)))
def test_any_matrix_comes_back(array):
    np.testing.assert_allclose(matrix(read("a.npy", npy(array))), array, rtol=1e-6)


@pytest.mark.parametrize("rate_name", ["fs", "Fs", "rate", "sampling_rate"])
@pytest.mark.parametrize(("write", "name"), [(npz, "a.npz"), (mat, "a.mat"), (mat73, "a.mat")])
def test_signals_come_with_labels_and_a_rate(write, name, rate_name):
    content = write(**{"x": MATRIX, "label": LABELS, "speed": np.arange(25.0), rate_name: np.array(250.0)})
    found = recorded(name, content)
    np.testing.assert_array_equal(np.stack(found.values)[:, 0], MATRIX)
    assert found.rates.tolist() == [250.0] * 25
    assert set(found.labels) == {"label", "speed"}
    assert found.labels["speed"].tolist() == list(range(25))
    assert found.labels["label"].tolist() == LABELS.tolist()


@pytest.mark.parametrize(("write", "name"), [(npz, "a.npz"), (mat, "a.mat"), (mat73, "a.mat")])
def test_a_matrix_alone_stays_a_table_and_keeps_its_rate(write, name):
    found = read(name, write(x=MATRIX, fs=np.array(8.0)))
    np.testing.assert_array_equal(matrix(found), MATRIX)
    assert found.rate == 8


@pytest.mark.parametrize(("write", "name"), [(npz, "a.npz"), (mat, "a.mat"), (mat73, "a.mat")])
def test_times_beside_one_recording_tell_its_rate(write, name):
    found = understood(name, write(t=np.arange(30) / 50, x=MATRIX[0]))
    np.testing.assert_array_equal(found.values[0], MATRIX[:1])
    assert found.rates == pytest.approx(50)
    assert found.labels == {}
    assert found.ignored == ("t",)


@pytest.mark.parametrize(("write", "name"), [(npz, "a.npz"), (mat, "a.mat"), (mat73, "a.mat")])
def test_recordings_may_be_counted_by_the_last_axis(write, name):
    found = recorded(name, write(x=np.moveaxis(CHANNELS, 0, 2), load=np.arange(25.0)))
    np.testing.assert_array_equal(np.stack(found.values), CHANNELS)


@pytest.mark.parametrize("version", ["4", "5"])
def test_older_matlab_files_are_read(version):
    np.testing.assert_array_equal(matrix(read("a.mat", mat(version, x=MATRIX))), MATRIX)


def test_other_variables_of_matlab_are_passed_over():
    content = mat(x=MATRIX, note={"by": "hand"}, cells=np.array([1, "a"], object))
    found = read("a.mat", content)
    np.testing.assert_array_equal(matrix(found), MATRIX)
    assert set(found.ignored) == {"by", "cells"}


def test_nothing_outside_a_matlab_file_is_read(tmp_path):
    (tmp_path / "secret").write_bytes(MATRIX.tobytes())
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        target.create_dataset("x", shape=(25, 30), dtype="f4", external=[(str(tmp_path / "secret"), 0, 3000)])
        target["y"] = h5py.ExternalLink(str(tmp_path / "other.mat"), "/y")
    with pytest.raises(SignalFileError, match=r"“x” lies in another file"):
        read("a.mat", file.getvalue())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", {"format": "WAV", "subtype": "FLOAT"}),
        ("a.wav", {"format": "WAV", "subtype": "DOUBLE"}),
        ("a.wav", {"format": "WAV", "subtype": "PCM_16"}),
        ("a.wav", {"format": "WAV", "subtype": "PCM_U8"}),
        ("a.wav", {"format": "WAVEX", "subtype": "PCM_24"}),
        ("A.FLAC", {"format": "FLAC", "subtype": "PCM_16"}),
        ("a.flac", {"format": "FLAC", "subtype": "PCM_24"}),
    ],
)
@pytest.mark.parametrize("n_channels", [1, 2, 5])
def test_sound_comes_back_with_its_rate(name, options, n_channels):
    values = np.sin(np.arange(3000 * n_channels) / 50).reshape(3000, n_channels) / 2
    found = recorded(name, sound(values, 8000, **options))
    assert found.rates.tolist() == [8000]
    assert found.names == [name]
    np.testing.assert_allclose(found.values[0], values.T, atol=1 / 64 if options["subtype"] == "PCM_U8" else 1e-4)


def test_parquet_may_hold_numbers_of_any_kind():
    columns = {
        "a": pa.array([1.5, None]),
        "b": pa.array([1, 2]),
        "c": pa.array([3, None], pa.int8()),
        "d": pa.array([1, 2], pa.float32()),
        "e": pa.array([1, 2], pa.float16()),
        "f": pa.array([1, 2]).cast(pa.decimal128(30, 2)),
        "g": pa.array([None, None], pa.null()),
    }
    found = read("a.parquet", parquet_of(**columns))
    assert found.names == tuple("abcdefg")
    assert found.has_names
    wanted = [[1.5, 1, 3, 1, 1, 1, np.nan], [np.nan, 2, np.nan, 2, 2, 2, np.nan]]
    np.testing.assert_array_equal(np.stack(found.columns, axis=1), wanted)


def test_parquet_may_hold_text_truths_and_times():
    columns = {
        "kind": pa.array(["x", None, "x"]).dictionary_encode(),
        "is": pa.array([True, False, None]),
        "at": pa.array([0, 1_500, None], pa.timestamp("ms")),
        "day": pa.array([0, 1, 2], pa.date32()),
        "clock": pa.array([1, 2, None], pa.time64("us")),
        "for": pa.array([1, 2, None], pa.duration("s")),
    }
    found = read("a.parquet", parquet_of(**columns))
    assert [column.tolist() for column in found.columns[:2]] == [["x", "", "x"], ["true", "false", ""]]
    np.testing.assert_array_equal(found.columns[2], np.array([0, 1_500, "NaT"], "datetime64[ms]"))
    np.testing.assert_array_equal(found.columns[3], np.array([0, 1, 2], "datetime64[D]"))
    np.testing.assert_array_equal(found.columns[4], np.array([1, 2, "NaT"], "timedelta64[us]"))
    np.testing.assert_array_equal(found.columns[5], np.array([1, 2, "NaT"], "timedelta64[s]"))


def test_signals_of_several_channels_keep_them():
    np.testing.assert_array_equal(read_signals("a.npy", npy(CHANNELS)), CHANNELS)
    np.testing.assert_array_equal(read_signals("a.npy", npy(MATRIX)), MATRIX)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npz", npz(x=np.zeros((50, 300)))),
        ("a.mat", mat(x=np.zeros((50, 300)))),
        ("a.mat", mat(x=np.zeros(9), s={"a": np.zeros((50, 300))})),
        ("a.mat", mat73(x=np.zeros((50, 300)))),
        ("a.parquet", parquet_of(x=np.zeros(30_000))),
        ("a.flac", sound(np.zeros(30_000), 8000, format="FLAC")),
    ],
)
def test_what_would_become_too_large_is_refused_beforehand(name, content, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED", 100_000)
    with pytest.raises(SignalFileError, match=r"holds more than 0 MB when unpacked"):
        read(name, content)


def test_too_many_signals_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_SIGNALS", 4)
    for content in (npy(CHANNELS), npy(MATRIX)):
        with pytest.raises(SignalFileError, match="holds 25 signals; at most 4"):
            read_signals("a.npy", content)


GOOD = {
    "csv": b"a,b\n" + b"1.5,-2e3\n" * 9,
    "parquet": parquet_of(a=MATRIX[0], b=MATRIX[1]),
    "npy": npy(MATRIX),
    "npz": npz(x=MATRIX, label=LABELS),
    "mat": mat(x=MATRIX),
    "7.3.mat": mat73(x=MATRIX),
    "wav": sound(MATRIX[0], 8000, format="WAV"),
    "flac": sound(MATRIX[0] / 9, 8000, format="FLAC"),
}


@pytest.mark.parametrize("kind", [*KINDS, "npy.gz", "csv.gz"])
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_a_sentence(kind, content):
    _is_read_or_refused(f"a.{kind}", content)


@pytest.mark.parametrize("kind", GOOD)
@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4), st.booleans()
)
def test_a_file_with_a_few_wrong_bytes_is_read_or_refused(kind, changes, at_the_front):
    broken = bytearray(GOOD[kind])
    for place, value in changes:
        broken[int(place * (min(200, len(broken)) if at_the_front else len(broken)))] = value
    _is_read_or_refused(f"a.{kind}", bytes(broken))


@pytest.mark.parametrize("kind", GOOD)
@given(st.floats(0, 1))
def test_a_file_whose_end_is_missing_is_read_or_refused(kind, share):
    _is_read_or_refused(f"a.{kind}", GOOD[kind][: int(share * len(GOOD[kind]))])


def _is_read_or_refused(name: str, content: bytes) -> None:
    sentence = "."
    try:
        read(name, content)
    except SignalFileError as error:
        sentence = str(error)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 320


def test_marks_of_samples_are_no_signals_and_labels_of_signals_stay():
    signals, marks = np.random.default_rng(0).normal(size=(30, 64)), np.zeros((30, 64), bool)
    labels = np.arange(30) % 2 == 0
    file = io.BytesIO()
    np.savez(file, signals=signals, faulty=marks)
    found = read("a.npz", file.getvalue())
    assert "faulty" in found.ignored
    assert any("marks the samples" in finding.sentence for finding in found.findings)
    file = io.BytesIO()
    np.savez(file, signals=signals, faulty=labels)
    assert read("a.npz", file.getvalue()).labels["faulty"].tolist() == labels.tolist()


def test_characters_that_there_are_not_are_refused():
    content = npy(np.array(["ab"])).replace("a".encode("utf-32-le"), b"\xff" * 4)
    with pytest.raises(SignalFileError, match="no whole NumPy file"):
        read("a.npy", content)
