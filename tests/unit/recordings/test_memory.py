"""Reading takes little more memory than the file and the data set that comes of it; one by one, nothing is there twice."""

import gc
import io
import tracemalloc
import weakref

import h5py
import numpy as np
import pyarrow as pa
import pytest
from scipy import io as scipy_io

from core.errors import SignalFileError
from core.recordings.import_files import import_files
from core.recordings.preparation.windows import Cut
from core.recordings.reading import text
from core.recordings.reading.columns import text_of
from core.recordings.reading.files import read
from core.recordings.reading.spelling import coded, read_numbers
from core.recordings.reading.trees import container_of

SIGNALS = np.random.default_rng(0).normal(size=(400, 2, 512))
LABEL = np.arange(400) % 3


def npz():
    file = io.BytesIO()
    np.savez(file, signals=SIGNALS, label=LABEL)
    return file.getvalue()


def mat():
    file = io.BytesIO()
    scipy_io.savemat(file, {"signals": SIGNALS, "label": LABEL})
    return file.getvalue()


def hdf5():
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root["signals"], root["label"] = SIGNALS, LABEL
    return file.getvalue()


@pytest.mark.parametrize(("name", "make"), [("a.npz", npz), ("a.mat", mat), ("a.h5", hdf5)])
def test_a_data_set_of_arrays_takes_twice_the_memory_of_its_file(name, make):
    content = make()
    import_files([(name, content)])  # what libraries keep does not count
    tracemalloc.start()
    data = import_files([(name, content)]).data
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(data.signals, SIGNALS.astype(np.float32))
    assert peak < 2.2 * SIGNALS.nbytes  # the array in double precision, recordings and signals in single precision


def test_arrays_are_let_go_of_without_waiting_for_the_garbage_collector():
    array = np.arange(9.0)
    there = weakref.ref(array)
    container = container_of({"run": {"values": array, "cells": [np.ones(3), np.ones(4)]}})
    gc.disable()
    try:
        del container, array
        assert there() is None
    finally:
        gc.enable()


def test_signals_that_are_dropped_make_room_for_the_others():
    numbers = np.arange(10)
    cut = Cut(SIGNALS[:10].astype(np.float32), numbers, numbers, numbers, are_windows=False)
    kept = cut.only(np.array([0, 3, 4, 9]))
    np.testing.assert_array_equal(kept.signals, SIGNALS[[0, 3, 4, 9]].astype(np.float32))
    assert kept.signals.base is cut.signals
    assert kept.sources.tolist() == [0, 3, 4, 9]


def test_words_of_all_columns_count_together(monkeypatch):
    rows = "".join(f"{i / 100},note {i},remark {i},{i % 7 / 10}\n" for i in range(1000))
    monkeypatch.setattr(text, "MAX_UNPACKED", 100_000)
    monkeypatch.setattr("core.recordings.reading.limits.MAX_UNPACKED", 100_000)
    read("a.csv", f"time,note,v\n{rows}".replace("remark", "").encode()[:20_000])
    with pytest.raises(SignalFileError, match="when unpacked"):
        read("a.csv", f"time,note,remark,v\n{rows}".encode())


def test_words_of_which_nearly_all_differ_are_put_one_below_the_other():
    cells = pa.chunked_array([["a ", "b"], ["c", " a"], ["d", "e"]])
    found = coded(cells)
    assert found.dictionary.to_pylist() == ["a", "b", "c", "a", "d", "e"]
    assert text_of(found).tolist() == ["a", "b", "c", "a", "d", "e"]
    numbers = read_numbers(pa.chunked_array([["1", "2"], ["3", "1"], ["4.5", "6"]]))
    assert numbers.values.tolist() == [1, 2, 3, 1, 4.5, 6]


def test_words_that_are_too_long_for_numbers_are_none():
    assert read_numbers(pa.array([f"{i} {'looked at ' * 9}" for i in range(30)])) is None
    assert read_numbers(pa.array(["1.5", "2.5", "overload" * 9])) is not None
