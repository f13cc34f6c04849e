"""Files of several arrays, as NumPy, MATLAB, HDF5 and Arrow write them."""

import io

import h5py
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import ipc
from scipy import io as scipy_io
from scipy import sparse

from core.recordings.import_files import read_recordings
from core.recordings.reading.raw import Recorded

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


def arrow(table: pa.Table, compression: str | None = None, is_stream: bool = False) -> bytes:
    file = io.BytesIO()
    options = ipc.IpcWriteOptions(compression=compression)
    with (ipc.new_stream if is_stream else ipc.new_file)(file, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=250)
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
