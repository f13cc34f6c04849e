"""Random kernels, what is read off signals with them, and whether fakes are what was asked for."""

import json

import numpy as np
import pytest

from core.config import Column, SimulatorConfig
from core.fidelity import controllability
from core.fidelity.comparison import Comparison, SignalSet
from core.fidelity.evidence import N_POINTS, _asked
from core.fidelity.grading import Grade, Group
from core.fidelity.measures.kernels import KERNELS_PER_GROUP, convolve, draw_kernels
from core.fidelity.measures.tstr import read
from core.fidelity.report import FEWEST, judge
from core.presentation import report_plots
from core.signals.batch import Batch
from core.signals.simulator import Simulator

SIMULATOR = Simulator(SimulatorConfig(n_samples=60), ("amplitude", "angular_frequency", "bias"))
BY_NAME = {column.name: column for column in SIMULATOR.config.columns}
COLUMNS = tuple(BY_NAME[name] for name in SIMULATOR.conditions)
STATES = ("slow", "fast", "faster")
STATE = Column(name="state", classes=STATES)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(n: int, seed: int = 0) -> Batch:
    return SIMULATOR.batch(n, rng(seed))


def states(n: int, seed: int = 0, n_channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Noisy waves whose class says how fast they are, (n, n_channels, 64), and their classes."""
    state = rng(seed).integers(3, size=n)
    angle = np.linspace(0, 6, 64) * (1 + 2 * state[:, None]) + rng(seed + 1).uniform(0, 6, (n, 1))
    noise = 0.3 * rng(seed + 2).normal(size=(n, n_channels, 64))
    return (np.sin(angle)[:, None] + noise).astype(np.float32), state.astype(float)


# Kernels


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_samples", [16, 64, 4096])
def test_each_kernel_gives_two_features(n_channels, n_samples):
    signals = rng().normal(size=(5, n_channels, n_samples)).astype(np.float32)
    features = convolve(signals, draw_kernels(signals, 40, rng(1)))
    assert features.shape == (5, 2 * 48)  # 40 in whole groups of 16
    assert bool(features.isfinite().all())


def test_kernels_are_those_of_their_random_numbers():
    signals = rng().normal(size=(20, 2, 32)).astype(np.float32)
    first, same, other = (convolve(signals, draw_kernels(signals, 32, rng(seed))) for seed in (1, 1, 2))
    assert first.equal(same)
    assert not first.equal(other)


def test_kernels_see_shapes_and_not_the_level():
    signals = rng().normal(size=(20, 2, 64)).astype(np.float32)
    groups = [group for group in draw_kernels(signals, 64 * KERNELS_PER_GROUP, rng(1)) if not group.padding]
    np.testing.assert_allclose(convolve(signals + 7, groups)[:, ::2], convolve(signals, groups)[:, ::2], atol=0.05)


def test_many_signals_are_convolved_as_few_are():
    signals = rng().normal(size=(4000, 1, 100)).astype(np.float32)
    groups = draw_kernels(signals, 16, rng(1))
    np.testing.assert_allclose(convolve(signals, groups)[-10:], convolve(signals[-10:], groups), rtol=1e-4, atol=1e-4)


# Reading


def test_a_number_is_read_off_signals():
    taught, tested = drawn(1500), drawn(500, seed=1)
    for index, column in enumerate(COLUMNS):
        found = read(taught.signals, taught.conditions[:, index], tested.signals, 0, is_class=False)
        chance = np.abs(tested.conditions[:, index] - tested.conditions[:, index].mean()).mean()
        assert found.shape == (500,)
        assert np.abs(found - tested.conditions[:, index]).mean() < 0.3 * chance, column.name


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_class_is_read_off_signals(n_channels):
    (signals, known), (tests, truth) = states(600, 0, n_channels), states(300, 10, n_channels)
    found = read(signals, known, tests, 0, is_class=True)
    assert set(found) <= {0, 1, 2}
    assert np.mean(found == truth) > 0.97


@pytest.mark.parametrize("is_class", [True, False])
def test_where_all_is_the_same_that_is_read(is_class):
    signals, _ = states(50)
    assert set(read(signals, np.full(50, 2.0), signals[:7], 0, is_class)) == {2}


def test_what_tells_nothing_is_no_better_than_chance():
    signals, known = states(900)
    found = read(signals, rng(5).permutation(known), states(600, 10)[0], 0, is_class=True)
    assert np.mean(found == states(600, 10)[1]) < 0.45


def test_the_seed_decides_what_is_read():
    taught, tested = drawn(200), drawn(50, seed=1)
    first, same, other = (read(taught.signals, taught.conditions[:, 0], tested.signals, s, False) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_unit_of_the_signals_does_not_matter(scale):
    (signals, known), (tests, _) = states(300), states(100, 10)
    np.testing.assert_array_equal(
        read(scale * signals, known, scale * tests, 0, True), read(signals, known, tests, 0, True)
    )


# Asked for, and obtained


def compared(real: Batch, fake: Batch, training: Batch, sines: bool = True) -> Comparison:
    times, known = SIMULATOR.times, SIMULATOR.sines if sines else None
    sets = [SignalSet(one.signals, times, known, one.conditions) for one in (real, fake)]
    return Comparison(*sets, training.signals, 0, COLUMNS, training.conditions)


def off(batch: Batch, index: int, by: float) -> Batch:
    """Signals that were asked for something else than they are."""
    conditions = batch.conditions.copy()
    conditions[:, index] += by * COLUMNS[index].spread
    return Batch(batch.signals, conditions)


@pytest.mark.parametrize("sines", [True, False])
@pytest.mark.parametrize("index", range(3))
def test_fakes_that_are_what_was_asked_for_have_a_small_error(index, sines):
    found = compared(drawn(400), drawn(400, 1), drawn(1500, 2), sines)
    wanted, came = controllability.obtained(found, index)
    np.testing.assert_array_equal(wanted, found.other.conditions[:, index])
    assert np.corrcoef(wanted, came)[0, 1] > (0.8 if sines else 0.9)
    assert controllability.error(found, index) < 0.06
    assert controllability.taught_error(found, index) < 0.12


def test_the_parameters_of_sines_are_those_of_the_fit():
    found = compared(drawn(50), drawn(60, 1), drawn(70, 2))
    for index, name in enumerate(SIMULATOR.conditions):
        np.testing.assert_array_equal(controllability.obtained(found, index)[1], getattr(found.other.fit, name))


@pytest.mark.parametrize("sines", [True, False])
@pytest.mark.parametrize("index", range(3))
def test_fakes_that_are_off_have_an_error_as_large(index, sines):
    found = compared(drawn(400), off(drawn(400, 1), index, 0.2), drawn(1500, 2), sines)
    assert controllability.error(found, index) == pytest.approx(0.2, abs=0.06)
    assert controllability.taught_error(found, index) == pytest.approx(0.2, abs=0.08)


def of_states(fake_states: np.ndarray | None = None) -> Comparison:
    """Fakes that are of their class, or asked for `fake_states`."""
    (real, truth), (fake, given), (training, known) = states(300), states(300, 10), states(600, 20)
    wanted = given if fake_states is None else fake_states
    times = np.arange(64.0)
    sets = SignalSet(real, times, None, truth[:, None]), SignalSet(fake, times, None, wanted[:, None])
    return Comparison(*sets, training, 0, (STATE,), known[:, None])


def test_classes_that_were_asked_for_are_recognised():
    assert controllability.right_share(of_states(), 0) > 0.97
    assert controllability.taught_share(of_states(), 0) > 0.97


def test_classes_that_are_mistaken_are_found_out():
    shuffled = of_states(rng(5).integers(3, size=300).astype(float))
    assert controllability.right_share(shuffled, 0) < 0.45
    assert controllability.taught_share(shuffled, 0) < 0.6
    swapped = of_states((states(300, 10)[1] + 1) % 3)
    assert controllability.right_share(swapped, 0) < 0.03
    assert controllability.taught_share(swapped, 0) < 0.03


# In a report


def parts(n: int, seed: int = 0) -> list[Batch]:
    return [drawn(n, seed + index) for index in range(4)]


def report(fake_of: dict[int, float] | None = None, unit: str = "", n: int = 200):
    real, other, fake, training = parts(n)
    for index, by in (fake_of or {}).items():
        fake = off(fake, index, by)
    return judge(
        *(real, other, fake, training, SIMULATOR.times),
        name="fakes",
        reals="more of them",
        columns=COLUMNS,
        unit=unit,
        sines=SIMULATOR.sines,
        quick=True,
    )


def test_a_report_has_a_line_for_each_condition_and_it_is_true():
    fair, wrong = report(), report({1: 0.4})
    for found in (fair, wrong):
        lines = [score for score in found.scores if score.group is Group.CONDITIONS]
        assert [line.key for line in lines] == ["asked_0", "asked_1", "asked_2"]
    grades = {score.key: score.grade for score in fair.scores}
    assert {grades[f"asked_{index}"] for index in range(3)} == {Grade.GOOD}
    worse = {score.key: score.grade for score in wrong.scores}
    assert (worse["asked_0"], worse["asked_1"], worse["asked_2"]) == (Grade.GOOD, Grade.POOR, Grade.GOOD)


def test_a_report_without_conditions_says_nothing_of_them():
    real, other, fake, training = (Batch.unconditional(one.signals) for one in parts(FEWEST))
    found = judge(real, other, fake, training, SIMULATOR.times, name="f", reals="r", sines=SIMULATOR.sines, quick=True)
    assert found.evidence["asked"] == []
    assert not [score for score in found.scores if score.key.startswith(("asked", "taught"))]


def test_the_picture_has_a_panel_for_each_condition():
    found = report(unit="V")
    assert found.subject.unit == "V"
    assert [one["name"] for one in found.evidence["asked"]] == list(SIMULATOR.conditions)
    assert json.loads(json.dumps(found.evidence, allow_nan=False)) == found.evidence
    figure = report_plots.asked(found.evidence)
    points = [trace for trace in figure["data"] if trace.get("mode") == "markers"]
    assert [trace.get("xaxis") for trace in points] == ["x", "x2", "x3"]
    titles = [figure["layout"][f"xaxis{number}"]["title"]["text"] for number in ("", 2, 3)]
    assert titles == ["amplitude, asked for", "angular frequency / rad/s, asked for", "bias, asked for"]
    assert figure["narrow"]["height"] > figure["layout"]["height"]


def test_only_so_many_points_are_shown():
    n = N_POINTS + 50
    found = _asked(compared(drawn(n), drawn(n, 1), drawn(n, 2)), 0)
    assert len(found["asked"]) == len(found["came"]) == N_POINTS


def test_classes_are_shown_as_how_often_the_right_one_came():
    found = _asked(of_states(np.zeros(300)), 0)
    assert found["classes"] == list(STATES)
    assert found["right"][0] == pytest.approx(1 / 3, abs=0.1)
    assert found["right"][1:] == [None, None]
    (bars,) = report_plots.asked({"asked": [found]})["data"]
    assert bars["x"] == list(STATES)
    assert bars["y"] == [100 * found["right"][0], None, None]
