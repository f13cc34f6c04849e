"""Files of recordings of every kind, as large as they may be: as they come, and unpacked."""

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import edfio
import h5py
import nptdms
import numpy as np
import orjson
import pyarrow as pa
import soundfile
import wfdb
from pyarrow import feather, parquet
from scipy import io as scipy_io

from benchmarks._binary_files import Files, npy, npz
from core.recordings.reading.spreadsheet import CELL_BYTES
from core.recordings.reading.text import CELL, WORD

FULL = 0.99  # of what is allowed
CELLS = 200_000  # that are written at a time
START = datetime(2024, 1, 15)
STEP = timedelta(milliseconds=10)
N_CHANNELS, N_SAMPLES = 2, 512  # of a signal
NUMBER = 4  # bytes that a number of a binary file counts at least


def _moment(form: str) -> Callable[[int], str]:
    """The moment of a row in a form, in which MS are its milliseconds."""

    def written(row: int) -> str:
        moment = START + row * STEP
        return moment.strftime(form.replace("MS", f"{moment.microsecond // 1000:03}"))

    return written


FIRST: dict[str, Callable[[int], str]] = {  # what stands first in a row, by its name
    "": lambda row: "",
    "clock": _moment("%Y-%m-%d %H:%M:%S.%f"),
    "iso": _moment("%Y-%m-%dT%H:%M:%S.MS"),
    "half days": _moment("%m/%d/%Y %I:%M:%S.MS %p"),
    "german": _moment("%d.%m.%Y %H:%M:%S,MS"),
    "coarse": _moment("%Y-%m-%d %H:%M:%S"),
    "time,state": lambda row: f"{row / 100:.2f},{'walk' if row // 5_000 % 2 else 'run'}",
    "time,remark": lambda row: f"{row / 100:.2f},looked at no. {row}",
    "time,remarks": lambda row: f"{row / 100:.2f},{f'looked at no. {row}; ' * 10}",
    "time": lambda row: f"{row / 1000:.3f}",
}


@dataclass(frozen=True)
class _Table:
    """How a table of normal numbers is written as text. first: what stands first in a row, of `FIRST`."""

    n_columns: int
    first: str = ""
    delimiter: str = ","
    decimal: str = "."
    n_decimals: int = 5

    def __call__(self, n_bytes: int) -> bytes:
        """The table below a line of names, of at most so many bytes, also where its cells count for more than its text."""
        rng, file, n_allowed = np.random.default_rng(0), io.BytesIO(), n_bytes
        first = [name for name in self.first.split(",") if name]
        file.write(self.delimiter.join([*first, *(f"c{i}" for i in range(self.n_columns))]).encode() + b"\n")
        n_rows = CELLS // self.n_columns
        for start in range(0, n_bytes, n_rows):
            values = np.round(rng.normal(size=(n_rows, self.n_columns)), self.n_decimals)
            text = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].replace(b"],[", b"\n")
            text = text.replace(b",", b"|").replace(b".", self.decimal.encode()).replace(b"|", self.delimiter.encode())
            rows = text.split(b"\n")
            if first:
                rows = [
                    b"%s%s%s" % (self._first(start + i), self.delimiter.encode(), row) for i, row in enumerate(rows)
                ]
            piece = b"\n".join(rows) + b"\n"
            n_counted = CELL * len(rows) * (self.n_columns + len(first))
            if "remark" in self.first:
                n_counted += sum(WORD + 8 + row.find(b",", row.find(b",") + 1) for row in rows)
            n_bytes = min(n_bytes, n_allowed * len(piece) // n_counted)
            if file.tell() + len(piece) > n_bytes:
                file.write(piece[: piece.rfind(b"\n", 0, n_bytes - file.tell()) + 1])
                break
            file.write(piece)
        return file.getvalue()

    def _first(self, row: int) -> bytes:
        return FIRST[self.first](row).replace(",", self.delimiter if "," in self.first else ",").encode()


def _signals(n_bytes: int, kind: str = "f8") -> np.ndarray:
    """Random signals that take at most so many bytes, (n, N_CHANNELS, N_SAMPLES)."""
    n = n_bytes // (N_CHANNELS * N_SAMPLES * max(NUMBER, np.dtype(kind).itemsize))
    return _numbers((n, N_CHANNELS, N_SAMPLES), kind)


def _long(n_bytes: int, kind: str = "f8") -> np.ndarray:
    """One long recording that takes at most so many bytes, (4, n_samples)."""
    return _numbers((4, n_bytes // (4 * max(NUMBER, np.dtype(kind).itemsize))), kind)


def _numbers(shape: tuple[int, ...], kind: str) -> np.ndarray:
    found = np.random.default_rng(0).normal(size=shape)
    return (100 * found).astype(kind) if np.dtype(kind).kind == "i" else found.astype(kind)


def _labelled(n_bytes: int) -> dict[str, Any]:
    found = _signals(n_bytes - n_bytes // 100)
    return {"signals": found, "label": np.arange(len(found)) % 3, "fs": np.array(1000.0)}


def _hdf5(values: np.ndarray, is_packed: bool = False) -> bytes:
    file = io.BytesIO()
    options: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "chunks": True} if is_packed else {}
    with h5py.File(file, "w") as root:
        root.create_dataset("signals", data=values, **options)
        root["label"] = np.arange(len(values)) % 3
    return file.getvalue()


def _mat(variables: dict[str, Any], is_packed: bool = False) -> bytes:
    file = io.BytesIO()
    scipy_io.savemat(file, variables, do_compression=is_packed)
    return file.getvalue()


def _mat73(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=512) as root:
        root["signals"] = values.T
        root["signals"].attrs["MATLAB_class"] = np.bytes_("double")
    return b"MATLAB 7.3 MAT-file".ljust(512) + file.getvalue()[512:]


def _columns(n_bytes: int) -> pa.Table:
    values = _long(n_bytes * 3 // 4)
    return pa.table({"time": np.arange(values.shape[1]) / 1000, **{f"c{i}": row for i, row in enumerate(values)}})


def _written(write: Callable[..., None], table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    write(table, file, **options)
    return file.getvalue()


def _tdms(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    with nptdms.TdmsWriter(file) as writer:
        writer.write_segment(
            [nptdms.ChannelObject("run", f"c{i}", row, {"wf_increment": 0.01}) for i, row in enumerate(values)]
        )
    return file.getvalue()


def _edf(values: np.ndarray) -> bytes:
    values = values[:, : values.shape[1] // 100 * 100].astype(np.float64)
    return edfio.Edf(
        [edfio.EdfSignal(row, 100, label=f"c{i}", physical_dimension="uV") for i, row in enumerate(values)]
    ).to_bytes()


def _sound(values: np.ndarray, kind: str, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, values.T / 10, 8000, subtype, format=kind)
    return file.getvalue()


def _record(values: np.ndarray) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        names = [f"c{i}" for i in range(len(values))]
        wfdb.wrsamp("a", 100, ["mV"] * len(values), names, values.T, fmt=["16"] * len(values), write_dir=folder)
        return [(name, (Path(folder) / name).read_bytes()) for name in ("a.hea", "a.dat")]


def _workbook(n_bytes: int) -> bytes:
    """A sheet of numbers, as large as it may be unpacked."""
    cell = '<c r="A123456"><v>-0.12345</v></c>'
    n_rows = min(n_bytes // (len(cell) + 4), n_bytes // CELL_BYTES) // 4
    values = np.round(_numbers((n_rows, 3), "f8"), 5).tolist()
    rows = "".join(
        f'<row r="{i}"><c r="A{i}"><v>{i / 100}</v></c>'
        + "".join(f'<c r="{letter}{i}"><v>{value}</v></c>' for letter, value in zip("BCD", row, strict=True))
        + "</row>"
        for i, row in enumerate(values, 2)
    )
    names = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for letter, name in zip("ABCD", ("time", "u", "v", "w"), strict=True)
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    places = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def related(kind: str, target: str) -> str:
        link = f'<Relationship Id="r1" Type="{places}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{package}/relationships">{link}</Relationships>'

    default = '<Default Extension="xml" ContentType="application/xml"/>'
    sheets = '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">{default}</Types>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{places}">{sheets}</workbook>',
        "_rels/.rels": related("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": related("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet {main}><sheetData><row r="1">{names}</row>{rows}</sheetData></worksheet>',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return file.getvalue()


TEXT = {
    "rows, 300 columns": _Table(300),
    "wide, 4,096 columns": _Table(4096),
    "a time and 64 channels": _Table(64, "time"),
    "long, 4 columns": _Table(4),
    "decimal comma, 300 columns": _Table(300, "", ";", ","),
    "blanks, 4 columns": _Table(4, "", "   "),
    "a clock and 2 short columns": _Table(2, "clock", n_decimals=1),
    "an ISO clock and 1 short column": _Table(1, "iso", n_decimals=1),
    "a clock of AM and PM and 1 short column": _Table(1, "half days", n_decimals=1),
    "a German clock and 1 short column": _Table(1, "german", ";", ",", n_decimals=1),
    "a coarse clock and 1 short column": _Table(1, "coarse", n_decimals=1),
    "a time, 1 short column and words": _Table(1, "time,state", n_decimals=1),
    "a time, 1 column and remarks": _Table(1, "time,remark"),
    "a time, 1 column and long remarks": _Table(1, "time,remarks"),
    "one short column": _Table(1, n_decimals=1),
}
BINARY: dict[str, tuple[str, Callable[[int], bytes]]] = {
    ".csv.gz, 4 columns": ("a.csv.gz", lambda n: gzip.compress(TEXT["long, 4 columns"](n), 1)),
    ".xlsx": ("a.xlsx", _workbook),
    ".npy": ("a.npy", lambda n: npy(_signals(n))),
    ".npy, single precision": ("a.npy", lambda n: npy(_signals(n, "f4"))),
    ".npy, a table": ("a.npy", lambda n: npy(_long(n).T)),
    ".npz": ("a.npz", lambda n: npz(np.savez, **_labelled(n))),
    ".npz, packed": ("a.npz", lambda n: npz(np.savez_compressed, **_labelled(n))),
    ".mat": ("a.mat", lambda n: _mat(_labelled(n))),
    ".mat, packed": ("a.mat", lambda n: _mat(_labelled(n), is_packed=True)),
    ".mat, one long recording": ("a.mat", lambda n: _mat({"u": _long(n)})),
    ".mat 7.3": ("a.mat", lambda n: _mat73(_signals(n))),
    "HDF5": ("a.h5", lambda n: _hdf5(_signals(n - n // 100))),
    "HDF5, single precision": ("a.h5", lambda n: _hdf5(_signals(n - n // 100, "f4"))),
    "HDF5, packed": ("a.h5", lambda n: _hdf5(_signals(n - n // 100), is_packed=True)),
    "HDF5, 16 bits": ("a.h5", lambda n: _hdf5(_signals(n - n // 100, "i2"))),
    "Parquet": ("a.parquet", lambda n: _written(parquet.write_table, _columns(n), use_dictionary=False)),
    "Feather": ("a.feather", lambda n: _written(feather.write_feather, _columns(n), compression="uncompressed")),
    "TDMS": ("a.tdms", lambda n: _tdms(_long(n))),
    "EDF": ("a.edf", lambda n: _edf(_long(n, "i2"))),
    "WAV, 16 bits": ("a.wav", lambda n: _sound(_long(n, "f4"), "WAV", "PCM_16")),
    "WAV, double precision": ("a.wav", lambda n: _sound(_long(n), "WAV", "DOUBLE")),
    "FLAC": ("a.flac", lambda n: _sound(_long(n, "f4"), "FLAC", "PCM_16")),
    ".cfile": ("a.cfile", lambda n: _numbers((n // 4,), "f4").tobytes()[: n // 8 * 8]),
}


def _named(name: str, make: Callable[[int], bytes]) -> Callable[[int], Files]:
    return lambda n_bytes: [(name, make(n_bytes))]


KINDS: dict[str, Callable[[int], Files]] = {  # the files of each kind that have so many bytes at most
    **{title: _named("table.csv", table) for title, table in TEXT.items()},
    **{title: _named(name, make) for title, (name, make) in BINARY.items()},
    "WFDB": lambda n_bytes: _record(_long(n_bytes)),
}
