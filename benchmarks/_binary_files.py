"""Small whole files of every kind that is no plain text, and what may go wrong with their bytes."""

import gzip
import io
import re
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import edfio
import h5py
import nptdms
import numpy as np
import openpyxl
import pyarrow as pa
import soundfile
import wfdb
from pyarrow import feather, ipc, parquet
from scipy import io as scipy_io
from scipy import sparse

Files = list[tuple[str, bytes]]

N = 300  # samples
HEAD = 600  # bytes, where most numbers stand that say how large something is
DIGITS = re.compile(rb"\d+")
LARGE = (0, 1, 255, 2**15, 2**16, 2**24, 2**31 - 1, 2**32 - 1, 2**40, 2**62, 2**63 - 1)
PACKED_KINDS = ("npz", "xlsx")  # ZIP files, in which what is packed can be spoiled, too


def originals() -> list[Files]:
    """Whole files, those of one recording together."""
    wave = np.sin(np.arange(N) / 7)
    values = np.stack([wave, wave**2, np.cos(wave)])
    signals = np.random.default_rng(0).normal(size=(40, 2, 64)).astype(np.float32)
    arrays: dict[str, Any] = {
        "signals": signals,
        "label": np.arange(40) % 3,
        "fs": np.array(100.0),
        "name": np.array(["a"] * 40),
    }
    times = pa.array(np.arange(N) * 10**6, pa.timestamp("us"))
    words = pa.array(["walk", "run"] * (N // 2)).dictionary_encode()
    table = pa.table({"time": times, "u": wave, "v": wave.astype(np.float32), "state": words})
    lists = pa.table({"signal": pa.array(signals[:, 0].tolist()), "label": arrays["label"]})
    text = "time,u,v\n" + "".join(f"{i / 100},{v:.4f},{-v:.3f}\n" for i, v in enumerate(wave))
    return [
        [("a.npy", npy(values))],
        [("b.npy", npy(signals))],
        [("c.npy", npy(np.array([(i, v) for i, v in enumerate(wave)], [("t", "f8"), ("u", "f4")])))],
        [("a.npz", npz(np.savez, **arrays))],
        [("b.npz", npz(np.savez_compressed, t=np.arange(N) / 100, u=wave, v=wave))],
        [("c.npz", _sparse(values))],
        [("a.mat", _mat(arrays, format="4"))],
        [("b.mat", _mat({"run": {"u": values, "fs": 100.0}, "cells": _cells(values)}))],
        [("c.mat", _mat(arrays, do_compression=True))],
        [("d.mat", _mat({"s": sparse.csc_matrix(np.round(values)), "z": values + 1j, "text": "words"}))],
        [("e.mat", b"MATLAB 7.3 MAT-file".ljust(512) + _hdf5(values, arrays, is_matlab=True))],
        [("a.h5", _hdf5(values, arrays))],
        [("a.parquet", _written(parquet.write_table, table))],
        [("b.parquet", _written(parquet.write_table, lists, compression="zstd"))],
        [("a.feather", _written(feather.write_feather, table, compression="lz4"))],
        [("a.arrow", _stream(table))],
        [("a.xlsx", _xlsx(wave))],
        [("a.tdms", _tdms(values))],
        [("a.edf", _biosignals(edfio.Edf, edfio.EdfSignal, values))],
        [("a.bdf", _biosignals(edfio.Bdf, edfio.BdfSignal, values))],
        [("a.lvm", _lvm(wave))],
        [("a.wav", _sound(values, "WAV", "PCM_16"))],
        [("b.wav", _sound(values, "WAV", "DOUBLE"))],
        [("a.flac", _sound(values, "FLAC", "PCM_16"))],
        _record(values),
        [("a.cfile", (wave + 1j * wave[::-1]).astype("<c8").tobytes())],
        [("a.csv.gz", gzip.compress(text.encode()))],
        [("a.npy.gz", gzip.compress(npy(values)))],
    ]


def mutated(files: Files, rng: np.random.Generator) -> Files:
    """The same files, one of which has a few bytes wrong: as they are stored, or in what is packed in them."""
    place = int(rng.integers(len(files)))
    name, content = files[place]
    is_inside = rng.random() < 0.5
    if is_inside and name.endswith(PACKED_KINDS):
        content = _repacked(content, rng)
    elif is_inside and name.endswith(".gz"):
        content = gzip.compress(spoiled(gzip.decompress(content), rng))
    elif is_inside and name == "c.mat":
        content = _repacked_mat(content, rng)
    else:
        content = spoiled(content, rng)
    return [(one, content if i == place else other) for i, (one, other) in enumerate(files)]


def spoiled(content: bytes, rng: np.random.Generator) -> bytes:
    """The same bytes with a few of them wrong."""
    for _ in range(int(rng.integers(1, 4))):
        n = len(content)
        if not n:
            return content
        start = int(rng.integers(min(n, HEAD) if rng.random() < 0.5 else n))
        length = int(rng.choice([1, 2, 4, 8, 64]))
        kind = int(rng.integers(8))
        if kind == 0:  # one bit
            content = content[:start] + bytes([content[start] ^ 1 << int(rng.integers(8))]) + content[start + 1 :]
        elif kind == 1:  # the end is missing
            content = content[:start]
        elif kind == 2:  # a piece comes once more, elsewhere
            other = int(rng.integers(n))
            content = content[:start] + content[other : other + length] + content[start + length :]
        elif kind == 3:
            content = content[:start] + rng.bytes(length) + content[start:]
        elif kind == 4:
            content = content[:start] + bytes(length) + content[start + length :]
        elif kind == 5:
            content = content[:start] + content[start + length :]
        elif kind == 6:  # a number is another
            number = struct.pack(str(rng.choice(["<Q", ">Q", "<Q", "<d"])), LARGE[int(rng.integers(len(LARGE)))])
            size = int(rng.choice([2, 4, 8]))
            content = content[:start] + number[:size] + content[start + size :]
        elif found := DIGITS.search(content, start):  # digits are others
            digits = b"%d" % LARGE[int(rng.integers(len(LARGE)))]
            content = content[: found.start()] + digits + content[found.end() :]
    return content


def _repacked(content: bytes, rng: np.random.Generator) -> bytes:
    """A ZIP file of which one member is spoiled."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = names[int(rng.integers(len(names)))]
        for name in names:
            new.writestr(name, spoiled(old.read(name), rng) if name == chosen else old.read(name))
    return file.getvalue()


def _repacked_mat(content: bytes, rng: np.random.Generator) -> bytes:
    """A MATLAB file of which the first packed variable is spoiled."""
    (size,) = struct.unpack_from("<I", content, 132)
    packed = zlib.compress(spoiled(zlib.decompress(content[136 : 136 + size]), rng))
    return content[:132] + struct.pack("<I", len(packed)) + packed + content[136 + size :]


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(save: Any, **arrays: Any) -> bytes:
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def _sparse(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    sparse.save_npz(file, sparse.csr_matrix(np.round(values)))
    return file.getvalue()


def _cells(values: np.ndarray) -> np.ndarray:
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found


def _mat(variables: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    if options.get("format") == "4":
        variables = {"signals": np.asarray(variables["signals"])[:, 0], "label": variables["label"]}
    scipy_io.savemat(file, variables, **options)
    return file.getvalue()


def _hdf5(values: np.ndarray, arrays: dict[str, Any], is_matlab: bool = False) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        run = root.create_group("run")
        run.create_dataset("u", data=values, chunks=(1, 100), compression="gzip")
        run.attrs["fs"] = 100.0
        root["label"] = arrays["label"]
        if is_matlab:
            root["label"].attrs["MATLAB_class"] = np.bytes_("double")
        else:
            root["names"] = np.array([b"a", b"b", b"c"])
    return file.getvalue()


def _written(write: Any, table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    write(table, file, **options)
    return file.getvalue()


def _stream(table: pa.Table) -> bytes:
    file = io.BytesIO()
    with ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def _xlsx(wave: np.ndarray) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.append(["time [s]", "u [V]"])
    for i, value in enumerate(wave):
        workbook.active.append([i / 100, float(value)])
    workbook.create_sheet("notes").append(["by", "nobody"])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _tdms(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    with nptdms.TdmsWriter(file) as writer:
        options = {"wf_increment": 0.01, "unit_string": "V"}
        writer.write_segment([nptdms.ChannelObject("run", f"u{i}", row, options) for i, row in enumerate(values)])
    return file.getvalue()


def _biosignals(make: Any, signal: Any, values: np.ndarray) -> bytes:
    return make([signal(row, 100, label=f"u{i}", physical_dimension="uV") for i, row in enumerate(values)]).to_bytes()


def _lvm(wave: np.ndarray) -> bytes:
    rows = "".join(f"{i / 100}\t{v:.5f}\t{-v:.5f}\n" for i, v in enumerate(wave))
    return (
        "LabVIEW Measurement\t\nSeparator\tTab\n***End_of_Header***\t\n\t\nChannels\t2\t\t\nY_Unit_Label\tVolts\tVolts\t\n"
        f"Delta_X\t0.01\t0.01\t\n***End_of_Header***\t\t\t\nX_Value\tu\tv\tComment\n{rows}"
    ).encode()


def _sound(values: np.ndarray, kind: str, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, values.T, 8000, subtype, format=kind)
    return file.getvalue()


def _record(values: np.ndarray) -> Files:
    """A header and its samples."""
    with tempfile.TemporaryDirectory() as folder:
        wfdb.wrsamp("a", 100, ["mV"] * 3, ["u", "v", "w"], values.T, fmt=["16"] * 3, write_dir=folder)
        return [(name, (Path(folder) / name).read_bytes()) for name in ("a.hea", "a.dat")]
