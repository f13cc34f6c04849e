import gzip
import io
import itertools
import tracemalloc

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyarrow import parquet
from scipy.io import loadmat

from core.generation.export import FORMATS, Content, Kind, by_way_of_disk, column_names, encode
from core.signals.batch import Batch

TIMES = np.linspace(0, 1, 5)
CONTENT = Content(TIMES)
SIGNALS = np.random.default_rng(0).normal(3, 5, (600, 1, 5)).astype(np.float32)


def read_csv(content: bytes) -> np.ndarray:
    return pd.read_csv(io.BytesIO(content), dtype=np.float32).to_numpy()


def read_csv_gz(content: bytes) -> np.ndarray:
    return read_csv(gzip.decompress(content))


def read_parquet(content: bytes) -> np.ndarray:
    return parquet.read_table(io.BytesIO(content)).to_pandas().to_numpy()


def read_npy(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content), allow_pickle=False)


def read_npz(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content), allow_pickle=False)["signals"]


def read_hdf5(content: bytes) -> np.ndarray:
    with h5py.File(io.BytesIO(content)) as file:
        return file["signals"][()]


def read_mat(content: bytes) -> np.ndarray:
    return loadmat(io.BytesIO(content))["signals"]


READERS = {  # of the formats that hold any number of signals as they are; the others are tested with the instruments
    "csv": read_csv,
    "csv.gz": read_csv_gz,
    "parquet": read_parquet,
    "npy": read_npy,
    "npz": read_npz,
    "h5": read_hdf5,
    "mat": read_mat,
}


def written(signals: np.ndarray, name: str, cuts: tuple[int, ...] = ()) -> bytes:
    """The file of some signals that arrive in pieces, cut at `cuts`."""
    batch = Batch.unconditional(signals)
    pieces = (batch[start:end] for start, end in itertools.pairwise([0, *sorted(cuts), len(signals)]))
    return b"".join(encode(pieces, len(signals), CONTENT, name))


def test_every_table_and_array_is_read_back_here():
    assert set(READERS) == {name for name, form in FORMATS.items() if form.kind is not Kind.INSTRUMENTS}


@pytest.mark.parametrize("name", READERS)
def test_the_same_float32_come_back(name):
    back = READERS[name](written(SIGNALS, name, cuts=(1, 300)))
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, SIGNALS[:, 0])


@pytest.mark.parametrize("name", READERS)
@given(signals=arrays(np.float32, (3, 1, 5), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_any_finite_float32_comes_back(name, signals):
    back = READERS[name](written(signals, name))
    np.testing.assert_array_equal(back, signals[:, 0])
    np.testing.assert_array_equal(np.signbit(back), np.signbit(signals[:, 0]))


@pytest.mark.parametrize("name", READERS)
@given(cuts=st.lists(st.integers(0, len(SIGNALS)), max_size=6))
def test_the_bytes_do_not_depend_on_the_pieces(name, cuts):
    assert written(SIGNALS, name, tuple(cuts)) == written(SIGNALS, name)


@pytest.mark.parametrize("name", [name for name in READERS if name != "mat"])  # which knows nothing empty
def test_no_signals_make_a_file_without_rows(name):
    assert READERS[name](written(SIGNALS[:0], name)).shape == (0, 5)


@pytest.mark.parametrize("name", READERS)
def test_one_signal_makes_a_file_with_one_row(name):
    np.testing.assert_array_equal(READERS[name](written(SIGNALS[:1], name)), SIGNALS[:1, 0])


def test_a_csv_is_one_header_and_a_line_for_each_signal():
    lines = written(SIGNALS, "csv").decode().splitlines()
    assert lines[0] == "t=0 s,t=0.25 s,t=0.5 s,t=0.75 s,t=1 s"
    assert len(lines) == 601
    assert lines[1].split(",") == [str(value) for value in SIGNALS[0, 0]]


def test_parquet_columns_are_named_by_their_times():
    table = parquet.read_table(io.BytesIO(written(SIGNALS, "parquet")))
    assert table.column_names == column_names(TIMES)


@pytest.mark.parametrize(
    "times",
    [
        np.linspace(0, 18.849556, 300),
        np.linspace(-1e-6, 1e-6, 4096),
        np.linspace(1e5, 1e5 + 1, 4096),
        np.linspace(1e6 - 1e-3, 1e6, 16),
    ],
    ids=["default", "microseconds", "a late second", "a late millisecond"],
)
def test_a_column_name_is_its_time(times):
    names = column_names(times)
    assert len(set(names)) == len(times)
    read = [float(name.removeprefix("t=").removesuffix(" s")) for name in names]
    np.testing.assert_allclose(read, times, rtol=0, atol=0.01 * (times[1] - times[0]))


@pytest.mark.parametrize(
    ("name", "rows_held"), [("csv", 256), ("csv.gz", 256), ("npy", 256), ("npz", 256), ("parquet", 4096)]
)
def test_only_a_few_signals_are_held_at_a_time(name, rows_held):
    taken = 0
    n, size = 4 * rows_held, rows_held // 8
    piece = Batch.unconditional(np.zeros((size, 1, 5), np.float32))

    def pieces():
        nonlocal taken
        for _ in range(n // size):
            taken += size
            yield piece

    most, before = 0, 0
    for _ in encode(pieces(), n, CONTENT, name):
        most, before = max(most, taken - before), taken
    assert taken == n
    assert most <= rows_held + size


@pytest.mark.parametrize("name", READERS)
def test_a_large_file_comes_in_many_small_parts(name):
    signals = np.random.default_rng(0).normal(size=(20_000, 1, 5)).astype(np.float32)
    parts = list(encode(iter([Batch.unconditional(signals)]), len(signals), CONTENT, name))
    assert max(len(part) for part in parts) < 0.6 * sum(len(part) for part in parts)


def test_a_npy_file_says_its_shape_at_once():
    first = next(encode(iter([Batch.unconditional(SIGNALS)]), 600, CONTENT, "npy"))
    assert b"'shape': (600, 5)" in first


@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if form.is_on_disk])
def test_a_file_made_on_the_disk_holds_nothing_in_memory_while_it_is_sent(name):
    count, content = 4000, Content(np.linspace(0, 1, 300))
    n_bytes, n_drawn = 4 * count * 300, 0

    def drawn():
        nonlocal n_drawn
        for _ in range(count // 100):
            n_drawn += 100
            yield Batch.unconditional(np.ones((100, 1, 300), np.float32))

    list(encode(iter([Batch.unconditional(np.ones((1, 1, 300), np.float32))]), 1, content, name))  # loads libraries
    tracemalloc.start()
    pieces = encode(drawn(), count, content, name)
    first = next(piece for piece in pieces if piece)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_drawn == count
    assert held < n_bytes / 10
    assert len(first) + sum(map(len, pieces)) > n_bytes


def test_a_file_by_way_of_the_disk_is_the_same():
    pieces = list(by_way_of_disk(iter([b"ab", b"", b"c"])))
    assert pieces[:3] == [b"", b"", b""]
    assert b"".join(pieces) == b"abc"
