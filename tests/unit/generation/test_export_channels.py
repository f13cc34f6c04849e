"""Files of signals with several channels, and with what is known of each signal."""

import csv
import hashlib
import io
import itertools
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet, types

from core.config import Column, RunConfig, SimulatorConfig
from core.formatting import FORMULA
from core.generation.export import Content, column_names, encode
from core.recordings.import_files import read_recordings
from core.signals.batch import Batch
from core.signals.simulator import Simulator

TIMES = np.linspace(0, 1, 5)
TIME_NAMES = ["t=0 s", "t=0.25 s", "t=0.5 s", "t=0.75 s", "t=1 s"]
AWKWARD = ("calm", "wild, and loud", 'the "old" one', "two\nlines", " spaced ", "größer ω")
LOAD = Column(name="load", unit="N", minimum=0, maximum=9)
STATE = Column(name="state", classes=AWKWARD)
N = 600


def batch(n: int = N, n_channels: int = 3, columns: tuple[Column, ...] = (LOAD, STATE)) -> Batch:
    rng = np.random.default_rng(0)
    signals = rng.normal(3, 5, (n, n_channels, 5)).astype(np.float32)
    conditions = [rng.integers(len(one.classes), size=n) if one.classes else rng.uniform(0, 9, n) for one in columns]
    return Batch(signals, np.array(conditions, np.float32).reshape(len(columns), n).T)


def written(name: str, content: Content, whole: Batch, cuts: tuple[int, ...] = ()) -> bytes:
    """The file of a batch that arrives in pieces, cut at `cuts`."""
    pieces = (whole[start:end] for start, end in itertools.pairwise([0, *sorted(cuts), len(whole)]))
    return b"".join(encode(pieces, len(whole), content, name))


@cache
def in_one_piece(name: str, n_channels: int, columns: tuple[Column, ...]) -> bytes:
    """The file of the batch of that shape."""
    return written(name, Content(TIMES, n_channels, columns), batch(n_channels=n_channels, columns=columns))


def table(name: str, content: Content, whole: Batch) -> pd.DataFrame:
    """The file as pandas reads it; single precision throughout."""
    found = io.BytesIO(written(name, content, whole))
    if name == "parquet":
        return parquet.read_table(found).to_pandas()
    kinds = dict.fromkeys(["load", *TIME_NAMES], np.float32)
    return pd.read_csv(found, dtype=kinds, keep_default_na=False, compression="gzip" if name == "csv.gz" else None)


TABLES = ["csv", "csv.gz", "parquet"]
CASES = {
    "one channel, nothing known": (1, ()),
    "one channel, a number": (1, (LOAD,)),
    "one channel, a class": (1, (STATE,)),
    "three channels, nothing known": (3, ()),
    "three channels, a number and a class": (3, (LOAD, STATE)),
    "sixteen channels, a class and a number": (16, (STATE, LOAD)),
}
each_case = pytest.mark.parametrize(("n_channels", "columns"), CASES.values(), ids=CASES)


@each_case
@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_columns_and_the_same_values_come_back(name, n_channels, columns):
    whole = batch(n_channels=n_channels, columns=columns)
    found = table(name, Content(TIMES, n_channels, columns), whole)
    places = ["signal", "channel"] if n_channels > 1 else []
    assert list(found.columns) == [*places, *(column.name for column in columns), *TIME_NAMES]
    assert len(found) == N * n_channels
    np.testing.assert_array_equal(
        found[TIME_NAMES].to_numpy().reshape(N, n_channels, 5), whole.signals, err_msg="a row for each channel"
    )
    if places:
        np.testing.assert_array_equal(found["signal"], np.repeat(np.arange(1, N + 1), n_channels))
        np.testing.assert_array_equal(found["channel"], np.tile(np.arange(1, n_channels + 1), N))
    for index, column in enumerate(columns):
        values = np.repeat(whole.conditions[:, index], n_channels)
        if column.classes:
            assert found[column.name].tolist() == [column.classes[int(value)] for value in values]
        else:
            np.testing.assert_array_equal(found[column.name].to_numpy(), values)


@each_case
@pytest.mark.parametrize("name", [*TABLES, "npy"])
@settings(max_examples=10)  # of each of two dozen kinds of file
@given(cuts=st.lists(st.integers(0, N), min_size=1, max_size=4))
def test_the_bytes_do_not_depend_on_the_pieces(name, n_channels, columns, cuts):
    whole, content = batch(n_channels=n_channels, columns=columns), Content(TIMES, n_channels, columns)
    assert written(name, content, whole, tuple(cuts)) == in_one_piece(name, n_channels, columns)


@each_case
@pytest.mark.parametrize("name", [*TABLES, "npy"])
def test_no_signals_make_a_file_without_rows(name, n_channels, columns):
    whole, content = batch(0, n_channels, columns), Content(TIMES, n_channels, columns)
    if name == "npy":
        assert len(np.load(io.BytesIO(written(name, content, whole)))) == 0
    else:
        assert len(table(name, content, whole)) == 0


@pytest.mark.parametrize(("n_channels", "shape"), [(1, (N, 5)), (3, (N, 3, 5))])
def test_a_numpy_file_has_an_axis_for_channels_where_there_are_several(n_channels, shape):
    whole = batch(n_channels=n_channels)
    found = np.load(io.BytesIO(written("npy", Content(TIMES, n_channels, (LOAD, STATE)), whole)), allow_pickle=False)
    assert (found.shape, found.dtype) == (shape, np.float32)
    np.testing.assert_array_equal(found.reshape(whole.signals.shape), whole.signals)


def test_parquet_keeps_the_type_of_each_column():
    found = io.BytesIO(written("parquet", Content(TIMES, 3, (LOAD, STATE)), batch()))
    schema = parquet.read_schema(found)
    assert schema.names == ["signal", "channel", "load", "state", *column_names(TIMES)]
    assert types.is_integer(schema.field("signal").type)
    assert types.is_integer(schema.field("channel").type)
    assert types.is_string(schema.field("state").type)
    assert all(types.is_float32(schema.field(name).type) for name in ["load", *TIME_NAMES])


def test_a_csv_is_read_by_any_reader():
    whole = batch(4, 2)
    text = written("csv", Content(TIMES, 2, (LOAD, STATE)), whole).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["signal", "channel", "load", "state", *TIME_NAMES]
    assert [row[:2] for row in rows] == [[str(n), str(c)] for n in range(1, 5) for c in (1, 2)]
    assert [row[3] for row in rows[::2]] == [AWKWARD[int(place)] for place in whole.conditions[:, 1]]
    assert rows[0][4:] == [str(value) for value in whole.signals[0, 0]]


@given(
    names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), min_size=1, unique=True)
)
def test_any_name_of_a_class_comes_back_from_a_csv(names):
    column = Column(name='a "b", c', classes=tuple(names))
    whole = Batch(np.zeros((len(names), 1, 5), np.float32), np.arange(len(names), dtype=np.float32)[:, None])
    text = written("csv", Content(TIMES, 1, (column,)), whole).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header[0] == column.name
    assert [re.sub(f"^'({FORMULA})", r"\1", row[0]) for row in rows] == names


FORMULAS = ("=1+1", "-5", "+SUM(A1)", "@cmd", "'=already", "good")


def test_no_cell_is_run_as_a_formula_and_all_are_read_back():
    column = Column(name="=state", classes=FORMULAS)
    signals = np.random.default_rng(0).normal(size=(12, 1, 32)).astype(np.float32)
    whole = Batch(signals, np.arange(12, dtype=np.float32)[:, None] % 6)
    content = written("csv", Content(np.arange(32) / 8, 1, (column,)), whole)
    header, *rows = csv.reader(io.StringIO(content.decode()))
    assert header[0] == "'=state"
    assert [row[0] for row in rows[:6]] == ["'=1+1", "-5", "'+SUM(A1)", "'@cmd", "''=already", "good"]
    recorded = read_recordings([("a.csv", content)])
    assert recorded.labels["=state"].tolist() == 2 * list(FORMULAS)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("csv", "d4bd5b295242e85039f5b4a7296f4af7b2f4bcd80c46b0fb2427ea916b538585"),
        ("npy", "8805ef57a18e94ca324549792533792e67de5c9dfd964261812da984cd99b0a1"),
    ],
)
def test_one_channel_of_which_nothing_is_known_makes_the_file_that_it_always_made(name, digest):
    signals = np.random.default_rng(0).integers(-1000, 1000, (300, 1, 16)) / 8
    whole = Batch.unconditional(signals.astype(np.float32))
    assert hashlib.sha256(written(name, Content(np.arange(16) / 8), whole)).hexdigest() == digest


def test_a_content_is_that_of_the_settings():
    config = RunConfig(source=SimulatorConfig(n_channels=3), conditions=("bias", "amplitude"))
    content = Content.of(config)
    assert content.n_channels == 3
    assert [column.name for column in content.columns] == ["bias", "amplitude"]
    np.testing.assert_array_equal(content.times, Simulator(config.source).times)


@pytest.mark.parametrize(("name", "held"), [("csv", 256), ("csv.gz", 256), ("npy", 256), ("parquet", 256)])
def test_only_a_few_signals_of_many_channels_are_held_at_a_time(name, held):
    content, piece, taken = Content(TIMES, 16, (LOAD,)), batch(32, 16, (LOAD,)), 0
    n = 4 * held

    def pieces():
        nonlocal taken
        for _ in range(n // len(piece)):
            taken += len(piece)
            yield piece

    most, before = 0, 0
    for _ in encode(pieces(), n, content, name):
        most, before = max(most, taken - before), taken
    assert taken == n
    assert most <= held + len(piece)
