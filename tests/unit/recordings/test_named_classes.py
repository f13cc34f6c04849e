"""Arrays whose names or shapes tell that they are classes, and no channels."""

import io

import h5py
import numpy as np
import pytest

from core.recordings.reading.files import read
from core.recordings.reading.named_classes import name_classes
from core.recordings.understanding import understand

RNG = np.random.default_rng(3)
NORMAL, FAULT = RNG.normal(size=(2, 30, 64))


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_arrays_of_one_shape_that_are_named_after_classes_are_recordings():
    found = read("a.npz", npz(normal=NORMAL, inner_race_fault=FAULT, fs=np.array(100.0)))
    assert found.labels["array"].tolist() == ["normal"] * 30 + ["inner_race_fault"] * 30
    np.testing.assert_array_equal(np.concatenate(found.values), np.concatenate([NORMAL, FAULT]).astype(np.float32))
    assert found.rates.tolist() == [100] * 60
    assert "“normal”, “inner_race_fault” hold recordings of a class each" in found.findings[0].sentence


def test_arrays_of_one_shape_with_other_names_are_channels_and_that_is_said():
    found = understand([("a.npz", npz(x=NORMAL, y_axis=FAULT))])
    assert (found.channels, found.n_recordings) == (("x", "y_axis"), 30)
    assert "are channels of the same recordings; if they are classes, give a file of each." in found.said[0]


def test_labels_beside_arrays_make_them_channels():
    found = understand([("a.npz", npz(normal=NORMAL, fault=FAULT, label=np.arange(30) % 2))])
    assert (found.channels, found.conditions) == (("normal", "fault"), ("label",))


def test_arrays_with_other_numbers_of_rows_cannot_be_channels():
    found = understand([("a.npz", npz(a=NORMAL, b=FAULT, c=FAULT[:20]))])
    assert (found.n_channels, found.n_recordings, found.conditions) == (1, 80, ("array",))


@pytest.mark.parametrize("shape", [(4, 5000), (5000,)])
def test_few_or_single_long_recordings_of_classes(shape):
    healthy, damaged = RNG.normal(size=(2, *shape))
    found = understand([("a.npz", npz(healthy=healthy, damaged=damaged, t=np.arange(5000) / 50))])
    assert (found.n_channels, found.n_recordings, found.n_samples) == (1, 2 * (shape[0] if len(shape) > 1 else 1), 5000)
    assert (found.conditions, found.rate_hz) == (("array",), 50)


def test_marks_that_are_named_after_classes_are_channels():
    found = understand([("a.npz", npz(running=np.arange(5000) // 4 % 2, idle=np.arange(5000) // 7 % 2))])
    assert found.channels == ("running", "idle")


def test_numbers_behind_the_names_of_classes_tell_no_more_classes():
    found = read("a.npz", npz(normal_1=NORMAL, normal_2=NORMAL + 1, fault_1=FAULT))
    assert found.labels["array"].tolist() == ["normal"] * 60 + ["fault"] * 30
    assert set(read("a.npz", npz(class_0=NORMAL, class_1=FAULT)).labels["array"]) == {"class_0", "class_1"}


def test_groups_that_are_named_after_classes():
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root["normal/x"], root["faulty/x"] = NORMAL, FAULT
    found = understand([("a.h5", file.getvalue())])
    assert (found.n_recordings, found.n_channels, found.conditions) == (60, 1, ("array",))


@pytest.mark.parametrize(
    "names",
    [
        ["ball_x", "ball_y"],
        ["acc", "gyro"],
        ["normal"],
        ["normal", "acc"],
        ["sample1", "sample2"],
        ["normal_1", "normal_2"],
    ],
)
def test_names_that_tell_no_classes(names):
    assert not name_classes(names)
