"""Several arrays in one file: which of them are samples, times, rates and classes."""

import io

import numpy as np
import pytest
from scipy import sparse

from core.errors import SignalFileError
from tests.unit.recordings.containers import (
    OTHER,
    SIGNALS,
    STATES,
    WAVE,
    T,
    each_container,
    mat,
    mat73,
    npy,
    npz,
    read,
)


@each_container
def test_vectors_of_one_length_are_channels_beside_their_times(write, name):
    found = read(write(time=T, acc=WAVE, gyro=OTHER), name)
    assert found.channel_names == ("acc", "gyro")
    assert found.rates == pytest.approx([50])
    assert found.ignored == ("time",)
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


@each_container
@pytest.mark.parametrize(
    ("said", "rate"),
    [
        ({"fs": 50}, 50),
        ({"Fs": 50.0}, 50),
        ({"sample_rate": 50}, 50),
        ({"sampling_frequency_hz": 50}, 50),
        ({"fs_khz": 0.05}, 50),
        ({"dt": 0.02}, 50),
        ({"dt_ms": 20}, 50),
        ({"sampling_interval": 0.02}, 50),
        ({"gain": 3.0}, None),
    ],
)
def test_a_single_number_may_say_the_rate(write, name, said, rate):
    found = read(write(v=WAVE, **said), name)
    assert found.channel_names == ("v",)
    assert found.rates == pytest.approx([rate or np.nan], nan_ok=True)
    assert found.ignored == tuple(said)


@each_container
def test_a_matrix_of_moments_takes_vectors_as_long_as_it_for_more_channels(write, name):
    found = read(write(t=T, acc=np.stack([WAVE, OTHER, -WAVE], axis=1), temp=OTHER * 2), name)
    assert found.channel_names == ("acc 1", "acc 2", "acc 3", "temp")
    assert found.rates == pytest.approx([50])
    assert len(found.values) == 1


@each_container
def test_few_long_rows_are_channels(write, name):
    found = read(write(x=np.stack([WAVE, OTHER, -WAVE])), name)
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER, -WAVE], rtol=1e-6)


def test_few_long_rows_of_a_bare_array_are_channels():
    found = read(npy(np.stack([WAVE, OTHER])), "a.npy")
    assert len(found.values) == 1
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


@each_container
def test_names_of_channels_may_stand_beside_them(write, name):
    found = read(write(x=np.stack([WAVE, OTHER]), channels=np.array(["up", "down"])), name)
    assert found.channel_names == ("up", "down")
    assert found.labels == {}


@each_container
def test_times_say_which_axis_of_signals_is_time(write, name):
    found = read(write(t=np.arange(40) / 8, y=SIGNALS.T), name)
    np.testing.assert_allclose(np.concatenate(found.values), SIGNALS, rtol=1e-6)
    assert found.rates == pytest.approx([8] * 30)


@each_container
def test_labels_say_which_axis_of_signals_counts_them(write, name):
    for array in (SIGNALS, SIGNALS.T):
        found = read(write(y=array, state=STATES), name)
        np.testing.assert_allclose(np.concatenate(found.values), SIGNALS, rtol=1e-6)
        assert found.labels["state"].tolist() == STATES.tolist()


@each_container
def test_matrices_of_one_shape_are_channels_of_signals(write, name):
    found = read(write(u=SIGNALS, i=2 * SIGNALS, state=STATES), name)
    assert found.channel_names in (("u", "i"), ("i", "u"))
    assert np.stack(found.values).shape == (30, 2, 40)


def test_signals_for_training_and_for_testing_are_joined():
    found = read(npz(x_train=SIGNALS[:20], y_train=np.arange(20) % 3, x_test=SIGNALS[20:], y_test=np.arange(10) % 3))
    np.testing.assert_allclose(np.concatenate(found.values), SIGNALS, rtol=1e-6)
    assert found.labels["y"].tolist() == [*(np.arange(20) % 3), *(np.arange(10) % 3)]


def test_matrices_of_other_numbers_of_signals_are_told_apart_by_their_names():
    found = read(npz(normal=SIGNALS[:18], worn=SIGNALS[18:]))
    assert found.labels["array"].tolist() == ["normal"] * 18 + ["worn"] * 12


def test_a_small_array_that_fits_nowhere_is_left_out_and_told():
    found = read(npz(v=WAVE, calibration=np.eye(3)))
    assert found.channel_names == ("v",)
    assert found.ignored == ("calibration",)
    assert "“calibration” (3 × 3) fits no axis of the signals; it is left out." in found.findings[0].sentence


def test_vectors_of_other_lengths_that_are_numbered_are_recordings():
    found = read(npz(run_1=WAVE, run_2=WAVE[:400], run_3=WAVE[:500]))
    assert [values.shape for values in found.values] == [(1, 600), (1, 400), (1, 500)]
    assert found.names[1] == "a.npz, run_2"


def test_vectors_of_other_lengths_that_say_nothing_are_refused():
    with pytest.raises(SignalFileError, match=r"several arrays that could be the signals: acc \(600\), temp \(150\)"):
        read(npz(acc=WAVE, temp=OTHER[:150]))


def test_times_of_day_in_an_array_are_times():
    times = np.datetime64("2024-03-01T10:00:00") + np.arange(600) * np.timedelta64(20, "ms")
    found = read(npz(time=times, v=WAVE))
    assert found.channel_names == ("v",)
    assert found.rates == pytest.approx([50])


@pytest.mark.parametrize(
    "shape", [(25, 3, 40), (25, 40, 3), (25, 16, 4), (4, 32, 600), (4, 600, 32), (9, 2, 16)], ids=str
)
def test_the_longer_axis_of_an_array_is_time(shape):
    found = read(npy(np.random.default_rng(0).normal(size=shape).astype("f4")), "a.npy")
    assert found.values[0].shape == (min(shape[1:]), max(shape[1:]))


@pytest.mark.parametrize("turned", [False, True])
def test_smooth_courses_say_which_axis_is_time_where_both_may_be(turned):
    walks = np.random.default_rng(0).normal(size=(20, 32, 24)).cumsum(axis=2)
    found = read(npy(walks.swapaxes(1, 2) if turned else walks), "a.npy")
    np.testing.assert_allclose(np.stack(found.values), walks, rtol=1e-6)


@each_container
def test_complex_numbers_are_two_channels(write, name):
    found = read(write(z=WAVE + 1j * OTHER, fs=1e6), name)
    assert found.channel_names == ("I", "Q")
    assert found.rates.tolist() == [1e6]
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


def test_complex_recordings_of_several_channels_have_twice_as_many():
    values = (SIGNALS[:, None] * [[1], [2]]) + 1j * SIGNALS[:, None]
    found = read(npz(z=values))
    np.testing.assert_allclose(np.stack(found.values), np.concatenate([values.real, values.imag], axis=1), rtol=1e-6)


def test_a_swing_on_a_large_level_survives_in_the_recordings_that_have_one():
    found = read(npz(x=np.concatenate([SIGNALS[:15], 1e9 + 0.01 * SIGNALS[15:]])[:, None]))
    np.testing.assert_allclose(found.values[20][0] - 1e9, 0.01 * SIGNALS[20], atol=1e-6)
    np.testing.assert_allclose(found.values[3][0], SIGNALS[3], rtol=1e-6)


@pytest.mark.parametrize("cells", [["x", WAVE], [{"a": 1}, WAVE]])
def test_cells_of_different_kinds_are_left_out_and_told(cells):
    odd = np.empty(2, object)
    odd[:] = cells
    found = read(mat(v=WAVE, c=odd), "a.mat")
    assert (found.channel_names, found.ignored) == (("v",), ("c",))
    assert found.findings[0].sentence == "“c” holds cells of different kinds; it is left out."


def test_bare_complex_numbers_are_two_channels():
    assert read(npy(WAVE + 1j * OTHER), "a.npy").channel_names == ("I", "Q")
    assert np.stack(read(npy(SIGNALS + 1j), "a.npy").values).shape == (30, 2, 40)
    content = (WAVE + 1j * OTHER).astype("<c8").tobytes()
    np.testing.assert_allclose(read(content, "a.cfile").values[0], [WAVE, OTHER], rtol=1e-6)


def test_a_structured_array_has_columns():
    array = np.zeros(600, [("t", "f8"), ("u", "f4"), ("i", "f4")])
    array["t"], array["u"], array["i"] = T, WAVE, OTHER
    for found in (read(npy(array), "a.npy"), read(npz(run=array)), read(npz(run=array, u=1.0, fs=50))):
        assert [name.removeprefix("run.") for name in found.channel_names] == ["u", "i"]
        assert found.rates == pytest.approx([50])


def test_structures_within_a_structured_array_are_columns():
    array = np.zeros(600, [("t", "f8"), ("u", [("x", "f4"), ("y", "f4")])])
    array["t"], array["u"]["x"], array["u"]["y"] = T, WAVE, OTHER
    found = read(npy(array), "a.npy")
    assert found.channel_names == ("u.x", "u.y")
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


def test_half_a_complex_number_is_refused():
    with pytest.raises(SignalFileError, match="no whole number of complex samples"):
        read(b"123456789", "a.cfile")


def test_pickled_objects_beside_signals_are_left_out_and_told():
    found = read(npz(x=SIGNALS, meta=np.array({"a": 1}, object)))
    assert len(found.values) == 30
    assert found.ignored == ("meta",)
    assert "“meta” holds pickled Python objects" in found.findings[0].sentence


def test_a_sparse_matrix_has_its_zeros():
    array = (SIGNALS > 1).astype(np.float64)
    file = io.BytesIO()
    sparse.save_npz(file, sparse.csr_matrix(array))
    columns = sparse.csc_matrix(array)
    for content, name in ((file.getvalue(), "a.npz"), (mat(mask=columns), "a.mat"), (mat73(mask=columns), "a.mat")):
        found = read(content, name)
        np.testing.assert_array_equal(np.concatenate(found.values), array)


# A swing on a large level


@each_container
def test_a_swing_on_a_large_level_survives(write, name):
    found = read(write(f=1e7 + 0.02 * WAVE), name)
    assert found.values[0].dtype == np.float64
    np.testing.assert_allclose(found.values[0][0] - 1e7, 0.02 * WAVE, atol=1e-8)


# Many columns


@pytest.mark.parametrize(("swings", "n"), [(np.ones(28), 28), (np.where(np.arange(28) == 3, 50.0, 1.0), 1)])
def test_many_numbered_columns_are_channels_where_one_swings_far_more_than_the_others(swings, n):
    values = np.random.default_rng(0).normal(size=(300, 28)).cumsum(axis=0) * swings
    header = ",".join(f"x{i}" for i in range(28))
    content = "\n".join([header, *(",".join(f"{value:.3f}" for value in row) for row in values)])
    assert len(read(content.encode(), "a.csv").values) == n
