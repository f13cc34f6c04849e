"""Bad and odd files, and what is said of each."""

import gzip
import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable

import h5py
import numpy as np
import pyarrow as pa
import pytest
import soundfile
from pyarrow import parquet
from scipy import io as scipy_io

from core.errors import SignalFileError
from core.recordings.reading.files import read
from core.recordings.reading.raw import Table

MATRIX = np.random.default_rng(0).normal(size=(5, 30)).astype(np.float32)
HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }"


def npy(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npy_with(header: str, content: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """A NumPy file with a header of one's own."""
    length = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header.encode() + content


def npz(**named) -> bytes:
    file = io.BytesIO()
    np.savez(file, **named)
    return file.getvalue()


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def mat(**named) -> bytes:
    file = io.BytesIO()
    scipy_io.savemat(file, named, do_compression=True)
    return file.getvalue()


def mat_with(*numbers: int, instead: tuple[int, ...]) -> bytes:
    """A MATLAB file with other numbers in place of those that stand before a part of its only variable."""
    file = io.BytesIO()
    scipy_io.savemat(file, {"x": MATRIX})
    before, after = (b"".join(struct.pack("<i", number) for number in one) for one in (numbers, instead))
    assert before in file.getvalue()
    return file.getvalue().replace(before, after, 1)


def sparse_npz(**named) -> bytes:
    """A sparse matrix as SciPy writes it, with something else in some of its arrays."""
    parts = {"format": np.array(b"csr"), "shape": np.array([1, 3]), "data": np.ones(2), "indptr": np.array([0, 2])}
    return npz(**parts, **named)


def hdf5(**named) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        for name, options in named.items():
            target.create_dataset(name, **options)
    return file.getvalue()


def sound(values: np.ndarray, kind: str = "WAV", **options) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, values, 8000, format=kind, **options)
    return file.getvalue()


def parquet_of(**columns) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def spoiled(content: bytes, start: int, length: int) -> bytes:
    """The content with other bytes in one place."""
    return content[:start] + bytes(255 - byte for byte in content[start : start + length]) + content[start + length :]


class _Trap:
    """Something that does harm when it is unpickled."""

    def __reduce__(self) -> tuple[Callable, tuple]:
        return _spring, ()


def _spring() -> None:
    _sprung.append(1)


_sprung: list[int] = []

PACKED = gzip.compress("\n".join(f"{x:.6f},{-x:.3f}" for x in MATRIX.ravel()).encode())
TABLE = parquet_of(a=np.random.default_rng(0).normal(size=1000))
WAV, FLAC = sound(MATRIX[0]), sound(np.tile(MATRIX[0] / 9, 100), "FLAC")
EMPTY, NO_ROWS, RAGGED = (
    "is empty",
    "has names of columns but no rows; give at least one",
    "give all rows the same number",
)
NOT_NUMPY, NOT_GZIP, UNKNOWN = (
    "no whole NumPy file of numbers",
    "not a whole gzip file",
    "has an unsupported file type; use one of: csv",
)
NOT_TEXT, QUOTE, NOT_SOUND = (
    "is not text, whatever its name says",
    "a quote that is not closed",
    "not a whole WAV or FLAC",
)
NOT_PARQUET, NOT_NPZ, NOT_MAT = "not a whole Parquet file", "not a whole archive of NumPy", "not a whole MATLAB file"
TOO_LARGE, PICKLED = "holds more than 200 MB when unpacked", "holds pickled Python objects, which are never opened"
DECIMALS = "has commas between its cells and also before decimals"
BAD = {
    "nothing": ("a.csv", b"", EMPTY),
    "blanks": ("a.csv", b"   \n   ", EMPTY),
    "empty lines": ("a.csv", b"\n\r\n\n", EMPTY),
    "only a mark of its encoding": ("a.csv", b"\xef\xbb\xbf", EMPTY),
    "only comments": ("a.csv", b"# one\n# two\n", EMPTY),
    "comments without an end": ("a.csv", b"# one\n" * 800_000, "has no row in its first 4 MB"),
    "names only": ("a.csv", b"a,b,c\n", NO_ROWS),
    "names only, without an end": ("a.csv", b"a,b,c", NO_ROWS),
    "names and units only": ("a.csv", b"a,b,c\ns,m,V\n", NO_ROWS),
    "a row that is too short": ("a.csv", b"1,2,3\n4,5\n6,7,8\n", ("column 1", "column 2", "column 3")),
    "a row that is too long": ("a.csv", b"1,2\n3,4,5\n", "has 2 cells where the others have 3 (“1,2”)"),
    "a row far below that is too long": ("a.csv", b"1,2\n" * 100_000 + b"3,4,5\n", RAGGED),
    "more names than columns": ("a.csv", b"a,b,c,d\n1,2\n3,4\n", "names 4 columns, but the row below has 2 cells"),
    "decimal commas between commas": ("a.csv", b"t [s],U [V]\n0,01,-0,0755\n0,02,0,1250\n", DECIMALS),
    "decimal commas beside whole numbers": ("a.csv", b"n,U\n1,0,0755\n2,0,1250\n", DECIMALS),
    "decimal commas between commas, without names": ("a.csv", b"0,01,-0,0755\n0,02,0,1250\n", DECIMALS),
    "a comment in the middle": ("a.csv", b"1,2\n# so far\n3,4\n", ("column 1", "column 2")),
    "a quote without an end": ("a.csv", b'a,b\n"1,2\n3,4\n', QUOTE),
    "a quote far below without an end": ("a.csv", b"1,2\n" * 100_000 + b'"3,4\n', ("column 1", "column 2")),
    "a letter": ("a.csv", b"Dear reader,\nthis is a letter,\nof three lines.\n", "a.csv"),
    "zeros": ("a.csv", b"\0" * 100, NOT_TEXT),
    "any bytes": ("a.csv", bytes(range(256)), NOT_TEXT),
    "a picture": ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", NOT_TEXT),
    "half of UTF-16": ("a.csv", "1,2\n".encode("utf-16")[:-1], "is broken UTF-16 text"),
    "UTF-32": ("a.csv", "1,2\n".encode("utf-32"), ("column 1", "column 2")),
    "too many columns": ("a.csv", b"1," * 60_000, "has 60,001 columns; at most 50,000"),
    "a spreadsheet": ("a.xlsx", b"PK\x03\x04", "is not a whole workbook of Excel"),
    "no kind": ("a", b"1,2\n\0\0", UNKNOWN),
    "an archive of others": ("a.zip", b"PK\x03\x04", "is a ZIP file; unpack it"),
    "packed sound": ("a.wav.gz", gzip.compress(WAV), "Compressed files may hold: csv, tsv"),
    "packed twice": ("a.csv.gz.gz", gzip.compress(PACKED), "Compressed files may hold: csv, tsv"),
    "packed nothing": ("a.csv.gz", gzip.compress(b""), EMPTY),
    "no packed bytes": ("a.csv.gz", b"", EMPTY),
    "not packed": ("a.csv.gz", b"1,2\n3,4\n1\0\0\0", NOT_GZIP),
    "packed, the end missing": ("a.csv.gz", PACKED[:-8], "a.csv.gz"),
    "packed, broken": ("a.csv.gz", spoiled(PACKED, 40, 60), NOT_GZIP),
    "packed, of another sum": ("a.csv.gz", spoiled(PACKED, len(PACKED) - 8, 4), NOT_GZIP),
    "packed, something after it": ("a.csv.gz", PACKED + b"more\0", "a.csv.gz"),
    "packed with zlib": ("a.csv.gz", zlib.compress(b"1,2\n") + bytes(4), NOT_GZIP),
    "packed, promising too much": ("a.csv.gz", PACKED[:-4] + b"\xff\xff\xff\xff", NOT_GZIP),
    "NumPy of nothing": ("a.npy", b"", EMPTY),
    "NumPy, the end missing": ("a.npy", npy(MATRIX)[:-1], NOT_NUMPY),
    "NumPy, the start only": ("a.npy", npy(MATRIX)[:7], NOT_NUMPY),
    "NumPy, something after it": ("a.npy", npy(MATRIX) + b"more", NOT_NUMPY),
    "NumPy of objects": ("a.npy", npy(np.array([[{}, None]]), allow_pickle=True), PICKLED),
    "NumPy of text": ("a.npy", npy(np.array([["a", "b"]])), "holds <U1; save an array of numbers"),
    "NumPy of durations alone": ("a.npy", npy(np.array(["a"], "S1")), "holds |S1"),
    "NumPy of four dimensions": ("a.npy", npy(np.zeros((2, 2, 2, 2))), "has 4 dimensions; save recordings × samples"),
    "NumPy without values": ("a.npy", npy(np.zeros((0, 4))), "holds no values (its shape is (0, 4))"),
    "NumPy of too many channels": ("a.npy", npy(np.zeros((2, 70, 80))), "has 70 channels; a signal may have up to 64"),
    "a pickle": ("a.npy", pickle.dumps(MATRIX), NOT_NUMPY),
    "NumPy that promises more": ("a.npy", npy_with(HEADER % "(1000000, 1000000)", b"1234"), NOT_NUMPY),
    "NumPy of a negative size": ("a.npy", npy_with(HEADER % "(-1, -1)", b"1234"), NOT_NUMPY),
    "NumPy of no size": ("a.npy", npy_with(HEADER % "(1.0,)", b"1234"), NOT_NUMPY),
    "NumPy of truths for a size": ("a.npy", npy_with(HEADER % "(True, True)", b"1234"), NOT_NUMPY),
    "NumPy of a later version": ("a.npy", npy_with(HEADER % "(1, 1)", b"1234", (9, 0)), NOT_NUMPY),
    "NumPy with text for a header": ("a.npy", npy_with("hello"), NOT_NUMPY),
    "NumPy with brackets for a header": ("a.npy", npy_with("(" * 3000), NOT_NUMPY),
    "NumPy of an unknown type": ("a.npy", npy_with(HEADER.replace("<f4", "zz") % "(1, 1)", b"1234"), NOT_NUMPY),
    "a ZIP of nothing": ("a.npz", zipped(), "holds no array of numbers"),
    "a ZIP, the end missing": ("a.npz", npz(x=MATRIX)[:-30], NOT_NPZ),
    "a ZIP, broken": ("a.npz", spoiled(npz(x=MATRIX), 200, 50), NOT_NPZ),
    "a ZIP of objects": ("a.npz", npz(y=np.array([{}, None])), PICKLED),
    "a ZIP with a lying header": ("a.npz", zipped(x=npy_with(HEADER % "(10000, 10000)", b"1234")), NOT_NUMPY),
    "two arrays of signals": (
        "a.npz",
        npz(a=np.zeros((30, 64)), b=np.zeros((40, 50))),
        "several arrays that could be the signals: b (40 × 50), a (30 × 64)",
    ),
    "too many arrays": (
        "a.npz",
        npz(**{f"x{i}": 0 for i in range(1_001)}),
        "holds 1,001 arrays; up to 1,000 can be read",
    ),
    "a sparse matrix of values elsewhere": (
        "a.npz",
        sparse_npz(indices=np.array([0, 99])),
        "is not a whole sparse matrix",
    ),
    "only a rate": ("a.npz", npz(fs=100.0), "holds no array of numbers"),
    "MATLAB of nothing": ("a.mat", b"x", NOT_MAT),
    "MATLAB without variables": ("a.mat", mat(), "holds no arrays of numbers"),
    "MATLAB of cells": ("a.mat", mat(c=np.array([1, "a"], object)), "holds no array of numbers"),
    "MATLAB, the end missing": ("a.mat", mat(x=MATRIX)[:-20], NOT_MAT),
    "MATLAB, broken": ("a.mat", spoiled(mat(x=MATRIX), 140, 40), NOT_MAT),
    "MATLAB, a variable of nothing": ("a.mat", mat(x=MATRIX) + struct.pack("<II", 14, 0), NOT_MAT),
    "MATLAB, a variable without its flags": ("a.mat", mat_with(6, 8, instead=(5, 8)), NOT_MAT),
    "MATLAB, a variable without its size": ("a.mat", mat_with(5, 8, instead=(7, 8)), NOT_MAT),
    "MATLAB, a variable larger than the file": ("a.mat", mat_with(5, 30, instead=(5, 3_000_000)), NOT_MAT),
    "MATLAB, a variable of a negative size": ("a.mat", mat_with(5, 30, instead=(-5, 30)), NOT_MAT),
    "MATLAB, numbers of no known type": ("a.mat", mat_with(7, 600, instead=(99, 600)), NOT_MAT),
    "MATLAB of text": ("a.mat", mat(note="hello"), "holds no array of numbers"),
    "MATLAB 7.3, the end missing": ("a.mat", hdf5(x={"data": MATRIX})[:1500], NOT_MAT),
    "MATLAB 7.3 promising too much": (
        "a.mat",
        hdf5(x={"shape": (10**5, 10**5), "chunks": (9, 9), "dtype": "f4"}),
        TOO_LARGE,
    ),
    "MATLAB 7.3 of text": ("a.mat", hdf5(x={"data": np.array([b"a", b"b"])}), "holds no array of numbers"),
    "Parquet of nothing": ("a.parquet", b"PAR1PAR1", NOT_PARQUET),
    "Parquet, the end missing": ("a.parquet", TABLE[:-5], NOT_PARQUET),
    "Parquet, its end broken": ("a.parquet", spoiled(TABLE, len(TABLE) - 60, 30), NOT_PARQUET),
    "a table that is called Parquet": ("a.parquet", b"1,2\n3,4\n5,6\n7,8\n", NOT_PARQUET),
    "Parquet with lists of text": ("a.parquet", parquet_of(a=[["x", "y"]]), "Column “a” of “a.parquet” holds list<"),
    "Parquet without rows": ("a.parquet", parquet_of(a=pa.array([], pa.float32())), "holds no rows of data"),
    "Parquet without columns": ("a.parquet", parquet_of(), "holds no rows of data"),
    "sound of nothing": ("a.wav", b"RIFF", NOT_SOUND),
    "sound without samples": ("a.wav", sound(np.zeros(0)), "holds no sound"),
    "sound of too many channels": ("a.wav", sound(np.zeros((9, 65))), "has 65 channels; a signal may have up to 64"),
    "sound, broken at the front": ("a.wav", spoiled(WAV, 8, 20), NOT_SOUND),
    "text that is called sound": ("a.flac", b"1,2\n3,4\n", NOT_SOUND),
    "sound of another kind": ("a.wav", sound(MATRIX[0], "OGG"), "is OGG, not WAV or FLAC"),
    "FLAC, its samples missing": ("a.flac", FLAC[:60], "a.flac"),
}


@pytest.mark.parametrize(("name", "content", "says"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_a_sentence(name, content, says):
    if isinstance(says, tuple):
        found = read(name, content)
        assert isinstance(found, Table)
        assert found.names == says
        return
    with pytest.raises(SignalFileError) as error:
        read(name, content)
    sentence = str(error.value)
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 320


def test_nothing_is_ever_unpickled():
    content = pickle.dumps(_Trap()).ljust(800)
    trap = npy_with("{'descr': '|O', 'fortran_order': False, 'shape': (100,), }", content)  # of the right size
    for name, file in {"a.npy": trap, "a.npz": zipped(x=trap), "a.npy.gz": gzip.compress(trap)}.items():
        with pytest.raises(SignalFileError):
            read(name, file)
    assert _sprung == []
    pickle.loads(content)
    assert _sprung == [1]


def test_a_sound_that_promises_more_than_there_is_gives_what_there_is():
    promising = WAV[:40] + struct.pack("<I", 900_000_000) + WAV[44:]
    found = read("a.wav", promising)
    assert found.values[0].shape == (1, 30)


def test_long_names_are_cut():
    with pytest.raises(SignalFileError) as error:
        read("a.parquet", parquet_of(**{"x" * 500: [["x"]]}))
    assert len(str(error.value)) < 200
