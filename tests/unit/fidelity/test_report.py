import inspect
import itertools
import json

import numpy as np
import pytest

from benchmarks._faults import FAULTS, SIMULATOR, draw
from core.config import SimulatorConfig
from core.errors import FidelityError
from core.fidelity import report as report_module
from core.fidelity.comparison import Comparison, SignalSet
from core.fidelity.grading import Grade, Group
from core.fidelity.measures import context_fid, timegan
from core.fidelity.report import FEWEST, MAX_VALUES, N_FULL, N_QUICK, Report, evaluate, how_many, judge
from core.fidelity.scorecard import measures
from core.fidelity.verdict import Level
from core.signals.batch import Batch
from core.signals.simulator import Simulator

EVERY_SIXTH = slice(None, None, 6)  # sample of a sine is enough to fit it
SENTENCES = {
    "noise 10 % weaker": ("another distribution of the noise", "noise of the wrong strength"),
    "copies": ("copies signals that it was trained with",),
    "low-passed": ("another distribution of the noise", "power at the wrong frequencies", "depend on each other"),
    "collapsed": ("lacks some kinds of signal", "does not make some of the signals", "teaches a model the wrong thing"),
}


def walks(n: int, n_channels: int = 1, seed: int = 0, n_samples: int = 32) -> np.ndarray:
    """Signals that nothing is known about."""
    steps = np.random.default_rng(seed).normal(size=(n, n_channels, n_samples))
    return steps.cumsum(axis=2).astype(np.float32)


REALS, FAKES = walks(3 * FEWEST), walks(FEWEST, seed=1)


def content(report: Report) -> dict:
    """What is in a report but for when it was made and how long that took."""
    return report.model_dump(exclude={"subject": {"seconds", "measured_at"}})


def grades(report: Report) -> dict[str, Grade]:
    return {score.key: score.grade for score in report.scores}


def caught(report: Report) -> dict[str, Grade]:
    """The lines that are not good."""
    return {key: grade for key, grade in grades(report).items() if grade is not Grade.GOOD}


@pytest.fixture(scope="module")
def report() -> Report:
    """A report on signals that are as real as the reals."""
    return evaluate(REALS, FAKES, quick=True)


@pytest.fixture
def _few_kernels(monkeypatch):
    monkeypatch.setattr("core.fidelity.scorecard.QUICK_KERNELS", 32)


@pytest.fixture
def only(monkeypatch):
    """Leaves only some lines on the sheet."""

    def choose(*keys: str) -> None:
        monkeypatch.setattr(
            report_module, "measures", lambda *given: [one for one in measures(*given) if one.key in keys]
        )

    return choose


def on_fault(name: str, n: int, seed: int = 0) -> Report:
    """The quick report on sines in which a fault was planted."""
    real, other, training = (draw(n, 100 * seed + index)[0] for index in range(3))
    fakes = FAULTS[name](n, 100 * seed + 3, training)
    return judge(
        *map(Batch.unconditional, (real, other, fakes, training)),
        SIMULATOR.times,
        name=name,
        reals="more of them",
        sines=SIMULATOR.sines,
        quick=True,
        seed=seed,
    )


def grade_of(key: str, fault: str, n: int) -> Grade:
    """The grade of one line where a fault was planted."""
    times = SIMULATOR.times[EVERY_SIXTH]
    training = draw(FEWEST, 2)[0][..., EVERY_SIXTH]
    drawn = draw(n, 0)[0], draw(n, 1)[0], FAULTS[fault](n, 3, training)
    sets = [SignalSet(signals[..., EVERY_SIXTH], times, SIMULATOR.sines) for signals in drawn]
    floors, comparison = (Comparison(sets[0], other, training, 0) for other in sets[1:])
    (measure,) = (one for one in measures(comparison, quick=True) if one.key == key)
    return measure.grade(measure.compute(comparison), measure.compute(floors), n)


# What is found


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


def test_other_signals_that_differ_are_told_apart():
    found = evaluate(REALS, np.random.default_rng(0).normal(size=FAKES.shape), quick=True)
    assert found.verdict.level is Level.USELESS
    assert {"psd", "coverage"} <= set(caught(found))


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
    fakes = walks(FEWEST, 3, seed=1)
    fakes[:, 2] = fakes[:, 1]
    found = evaluate(walks(3 * FEWEST, 3), fakes, quick=True)
    assert "cross_spectrum" in caught(found)
    assert found.verdict.level is not Level.INDISTINGUISHABLE


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_unit_of_the_signals_does_not_matter(scale, report):
    found = evaluate(scale * REALS.astype(np.float64), scale * FAKES.astype(np.float64), quick=True)
    for score, same in zip(found.scores, report.scores, strict=True):
        assert (score.key, score.value) == (same.key, pytest.approx(same.value, rel=0.02, abs=0.02))


def test_few_signals_that_have_a_phase_stop_nothing(only):
    only("boosted_trees", "w1_phase")
    simulator = Simulator(SimulatorConfig(n_samples=32, noise_amplitude=0.3))
    rng = np.random.default_rng(0)
    weak, strong = (0.3 * rng.normal(size=(3, FEWEST, 1, 32)).astype(np.float32) for _ in range(2))
    strong[:, 0] += 5 * np.sin(1.5 * simulator.times, dtype=np.float32)
    with_one = judge(
        *map(Batch.unconditional, (strong[0], weak[1], strong[2], weak[0])),
        simulator.times,
        name="weak",
        reals="as weak",
        sines=simulator.sines,
        quick=True,
    )
    assert np.isfinite([score.value for score in with_one.scores]).all()


def test_one_signal_that_has_a_phase_proves_nothing(only):
    only("boosted_trees", "w1_phase")
    simulator = Simulator(SimulatorConfig(n_samples=32, noise_amplitude=0.3))
    rng = np.random.default_rng(0)
    sets = 0.3 * rng.normal(size=(3, FEWEST, 1, 32)).astype(np.float32)
    for one, phase in zip(sets, (0.0, 0.1, 0.3), strict=True):
        one[0] += 5 * np.sin(1.5 * simulator.times + phase).astype(np.float32)
    given = map(Batch.unconditional, (*sets, sets[1]))
    found = judge(*given, simulator.times, name="weak", reals="as weak", sines=simulator.sines, quick=True)
    assert found.verdict.level is not Level.FLAWED


@pytest.fixture
def _hurried(monkeypatch):
    """Networks that learn for a few steps only."""
    monkeypatch.setattr("core.fidelity.measures.c2st.FEWEST_STEPS", 3)
    monkeypatch.setattr(timegan, "_train", lambda *given, train=timegan._train: train(*given[:3], 3, given[4]))
    monkeypatch.setattr(context_fid, "_train", lambda *given, train=context_fid._train: train(*given[:2], 3, given[3]))


@pytest.mark.usefixtures("_hurried")
def test_the_full_sheet_has_every_line():
    found = evaluate(walks(3 * FEWEST, n_samples=16), walks(FEWEST, seed=1, n_samples=16))
    assert {"small_cnn", "recurrent", "predictive", "context_fid"} <= set(grades(found))
    assert {score.group for score in found.scores} == set(Group) - {Group.CONDITIONS}  # of which there are none
    assert np.isfinite([(score.value, score.floor, score.severity) for score in found.scores]).all()
    assert not found.subject.quick
    assert "The best of 4 classifiers" in found.verdict.sentence


# What a report says


def test_a_report_says_what_was_judged_on_what(report):
    subject = report.subject
    assert (subject.n_signals, subject.n_channels, subject.n_samples) == (FEWEST, 1, 32)
    assert (subject.name, subject.run_id, subject.step, subject.seed, subject.quick) == ("fakes", None, None, 0, True)
    assert subject.reals == "60 of 180 given reals, drawn at random"
    assert subject.sampling_rate == 1
    assert subject.seconds > 0
    assert subject.measured_at.tzinfo is not None


def test_every_line_is_a_sentence_with_its_value(report):
    for score in report.scores:
        assert score.written(score.value) in score.sentence, score.key
        assert not set("{}") & set(score.sentence), score.key
        assert score.sentence.endswith("."), score.key


def test_only_classifiers_have_an_interval(report):
    for score in report.scores:
        assert (score.interval is not None) == (score.group is Group.CLASSIFIERS), score.key
        if score.interval:
            assert 0 <= score.interval[0] <= score.value <= score.interval[1] <= 1


def test_a_report_has_the_data_of_every_picture(report):
    shown = report.evidence
    (channel,) = shown["channels"]
    assert {"histograms", "map", "nearness"} <= set(shown)
    assert {"overlay", "psd", "acf", "easiest", "nearest"} <= set(channel)
    assert len(shown["times"]) == len(channel["overlay"]["fake"][0]) == 32
    assert {one["name"] for one in shown["histograms"]} >= {"mean", "skew"}
    assert shown["classifier"] in {score.title for score in report.scores}
    json.dumps(shown, allow_nan=False)


@pytest.mark.parametrize("start", [0, 1000, 1e5])
def test_pictures_keep_the_sampling_interval_whenever_signals_begin(start, only):
    only("boosted_trees")
    times = start + np.arange(32) / 500
    sets = [Batch.unconditional(walks(FEWEST, seed=seed)) for seed in range(3)]
    found = judge(*sets, sets[1], times, name="late", reals="as late", quick=True)
    np.testing.assert_allclose(np.diff(found.evidence["times"]), 1 / 500, rtol=0.01)


@pytest.mark.parametrize("n_channels", [1, 3])
def test_a_report_comes_back_from_json(n_channels):
    found = evaluate(walks(3 * FEWEST, n_channels), 2 * walks(FEWEST, n_channels, seed=1), quick=True)
    assert Report.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("fakes", [np.ones_like(FAKES), 1e6 * FAKES, np.repeat(FAKES[:1], FEWEST, axis=0)])
@pytest.mark.filterwarnings("ignore:Precision loss occurred")
def test_a_report_on_odd_fakes_comes_back_from_json(fakes):
    found = evaluate(REALS, fakes, quick=True)
    assert found.verdict.grade is Grade.POOR
    assert Report.model_validate_json(found.model_dump_json()) == found


@pytest.mark.filterwarnings("ignore:Precision loss occurred")
def test_constants_are_not_told_from_constants():
    found = evaluate(np.ones_like(REALS), np.ones_like(FAKES), quick=True)
    assert caught(found) == {}
    assert Report.model_validate_json(found.model_dump_json()) == found


def test_the_same_seed_gives_the_same_report(report):
    assert content(evaluate(REALS, FAKES, quick=True)) == content(report)


def test_another_seed_gives_another_report(report):
    other = evaluate(REALS, FAKES, quick=True, seed=1)
    assert other.subject.seed == 1
    assert [score.floor for score in other.scores] != [score.floor for score in report.scores]


# What may be given


def test_signals_of_one_channel_may_come_without_it(report):
    assert content(evaluate(REALS[:, 0], FAKES[:, 0], quick=True)) == content(report)


def test_any_plain_numbers_will_do(report):
    assert content(evaluate(REALS.astype(np.float64), FAKES.tolist(), quick=True)) == content(report)


def test_what_is_given_is_left_as_it_is():
    before = REALS.copy(), FAKES.copy()
    evaluate(REALS, FAKES, quick=True)
    np.testing.assert_array_equal(REALS, before[0])
    np.testing.assert_array_equal(FAKES, before[1])


def test_signals_of_three_channels_are_judged_by_what_they_have_in_common():
    found = evaluate(walks(3 * FEWEST, 3), walks(FEWEST, 3, seed=1), quick=True)
    assert found.subject.n_channels == 3
    assert {"cross_correlation", "cross_spectrum"} <= set(grades(found))
    assert caught(found) == {}


def test_the_sampling_rate_is_that_of_the_pictures(only):
    only("boosted_trees")
    found = evaluate(REALS, FAKES, 500.0, quick=True)
    assert found.subject.sampling_rate == pytest.approx(500)
    assert found.evidence["channels"][0]["psd"]["x"][-1] == pytest.approx(250)
    assert found.evidence["times"][1] == pytest.approx(1 / 500)


@pytest.fixture
def given(monkeypatch):
    """What `evaluate` has `judge` compare, by name."""
    taken = {}

    def take(*arguments, **options):
        taken.update(inspect.signature(judge).bind(*arguments, **options).arguments)

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
        ((1, MAX_VALUES), False, FEWEST),
        ((64, 10 * MAX_VALUES), True, FEWEST),
    ],
)
def test_long_signals_are_fewer(size, quick, n):
    assert how_many(quick, *size) == n


BROKEN = REALS.copy()
BROKEN[[6, 9], 0, 3] = np.nan, np.inf


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"real": REALS[: 3 * FEWEST - 1]}, "There are only 59 signals a side to compare; give at least 60"),
        ({"fake": FAKES[:-1]}, "There are only 59 signals a side to compare; give at least 60"),
        ({"real": REALS[:0]}, "There are only 0 signals a side"),
        ({"fake": FAKES[:0]}, "There are only 0 signals a side"),
        ({"real": REALS[: 2 * FEWEST - 1], "training": REALS}, "There are only 59 signals a side"),
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


# Progress


def test_progress_goes_from_nothing_to_all_and_says_what_is_measured(report):
    told = []
    evaluate(REALS, FAKES, quick=True, on_progress=lambda *now: told.append(now))
    shares, doing = zip(*told, strict=True)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert list(shares) == sorted(shares)
    assert list(dict.fromkeys(doing)) == [*(score.title for score in report.scores), "pictures"]


@pytest.mark.parametrize("last", [1, 5])
def test_whoever_watches_the_progress_can_end_the_work(last):
    told = []

    def watch(share: float, doing: str) -> None:
        told.append(share)
        if len(told) == last:
            raise KeyboardInterrupt("enough")

    with pytest.raises(KeyboardInterrupt, match="enough"):
        evaluate(REALS, FAKES, quick=True, on_progress=watch)
    assert len(told) == last
