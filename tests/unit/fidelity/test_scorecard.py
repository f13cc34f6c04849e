import re
from string import Formatter

import numpy as np
import pytest

from core.config import Column, SimulatorConfig, ValueRange
from core.fidelity.classification import C2ST
from core.fidelity.comparison import Comparison
from core.fidelity.measure import N_SIGNALS_OF_BANDS as N
from core.fidelity.measure import Grade, Group, Measure
from core.fidelity.measures import c2st, timegan
from core.fidelity.report import MIN_SIGNALS
from core.fidelity.scorecard import measures
from core.fidelity.signal_set import SignalSet, describer_of
from core.signals.simulator import Simulator

CLASSIFIERS = (c2st.BOOSTED_TREES, c2st.RANDOM_KERNELS, c2st.SMALL_CNN, timegan.RECURRENT)
GOOD, FAIR, POOR = Grade.GOOD, Grade.FAIR, Grade.POOR
SIMULATOR = Simulator(SimulatorConfig(n_samples=32))
WEAK = Simulator(SimulatorConfig(n_samples=32, amplitude=ValueRange(minimum=0.1, maximum=0.1, step=1)))
FULL_ONLY = {"small_cnn", "recurrent", "predictive", "context_fid"}
OF_SINES = {"noise_strength", "whiteness", "noise_slope", "tstr"}
OF_CHANNELS = {"cross_correlation", "cross_spectrum"}


def a_measure(**options) -> Measure:
    """A measure whose bands are 0.25 and 0.5."""
    given = {
        "key": "key",
        "title": "Title",
        "definition": "nothing",
        "group": Group.QUANTITIES,
        "compute": lambda comparison: 0.0,
        "good": 0.25,
        "fair": 0.5,
        "meaning": "{value}",
        "fault": "errs",
        "advice": "Try again.",
    }
    return Measure(**given | options)


def result(accuracy: float, n: int) -> C2ST:
    """What a classifier made of n signals of each kind."""
    none = np.zeros(n)
    return C2ST(accuracy, none, none, none, none, 2 * n)


def sines(simulator: Simulator = SIMULATOR, n: int = 40) -> Comparison:
    real, other = (SignalSet(simulator.sample(n, seed), simulator.times, describer_of(simulator)) for seed in (0, 1))
    return Comparison(real=real, other=other, training=real.signals)


def noise(n_channels: int = 1, n: int = 40) -> Comparison:
    real, other = np.random.default_rng(0).normal(size=(2, n, n_channels, 32)).astype(np.float32)
    times = np.arange(32.0)
    return Comparison(real=SignalSet(real, times), other=SignalSet(other, times), training=real)


def with_conditions(pair: Comparison) -> Comparison:
    """The same signals with a number and a class known of each; what they are does not matter here."""
    columns = (
        Column(name="angular_frequency", unit="rad/s", minimum=1, maximum=2),
        Column(name="state", classes=("calm", "wild")),
    )
    rng = np.random.default_rng(0)
    sets = [
        SignalSet(one.signals, one.times, one.describer, np.stack([rng.uniform(1, 2, n), np.arange(n) % 2], axis=1))
        for one in (pair.real, pair.other)
        for n in [len(one.signals)]
    ]
    return Comparison(
        real=sets[0],
        other=sets[1],
        training=pair.training,
        columns=columns,
        training_conditions=sets[0].conditions,
    )


PAIRS = {"sines": sines(), "one channel": noise(), "three channels": noise(3)}
PAIRS |= {f"{name} with conditions": with_conditions(pair) for name, pair in PAIRS.items()}


def keys(pair: Comparison, quick: bool = False) -> list[str]:
    return [measure.key for measure in measures(pair, quick)]


# Grades


@pytest.mark.parametrize(
    ("value", "grade"),
    [(1.0, GOOD), (1.25, GOOD), (1.2501, FAIR), (1.5, FAIR), (1.5001, POOR), (9.0, POOR), (0.0, GOOD), (-9.0, GOOD)],
)
def test_a_value_is_graded_by_how_far_it_is_beyond_its_floor(value, grade):
    assert a_measure().grade(value, 1.0, N) is grade


@pytest.mark.parametrize(
    ("value", "grade"), [(1.0, GOOD), (0.75, GOOD), (0.7499, FAIR), (0.5, FAIR), (0.4999, POOR), (2.0, GOOD)]
)
def test_where_more_is_better_a_value_is_graded_by_how_far_it_is_below(value, grade):
    assert a_measure(more_is_better=True).grade(value, 1.0, N) is grade


@pytest.mark.parametrize(
    ("value", "grade"), [(4.0, GOOD), (5.0, GOOD), (5.01, FAIR), (6.0, FAIR), (6.01, POOR), (1.0, GOOD)]
)
def test_bands_in_multiples_grow_with_the_floor(value, grade):
    assert a_measure(in_multiples=True).grade(value, 4.0, N) is grade
    assert a_measure(in_multiples=True).grade(value * 2**-20, 2**-18, N) is grade


def test_a_floor_of_nothing_has_no_multiples_but_a_grade():
    measure = a_measure(in_multiples=True)
    assert measure.grade(0.0, 0.0, N) is GOOD
    assert measure.grade(0.1, 0.0, N) is POOR
    assert np.isfinite(measure.severity(0.1, 0.0, N))


@pytest.mark.parametrize(
    ("n", "factor"),
    [
        (N, 1),
        (N / 4, 2),
        (N / 100, 10),
        (100 * N, 1),
    ],
)
def test_bands_widen_as_the_root_of_the_signals_that_are_too_few(n, factor):
    measure = a_measure()
    assert measure.grade(0.25 * factor, 0.0, n) is GOOD
    assert measure.grade(0.2501 * factor, 0.0, n) is FAIR
    assert measure.grade(0.5 * factor, 0.0, n) is FAIR
    assert measure.grade(0.5001 * factor, 0.0, n) is POOR


def test_severity_is_in_multiples_of_the_fair_band():
    assert a_measure().severity(1.0, 0.0, N) == 2
    assert a_measure().severity(1.0, 0.0, N / 4) == 1
    assert a_measure().severity(0.0, 1.0, N) == -2
    assert a_measure(more_is_better=True).severity(0.0, 1.0, N) == 2


def test_a_classifier_that_is_not_surely_better_than_guessing_is_good():
    measure = a_measure(good=0.05, fair=0.15)
    assert measure.grade(0.7, 0.5, N) is POOR
    assert measure.grade(0.7, 0.5, N, result(0.7, 10)) is GOOD
    assert measure.grade(0.7, 0.5, N, result(0.7, 1000)) is POOR
    assert measure.grade(0.6, 0.5, N, result(0.6, 1000)) is FAIR
    assert measure.grade(0.3, 0.5, N, result(0.3, 1000)) is GOOD


def test_a_classifier_that_is_surely_better_by_a_hair_is_good():
    assert a_measure(good=0.05, fair=0.15).grade(0.53, 0.5, N, result(0.53, 100_000)) is GOOD


@pytest.mark.parametrize("n", [MIN_SIGNALS, 300, N])
def test_a_classifier_that_is_always_right_is_never_good(n):
    assert GOOD not in [measure.grade(1.0, 0.5, n, result(1.0, n // 3)) for measure in CLASSIFIERS]


# Which measures apply


def test_sines_are_measured_by_what_was_fitted():
    found = set(keys(sines()))
    named = {"w1_amplitude", "w1_angular_frequency", "w1_bias", "w1_phase", "w1_noise"}
    assert named | OF_SINES <= found
    assert not OF_CHANNELS & found
    assert "w1_mean" not in found


def test_other_signals_are_measured_by_their_features():
    found = set(keys(noise()))
    assert {"w1_mean", "w1_standard_deviation", "w1_peak_to_peak"} <= found
    assert not (OF_SINES | OF_CHANNELS) & found
    assert "w1_amplitude" not in found


def test_channels_are_measured_against_each_other():
    found = set(keys(noise(3)))
    assert found >= OF_CHANNELS | {"w1_mean_channel_1", "w1_mean_channel_3"}


@pytest.mark.parametrize("pair", [sines(), noise()])
def test_each_condition_is_asked_for_and_taught(pair):
    added = set(keys(with_conditions(pair), quick=True)) - set(keys(pair, quick=True))
    assert added == {"requested_0", "taught_0", "requested_1", "taught_1"}


def test_a_quantity_that_no_signal_has_is_left_out():
    found = keys(sines(WEAK))
    assert "w1_phase" not in found
    assert "w1_amplitude" in found


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_a_quick_look_leaves_out_what_is_slow_and_nothing_else(pair):
    full, quick = keys(pair), keys(pair, quick=True)
    assert set(full) - set(quick) == FULL_ONLY
    assert quick == [key for key in full if key not in FULL_ONLY]


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_every_line_of_the_sheet_is_told_apart(pair):
    found = measures(pair, quick=False)
    assert len({measure.key for measure in found}) == len(found)
    assert len({measure.title for measure in found}) == len(found)
    assert all(re.fullmatch(r"[a-z0-9_]+", measure.key) for measure in found)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_every_question_is_answered_and_its_lines_stand_together(pair):
    full = [measure.group for measure in measures(pair, quick=False)]
    assert list(dict.fromkeys(full)) == [group for group in Group if pair.columns or group is not Group.CONDITIONS]
    assert full == sorted(full, key=list(Group).index)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_every_measure_can_be_said(pair):
    for measure in measures(pair, quick=False):
        fields = {field for _, field, _, _ in Formatter().parse(measure.meaning) if field is not None}
        assert {"value"} <= fields <= {"value", "floor"}, measure.key
        assert measure.meaning.format(value="1", floor="2").endswith("."), measure.key
        assert measure.advice.endswith("."), measure.key
        assert measure.fault, measure.key
        assert not measure.fault.endswith("."), measure.key
        assert measure.form in ("number", "percent"), measure.key
        assert 0 < measure.good < measure.fair, measure.key
        assert measure.cost > 0, measure.key


@pytest.mark.parametrize("quick", [True, False])
def test_there_is_a_classifier_on_every_sheet(quick):
    for pair in PAIRS.values():
        assert any(measure.group is Group.CLASSIFIERS for measure in measures(pair, quick))


@pytest.mark.parametrize("name", ["sines", "three channels", "sines with conditions", "three channels with conditions"])
def test_every_measure_but_the_slow_ones_gives_a_number(name):
    for measure in measures(PAIRS[name], quick=True):
        found = measure.compute(PAIRS[name])
        assert np.isfinite(found.accuracy if isinstance(found, C2ST) else found), measure.key


@pytest.mark.parametrize("name", ["precision", "recall", "density", "coverage"])
def test_of_some_measures_more_is_better(name):
    assert {measure.key: measure.more_is_better for measure in measures(noise(), quick=True)}[name]


def test_of_most_measures_less_is_better():
    better = {measure.key for measure in measures(sines(), quick=False) if measure.more_is_better}
    assert better == {"precision", "recall", "density", "coverage"}
