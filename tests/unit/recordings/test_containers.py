"""Several arrays in one file: which of them are samples, times, rates and classes."""

import io
import struct
from collections.abc import Callable

import h5py
import numpy as np
import pytest
from scipy import io as scipy_io
from scipy import sparse

from core.errors import SignalFileError
from core.recordings.import_files import read_recordings
from core.recordings.reading.raw import Recorded
from core.recordings.understanding import understand

T = np.arange(600) / 50
WAVE = np.sin(T * 3) + 0.1 * np.cos(T * 40)
OTHER = np.cos(T * 2)
SIGNALS = np.random.default_rng(0).normal(size=(30, 40)).cumsum(axis=1)
STATES = np.array(["ok", "worn"] * 15)


def npy(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npz(**named) -> bytes:
    file = io.BytesIO()
    np.savez(file, **named)
    return file.getvalue()


def mat(**named) -> bytes:
    file = io.BytesIO()
    scipy_io.savemat(file, named)
    return file.getvalue()


def h5(**named) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        for name, value in named.items():
            target[name] = np.asarray(value, "S9") if np.asarray(value).dtype.kind == "U" else value
    return file.getvalue()


def mat73(**named) -> bytes:
    """As MATLAB writes it: dimensions the other way round, and what cells and arrays of structures hold kept apart."""
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=512) as target:
        for name, value in named.items():
            _put(target, name, value)
    return b"MATLAB 7.3 MAT-file".ljust(128) + file.getvalue()[128:]


def _put(group: h5py.Group, name: str, value) -> h5py.Group | h5py.Dataset:
    kind = "double"
    if isinstance(value, dict):
        own, kind = group.create_group(name), "struct"
        for field, part in value.items():
            _put(own, field, part)
    elif sparse.issparse(value):
        own = group.create_group(name)
        own["data"], own["ir"], own["jc"] = value.data, value.indices.astype("u8"), value.indptr.astype("u8")
        own.attrs["MATLAB_sparse"] = np.uint64(value.shape[0])
    elif isinstance(value, str):
        group[name], kind = np.array([[ord(sign)] for sign in value], "u2"), "char"
    elif (
        array := np.asarray(value)
    ).dtype.names:  # an array of structures has references for each field, and no class there
        group.create_group(name)
        for field in array.dtype.names:
            del _put(group[name], field, array[field]).attrs["MATLAB_class"]
        own, kind = group[name], "struct"
    elif array.dtype.kind in "OU":
        kept = group.file.require_group("#refs#")
        parts = [_put(kept, f"{name}.{len(kept)}", part).ref for part in array.reshape(-1, order="F").tolist()]
        group[name], kind = np.array([parts], h5py.ref_dtype).T, "cell"
    else:
        array = np.atleast_2d(array)
        if array.dtype.kind == "c":
            array = np.rec.fromarrays([array.real, array.imag], names="real,imag")
        group[name] = array.T
    group[name].attrs["MATLAB_class"] = np.bytes_(kind)
    return group[name]


def read(content: bytes, name: str = "a.npz") -> Recorded:
    return read_recordings([(name, content)])


each_container = pytest.mark.parametrize(
    ("write", "name"), [(npz, "a.npz"), (mat, "a.mat"), (mat73, "a.mat"), (h5, "a.h5")]
)
each_matlab = pytest.mark.parametrize("write", [mat, mat73])


@each_container
def test_vectors_of_one_length_are_channels_beside_their_times(write, name):
    found = read(write(time=T, acc=WAVE, gyro=OTHER), name)
    assert found.channel_names == ("acc", "gyro")
    assert found.rates == pytest.approx([50])
    assert found.ignored == ("time",)
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


@each_container
@pytest.mark.parametrize(
    ("said", "rate"),
    [
        ({"fs": 50}, 50),
        ({"Fs": 50.0}, 50),
        ({"sample_rate": 50}, 50),
        ({"sampling_frequency_hz": 50}, 50),
        ({"fs_khz": 0.05}, 50),
        ({"dt": 0.02}, 50),
        ({"dt_ms": 20}, 50),
        ({"sampling_interval": 0.02}, 50),
        ({"gain": 3.0}, None),
    ],
)
def test_a_single_number_may_say_the_rate(write, name, said, rate):
    found = read(write(v=WAVE, **said), name)
    assert found.channel_names == ("v",)
    assert found.rates == pytest.approx([rate or np.nan], nan_ok=True)
    assert found.ignored == tuple(said)


@each_container
def test_a_matrix_of_moments_takes_vectors_as_long_as_it_for_more_channels(write, name):
    found = read(write(t=T, acc=np.stack([WAVE, OTHER, -WAVE], axis=1), temp=OTHER * 2), name)
    assert found.channel_names == ("acc 1", "acc 2", "acc 3", "temp")
    assert found.rates == pytest.approx([50])
    assert len(found.values) == 1


@each_container
def test_few_long_rows_are_channels(write, name):
    found = read(write(x=np.stack([WAVE, OTHER, -WAVE])), name)
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER, -WAVE], rtol=1e-6)


def test_few_long_rows_of_a_bare_array_are_channels():
    found = read(npy(np.stack([WAVE, OTHER])), "a.npy")
    assert len(found.values) == 1
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


@each_container
def test_names_of_channels_may_stand_beside_them(write, name):
    found = read(write(x=np.stack([WAVE, OTHER]), channels=np.array(["up", "down"])), name)
    assert found.channel_names == ("up", "down")
    assert found.labels == {}


@each_container
def test_times_say_which_axis_of_signals_is_time(write, name):
    found = read(write(t=np.arange(40) / 8, y=SIGNALS.T), name)
    np.testing.assert_allclose(np.concatenate(found.values), SIGNALS, rtol=1e-6)
    assert found.rates == pytest.approx([8] * 30)


@each_container
def test_labels_say_which_axis_of_signals_counts_them(write, name):
    for array in (SIGNALS, SIGNALS.T):
        found = read(write(y=array, state=STATES), name)
        np.testing.assert_allclose(np.concatenate(found.values), SIGNALS, rtol=1e-6)
        assert found.labels["state"].tolist() == STATES.tolist()


@each_container
def test_matrices_of_one_shape_are_channels_of_signals(write, name):
    found = read(write(u=SIGNALS, i=2 * SIGNALS, state=STATES), name)
    assert found.channel_names in (("u", "i"), ("i", "u"))
    assert np.stack(found.values).shape == (30, 2, 40)


def test_signals_for_training_and_for_testing_are_joined():
    found = read(npz(x_train=SIGNALS[:20], y_train=np.arange(20) % 3, x_test=SIGNALS[20:], y_test=np.arange(10) % 3))
    np.testing.assert_allclose(np.concatenate(found.values), SIGNALS, rtol=1e-6)
    assert found.labels["y"].tolist() == [*(np.arange(20) % 3), *(np.arange(10) % 3)]


def test_matrices_of_other_numbers_of_signals_are_told_apart_by_their_names():
    found = read(npz(normal=SIGNALS[:18], worn=SIGNALS[18:]))
    assert found.labels["array"].tolist() == ["normal"] * 18 + ["worn"] * 12


def test_a_small_array_that_fits_nowhere_is_left_out_and_told():
    found = read(npz(v=WAVE, calibration=np.eye(3)))
    assert found.channel_names == ("v",)
    assert found.ignored == ("calibration",)
    assert "“calibration” (3 × 3) fits no axis of the signals; it is left out." in found.findings[0].sentence


def test_vectors_of_other_lengths_that_are_numbered_are_recordings():
    found = read(npz(run_1=WAVE, run_2=WAVE[:400], run_3=WAVE[:500]))
    assert [values.shape for values in found.values] == [(1, 600), (1, 400), (1, 500)]
    assert found.names[1] == "a.npz, run_2"


def test_vectors_of_other_lengths_that_say_nothing_are_refused():
    with pytest.raises(SignalFileError, match=r"several arrays that could be the signals: acc \(600\), temp \(150\)"):
        read(npz(acc=WAVE, temp=OTHER[:150]))


def test_times_of_day_in_an_array_are_times():
    times = np.datetime64("2024-03-01T10:00:00") + np.arange(600) * np.timedelta64(20, "ms")
    found = read(npz(time=times, v=WAVE))
    assert found.channel_names == ("v",)
    assert found.rates == pytest.approx([50])


@pytest.mark.parametrize(
    "shape", [(25, 3, 40), (25, 40, 3), (25, 16, 4), (4, 32, 600), (4, 600, 32), (9, 2, 16)], ids=str
)
def test_the_longer_axis_of_an_array_is_time(shape):
    found = read(npy(np.random.default_rng(0).normal(size=shape).astype("f4")), "a.npy")
    assert found.values[0].shape == (min(shape[1:]), max(shape[1:]))


@pytest.mark.parametrize("turned", [False, True])
def test_smooth_courses_say_which_axis_is_time_where_both_may_be(turned):
    walks = np.random.default_rng(0).normal(size=(20, 32, 24)).cumsum(axis=2)
    found = read(npy(walks.swapaxes(1, 2) if turned else walks), "a.npy")
    np.testing.assert_allclose(np.stack(found.values), walks, rtol=1e-6)


@each_container
def test_complex_numbers_are_two_channels(write, name):
    found = read(write(z=WAVE + 1j * OTHER, fs=1e6), name)
    assert found.channel_names == ("I", "Q")
    assert found.rates.tolist() == [1e6]
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


def test_complex_recordings_of_several_channels_have_twice_as_many():
    values = (SIGNALS[:, None] * [[1], [2]]) + 1j * SIGNALS[:, None]
    found = read(npz(z=values))
    np.testing.assert_allclose(np.stack(found.values), np.concatenate([values.real, values.imag], axis=1), rtol=1e-6)


def test_a_swing_on_a_large_level_survives_in_the_recordings_that_have_one():
    found = read(npz(x=np.concatenate([SIGNALS[:15], 1e9 + 0.01 * SIGNALS[15:]])[:, None]))
    np.testing.assert_allclose(found.values[20][0] - 1e9, 0.01 * SIGNALS[20], atol=1e-6)
    np.testing.assert_allclose(found.values[3][0], SIGNALS[3], rtol=1e-6)


@pytest.mark.parametrize("cells", [["x", WAVE], [{"a": 1}, WAVE]])
def test_cells_of_different_kinds_are_left_out_and_told(cells):
    odd = np.empty(2, object)
    odd[:] = cells
    found = read(mat(v=WAVE, c=odd), "a.mat")
    assert (found.channel_names, found.ignored) == (("v",), ("c",))
    assert found.findings[0].sentence == "“c” holds cells of different kinds; it is left out."


def test_bare_complex_numbers_are_two_channels():
    assert read(npy(WAVE + 1j * OTHER), "a.npy").channel_names == ("I", "Q")
    assert np.stack(read(npy(SIGNALS + 1j), "a.npy").values).shape == (30, 2, 40)
    content = (WAVE + 1j * OTHER).astype("<c8").tobytes()
    np.testing.assert_allclose(read(content, "a.cfile").values[0], [WAVE, OTHER], rtol=1e-6)


def test_a_structured_array_has_columns():
    array = np.zeros(600, [("t", "f8"), ("u", "f4"), ("i", "f4")])
    array["t"], array["u"], array["i"] = T, WAVE, OTHER
    for found in (read(npy(array), "a.npy"), read(npz(run=array)), read(npz(run=array, u=1.0, fs=50))):
        assert [name.removeprefix("run.") for name in found.channel_names] == ["u", "i"]
        assert found.rates == pytest.approx([50])


def test_structures_within_a_structured_array_are_columns():
    array = np.zeros(600, [("t", "f8"), ("u", [("x", "f4"), ("y", "f4")])])
    array["t"], array["u"]["x"], array["u"]["y"] = T, WAVE, OTHER
    found = read(npy(array), "a.npy")
    assert found.channel_names == ("u.x", "u.y")
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


def test_half_a_complex_number_is_refused():
    with pytest.raises(SignalFileError, match="no whole number of complex samples"):
        read(b"123456789", "a.cfile")


def test_pickled_objects_beside_signals_are_left_out_and_told():
    found = read(npz(x=SIGNALS, meta=np.array({"a": 1}, object)))
    assert len(found.values) == 30
    assert found.ignored == ("meta",)
    assert "“meta” holds pickled Python objects" in found.findings[0].sentence


def test_a_sparse_matrix_has_its_zeros():
    array = (SIGNALS > 1).astype(np.float64)
    file = io.BytesIO()
    sparse.save_npz(file, sparse.csr_matrix(array))
    columns = sparse.csc_matrix(array)
    for content, name in ((file.getvalue(), "a.npz"), (mat(mask=columns), "a.mat"), (mat73(mask=columns), "a.mat")):
        found = read(content, name)
        np.testing.assert_array_equal(np.concatenate(found.values), array)


# MATLAB and HDF5


@each_matlab
def test_a_structure_holds_signals_and_their_rate(write):
    found = read(write(rec={"signals": SIGNALS, "info": {"Fs": 100}, "by": "me"}), "a.mat")
    assert len(found.values) == 30
    assert found.rates.tolist() == [100] * 30
    assert "Fs" in found.ignored


@each_matlab
def test_an_array_of_structures_holds_recordings(write):
    runs = np.zeros((1, 3), [("v", "O"), ("fs", "O"), ("state", "O")])
    for i, run in enumerate(runs[0]):
        run["v"], run["fs"], run["state"] = WAVE[: 600 - 100 * i], 50 + i, "ok" if i else "worn"
    found = read(write(runs=runs), "a.mat")
    assert [values.shape for values in found.values] == [(1, 600), (1, 500), (1, 400)]
    assert found.rates.tolist() == [50, 51, 52]
    assert found.labels["state"].tolist() == ["worn", "ok", "ok"]


@each_matlab
def test_cells_are_recordings_and_cells_of_text_their_labels(write):
    cells = np.empty(30, object)
    names = np.empty(30, object)
    for i in range(30):
        cells[i], names[i] = SIGNALS[i], str(STATES[i])
    found = read(write(data=cells, label=names, fs=20), "a.mat")
    np.testing.assert_allclose(np.concatenate(found.values), SIGNALS, rtol=1e-6)
    assert found.labels["label"].tolist() == STATES.tolist()
    assert found.rates.tolist() == [20] * 30


def test_groups_with_the_same_datasets_are_recordings():
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        for i in range(3):
            target[f"run{i}/v"] = WAVE[: 600 - 100 * i]
            target[f"run{i}"].attrs["fs"] = 50
    found = read(file.getvalue(), "a.h5")
    assert [values.shape for values in found.values] == [(1, 600), (1, 500), (1, 400)]
    assert found.rates.tolist() == [50, 50, 50]


@pytest.mark.parametrize("name", ["unit", "units"])
@pytest.mark.parametrize("place", ["/", "x"])
@pytest.mark.parametrize("shape", [(30, 40), (30, 1, 40), (2, 600), (1200,)])
def test_attributes_say_the_unit_of_signals(name, place, shape):
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        target["x"] = np.resize(SIGNALS, shape)
        target[place].attrs[name] = "mV"
    assert understand([("a.h5", file.getvalue())]).unit == "mV"


@pytest.mark.parametrize("named", [{"signals": SIGNALS}, {"u": WAVE, "i": OTHER}])
@pytest.mark.parametrize(("write", "name"), [(npz, "a.npz"), (mat, "a.mat"), (mat73, "a.mat")])
def test_a_unit_beside_signals_is_theirs(write, name, named):
    assert understand([(name, write(**named, fs=np.array(50.0), unit=np.array("mV")))]).unit == "mV"


def test_attributes_say_units_and_rates():
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        target["u"], target["i"] = WAVE, OTHER
        target["u"].attrs["units"] = "V"
        target["i"].attrs["units"] = "V"
        target.attrs["sampling_rate"] = 50.0
    found = read(file.getvalue(), "a.hdf5")
    assert found.unit == "V"
    assert found.rates.tolist() == [50]


def test_rows_of_a_table_in_hdf5_have_columns():
    array = np.zeros(600, [("t", "f8"), ("u", "f4")])
    array["t"], array["u"] = T, WAVE
    found = read(h5(table=array), "a.h5")
    assert found.channel_names == ("u",)
    assert found.rates == pytest.approx([50])


def test_lists_in_hdf5_are_recordings():
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        data = target.create_dataset("x", (3,), h5py.vlen_dtype("f4"))
        for i in range(3):
            data[i] = WAVE[: 600 - 100 * i]
    assert [values.shape for values in read(file.getvalue(), "a.h5").values] == [(1, 600), (1, 500), (1, 400)]


def spoiled(content: bytes, spoil: Callable[[h5py.File], None]) -> bytes:
    """A file of HDF5 with something else in it."""
    file = io.BytesIO(content)
    with h5py.File(file, "r+") as target:
        spoil(target)
    return file.getvalue()


def of_class(name: str, kind: str) -> Callable[[h5py.File], None]:
    return lambda file: file[name].attrs.__setitem__("MATLAB_class", np.bytes_(kind))


def nested(depth: int) -> np.ndarray:
    cells = np.empty(1, object)
    cells[0] = nested(depth - 1) if depth else WAVE
    return cells


@pytest.mark.parametrize(
    ("name", "more", "spoil", "says"),
    [
        ("a.mat", np.zeros(6), of_class("more", "table"), "“more” is a MATLAB table, string or other object"),
        ("a.mat", STATES, of_class("more", "function_handle"), "“more” is a MATLAB table, string or other object"),
        ("a.mat", np.array(["ok"] * 41, object), None, "“more” has 41 cells, more than can be read (40)"),
        ("a.mat", nested(9), None, "“more” is nested too deeply"),
        ("a.h5", np.zeros(4, "V8"), None, "“more” holds no numbers (|V8)"),
        ("a.h5", 0, lambda file: file.create_dataset("link", data=file["v"].ref), "“link” refers to other arrays"),
    ],
)
def test_what_cannot_be_read_beside_signals_is_left_out_and_told(name, more, spoil, says, monkeypatch):
    monkeypatch.setattr("core.recordings.reading.hdf5.MAX_MEMBERS", 40)
    content = (mat73 if name == "a.mat" else h5)(v=WAVE, more=more)
    found = read(spoiled(content, spoil) if spoil else content, name)
    assert found.channel_names == ("v",)
    np.testing.assert_allclose(found.values[0], [WAVE], rtol=1e-6)
    assert says in " ".join(finding.sentence for finding in found.findings)


def test_what_is_empty_beside_signals_says_nothing():
    content = spoiled(mat73(v=WAVE, note=[0, 0]), lambda file: file["note"].attrs.__setitem__("MATLAB_empty", 1))
    for name, own in (("a.mat", content), ("a.h5", h5(v=WAVE, note=h5py.Empty("f4")))):
        found = read(own, name)
        assert (found.channel_names, found.ignored, found.findings) == (("v",), (), ())


def test_too_many_arrays_and_cells_and_groups_that_hold_themselves_are_refused(monkeypatch):
    monkeypatch.setattr("core.recordings.reading.hdf5.MAX_MEMBERS", 20)
    many = h5(**{f"v{i}": 0.0 for i in range(21)})
    cells = spoiled(mat73(c=STATES[:6]), lambda file: file["c"].write_direct(np.full((6, 1), file["c"].ref, object)))
    groups = spoiled(h5(v=WAVE), lambda file: [file.__setitem__(f"g{i}", file["/"]) for i in range(6)])
    for name, content in (("a.h5", many), ("a.mat", cells), ("a.h5", groups)):
        with pytest.raises(SignalFileError, match="holds more than 20 arrays; keep the signals"):
            read(content, name)


def test_a_function_of_matlab_is_left_out_and_told():
    content = mat(v=WAVE)
    for own in (content, content[:128]):
        found = understand([("a.mat", own + _matlab_function("f"))])
        assert "“f” is a MATLAB table, string or other object, which only MATLAB can open" in " ".join(found.said)
        assert (found.channels, found.ignored) == ((("v",), ("f",)) if own is content else (None, ()))


def _matlab_function(name: str) -> bytes:
    def element(kind: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack("<II", kind, len(body)) + body.ljust(-(-len(body) // 8) * 8, b"\0")

    def variable(group: int, shape: tuple[int, int], name: bytes, content: bytes) -> bytes:
        flags, size = struct.pack("<II", group, 0), struct.pack("<ii", *shape)
        return element(14, element(6, flags), element(5, size), element(1, name), content)

    return variable(16, (1, 1), name.encode(), variable(4, (1, 4), b"", element(16, b"@sin")))


def test_matlab_s_hidden_workspace_is_no_signal():
    content = mat(v=WAVE, ws=np.zeros((1, 900), np.uint8)).replace(b"\1\0\2\0ws", b"\1\0\0\0\0\0")
    found = read(content, "a.mat")
    assert found.channel_names == ("v",)
    assert found.ignored == ("__function_workspace__",)


# A swing on a large level


@each_container
def test_a_swing_on_a_large_level_survives(write, name):
    found = read(write(f=1e7 + 0.02 * WAVE), name)
    assert found.values[0].dtype == np.float64
    np.testing.assert_allclose(found.values[0][0] - 1e7, 0.02 * WAVE, atol=1e-8)


# Many columns


@pytest.mark.parametrize(("swings", "n"), [(np.ones(28), 28), (np.where(np.arange(28) == 3, 50.0, 1.0), 1)])
def test_many_numbered_columns_are_channels_where_one_swings_far_more_than_the_others(swings, n):
    values = np.random.default_rng(0).normal(size=(300, 28)).cumsum(axis=0) * swings
    header = ",".join(f"x{i}" for i in range(28))
    content = "\n".join([header, *(",".join(f"{value:.3f}" for value in row) for row in values)])
    assert len(read(content.encode(), "a.csv").values) == n
