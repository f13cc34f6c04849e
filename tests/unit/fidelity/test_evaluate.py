import itertools

import numpy as np
import pytest

from core.errors import FidelityError
from core.fidelity import report as report_module
from core.fidelity.report import (
    MAX_VALUES,
    MIN_SIGNALS,
    N_FULL,
    N_QUICK,
    Origin,
    SignalSets,
    evaluate,
    how_many,
)
from core.presentation.report_plots import figure_of
from core.signals.batch import Batch
from tests.unit.fidelity.reports import FAKES, REALS, caught, content, grades, walks


def test_signals_of_one_channel_may_come_without_it(report):
    assert content(evaluate(REALS[:, 0], FAKES[:, 0], quick=True)) == content(report)


def test_any_plain_numbers_will_do(report):
    assert content(evaluate(REALS.astype(np.float64), FAKES.tolist(), quick=True)) == content(report)


def test_what_is_given_is_left_as_it_is():
    before = REALS.copy(), FAKES.copy()
    evaluate(REALS, FAKES, quick=True)
    np.testing.assert_array_equal(REALS, before[0])
    np.testing.assert_array_equal(FAKES, before[1])


def test_signals_of_three_channels_are_judged_by_what_they_have_in_common(report_on_channels):
    found = report_on_channels
    assert found.subject.n_channels == 3
    assert {"cross_correlation", "cross_spectrum"} <= set(grades(found))
    assert caught(found) == {}


def test_the_sampling_rate_is_that_of_the_pictures(only):
    only("boosted_trees", "psd")
    found = evaluate(REALS, FAKES, 500.0, quick=True)
    assert found.subject.sampling_rate == pytest.approx(500)
    shown = {picture.key: picture for picture in found.pictures}
    assert shown["psd"].channels[0].x[-1] == pytest.approx(250)
    assert shown["overlay"].interval == pytest.approx(1 / 500)
    assert (shown["overlay"].units.time, shown["psd"].x.unit) == ("s", "Hz")


def test_without_a_sampling_rate_time_counts_samples(report):
    shown = {picture.key: picture for picture in report.pictures}
    assert report.subject.sampling_rate is None
    assert shown["overlay"].units.time == shown["acf"].x.unit == "samples"
    assert shown["psd"].x.unit == "cycles/sample"
    assert shown["psd"].channels[0].x[-1] == pytest.approx(0.5)
    layout = figure_of(shown["overlay"])["layout"]
    assert layout["xaxis"]["title"]["text"] == "time / samples"


@pytest.fixture
def given(monkeypatch):
    """What `evaluate` has `judge` compare, by name."""
    taken = {}

    def take(sets: SignalSets, origin: Origin, **options) -> None:
        taken.update(vars(sets) | vars(origin) | options)

    monkeypatch.setattr(report_module, "judge", take)
    return taken


def rows(batch: Batch) -> set[bytes]:
    return {signal.tobytes() for signal in batch.signals}


def test_each_real_has_one_role(given):
    evaluate(walks(400), walks(150), quick=True)
    parts = [given[name] for name in ("real", "other_real", "training")]
    assert [len(part) for part in parts] == [133, 133, 134]
    assert all(not rows(one) & rows(other) for one, other in itertools.combinations(parts, 2))
    assert set().union(*map(rows, parts)) == rows(Batch.unconditional(walks(400)))
    assert len(given["fake"]) == 133


def test_reals_have_two_roles_where_the_training_signals_are_given(given):
    training = walks(70, seed=2)
    evaluate(walks(401), walks(150), training=training, quick=True)
    assert [len(given[name]) for name in ("real", "other_real", "fake")] == [150, 150, 150]
    assert not rows(given["real"]) & rows(given["other_real"])
    np.testing.assert_array_equal(given["training"].signals, training)


def test_roles_are_drawn_at_random(given):
    evaluate(walks(400), walks(400), quick=True)
    first = given["real"], given["fake"]
    evaluate(walks(400), walks(400), quick=True, seed=1)
    assert rows(first[0]) != rows(given["real"])
    assert rows(first[1]) != rows(given["fake"])
    assert rows(first[0]) != rows(Batch.unconditional(walks(400)[:133]))


@pytest.mark.parametrize(
    ("size", "quick", "n"),
    [
        ((1, 300), True, N_QUICK),
        ((1, 300), False, N_FULL),
        ((1, MAX_VALUES // N_FULL), False, N_FULL),
        ((1, 2 * MAX_VALUES // N_FULL), False, N_FULL // 2),
        ((2, MAX_VALUES // N_FULL), False, N_FULL // 2),
        ((1, 2 * MAX_VALUES // N_FULL), True, N_QUICK),
        ((1, MAX_VALUES), False, MIN_SIGNALS),
        ((64, 10 * MAX_VALUES), True, MIN_SIGNALS),
    ],
)
def test_long_signals_are_fewer(size, quick, n):
    assert how_many(quick, *size) == n


BROKEN = REALS.copy()
BROKEN[[6, 9], 0, 3] = np.nan, np.inf


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"real": REALS[: 3 * MIN_SIGNALS - 1]}, "There are only 59 signals a side to compare; give at least 60"),
        ({"fake": FAKES[:-1]}, "There are only 59 signals a side to compare; give at least 60"),
        ({"real": REALS[:0]}, "There are only 0 signals a side"),
        ({"fake": FAKES[:0]}, "There are only 0 signals a side"),
        ({"real": REALS[: 2 * MIN_SIGNALS - 1], "training": REALS}, "There are only 59 signals a side"),
        (
            {"fake": walks(60, n_samples=40)},
            "The reals have 32 samples, but the fakes 40 samples; compare signals of one",
        ),
        ({"fake": walks(60, 2)}, "The reals have 32 samples, but the fakes 32 samples in 2 channels"),
        ({"training": walks(60, 3)}, "The reals have 32 samples, but the training signals 32 samples in 3 channels"),
        (
            {"real": BROKEN},
            "2 of the reals hold values that are missing, infinite or too large (the first is number 7)",
        ),
        ({"fake": np.full((60, 32), 1e39)}, "60 of the fakes hold values that are missing, infinite or too large"),
        ({"training": REALS[:0]}, "There are no training signals; give at least one, or leave them out"),
        ({"training": BROKEN}, "2 of the training signals hold values that are missing"),
        ({"fake": FAKES + 1j}, "The fakes are not plain numbers (complex64); give an array of real numbers"),
        ({"real": np.full((180, 32), "a")}, "The reals are not plain numbers (<U1)"),
        ({"real": np.full((180, 32), None)}, "The reals are not plain numbers (object)"),
        ({"real": np.full((180, 32), True)}, "The reals are not plain numbers (bool)"),
        ({"real": REALS[0, 0]}, "The reals have 1 dimensions; give (signals, samples) or (signals, channels, samples)"),
        ({"fake": FAKES[None]}, "The fakes have 4 dimensions"),
        ({"fake": np.float32(1)}, "The fakes have 0 dimensions"),
        (
            {"real": REALS[..., :15], "fake": FAKES[..., :15]},
            "The reals are 15 samples long; give signals of at least 16",
        ),
        ({"real": REALS[:, :0], "fake": FAKES[:, :0]}, "channels"),
        ({"sampling_rate": 0.0}, "The sampling rate is 0 Hz; give one above 0"),
        ({"sampling_rate": -5.0}, "The sampling rate is -5 Hz; give one above 0"),
        ({"sampling_rate": np.nan}, "The sampling rate is nan Hz"),
        ({"sampling_rate": np.inf}, "The sampling rate is inf Hz"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_what_cannot_be_compared_is_refused_in_a_sentence(given, says):
    with pytest.raises(FidelityError) as error:
        evaluate(**{"real": REALS, "fake": FAKES, "quick": True} | given)
    assert says in str(error.value)
    assert str(error.value).endswith(".")


def test_signals_of_sixteen_samples_are_long_enough(only):
    only("boosted_trees", "psd", "acf", "spectrogram")
    assert caught(evaluate(REALS[..., :16], FAKES[..., :16], quick=True)) == {}
