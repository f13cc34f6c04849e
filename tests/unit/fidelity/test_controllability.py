"""Whether fakes match what was requested."""

import numpy as np
import pytest

from core.fidelity.comparison import Comparison
from core.fidelity.measure import Grade, Group
from core.fidelity.measures import controllability
from core.fidelity.measures.controllability import N_POINTS
from core.fidelity.pictures import RequestedClasses, RequestedNumbers
from core.fidelity.report import MIN_SIGNALS, Origin, Report, SignalSets, judge
from core.fidelity.signal_set import DescriptiveFeatures, SignalSet, describer_of
from core.presentation import report_plots
from core.signals.batch import Batch
from core.units import Units
from tests.unit.fidelity.conditional import COLUMNS, SIMULATOR, STATE, STATES, drawn, rng, states

# Requested and obtained


def compared(real: Batch, fake: Batch, training: Batch, sines: bool = True) -> Comparison:
    describer = describer_of(SIMULATOR) if sines else DescriptiveFeatures()
    sets = [SignalSet(one.signals, SIMULATOR.times, describer, one.conditions) for one in (real, fake)]
    return Comparison(
        real=sets[0],
        other=sets[1],
        training=training.signals,
        columns=COLUMNS,
        training_conditions=training.conditions,
    )


def off(batch: Batch, index: int, by: float) -> Batch:
    """Signals that were requested something else than they are."""
    conditions = batch.conditions.copy()
    conditions[:, index] += by * COLUMNS[index].spread
    return Batch(batch.signals, conditions)


@pytest.fixture(scope="module")
def of_sines() -> Comparison:
    """Fakes that are what was requested, compared as sines."""
    return compared(drawn(400), drawn(400, 1), drawn(1500, 2))


@pytest.fixture(scope="module")
def of_features() -> Comparison:
    """The same, compared as signals that nothing is known about."""
    return compared(drawn(400), drawn(400, 1), drawn(1500, 2), sines=False)


@pytest.mark.parametrize("sines", [True, False])
@pytest.mark.parametrize("index", range(3))
def test_fakes_that_are_what_was_requested_have_a_small_error(index, sines, of_sines, of_features):
    found = of_sines if sines else of_features
    wanted, came = controllability.obtained(found, index)
    np.testing.assert_array_equal(wanted, found.other.conditions[:, index])
    assert np.corrcoef(wanted, came)[0, 1] > (0.8 if sines else 0.9)
    assert controllability.error(found, index) < 0.06
    assert controllability.tstr_error(found, index) < 0.12


def test_the_parameters_of_sines_are_those_of_the_fit():
    found = compared(drawn(50), drawn(60, 1), drawn(70, 2))
    for index, name in enumerate(SIMULATOR.conditions):
        np.testing.assert_array_equal(controllability.obtained(found, index)[1], getattr(found.other.fit, name))


@pytest.mark.parametrize("sines", [True, False])
@pytest.mark.parametrize("index", range(3))
def test_fakes_that_are_off_have_an_error_as_large(index, sines):
    found = compared(drawn(400), off(drawn(400, 1), index, 0.2), drawn(1500, 2), sines)
    assert controllability.error(found, index) == pytest.approx(0.2, abs=0.06)
    assert controllability.tstr_error(found, index) == pytest.approx(0.2, abs=0.08)


def of_states(fake_states: np.ndarray | None = None) -> Comparison:
    """Fakes that are of their class, or requested `fake_states`."""
    (real, truth), (fake, given), (training, known) = states(300), states(300, 10), states(600, 20)
    wanted = given if fake_states is None else fake_states
    times = np.arange(64.0)
    return Comparison(
        real=SignalSet(real, times, conditions=truth[:, None]),
        other=SignalSet(fake, times, conditions=wanted[:, None]),
        training=training,
        columns=(STATE,),
        training_conditions=known[:, None],
    )


def test_classes_that_were_requested_are_recognised():
    assert controllability.recognised_share(of_states(), 0) > 0.97
    assert controllability.tstr_share(of_states(), 0) > 0.97


def test_classes_that_are_mistaken_are_found_out():
    shuffled = of_states(rng(5).integers(3, size=300).astype(float))
    assert controllability.recognised_share(shuffled, 0) < 0.45
    assert controllability.tstr_share(shuffled, 0) < 0.6
    swapped = of_states((states(300, 10)[1] + 1) % 3)
    assert controllability.recognised_share(swapped, 0) < 0.03
    assert controllability.tstr_share(swapped, 0) < 0.03


# In a report


def parts(n: int, seed: int = 0) -> list[Batch]:
    return [drawn(n, seed + index) for index in range(4)]


def report(fake_of: dict[int, float] | None = None) -> Report:
    real, other, fake, training = parts(200)
    for index, by in (fake_of or {}).items():
        fake = off(fake, index, by)
    sets = SignalSets(
        real=real,
        other_real=other,
        fake=fake,
        training=training,
        times=SIMULATOR.times,
        describer=describer_of(SIMULATOR, Units("V")),
        columns=COLUMNS,
    )
    return judge(sets, Origin(name="fakes", reals="more of them"), quick=True)


@pytest.fixture(scope="module")
def fair() -> Report:
    """The report on fakes that are what was requested."""
    return report()


def test_a_report_has_a_measure_for_each_condition_and_it_is_true(fair):
    wrong = report({1: 0.4})
    for found in (fair, wrong):
        scores = [score for score in found.scores if score.group is Group.CONDITIONS]
        assert [score.key for score in scores] == ["requested_0", "requested_1", "requested_2"]
    grades = {score.key: score.grade for score in fair.scores}
    assert {grades[f"requested_{index}"] for index in range(3)} == {Grade.GOOD}
    worse = {score.key: score.grade for score in wrong.scores}
    assert [worse[f"requested_{index}"] for index in range(3)] == [Grade.GOOD, Grade.POOR, Grade.GOOD]


def test_a_report_without_conditions_says_nothing_of_them(only):
    only("boosted_trees")
    real, other, fake, training = (Batch.unconditional(one.signals) for one in parts(MIN_SIGNALS))
    sets = SignalSets(real=real, other_real=other, fake=fake, training=training, times=SIMULATOR.times)
    found = judge(sets, Origin(name="f", reals="r"), quick=True)
    assert not [picture for picture in found.pictures if picture.key.startswith("requested")]
    assert not [score for score in found.scores if score.key.startswith(("requested", "taught"))]


def test_there_is_a_picture_for_each_number(fair):
    assert fair.subject.unit == "V"
    found = [picture for picture in fair.pictures if isinstance(picture, RequestedNumbers)]
    assert [picture.key for picture in found] == ["requested_0", "requested_1", "requested_2"]
    assert [picture.axis.label for picture in found] == ["amplitude", "angular frequency / (rad/s)", "bias"]
    figure = report_plots.figure_of(found[1])
    assert figure["layout"]["xaxis"]["title"]["text"] == "requested angular frequency / (rad/s)"
    assert [trace.get("mode") for trace in figure["data"]] == ["lines", "markers"]


def test_only_so_many_points_are_shown():
    n = N_POINTS + 50
    (found,) = controllability._picture(compared(drawn(n), drawn(n, 1), drawn(n, 2)), 0)
    assert len(found.requested) == len(found.obtained) == N_POINTS


def test_classes_are_shown_as_how_often_the_right_one_was_obtained():
    (found,) = controllability._picture(of_states(np.zeros(300)), 0)
    assert isinstance(found, RequestedClasses)
    assert found.classes == list(STATES)
    assert found.recognised[0] == pytest.approx(1 / 3, abs=0.1)
    assert found.recognised[1:] == [None, None]
    (bars,) = report_plots.figure_of(found)["data"]
    assert bars["x"] == list(STATES)
    assert bars["y"] == [100 * found.recognised[0], None, None]
