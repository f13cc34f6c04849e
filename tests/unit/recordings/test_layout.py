"""Signals laid out as tables in any way arrange back to the same signals, with the layout given or guessed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SignalFileError
from core.generation.export import Content, encode
from core.recordings.layout.apply import apply_layout
from core.recordings.layout.column_names import unit_of
from core.recordings.layout.inference import infer_layout
from core.recordings.layout.joining import join
from core.recordings.layout.layout import Layout
from core.recordings.preparation.prepare import suggested
from core.recordings.reading.files import read
from core.recordings.reading.raw import Recorded, Table
from core.signals.batch import Batch
from core.units import Units
from tests.unit.recordings.tables import as_columns, as_long, as_rows, by_name, table, text, waves


@given(n=st.integers(20, 30), n_samples=st.integers(17, 60), has_names=st.booleans(), seed=st.integers(0, 9))
def test_rows(n, n_samples, has_names, seed):
    signals = waves(n, 1, n_samples, seed)
    cells = as_rows(signals, has_names)
    assert infer_layout(cells) == Layout(kind="rows")
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert np.array_equal(np.stack(recorded.values), signals)
    assert np.isnan(recorded.rates).all()
    assert recorded.names[1] == "a.csv, row 2"


@given(n=st.integers(20, 40), n_samples=st.integers(20, 60), rate=st.sampled_from([1.0, 62.5, 1e3, 48e3]))
def test_columns_beside_a_time(n, n_samples, rate):
    signals = waves(n, 1, n_samples)
    cells = as_columns(signals, rate)
    assert infer_layout(cells) == Layout(kind="columns", time_column="time")
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert np.array_equal(np.stack(recorded.values), signals)
    np.testing.assert_allclose(recorded.rates, rate)


@given(
    n_channels=st.integers(1, 3),
    n_samples=st.integers(16, 40),
    seed=st.one_of(st.none(), st.integers(0, 9)),
    rate=st.sampled_from([2.0, 250.0]),
)
def test_long(n_channels, n_samples, seed, rate):
    signals = waves(6, n_channels, n_samples)
    channels = ("x", "y", "z")[:n_channels]
    cells = as_long(signals, rate, channels, seed)
    layout = infer_layout(cells)
    expected = {"kind": "long", "id_column": "id", "time_column": "time", "labels": ("load",)}
    assert layout == Layout(**expected, channel_column="channel" if n_channels > 1 else "")
    recorded = apply_layout(cells, layout, "a.csv")
    found = by_name(recorded)
    order = [recorded.channel_names.index(name) for name in channels] if n_channels > 1 else [0]
    for i, signal in enumerate(signals):
        assert np.array_equal(found[f"a.csv, id beat {i}"][order], signal)
    np.testing.assert_allclose(recorded.rates, rate)
    assert sorted(recorded.labels["load"]) == [0, 0.5, 1, 1.5, 2, 2.5]


def test_long_with_a_column_for_each_channel():
    signals = waves(5, 2, 30)
    columns = {"trial": np.repeat(np.arange(5.0), 30), "t": np.tile(np.arange(30) / 10, 5)}
    cells = table(columns | {"x": signals[:, 0].ravel(), "y": signals[:, 1].ravel()})
    assert infer_layout(cells) == Layout(kind="long", id_column="trial", time_column="t")
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert np.array_equal(np.stack(recorded.values), signals)
    assert recorded.channel_names == ("x", "y")


def test_long_without_a_time():
    signals = waves(5, 1, 30)
    cells = table({"id": text(np.repeat(list("abcde"), 30).tolist()), "v": signals.ravel()})
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert np.array_equal(np.stack(recorded.values), signals)


def test_long_recordings_of_different_lengths():
    cells = table({"id": text(["a"] * 20 + ["b"] * 30), "t": [*range(20), *range(30)], "v": np.arange(50.0)})
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert [part.shape for part in recorded.values] == [(1, 20), (1, 30)]
    assert recorded.rates.tolist() == [1, 1]


@pytest.mark.parametrize("has_time", [True, False])
def test_one_long_recording(has_time):
    signal = waves(1, 3, 500)[0]
    time = {"Time [ms]": np.arange(500) * 4.0} if has_time else {}
    cells = table(time | dict(zip("xyz", signal, strict=True)))
    assert infer_layout(cells) == Layout(kind="channels", time_column="Time [ms]" if has_time else "")
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert np.array_equal(recorded.values[0], signal)
    assert recorded.channel_names == ("x", "y", "z")
    np.testing.assert_allclose(recorded.rates, 250 if has_time else np.nan)


def test_one_long_recording_is_cut_where_its_label_changes():
    signal = waves(1, 2, 100)[0]
    cells = table({"x": signal[0], "y": signal[1], "activity": text(["walk"] * 30 + ["run"] * 50 + ["walk"] * 20)})
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert [part.shape[1] for part in recorded.values] == [30, 50, 20]
    assert recorded.labels["activity"].tolist() == ["walk", "run", "walk"]
    assert np.array_equal(np.concatenate(recorded.values, axis=1), signal)


def test_rows_with_times_in_the_header():
    cells = as_rows(waves(), has_names=True, name="t={}")
    names = tuple(f"t={i / 16:.9g} s" for i in range(40))
    recorded = apply_layout(Table(names, cells.columns, True), Layout(), "a.csv")
    np.testing.assert_allclose(recorded.rates, 16)


def test_own_files_of_several_channels_with_conditions():
    signals = waves(12, 2, 40)
    lead = {
        "signal": np.repeat(np.arange(12.0), 2),
        "channel": np.tile([1.0, 2.0], 12),
        "load": np.repeat(np.arange(12.0), 2),
    }
    samples = {f"t={i / 8:.9g} s": signals.reshape(24, 40)[:, i] for i in range(40)}
    cells = table(lead | samples)
    assert infer_layout(cells) == Layout(kind="rows", id_column="signal", channel_column="channel", labels=("load",))
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert np.array_equal(np.stack(recorded.values), signals)
    assert recorded.labels["load"].tolist() == list(range(12))
    assert recorded.channel_names == ("1", "2")
    np.testing.assert_allclose(recorded.rates, 8)


def test_y_of_many_whole_numbers_is_a_channel_and_of_few_a_class():
    counts = np.round(30 * np.sin(np.arange(400) / 9))
    cells = {"time": np.arange(400) / 100, "u": np.cos(np.arange(400) / 7)}
    assert infer_layout(table(cells | {"y": counts})).ignored == ()
    assert infer_layout(table(cells | {"y": np.arange(400) % 3})).ignored == ("y",)


def test_labels_and_numbers_beside_the_samples():
    known = {"class": np.arange(24) % 3 + 1.0, "motor": text(["a", "b"] * 12), "rpm": np.linspace(100, 900, 24) ** 1.1}
    cells = table(known | {f"s{i}": column for i, column in enumerate(waves()[:, 0].T)})
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert infer_layout(cells).labels == ("class", "motor", "rpm")
    assert recorded.labels["class"].tolist() == known["class"].tolist()
    assert recorded.values[0].shape == (1, 40)


@pytest.mark.parametrize("first", [True, False])
def test_a_class_without_a_header(first):
    columns = [*waves()[:, 0].T]
    columns.insert(0 if first else 40, np.arange(24) % 4 + 1.0)
    cells = Table(tuple(f"column {i + 1}" for i in range(41)), tuple(columns), has_names=False)
    assert infer_layout(cells).labels == ("column 1" if first else "column 41",)


def test_ids_of_rows_name_them_and_are_no_class():
    cells = table({"id": text([f"p{i}" for i in range(24)])} | {f"s{i}": c for i, c in enumerate(waves()[:, 0].T)})
    assert infer_layout(cells) == Layout(id_column="id")
    assert apply_layout(cells, infer_layout(cells), "a.csv").names[3] == "a.csv, id p3"


def test_signals_that_hang_together_down_the_columns():
    signals = waves(30, 1, 200)
    assert infer_layout(table({f"column {i}": signal[0] for i, signal in enumerate(signals)}, False)).kind == "columns"


def test_aligned_pulses_in_rows_stay_rows():
    rng = np.random.default_rng(0)
    pulse = np.exp(-(np.linspace(-3, 3, 100) ** 2))
    signals = (rng.uniform(0.9, 1.1, (60, 1, 1)) * pulse + 0.01 * rng.standard_normal((60, 1, 100))).astype(np.float32)
    assert infer_layout(as_rows(signals)).kind == "rows"


def test_empty_cells_at_the_end_are_no_part_of_a_signal():
    signals = waves(20, 1, 30)
    signals[3, 0, 20:] = np.nan
    signals[4, 0, 5] = np.nan
    signals[5] = np.nan
    recorded = apply_layout(as_rows(signals), Layout(), "a.csv")
    assert [recorded.values[i].shape[1] for i in (2, 3, 4, 5)] == [30, 20, 30, 30]


def test_rows_missing_in_time_become_missing_values():
    cells = table({"t": np.delete(np.arange(60) / 10, [20, 21]), "x": np.delete(np.arange(60.0), [20, 21])})
    recorded = apply_layout(cells, infer_layout(cells), "a.csv")
    assert recorded.values[0].shape == (1, 60)
    assert np.flatnonzero(np.isnan(recorded.values[0][0])).tolist() == [20, 21]
    np.testing.assert_allclose(recorded.rates, 10)


def test_rounded_times_are_evenly_spaced():
    cells = table({"time (ms)": np.round(np.arange(900) / 0.3), "x": np.arange(900.0)})
    np.testing.assert_allclose(apply_layout(cells, infer_layout(cells), "a.csv").rates, 300, rtol=1e-3)


def test_dates_are_times():
    stamps = [f"2024-05-01T10:00:{i // 4:02}.{i % 4 * 25:02}Z" for i in range(80)]
    cells = table({"timestamp": text(stamps), "x": np.arange(80.0)})
    assert infer_layout(cells).time_column == "timestamp"
    np.testing.assert_allclose(apply_layout(cells, infer_layout(cells), "a.csv").rates, 4)


def recorded_of(n_channels=1, labels=None, channel_names=(), name="a"):
    return Recorded([name], [np.zeros((n_channels, 20), np.float32)], np.array([10.0]), labels or {}, channel_names)


def test_files_are_joined_with_what_all_know():
    first = recorded_of(labels={"class": np.array([1.0]), "rpm": np.array([5.0])})
    second = recorded_of(labels={"class": text(["b"])}, name="b")
    whole = join([first, second])
    assert whole.names == ["a", "b"]
    assert whole.labels.keys() == {"class"}
    assert whole.labels["class"].tolist() == ["1", "b"]
    assert whole.rates.tolist() == [10, 10]


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([], "There are no recordings"),
        ([recorded_of(1), recorded_of(2, name="b")], "“b” has 2 channels and “a” has 1; give files"),
        ([recorded_of(2, None, ("x", "y")), recorded_of(2, None, ("y", "x"))], "in the same order"),
    ],
)
def test_files_that_do_not_go_together(parts, says):
    with pytest.raises(SignalFileError, match=says):
        join(parts)


def test_a_column_without_a_name_that_counts_rows_is_ignored():
    cells = table({"": np.arange(24.0)} | {f"s{i}": column for i, column in enumerate(waves()[:, 0].T)})
    assert infer_layout(cells) == Layout(ignored=("",))
    assert apply_layout(cells, infer_layout(cells), "a.csv").values[0].shape == (1, 40)


def test_a_table_without_rows_or_columns():
    assert infer_layout(Table((), (), has_names=False)) == Layout()
    with pytest.raises(SignalFileError, match="has no rows"):
        apply_layout(table({"x": np.empty(0)}), Layout(), "a.csv")


@given(st.data())
def test_any_table_can_be_guessed(data):
    """Whatever the cells, a guess names only columns that are there, each with one meaning."""
    n_rows, n_columns = data.draw(st.integers(0, 20)), data.draw(st.integers(1, 20))
    numbers = st.lists(st.floats(width=32) | st.integers(0, 3), min_size=n_rows, max_size=n_rows)
    words = st.lists(st.sampled_from(["", "a", "b", "2024-01-01"]), min_size=n_rows, max_size=n_rows)
    names = data.draw(
        st.lists(st.sampled_from(["id", "t", "time", "class", "channel", "x", "s1", "s2", "", "t=1 s", "rpm"]) | st.text(),
                 min_size=n_columns, max_size=n_columns, unique=True)
    )  # fmt: skip
    columns = [
        text(data.draw(words)) if data.draw(st.booleans()) else np.array(data.draw(numbers), np.float64) for _ in names
    ]
    layout = infer_layout(Table(tuple(names), tuple(columns), data.draw(st.booleans())))
    roles = [layout.id_column, layout.time_column, layout.channel_column, *layout.labels, *layout.ignored]
    named = [name for name in roles if name]
    assert set(named) <= set(names)
    assert len(named) == len(set(named))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_file_of_fakes_tells_its_times_and_unit(kind, n_channels):
    signals = waves(n_channels=n_channels)
    content = Content(np.arange(40) / 8, n_channels, units=Units("m/s², rms"))
    whole = b"".join(encode(iter([Batch.unconditional(signals)]), len(signals), content, kind))
    found = read(f"fakes.{kind}", whole)
    recorded = apply_layout(found, infer_layout(found), "fakes")
    np.testing.assert_array_equal(np.stack(recorded.values), signals)
    assert recorded.unit == "m/s², rms"
    np.testing.assert_allclose(recorded.rates, 8)
    assert suggested(recorded).unit == "m/s², rms"


@pytest.mark.parametrize(
    ("names", "unit"),
    [
        (("x [V]", "y [V]"), "V"),
        (("x (m/s²)", "y ( m/s² )"), "m/s²"),
        (("x [V]", "y [mV]"), ""),
        (("x [V]", "y"), ""),
        (("t=0 s", "t=1 s"), ""),
        (("0 [ms]", "1 [ms]"), ""),
        (("x [" + 21 * "V" + "]", "y [" + 21 * "V" + "]"), ""),
    ],
)
def test_a_unit_is_what_all_names_end_with(names, unit):
    assert unit_of(names) == unit


def test_files_of_different_units_are_brought_to_that_of_the_first():
    parts = [
        replace(recorded_of(), values=[np.full((1, 20), value)], unit=unit) for value, unit in ((1.0, "V"), (2.0, "mV"))
    ]
    whole = join(parts)
    assert whole.unit == "V"
    assert [values[0, 0] for values in whole.values] == pytest.approx([1, 0.002])
    assert "“a” is in mV and is converted to V" in whole.findings[0].sentence
    assert not join([replace(recorded_of(), unit=unit) for unit in ("V", "")]).unit
    with pytest.raises(SignalFileError, match="“a” is in A and “a” in V"):
        join([replace(recorded_of(), unit=unit) for unit in ("V", "A")])


def test_a_table_without_columns_is_refused():
    with pytest.raises(SignalFileError, match="has no rows"):
        apply_layout(table({}), Layout(), "a.lvm")
