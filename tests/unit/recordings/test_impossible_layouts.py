"""Layouts that cannot be, and tables that do not go with theirs, are refused in a sentence."""

import numpy as np
import pytest

from core.errors import SignalFileError
from core.recordings.layout.apply import apply_layout
from core.recordings.layout.layout import Layout
from tests.unit.recordings.tables import table, text

SMALL = {"id": text(["a", "a", "b", "b"]), "t": [0.0, 1, 0, 1], "x": [1.0, 2, 3, 4], "word": text(["", "u", "v", "v"])}


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ({"kind": "rows", "labels": ("nothing",)}, "no column named “nothing”"),
        ({"kind": "rows", "labels": ("id",), "ignored": ("id",)}, "“id” has two roles"),
        ({"kind": "rows", "labels": ("id",)}, r"“word” of “a.csv” holds text \(“u” in row 2\)"),
        ({"kind": "rows", "ignored": ("id", "t", "x", "word")}, "No column of “a.csv” is left"),
        ({"kind": "rows", "channel_column": "id"}, "which signal they belong to; name it"),
        ({"kind": "rows", "time_column": "t"}, "no column can hold the time"),
        (
            {"kind": "channels", "date_column": "id"},
            "Beside the day in column “id”, name the column with the time of the day",
        ),
        ({"kind": "long"}, "name it"),
        ({"kind": "columns", "labels": ("id",)}, "“id” cannot be a condition"),
        ({"kind": "channels", "id_column": "id"}, "choose the long form"),
        ({"kind": "channels", "time_column": "t", "ignored": ("id", "word")}, "do not rise in its row 3"),
        ({"kind": "channels", "time_column": "word", "ignored": ("id",)}, "“word” holds text that is no time"),
        ({"kind": "long", "id_column": "word", "ignored": ("id",)}, "“word” of “a.csv” is empty in row 1"),
        ({"kind": "long", "id_column": "id", "labels": ("word",)}, "“word” changes within one signal"),
        (
            {"kind": "long", "id_column": "id", "channel_column": "word", "ignored": ("t",)},
            "“word” of “a.csv” is empty",
        ),
    ],
)
def test_impossible_layouts(layout, says):
    with pytest.raises(SignalFileError, match=says):
        apply_layout(table(SMALL), Layout(**layout), "a.csv")


def test_channels_of_different_lengths_are_refused():
    cells = table({"id": text(["a"] * 5), "channel": text(["x", "x", "x", "y", "y"]), "v": np.arange(5.0)})
    with pytest.raises(SignalFileError, match="3 rows of channel “x” and 2 of “y”"):
        apply_layout(cells, Layout(kind="long", id_column="id", channel_column="channel"), "a.csv")


def long_table(**columns):
    """Two signals of two channels, one row for each moment of each."""
    index = np.arange(80)
    known = {
        "id": index // 40,
        "channel": text([f"c{i}" for i in index // 20 % 2]),
        "time": index % 20 / 10,
        "v": index / 9,
    }
    return table(known | columns)


@pytest.mark.parametrize(
    ("columns", "kind", "says"),
    [
        ({"w": np.arange(80.0)}, "long", "there must be one column of values in “a.csv”, not 2"),
        ({"time": np.arange(80) % 40 / 10}, "long", "channels of “a.csv, id 0” were not taken at the same times"),
        (
            {"channel": np.arange(80)},
            "long",
            "Column “channel” of “a.csv” names 80 channels; a signal may have up to 64",
        ),
        ({}, "rows", "has several rows for one channel of one signal"),
    ],
)
def test_signals_in_several_rows_that_do_not_go_together_are_refused(columns, kind, says):
    roles = {"id_column": "id", "channel_column": "channel"} | ({"time_column": "time"} if kind == "long" else {})
    with pytest.raises(SignalFileError, match=says):
        apply_layout(long_table(**columns), Layout(kind=kind, **roles), "a.csv")


def test_times_that_are_uneven_are_refused():
    cells = table({"t": np.cumsum(np.random.default_rng(0).uniform(0.1, 2, 50)), "x": np.arange(50.0)})
    with pytest.raises(SignalFileError, match="not evenly spaced"):
        apply_layout(cells, Layout(kind="channels", time_column="t"), "a.csv")
