"""Feather, Arrow streams and Parquet, written and read back."""

import io
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from core.errors import SignalFileError
from core.recordings.import_files import read_recordings
from core.recordings.reading import limits
from core.recordings.reading.files import read
from core.recordings.reading.raw import Recorded
from tests.unit.recordings.containers import arrow

N = 600
WAVE = np.sin(np.arange(N) / 10)
OTHER = np.cos(np.arange(N) / 7)


def recorded(name: str, content: bytes) -> Recorded:
    return read_recordings([(name, content)])


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("is_stream", [False, True])
def test_arrow_is_a_table(compression, is_stream):
    kinds = pa.array(["x"] * N).dictionary_encode()
    table = pa.table({"time": np.arange(N) / 100, "u": WAVE, "kind": kinds})
    found = recorded("a.arrow", arrow(table, compression, is_stream))
    assert found.rates == pytest.approx([100])
    np.testing.assert_allclose(found.values[0], [WAVE], rtol=1e-6)


def test_feather_is_a_table():
    file = io.BytesIO()
    feather.write_feather(pa.table({"time": np.arange(N) / 100, "u": WAVE}), file)
    assert recorded("a.feather", file.getvalue()).rates == pytest.approx([100])


def test_times_that_no_clock_holds_and_numbers_that_no_float_tells_apart_in_arrow():
    moments = pa.array([datetime(1, 1, 1) + timedelta(seconds=i) for i in range(N)], pa.timestamp("us"))
    assert recorded("a.arrow", arrow(pa.table({"time": moments, "u": WAVE}))).rates == pytest.approx([1])
    ids = pa.array([2**60 + i for i in range(N)])
    assert read("a.arrow", arrow(pa.table({"id": ids, "u": WAVE}))).columns[0][1] == "1152921504606846977"
    months = pa.array([(1, 2, 3)] * N, pa.month_day_nano_interval())
    with pytest.raises(
        SignalFileError, match=r"“time” of “a.arrow” holds month_day_nano_interval, neither numbers nor"
    ):
        read("a.arrow", arrow(pa.table({"time": months, "u": WAVE})))


def test_a_packed_arrow_file_that_would_become_too_large_is_refused_beforehand(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED", 1_000_000)
    table = pa.table({"u": np.zeros(200_000)})
    with pytest.raises(SignalFileError, match="when unpacked"):
        read("a.arrow", arrow(table, "zstd"))


def test_a_cell_may_hold_a_signal():
    table = pa.table(
        {
            "label": ["a", "b"] * 15,
            "u": [WAVE[i : i + 64] for i in range(30)],
            "w": pa.array([OTHER[i : i + 64] for i in range(30)], pa.list_(pa.float32(), 64)),
        }
    )
    file = io.BytesIO()
    parquet.write_table(table, file)
    found = recorded("a.parquet", file.getvalue())
    assert np.stack(found.values).shape == (30, 2, 64)
    assert found.channel_names == ("u", "w")
    assert found.labels["label"].tolist() == ["a", "b"] * 15
    np.testing.assert_allclose(found.values[3], [WAVE[3:67], OTHER[3:67]], rtol=1e-6)


def test_a_cell_may_hold_all_channels_of_a_signal_with_values_missing():
    cells = [[[1.0, None, 3.0] * 8, [4.0, 5.0, 6.0] * 8]] * 30
    file = io.BytesIO()
    parquet.write_table(pa.table({"x": pa.array(cells)}), file)
    found = recorded("a.parquet", file.getvalue())
    np.testing.assert_array_equal(found.values[0], [[1, np.nan, 3] * 8, [4, 5, 6] * 8])


def test_channels_of_different_lengths_in_a_cell_are_refused():
    file = io.BytesIO()
    parquet.write_table(pa.table({"x": pa.array([[[1.0, 2.0], [3.0]]] * 30)}), file)
    with pytest.raises(
        SignalFileError, match=r"A cell of “a.parquet” holds lists of different lengths; give all channels"
    ):
        read("a.parquet", file.getvalue())
