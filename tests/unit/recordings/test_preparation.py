"""Recordings become a data set, and everything on the way is counted and told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import MAX_CHANNELS, Column, RecordingsConfig, changed
from core.errors import ConfigError, SignalFileError
from core.recordings.preparation.prepare import HELD_OUT_SHARE, Preparation, check_enough, prepare, suggested
from core.recordings.reading.raw import Recorded
from core.signals.recordings import Recordings, split_recordings

AT_50_HZ = Preparation(sampling_rate=50)


def noise(lengths, n_channels=1, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((n_channels, n)).astype(np.float32) for n in lengths]


def recorded_of(values, rates=np.nan, **known):
    known = {
        name: np.array(cells, dtype=object if isinstance(cells[0], str) else None) for name, cells in known.items()
    }
    names = [f"r{i}" for i in range(len(values))]
    return Recorded(names, values, np.broadcast_to(np.float64(rates), len(values)).copy(), known)


def the(findings, kind):
    """The one finding of a kind."""
    found = [finding for finding in findings if finding.kind == kind]
    assert len(found) == 1
    return found[0]


def test_good_recordings_stay_as_they_are():
    values = noise([64] * 30, n_channels=2)
    prepared = prepare(recorded_of(values, 50), Preparation(name="mine", unit="V"))
    data = prepared.data
    assert np.array_equal(data.signals, np.stack(values))
    assert data.signals.dtype == np.float32
    assert data.recordings.tolist() == list(range(30))
    assert data.conditions.shape == (30, 0)
    assert (data.name, data.unit, data.sampling_rate, data.columns) == ("mine", "V", 50, ())
    assert prepared.findings == []
    assert data.story == (
        "Made from 30 recordings of 2 channels. Each recording is one signal of 64 samples. This gives 30 signals at 50 Hz."
    )


@given(
    seed=st.integers(0, 1_000),
    lengths=st.sampled_from(["crop", "pad", "resample"]),
    missing=st.sampled_from(["interpolate", "drop"]),
    choices=st.lists(st.sampled_from(["keep", "drop"]), min_size=4, max_size=4),
    window=st.sampled_from([None, 16, 40]),
)
def test_what_goes_in_is_kept_or_dropped(seed, lengths, missing, choices, window):
    """Each defect is planted somewhere; the counts of what was dropped make up for what is not there."""
    rng = np.random.default_rng(seed)
    values = noise(rng.integers(50, 90, 60), seed=seed)
    for i in range(3):
        values[i][:, :] = i
        values[10 + i] = values[20 + i].copy()
        values[30 + i][0, 5 : 7 + 5 * i] = [np.nan, np.inf, -np.inf][i]
        values[40 + i] = np.clip(values[40 + i], -0.5, 0.5)
        values[45 + i][0, 8] = 1e4
    speeds = [float(i) + 0.5 for i in range(60)]
    speeds[50] = np.nan
    kinds = ("constant", "duplicates", "clipped", "outliers")
    settings = changed(
        AT_50_HZ, lengths=lengths, missing=missing, window=window, **dict(zip(kinds, choices, strict=True))
    )
    prepared = prepare(recorded_of(values, speed=speeds), settings)
    n = len(prepared.data.signals)
    assert np.isfinite(prepared.data.signals).all()
    assert len(prepared.data.recordings) == len(prepared.data.conditions) == n
    of_signals = [finding for finding in prepared.findings if finding.what == "signal"]
    total = of_signals[0].of
    assert n == total - sum(finding.count for finding in of_signals if finding.action == "dropped")
    if window is None:
        assert total == 60 - sum(
            finding.count
            for finding in prepared.findings
            if finding.action == "dropped" and finding.what == "recording"
        )
    for finding in prepared.findings:
        assert 0 < finding.count <= finding.of
        assert finding.sentence in prepared.data.story
        assert finding.example.split(",")[0] in finding.sentence
        if finding.kind in kinds:
            assert finding.action == {"keep": "kept", "drop": "dropped"}[getattr(settings, finding.kind)]


def test_nothing_that_is_given_is_changed():
    values = noise([64] * 30)
    values[3][0, 5] = np.nan
    values[4][0, 5] = np.inf
    before = [part.copy() for part in values]
    prepare(recorded_of(values, 50), Preparation())
    assert all(np.array_equal(part, copy, equal_nan=True) for part, copy in zip(values, before, strict=True))


def test_without_a_rate_time_counts_samples_and_it_is_told():
    prepared = prepare(recorded_of(noise([64] * 30)), Preparation())
    assert (prepared.data.sampling_rate, prepared.data.is_rate_known) == (1, False)
    assert prepared.data.story.endswith("This gives 30 signals.")
    assert the(prepared.findings, "sampling_rate").sentence.startswith("The files do not say the sampling rate")
    prepared = prepare(recorded_of(noise([64] * 30)), AT_50_HZ)
    assert (prepared.data.sampling_rate, prepared.data.is_rate_known) == (50, True)
    assert not prepared.findings


def test_a_rate_by_hand_stands_in_place_of_the_one_that_was_read():
    values = noise([64] * 30)
    prepared = prepare(recorded_of(values, 100.0), AT_50_HZ)
    np.testing.assert_array_equal(prepared.data.signals, np.stack(values))
    assert prepared.data.sampling_rate == 50
    assert "The files say 100 Hz; taken to be 50 Hz" in the(prepared.findings, "sampling_rate").sentence


def test_other_rates_are_resampled_and_unknown_ones_assumed():
    rates = [100.0] * 25 + [200.0] * 5 + [np.nan] + [100.3]
    values = noise([64] * 25 + [128] * 5 + [64] * 2)
    prepared = prepare(recorded_of(values, rates), Preparation())
    assert prepared.data.signals.shape == (32, 1, 64)
    assert prepared.data.sampling_rate == 100
    assert [(finding.count, finding.action) for finding in prepared.findings] == [(1, "assumed"), (5, "resampled")]
    assert np.array_equal(prepared.data.signals[31], values[31])


def test_resampling_beyond_all_bounds_is_refused():
    with pytest.raises(ConfigError, match="give a lower sampling rate"):
        prepare(recorded_of(noise([64] * 30), [1.0, 2.0] * 15), Preparation(sampling_rate=1e9))


@pytest.mark.parametrize(("lengths", "n"), [("crop", 31), ("pad", 35), ("resample", 35)])
def test_recordings_of_different_lengths(lengths, n):
    prepared = prepare(recorded_of(noise([64] * 25 + [100] * 6 + [40] * 4)), changed(AT_50_HZ, lengths=lengths))
    assert prepared.data.signals.shape == (n, 1, 64)
    expected = {
        "crop": {("short", 4), ("lengths", 6)},
        "pad": {("lengths", 6), ("lengths", 4)},
        "resample": {("lengths", 10)},
    }
    assert {(finding.kind, finding.count) for finding in prepared.findings} == expected[lengths]
    assert prepared.data.recordings.tolist() == list(range(n))


def test_missing_values():
    values = noise([64] * 35)
    values[3][0, 5:8] = np.nan
    values[4][0, 5:30] = np.inf
    interpolated = prepare(recorded_of(values, 50), Preparation())
    assert len(interpolated.data.signals) == 34
    assert [(f.count, f.action) for f in interpolated.findings] == [(1, "filled"), (1, "dropped")]
    assert len(prepare(recorded_of(values, 50), Preparation(missing="drop")).data.signals) == 33
    with pytest.raises(SignalFileError, match=r"“r3” has no number at sample 6; .*missing in 2 of 35 recordings"):
        prepare(recorded_of(values, 50), Preparation(missing="refuse"))


def test_a_long_recording_is_cut_and_divided():
    recorded = recorded_of(noise([100_000], 3), 1e3)
    prepared = prepare(recorded, suggested(recorded))
    data = prepared.data
    assert data.signals.shape[1] == 3
    assert len(np.unique(data.recordings)) == 20
    assert "divided into 20 stretches" in the(prepared.findings, "stretches").sentence
    config = RecordingsConfig(
        dataset="0" * 16, name=data.name, n_signals=len(data.signals), n_recordings=20, n_channels=3,
        n_samples=data.signals.shape[2], sampling_rate=1e3,
    )  # fmt: skip
    source = Recordings(config, data)
    assert len(source.fresh(10, 0)) == 10


def test_windows_name_where_they_begin():
    values = noise([400] * 25)
    values[3][0, 100:150] = 0
    prepared = prepare(recorded_of(values, 50), Preparation(window=20, offset=10))
    found = the(prepared.findings, "constant")
    assert (found.count, found.of, found.example) == (2, 475, "r3, from sample 111")
    assert (prepared.data.recordings == 3).sum() == 17


def test_short_recordings_give_no_windows():
    prepared = prepare(recorded_of(noise([400] * 25 + [30]), 50), Preparation(window=50))
    assert (the(prepared.findings, "short").count, the(prepared.findings, "short").example) == (1, "r25")


def test_known_columns_become_conditions():
    recorded = recorded_of(
        noise([64] * 30), 50, cls=[3.0, 1.0, 2.0] * 10, motor=["b", "a"] * 15, rpm=[0.5 + i for i in range(30)],
        load=[0.0, 1.0, 2.0] * 10,
    )  # fmt: skip
    data = prepare(recorded, suggested(recorded)).data
    assert data.columns == (
        Column(name="cls", classes=("1", "2", "3")),
        Column(name="motor", classes=("a", "b")),
        Column(name="rpm", minimum=0.5, maximum=29.5),
        Column(name="load", minimum=0, maximum=2),
    )
    assert data.conditions[:2].tolist() == [[2, 1, 0.5, 0], [0, 0, 1.5, 1]]
    assert data.conditions.dtype == np.float64


def test_numbers_in_single_precision_read_as_they_were_written():
    recorded = recorded_of(noise([64] * 30), 50, load=np.linspace(0.1, 0.7, 30, dtype=np.float32))
    assert prepare(recorded, Preparation()).data.columns[0].minimum == 0.1


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([f"p{i}" for i in range(120)], "different for every signal"),
        ([f"p{i // 2}" for i in range(118)] + ["x"] * 2, None),
        (["a"] * 120, "the same for all signals"),
        ([2.5] * 120, "the same for all signals"),
        ([""] * 70 + ["a", "b"] * 25, "nothing of 70 signals of 120"),
        ([np.nan] * 120, "nothing of 120 signals"),
    ],
)
def test_columns_that_can_be_no_condition(cells, says):
    prepared = prepare(recorded_of(noise([64] * 120), 50, column=cells), Preparation())
    assert len(prepared.data.signals) == 120
    assert prepared.data.conditions.shape[1] == len(prepared.data.columns) == (says is None)
    if says:
        assert says in the(prepared.findings, "condition").sentence


def test_too_many_classes_and_columns():
    recorded = recorded_of(noise([64] * 240), 50, code=[f"p{i // 2}" for i in range(240)])
    assert "120 classes" in the(prepare(recorded, Preparation()).findings, "condition").sentence
    recorded = recorded_of(noise([64] * 30), 50, **{f"k{i}": np.arange(30) + 0.5 for i in range(17)})
    prepared = prepare(recorded, Preparation())
    assert len(prepared.data.columns) == 16
    assert "at most 16" in the(prepared.findings, "condition").sentence


def test_signals_of_which_something_is_not_known_are_dropped():
    recorded = recorded_of(
        noise([64] * 35), 50, motor=["", *("ab" * 16), "a", "b"], rpm=[1.5, np.nan, *np.arange(33) / 3]
    )
    prepared = prepare(recorded, Preparation())
    assert (len(prepared.data.signals), the(prepared.findings, "condition").count) == (33, 2)


@pytest.mark.parametrize(
    ("values", "settings", "error", "says"),
    [
        ([], {}, SignalFileError, "no recordings"),
        (noise([64] * 19), {}, SignalFileError, "Only 19 signals are left, and a data set needs at least 20"),
        (noise([15] * 30), {}, SignalFileError, "15 samples, and a signal needs at least 16"),
        (noise([64] * 20 + [64], 1) + noise([64], 2), {}, SignalFileError, "some 2 channels"),
        (noise([64] * 30, MAX_CHANNELS + 1), {}, SignalFileError, "65 channels; a signal may have up to 64"),
        (noise([64] * 30), {"window": 65}, ConfigError, "All recordings are shorter than one window of 65 samples"),
        (noise([64] * 30), {"n_samples": 65}, ConfigError, "All recordings are shorter than 65 samples"),
        (noise([200_100]), {"window": 16, "hop": 1}, ConfigError, "up to 200,000; give a longer hop"),
        (noise([150_000], 4), {"window": 4096, "hop": 1}, ConfigError, "give fewer or shorter"),
        (noise([16_384], 20), {"window": 16_384}, ConfigError, "give up to 13,107 samples or 16 channels"),
        ([np.zeros((1, 64), np.float32)] * 30, {}, SignalFileError, "0 signals are left.*never changing"),
    ],
)
def test_limits(values, settings, error, says):
    recorded = recorded_of(values, 50)
    with pytest.raises(error, match=says):
        prepare(recorded, Preparation(**settings))


@pytest.mark.parametrize(
    ("lengths", "window", "hop"),
    [([140] * 500, None, None), ([300_000], 512, 512), ([2_000] * 3, 32, 16), ([10_000] * 30, 512, 512)],
)
def test_suggestions(lengths, window, hop):
    settings = suggested(recorded_of([np.zeros((1, n), np.float32) for n in lengths]))
    assert (settings.window, settings.hop) == (window, hop)


def test_the_suggested_name_is_that_of_the_file():
    recorded = Recorded(["beats.v2.csv, row 1"], noise([64]), np.array([50.0]))
    assert suggested(recorded).name == "beats.v2"


# A swing on a large level


def test_a_level_is_taken_off_where_single_precision_would_lose_the_swing_and_it_is_told():
    swing = [0.02 * part.astype(np.float64) for part in noise([64] * 30, 2)]
    values = [part + np.array([[1e7], [0.0]]) for part in swing]
    prepared = prepare(recorded_of(values, 50.0), Preparation())
    np.testing.assert_allclose(prepared.data.signals, np.stack(swing), atol=1e-7)
    assert prepared.data.signals.dtype == np.float32
    assert prepared.data.levels == (1e7, 0)
    sentence = the(prepared.findings, "level").sentence
    assert sentence.startswith("Channel 1 varies too little around 10,000,000 for single precision")


def test_too_few_signals_to_learn_from_are_refused_before_a_training_would():
    enough = prepare(recorded_of(noise([64] * 30), 50.0), Preparation()).data
    assert len(enough.signals) == 30
    with pytest.raises(SignalFileError, match="Only 16 of 24 signals would be left to learn from"):
        prepare(recorded_of(noise([64] * 24), 50.0), Preparation())


def test_too_few_signals_to_choose_the_best_state_on_are_refused_before_a_training_would():
    n_signals = np.full(4, 40)
    n_signals[split_recordings(np.arange(4), HELD_OUT_SHARE)[1]] = 1
    with pytest.raises(SignalFileError, match="chosen on 1 of 121 signals, and it takes at least 2"):
        check_enough(np.repeat(np.arange(4), n_signals), Preparation(window=64), [])
    check_enough(np.repeat(np.arange(4), n_signals + 1), Preparation(window=64), [])
