import gzip
import io
import pickle
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.config import SimulatorConfig
from core.errors import SignalFileError
from core.export import FORMATS, encode
from core.signals import Simulator
from core.signals.files import KINDS, read_signals

SIGNALS = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


def npy(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npy_with(header: str, content: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """A NumPy file with a header of one's own."""
    length = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header.encode() + content


def npz(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, array)
    return file.getvalue()


def parquet_of(**columns) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def spoiled(content: bytes, start: int, length: int) -> bytes:
    """The content with other bytes in one place."""
    return content[:start] + bytes(255 - byte for byte in content[start : start + length]) + content[start + length :]


def read(name: str, content: bytes | str) -> list:
    return read_signals(name, content.encode() if isinstance(content, str) else content).tolist()


class _Trap:
    """Something that does harm when it is unpickled."""

    def __reduce__(self) -> tuple[Callable, tuple]:
        return _spring, ()


def _spring() -> None:
    _sprung.append(1)


_sprung: list[int] = []

# Good files


@pytest.mark.parametrize("kind", FORMATS)
def test_what_wavetwin_writes_comes_back_to_the_last_bit(kind):
    simulator = Simulator(SimulatorConfig(n_samples=32))
    signals = simulator.sample(600, seed=0)
    content = b"".join(encode(iter([signals]), 600, simulator.times, kind))
    found = read_signals(f"signals.{kind}", content)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, signals[:, 0])


def test_every_kind_that_is_offered_is_read():
    assert set(KINDS) == set(FORMATS)


@pytest.mark.parametrize(
    "text",
    [
        "1,2.5\n-3,4e2\n",
        "1,2.5\n-3,4e2",
        "t=0 s,t=1 s\n1,2.5\n-3,4e2\n",
        "a,a\n1,2.5\n-3,4e2\n",
        '"first, of two",b\n1,2.5\n-3,4e2\n',
        "1,2.5\r\n-3,4e2\r\n",
        " 1, 2.5\n -3 ,4e2\n",
        "1,2.5\n\n-3,4e2\n\n",
        '"a","b"\n"1","2.5"\n"-3","4e2"\n',
        "\ufeffa,b\n1,2.5\n-3,4e2\n",
        "\ufeff1,2.5\n-3,4e2\n",
        '"1","2.5"\n"-3","4e2"\n',
    ],
)
def test_a_table_is_read_with_names_or_without(text):
    assert read("a.csv", text) == [[1, 2.5], [-3, 400]]


@pytest.mark.parametrize("name", ["a.csv.gz", "A.CSV.GZ", "../../a.csv.gz", "a b.csv.GZ"])
def test_a_packed_table_is_read_as_the_table(name):
    assert read(name, gzip.compress(b"1,2\n3,4\n")) == [[1, 2], [3, 4]]


def test_a_packed_table_may_come_in_parts():
    assert read("a.csv.gz", gzip.compress(b"1,2\n") + gzip.compress(b"3,4\n")) == [[1, 2], [3, 4]]


@pytest.mark.parametrize("text", ["1,2\n3,\n", "1,2\n3,nan\n", "1,2\n3,NaN\n", "a,b\n1,2\n3,\n"])
def test_what_is_missing_in_a_table_is_not_a_number(text):
    assert str(read("a.csv", text)) == "[[1.0, 2.0], [3.0, nan]]"


def test_whole_numbers_and_others_may_share_a_column():
    assert read("a.csv", "1,2\n3.5,4\n99999999999999999999,5\n") == [[1, 2], [3.5, 4], [float(np.float32(1e20)), 5]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64, np.uint8, ">f4"])
@pytest.mark.parametrize("shape", [(6, 4), (3, 2, 4)])
def test_a_numpy_file_comes_back_whatever_its_numbers_are(dtype, shape):
    array = np.arange(24).reshape(shape).astype(dtype)
    found = read_signals("a.npy", npy(array))
    assert found.shape == shape
    np.testing.assert_array_equal(found, array)


def test_a_numpy_file_in_the_order_of_fortran_comes_back():
    np.testing.assert_array_equal(read_signals("a.npy", npy(np.asfortranarray(SIGNALS))), SIGNALS)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_numpy_files_is_read(version):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 4), }"
    np.testing.assert_array_equal(read_signals("a.npy", npy_with(header, SIGNALS.tobytes(), version)), SIGNALS)


def test_parquet_may_hold_numbers_of_any_kind():
    content = parquet_of(a=[1.5, None], b=[1, 2], c=pa.array([3, None], pa.int8()), d=pa.array([1, 2], pa.float32()))
    found = read_signals("a.parquet", content)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[1.5, 1, 3, 1], [np.nan, 2, np.nan, 2]])


# Bad files

HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }"
PACKED = gzip.compress(
    bytes(f"{np.random.default_rng(0).normal(size=(200, 4)).tolist()}"[2:-2].replace("], [", "\n"), "utf8")
)
TABLE = parquet_of(a=np.random.default_rng(0).normal(size=1000))
NO_NUMBERS, WHOLE = "does not hold plain numbers", "is no whole NumPy file of numbers"
UNREADABLE, EMPTY, UNKNOWN = (
    "cannot be read",
    "is empty or begins with an empty line",
    "of a kind that is not known here",
)
BAD = {
    "nothing": ("a.csv", b"", EMPTY),
    "an empty line first": ("a.csv", b"\n1,2\n3,4\n", EMPTY),
    "blanks": ("a.csv", b"   \n   ", EMPTY),
    "text": ("a.csv", b"Dear reader,\nthis is a letter,\n", NO_NUMBERS),
    "a web page": ("a.csv", b"<!doctype html>\n<html>\n</html>\n", NO_NUMBERS),
    "names only": ("a.csv", b"a,b,c\n", "holds no signals"),
    "names only, without an end": ("a.csv", b"a,b,c", UNREADABLE),
    "decimal commas": ("a.csv", b"1,5;2,5\n3,5;4,5\n", "write decimals with a point"),
    "semicolons": ("a.csv", b"1.5;2.5\n3.5;4.5\n", NO_NUMBERS),
    "tabs": ("a.csv", b"1\t2\n3\t4\n", NO_NUMBERS),
    "a row that is too short": ("a.csv", b"1,2,3\n4,5\n", "Expected 3 columns, got 2"),
    "a row that is too long": ("a.csv", b"1,2\n3,4,5\n", "Expected 2 columns, got 3"),
    "a comment": ("a.csv", b"# two signals\n1,2\n3,4\n", UNREADABLE),
    "a column of names": ("a.csv", b"name,a\nfirst,1\nsecond,2\n", "Column “name” of “a.csv” does not hold plain"),
    "a column of dates": ("a.csv", b"day,a\n2026-01-31,1\n", "Column “day” of “a.csv”"),
    "a column of truths": ("a.csv", b"is,a\ntrue,1\nfalse,2\n", "Column “is” of “a.csv”"),
    "a column of nothing": ("a.csv", b"a,b\n,1\n,2\n", "Column “a” of “a.csv”"),
    "a comma at the end": ("a.csv", b"a,b,\n1,2,\n3,4,\n", "Column “” of “a.csv”"),
    "a quote without an end": ("a.csv", b'a,b\n"1,2\n3,4\n', UNREADABLE),
    "zeros": ("a.csv", b"\0" * 100, UNREADABLE),
    "any bytes": ("a.csv", bytes(range(256)), UNREADABLE),
    "another alphabet": ("a.csv", "a,b\n1,2\n".encode("utf-16"), "a.csv"),
    "another alphabet of the west": ("a.csv", "a,b\n1,größe\n".encode("latin-1"), NO_NUMBERS),
    "names in another alphabet": ("a.csv", "größe,b\nx,2\n".encode("latin-1"), "a.csv"),
    "a spreadsheet": ("a.xlsx", b"PK\x03\x04", UNKNOWN),
    "no kind": ("a", b"1,2\n3,4\n", UNKNOWN),
    "no name": ("", b"1,2\n3,4\n", UNKNOWN),
    "a kind and no name": (".csv", b"1,2\n3,4\n", UNKNOWN),
    "a program": ("a.py", b"raise SystemExit", UNKNOWN),
    "packed, of no kind": ("a.gz", PACKED, "“a” is of a kind that is not known"),
    "packed NumPy": ("a.npy.gz", gzip.compress(npy(SIGNALS)), UNKNOWN),
    "packed nothing": ("a.csv.gz", gzip.compress(b""), EMPTY),
    "no bytes": ("a.csv.gz", b"", EMPTY),
    "not packed": ("a.csv.gz", b"1,2\n3,4\n", "Not a gzipped file"),
    "packed, the end missing": ("a.csv.gz", PACKED[:-20], UNREADABLE),
    "packed, nearly all missing": ("a.csv.gz", PACKED[:12], UNREADABLE),
    "packed, broken": ("a.csv.gz", spoiled(PACKED, 40, 60), UNREADABLE),
    "packed, of another sum": ("a.csv.gz", spoiled(PACKED, len(PACKED) - 8, 4), UNREADABLE),
    "packed, something after it": ("a.csv.gz", PACKED + b"more", UNREADABLE),
    "packed with zlib": ("a.csv.gz", zlib.compress(b"1,2\n3,4\n"), UNREADABLE),
    "NumPy of nothing": ("a.npy", b"", WHOLE),
    "NumPy, the end missing": ("a.npy", npy(SIGNALS)[:-1], WHOLE),
    "NumPy, the start only": ("a.npy", npy(SIGNALS)[:7], WHOLE),
    "NumPy, something after it": ("a.npy", npy(SIGNALS) + b"more", WHOLE),
    "NumPy of objects": ("a.npy", npy(np.array([[{}, None]]), allow_pickle=True), WHOLE),
    "several NumPy arrays": ("a.npy", npz(SIGNALS), WHOLE),
    "a pickle": ("a.npy", pickle.dumps(SIGNALS), WHOLE),
    "NumPy that promises more": ("a.npy", npy_with(HEADER % "(1000000, 1000000)", b"1234"), WHOLE),
    "NumPy of a negative size": ("a.npy", npy_with(HEADER % "(-1, -1)", b"1234"), WHOLE),
    "NumPy of no size": ("a.npy", npy_with(HEADER % "(1.0,)", b"1234"), WHOLE),
    "NumPy of a later version": ("a.npy", npy_with(HEADER % "(1, 1)", b"1234", (9, 0)), WHOLE),
    "NumPy with text for a header": ("a.npy", npy_with("hello"), WHOLE),
    "NumPy with half a header": ("a.npy", npy_with("{'descr': '<f4', 'shape': (1,"), WHOLE),
    "NumPy with brackets for a header": ("a.npy", npy_with("(" * 3000), WHOLE),
    "NumPy with signs for a header": ("a.npy", npy_with("-" * 9000 + "1"), WHOLE),
    "NumPy with a long header": ("a.npy", npy_with(" " * 20_000), WHOLE),
    "NumPy of an unknown type": ("a.npy", npy_with(HEADER.replace("<f4", "zz") % "(1, 1)", b"1234"), WHOLE),
    "NumPy of truths for a size": ("a.npy", npy_with(HEADER % "(True, True)", b"1234"), WHOLE),
    "Parquet of nothing": ("a.parquet", b"", UNREADABLE),
    "Parquet, the end missing": ("a.parquet", TABLE[:-5], UNREADABLE),
    "Parquet, the start only": ("a.parquet", TABLE[:20], UNREADABLE),
    "Parquet, its end broken": ("a.parquet", spoiled(TABLE, len(TABLE) - 60, 30), UNREADABLE),
    "Parquet, two words": ("a.parquet", b"PAR1PAR1", UNREADABLE),
    "a table that is called Parquet": ("a.parquet", b"1,2\n3,4\n5,6\n7,8\n", UNREADABLE),
    "Parquet with text": ("a.parquet", parquet_of(a=[1.0], b=["x"]), "Column “b” of “a.parquet” does not hold plain"),
    "Parquet with lists": ("a.parquet", parquet_of(a=[[1.0, 2.0]]), NO_NUMBERS),
    "Parquet with truths": ("a.parquet", parquet_of(a=[True]), NO_NUMBERS),
    "Parquet without rows": ("a.parquet", parquet_of(a=pa.array([], pa.float32())), "holds no signals"),
    "Parquet without columns": ("a.parquet", parquet_of(), "holds no signals"),
}


@pytest.mark.parametrize(("name", "content", "says"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_a_sentence(name, content, says):
    with pytest.raises(SignalFileError) as error:
        read_signals(name, content)
    sentence = str(error.value)
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_a_few_wrong_bytes_is_read_or_refused(kind):
    simulator = Simulator(SimulatorConfig(n_samples=16))
    content = b"".join(encode(iter([simulator.sample(20, 0)]), 20, simulator.times, kind))
    unforeseen = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        broken = bytearray(content)
        for place in rng.integers(0, len(content) if seed % 2 else 100, 3):
            broken[place] = rng.integers(256)
        try:
            read_signals(f"a.{kind}", bytes(broken))
        except SignalFileError:
            pass
        except Exception as error:
            unforeseen.add(type(error))
    assert unforeseen == set()


def test_nothing_is_ever_unpickled():
    content = pickle.dumps(_Trap()).ljust(800)
    trap = npy_with("{'descr': '|O', 'fortran_order': False, 'shape': (100,), }", content)  # of the right size
    with pytest.raises(SignalFileError):
        read_signals("a.npy", trap)
    assert _sprung == []
    pickle.loads(content)
    assert _sprung == [1]


def test_no_memory_is_taken_for_what_a_header_promises(monkeypatch):
    monkeypatch.setattr(np, "load", lambda *given, **options: pytest.fail("the header was believed"))
    with pytest.raises(SignalFileError, match=WHOLE):
        read_signals("a.npy", npy_with(HEADER % "(1000000, 1000000)", b"1234"))


def test_a_packed_file_that_never_ends_is_refused(monkeypatch):
    monkeypatch.setattr("core.signals.files.MAX_BYTES", 10_000)
    assert len(read("a.csv.gz", gzip.compress(b"1,2\n" * 2500))) == 2500
    with pytest.raises(SignalFileError, match=r"“a.csv.gz” is larger than 1e-05 GB when unpacked; split it"):
        read_signals("a.csv.gz", gzip.compress(b"1,2\n" * 2501))


def test_a_long_name_of_a_column_is_cut():
    with pytest.raises(SignalFileError, match="Column “" + "x" * 40 + "” of"):
        read_signals("a.csv", b"x" * 500 + b"\na\n")
