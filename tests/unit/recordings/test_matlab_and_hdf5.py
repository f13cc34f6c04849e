"""Structures, cells, groups, tables and attributes of MATLAB and HDF5: signals, what is known of them, and what is left out."""

import io
import struct
from collections.abc import Callable

import h5py
import numpy as np
import pytest

from core.errors import SignalFileError
from core.recordings.understanding import understand
from tests.unit.recordings.containers import (
    OTHER,
    SIGNALS,
    STATES,
    WAVE,
    T,
    each_matlab,
    h5,
    mat,
    mat73,
    npz,
    read,
)


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
