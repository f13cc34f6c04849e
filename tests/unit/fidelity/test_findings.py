import numpy as np
import pytest

from benchmarks._faults import FAULTS, SIMULATOR, draw
from core.config import SimulatorConfig
from core.fidelity.comparison import Comparison
from core.fidelity.measure import Grade, Group
from core.fidelity.measures import context_fid, timegan
from core.fidelity.report import MIN_SIGNALS, Report, evaluate
from core.fidelity.scorecard import measures
from core.fidelity.signal_set import SignalSet, describer_of
from core.fidelity.verdict import Level
from core.signals.simulator import Simulator
from tests.unit.fidelity.reports import FAKES, REALS, caught, grades, report_on, walks

EVERY_SIXTH = slice(None, None, 6)  # sample of a sine is enough to fit it
SENTENCES = {
    "noise 10 % weaker": ("wrong distribution of the noise", "noise of the wrong strength"),
    "copies": ("copies signals from its training", "gives away which signals it was trained on"),
    "low-passed": ("wrong distribution of the noise", "wrong power at some frequencies", "wrong autocorrelation"),
    "collapsed": ("lacks some kinds of signal", "misses some of the signals", "teaches a model the wrong frequencies"),
}


@pytest.fixture
def _few_kernels(monkeypatch):
    monkeypatch.setattr("core.fidelity.measures.c2st.N_KERNELS_ON_SCORECARD", 32)


def on_fault(name: str, n: int, seed: int = 0) -> Report:
    """The quick report on sines with a planted fault."""
    real, other, training = (draw(n, 100 * seed + index)[0] for index in range(3))
    fakes = FAULTS[name](n, 100 * seed + 3, training)
    return report_on(real, other, fakes, training, SIMULATOR.times, describer_of(SIMULATOR), seed)


def grade_of(key: str, fault: str, n: int) -> Grade:
    """The grade of one measure where a fault was planted."""
    times = SIMULATOR.times[EVERY_SIXTH]
    training = draw(MIN_SIGNALS, 2)[0][..., EVERY_SIXTH]
    drawn = draw(n, 0)[0], draw(n, 1)[0], FAULTS[fault](n, 3, training)
    real, *others = (SignalSet(signals[..., EVERY_SIXTH], times, describer_of(SIMULATOR)) for signals in drawn)
    floors, comparison = (Comparison(real=real, other=other, training=training) for other in others)
    (measure,) = (one for one in measures(comparison, quick=True) if one.key == key)
    return measure.grade(measure.compute(comparison), measure.compute(floors), n)


@pytest.mark.usefixtures("_few_kernels")
@pytest.mark.parametrize("seed", [0, 1])
def test_reals_are_not_told_from_reals(seed):
    found = on_fault("none", 600, seed)
    assert caught(found) == {}
    assert found.verdict.level is Level.INDISTINGUISHABLE
    assert found.verdict.grade is Grade.GOOD
    assert found.verdict.weakest is None


@pytest.mark.usefixtures("_few_kernels")
@pytest.mark.parametrize("fault", SENTENCES)
def test_a_planted_fault_is_caught_and_named(fault):
    found = on_fault(fault, 250)
    assert Grade.POOR in caught(found).values()
    assert found.verdict.grade is Grade.POOR
    assert found.verdict.level is not Level.INDISTINGUISHABLE
    assert any(sentence in found.verdict.sentence for sentence in SENTENCES[fault])


@pytest.mark.parametrize(
    ("fault", "key", "n"),
    [("amplitudes 4–5 missing", "missing", 3000), ("frequencies 2 % higher", "w1_angular_frequency", 9000)],
)
def test_a_planted_fault_that_is_small_is_caught_among_many_signals(fault, key, n):
    assert grade_of(key, fault, n) is not Grade.GOOD


def test_every_planted_fault_is_looked_for():
    assert set(FAULTS) == {"none", "amplitudes 4–5 missing", "frequencies 2 % higher", *SENTENCES}


def test_other_signals_that_are_alike_are_not_told_apart(report):
    assert caught(report) == {}
    assert report.verdict.level is Level.INDISTINGUISHABLE


def test_other_signals_that_differ_are_told_apart(report_on_noise):
    assert report_on_noise.verdict.level is Level.USELESS
    assert {"psd", "coverage"} <= set(caught(report_on_noise))


def test_copies_are_found_without_knowing_the_training_signals(only):
    only("boosted_trees", "copied")
    reals = walks(900)
    assert grades(evaluate(reals, walks(300, seed=1)))["copied"] is Grade.GOOD
    assert grades(evaluate(reals, reals[:300]))["copied"] is not Grade.GOOD


def test_copies_of_training_signals_are_found(only):
    only("boosted_trees", "copied")
    reals, training = walks(600), walks(300, seed=1)
    assert grades(evaluate(reals, training, training=training))["copied"] is Grade.POOR
    assert grades(evaluate(reals, walks(300, seed=2), training=training))["copied"] is Grade.GOOD


def test_a_fault_in_one_of_three_channels_is_found():
    fakes = walks(MIN_SIGNALS, 3, seed=1)
    fakes[:, 2] = fakes[:, 1]
    found = evaluate(walks(3 * MIN_SIGNALS, 3), fakes, quick=True)
    assert "cross_spectrum" in caught(found)
    assert found.verdict.level is not Level.INDISTINGUISHABLE


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_unit_of_the_signals_does_not_matter(scale, report):
    found = evaluate(scale * REALS.astype(np.float64), scale * FAKES.astype(np.float64), quick=True)
    for score, same in zip(found.scores, report.scores, strict=True):
        assert (score.key, score.value) == (same.key, pytest.approx(same.value, rel=0.02, abs=0.02))


WEAK = Simulator(SimulatorConfig(n_samples=32, noise_amplitude=0.3))


def test_few_signals_that_have_a_phase_stop_nothing(only):
    only("boosted_trees", "w1_phase")
    rng = np.random.default_rng(0)
    weak, strong = (0.3 * rng.normal(size=(3, MIN_SIGNALS, 1, 32)).astype(np.float32) for _ in range(2))
    strong[:, 0] += 5 * np.sin(1.5 * WEAK.times, dtype=np.float32)
    found = report_on(strong[0], weak[1], strong[2], weak[0], WEAK.times, describer_of(WEAK))
    assert np.isfinite([score.value for score in found.scores]).all()


def test_one_signal_that_has_a_phase_proves_nothing(only):
    only("boosted_trees", "w1_phase")
    rng = np.random.default_rng(0)
    sets = 0.3 * rng.normal(size=(3, MIN_SIGNALS, 1, 32)).astype(np.float32)
    for one, phase in zip(sets, (0.0, 0.1, 0.3), strict=True):
        one[0] += 5 * np.sin(1.5 * WEAK.times + phase).astype(np.float32)
    found = report_on(*sets, sets[1], WEAK.times, describer_of(WEAK))
    assert found.verdict.level is not Level.FLAWED


@pytest.fixture
def _hurried(monkeypatch):
    """Networks that learn for a few steps only."""
    monkeypatch.setattr("core.fidelity.measures.c2st.MIN_STEPS", 3)
    monkeypatch.setattr(timegan, "_train", lambda *given, train=timegan._train: train(*given[:3], 3, given[4]))
    monkeypatch.setattr(context_fid, "_train", lambda *given, train=context_fid._train: train(*given[:2], 3, given[3]))


@pytest.mark.usefixtures("_hurried")
def test_the_full_scorecard_has_every_measure():
    found = evaluate(walks(3 * MIN_SIGNALS, n_samples=16), walks(MIN_SIGNALS, seed=1, n_samples=16))
    assert {"small_cnn", "recurrent", "predictive", "context_fid"} <= set(grades(found))
    assert {score.group for score in found.scores} == set(Group) - {Group.CONDITIONS}  # of which there are none
    assert np.isfinite([(score.value, score.floor, score.severity) for score in found.scores]).all()
    assert not found.subject.quick
    assert "The best of 4 classifiers" in found.verdict.sentence
