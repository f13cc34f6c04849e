"""Several files together: classes in their names or columns, and their units."""

import os
from pathlib import Path

import pytest

from core.recordings.layout.file_names import labels_in, names_of
from core.recordings.one_by_one import OneByOne, contents
from core.recordings.understanding import understand
from tests.unit.recordings.instruments import N, V, csv, times


def test_a_class_that_is_the_same_throughout_each_file_tells_them_apart():
    files = [(f"{one}.csv", csv("t,v,load", times(0.01), V, [load] * N)) for one, load in (("a", 5), ("b", 10))]
    found = understand(files)
    assert (found.n_recordings, found.channels, found.conditions) == (2, ("v",), ("load",))


def test_the_names_of_files_tell_classes():
    names = ["good_1.csv", "good_2.csv", "bad_1.csv", "bad_2.csv"]
    found = understand([(name, csv("t,v", times(0.01), V + i)) for i, name in enumerate(names)])
    assert found.conditions == ("file name",)
    assert "“good”, “bad”" in " ".join(found.said)
    assert understand([(f"run_{i}.csv", csv("t,v", times(0.01), V + i)) for i in range(3)]).conditions == ()


def test_files_in_other_units_are_brought_to_those_of_the_first():
    found = understand([("a.csv", csv("t [s],U [mV]", times(0.01), V)), ("b.csv", csv("t [s],U [V]", times(0.01), V))])
    assert found.unit == "mV"
    assert found.last == pytest.approx(1000 * V[-1])


def test_words_anywhere_in_the_names_of_files_tell_classes():
    names = ["exp1_walk.csv", "exp1_run.csv", "exp2_walk.csv", "exp2_run.csv"]
    found = understand([(name, csv("t,v", times(0.01), V + i)) for i, name in enumerate(names)])
    assert found.conditions == ("file name",)


@pytest.mark.parametrize(
    ("one", "other", "factor"), [("bar", "kPa", 0.01), ("g", "m/s²", 1 / 9.80665), ("m", "cm", 0.01)]
)
def test_units_of_one_kind_are_brought_to_that_of_the_first_file(one, other, factor):
    found = understand(
        [("a.csv", csv(f"t,x ({one})", times(0.01), V)), ("b.csv", csv(f"t,x ({other})", times(0.01), V))]
    )
    assert found.unit == one
    assert found.last == pytest.approx(V[-1] * factor)


def in_folders(*names):
    return understand([(name, csv("t,v", times(0.01), V + i)) for i, name in enumerate(names)])


def test_the_names_of_folders_tell_classes():
    found = in_folders("normal/1.csv", "normal/2.csv", "worn/1.csv", "worn/2.csv")
    assert found.conditions == ("folder",)
    assert "The names of the folders tell classes apart: “normal”, “worn”." in found.said


def test_folders_and_files_may_each_tell_a_class():
    names = [f"{load}/{state}_{i}.csv" for load in ("low", "high") for state in ("good", "bad") for i in range(2)]
    assert set(in_folders(*names).conditions) == {"file name", "folder"}


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["train/new/1.csv", "test/new/2.csv", "train/worn/1.csv", "test/worn/2.csv"], ["new", "new", "worn", "worn"]),
        (["worn/a/1.csv", "worn/b/1.csv", "new/c/1.csv", "new/d/1.csv"], ["worn", "worn", "new", "new"]),
        (["0/a.csv", "0/b.csv", "1/a.csv", "1/b.csv"], ["0", "0", "1", "1"]),
        (["train/1.csv", "train/2.csv", "test/1.csv", "test/2.csv"], None),
        (["subject_1/a.csv", "subject_1/b.csv", "subject_2/a.csv", "subject_2/b.csv"], None),
        (["a.csv", "b.csv"], None),
    ],
)
def test_which_folders_tell_classes(names, classes):
    assert labels_in(names).get("folder") == classes


def test_files_are_called_by_the_folders_in_which_they_differ():
    paths = [Path("/data/runs/normal/1.csv"), Path("/data/runs/worn/1.csv")]
    assert names_of(paths) == ["normal/1.csv", "worn/1.csv"]
    assert names_of(paths[:1]) == ["1.csv"]


def test_folders_that_a_browser_does_not_name_are_said():
    found = in_folders("1.csv", "2.csv", "1.csv", "2.csv")
    assert "Several files are named “1.csv”. The names of their folders are not known here" in " ".join(found.said)


def test_a_name_that_is_no_text_is_written_with_replacement_characters(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Messung_\xfc.csv"))
    try:
        path.write_bytes(csv("t,v", times(0.01), V))
    except OSError:
        pytest.skip("this file system takes no such names")
    assert contents([path])[0][0] == "Messung_\ufffd.csv"
    assert understand(contents([path])).expect == "read"
    assert OneByOne([path]).understood().expect == "read"
