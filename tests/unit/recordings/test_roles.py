"""Roles of columns by hand, and how a file is read by hand."""

import numpy as np
import pytest

from core.errors import SignalFileError
from core.recordings.import_files import ReadSettings, read_recordings
from core.recordings.layout.layout import Layout
from core.recordings.layout.roles import roles_of, with_roles

NAMES = ("time", "x", "y", "state")
CHANNELS = Layout(kind="channels", time_column="time", labels=("state",))
N = 60
TABLE = "time,run,x,y\n" + "\n".join(f"{i % 20 / 10},{i // 20},{np.sin(i):.4f},{i % 7}" for i in range(N))


def test_each_column_has_a_role():
    assert roles_of(NAMES, CHANNELS) == {"time": "time", "x": "channel", "y": "channel", "state": "condition"}


@pytest.mark.parametrize(
    ("kind", "roles", "wanted"),
    [
        (None, {}, CHANNELS),
        (None, {"y": "ignore"}, Layout(kind="channels", time_column="time", labels=("state",), ignored=("y",))),
        (None, {"state": "channel"}, Layout(kind="channels", time_column="time")),
        (None, {"y": "time"}, Layout(kind="channels", time_column="y", labels=("state",), ignored=("time",))),
        (None, {"y": "recording"}, Layout(kind="long", time_column="time", id_column="y", labels=("state",))),
        (None, {"gone": "ignore"}, CHANNELS),
        ("columns", {}, Layout(kind="columns", time_column="time", ignored=("state",))),
        ("rows", {}, Layout(kind="rows", labels=("state",), ignored=("time",))),
    ],
)
def test_what_is_given_stands_and_what_was_inferred_gives_way(kind, roles, wanted):
    assert with_roles(NAMES, CHANNELS, kind, roles) == wanted


@pytest.mark.parametrize(("kind", "role"), [("rows", "time"), ("columns", "condition")])
def test_a_role_that_a_kind_has_no_use_for_makes_the_columns_channels(kind, role):
    found = with_roles(NAMES, Layout(kind=kind), None, {"state": role})
    assert found.kind == "channels"
    assert roles_of(NAMES, found)["state"] == role


def test_without_its_id_a_table_of_moments_is_one_recording():
    long = Layout(kind="long", id_column="state", time_column="time")
    assert with_roles(NAMES, long, None, {"state": "ignore"}).kind == "channels"


def test_files_are_read_by_settings():
    settings = ReadSettings(roles={"run": "recording", "y": "ignore"})
    found = read_recordings([("a.csv", TABLE.encode())], settings)
    assert [values.shape for values in found.values] == [(1, 20)] * 3
    assert set(found.ignored) == {"time", "run", "y"}


def test_text_is_read_as_it_is_said_to_be_written():
    content = ("a note\nanother\n" + TABLE.replace(",", ";").replace(".", ",")).encode("utf-16")
    settings = ReadSettings(skip_lines=2, separator="semicolon", decimal=",", encoding="utf-16", layout="channels")
    found = read_recordings([("a.csv", content)], settings.model_copy(update={"roles": {"time": "ignore"}}))
    assert found.values[0].shape[1] == N


def test_a_wrong_encoding_is_refused():
    with pytest.raises(SignalFileError, match="set another encoding"):
        read_recordings([("a.csv", "ä,b\n1,2\n".encode("latin-1"))], ReadSettings(encoding="utf-8"))
