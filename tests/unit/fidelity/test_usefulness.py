from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.config import Column
from core.errors import FidelityError
from core.fidelity import usefulness
from core.fidelity.usefulness import Conclusion, Estimate, Lesson, Task, Trial, Usefulness, Variant, sentence, trials
from core.interruption import interruptible
from core.signals.batch import Batch

STATE = Column(name="state", classes=("good", "worn"))
LOAD = Column(name="load", minimum=0, maximum=1)
COLUMNS = (STATE, LOAD)
N_SAMPLES = 32


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    for name, value in (("N_SEEDS", 2), ("MIN_ADDED", 100), ("N_KERNELS", 16), ("N_TREES", 5), ("N_DRAWN", 100)):
        monkeypatch.setattr(usefulness, name, value)


def machines(n: int, seed: int, worn: float = 0.25) -> Batch:
    """Signals whose size follows their load, and whose frequency is `worn` times higher in one of two states."""
    rng = np.random.default_rng(seed)
    state, load = np.arange(n) % 2, rng.uniform(0, 1, n)
    frequency = 3 * (1 + state * worn)[:, None, None]
    phase = rng.uniform(0, 6, (n, 1, 1))
    waves = (0.5 + load[:, None, None]) * np.sin(2 * np.pi * frequency * np.arange(N_SAMPLES) / N_SAMPLES + phase)
    signals = waves + 0.2 * rng.standard_normal(waves.shape)
    return Batch(signals.astype(np.float32), np.stack([state, load], 1).astype(np.float32))


def lesson(n: int, fakes=lambda n, seed: machines(n, 100 + seed)) -> Lesson:
    return Lesson(reals=machines(n, 1), n_learned=n, fakes=fakes)


def wrong(n: int, seed: int) -> Batch:
    """Fakes of which each has the class of the other."""
    batch = machines(n, 100 + seed)
    return Batch(batch.signals, np.stack([1 - batch.conditions[:, 0], 1 - batch.conditions[:, 1]], 1))


def measured(*lessons: Lesson, index: int = 0, tested: Batch | None = None):
    tested = machines(200, 3) if tested is None else tested
    return trials(list(lessons), machines(60, 2), tested, COLUMNS, index, 1.0, lambda share: None)


def test_true_fakes_teach_what_a_handful_of_reals_cannot():
    _, (trial,), truth = measured(lesson(8))
    assert len(truth) == 200
    assert (trial.n_reals, trial.n_added) == (8, 100)
    assert trial.scores[Variant.BOTH].value > trial.scores[Variant.REALS].value
    assert trial.scores[Variant.FAKES].value > 0.8
    assert trial.gain.value == pytest.approx(trial.scores[Variant.BOTH].value - trial.scores[Variant.REALS].value)


@pytest.mark.parametrize("index", [0, 1])
def test_wrong_fakes_are_found_to_harm(index):
    _, (trial,), _ = measured(lesson(60, wrong), index=index)
    assert trial.conclusion is Conclusion.HARM
    assert trial.gain.high < 0


def test_of_numbers_the_error_is_told_and_less_of_it_is_better():
    _, (trial,), _ = measured(lesson(8), index=1)
    both, reals = (trial.scores[variant].value for variant in (Variant.BOTH, Variant.REALS))
    assert 0 < both < reals < 1
    assert trial.gain.value == pytest.approx(reals - both)


def test_each_number_of_reals_has_a_trial():
    kind, found, _ = measured(lesson(40), lesson(8))
    assert [trial.n_reals for trial in found] == [40, 8]
    assert kind in usefulness.KINDS.values()


def test_the_kind_of_model_is_the_one_that_learns_more(monkeypatch):
    monkeypatch.setattr(
        usefulness, "_learned", lambda kind, *_, **__: np.zeros(60) if kind == "trees" else np.arange(60) % 2
    )
    assert usefulness._better_kind(machines(40, 1), machines(60, 2), STATE, 0, 1.0) == "kernels"


@pytest.mark.parametrize("n_classes", [0, 2, 5])
def test_trees_that_are_grown_in_parts_are_the_same_and_can_be_ended_between_them(n_classes):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 4))
    known = (
        (features[:, 0] * features[:, 1]).argsort().argsort() * n_classes // 300 if n_classes else features.prod(axis=1)
    )
    looks = []
    with interruptible(lambda: looks.append(None)):
        found = usefulness._learned("trees", features, known, features, bool(n_classes), seed=0)
    assert np.array_equal(found, usefulness._model("trees", bool(n_classes), 0).fit(features, known).predict(features))
    assert len(looks) >= max(1, n_classes) * usefulness.N_TREES / usefulness.TREES_PER_LOOK


def test_rare_classes_count_as_much_as_frequent_ones():
    truth = np.array([0.0] * 90 + [1.0] * 10)
    goodness = (truth == 0).astype(float)[None]  # as of a model that never says 1
    assert usefulness._means(goodness, truth, STATE, np.ones((1, 100)))[0, 0] == pytest.approx(0.5)


def test_augmented_copies_are_of_all_classes_equally_often():
    reals = machines(60, 1)
    few = reals[np.flatnonzero((reals.conditions[:, 0] == 0) | (np.arange(60) < 6))]
    copies = usefulness._augmented(few, 400, STATE, 0, np.random.default_rng(0))
    assert copies.conditions[:, 0].mean() == pytest.approx(0.5, abs=0.1)


def test_reals_of_one_class_teach_only_that_class():
    one = machines(40, 1)[np.arange(0, 40, 2)]
    _, (trial,), _ = measured(Lesson(reals=one, n_learned=20, fakes=lambda n, seed: machines(n, seed)))
    assert trial.scores[Variant.REALS].value == pytest.approx(0.5)


def test_too_few_held_out_reals_are_refused():
    with pytest.raises(FidelityError, match="Only 9 signals were held out"):
        measured(lesson(20), tested=machines(9, 3))
    with pytest.raises(FidelityError, match="Only 3 recordings were held out"):
        measured(lesson(20), tested=replace(machines(200, 3), recordings=np.arange(200) % 3))


def test_windows_of_one_recording_are_no_more_evidence_than_the_recording():
    alone, times = machines(12, 3), 20
    windows = alone[np.repeat(np.arange(12), times)]
    widths = []
    for tested in (alone, windows, replace(windows, recordings=np.repeat(np.arange(12), times))):
        _, (trial,), _ = measured(lesson(8), index=1, tested=tested)
        widths.append(trial.gain.high - trial.gain.low)
    assert widths[1] < 0.5 * widths[0]
    assert widths[2] == pytest.approx(widths[0], rel=0.3)


def test_the_same_question_has_the_same_answer():
    assert measured(lesson(20))[1] == measured(lesson(20))[1]


# What is said


def at(value: float, error: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - error, high=value + error)


def trial(gain: float, over: float, n: int = 300) -> Trial:
    scores = {Variant.REALS: at(0.8), Variant.FAKES: at(0.7), Variant.BOTH: at(0.8 + gain), Variant.AUGMENTED: at(0.8)}
    return Trial(n_reals=n, n_added=500, n_learned=n, scores=scores, gain=at(gain), over_augmentation=at(over))


def task(*found: Trial, column: Column = STATE) -> Task:
    return Task(
        column=column,
        model="a model",
        n_tested=100,
        n_rarest=20,
        trials=list(found),
        n_seeds=5,
        step=10,
        seconds=1.0,
        measured_at=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("gain", "over", "conclusion"),
    [
        (0.1, 0.1, Conclusion.HELP),
        (0.1, 0.01, Conclusion.NO_BETTER),
        (0.01, 0.1, Conclusion.NO_DIFFERENCE),
        (-0.01, -0.1, Conclusion.NO_DIFFERENCE),
        (-0.1, -0.1, Conclusion.HARM),
    ],
)
def test_intervals_decide_the_conclusion(gain, over, conclusion):
    assert trial(gain, over).conclusion is conclusion


@pytest.mark.parametrize("sign", [1, -1])
def test_a_difference_that_is_sure_but_tiny_is_none(sign):
    tiny = trial(0, 0).model_copy(update={"gain": at(sign * 0.002, 0.0001), "over_augmentation": at(sign * 0.1)})
    assert tiny.conclusion is Conclusion.NO_DIFFERENCE


def test_the_sentence_tells_both_figures_and_the_interval():
    text = sentence(task(trial(0.1, 0.1), trial(0.0, 0.0, n=30)))
    assert text.startswith(
        "The fakes earn their place. A model that learns from reals and fakes recognises 90 % of held-out reals"
    )
    assert "from reals alone, 80 % (a gain of +10.0 percentage points, 95 % interval +8.0 to +12.0)." in text
    assert "If you had only 30 reals: The fakes make no difference that can be measured and matters" in text


def test_the_sentence_on_numbers_tells_errors():
    assert "is off by 90 % of the range" in sentence(task(trial(0.1, 0.1), column=LOAD))


def test_what_was_measured_comes_back_from_its_file():
    found = Usefulness(tasks={"state": task(trial(0.1, 0.1))})
    assert Usefulness.from_json(found.to_json()) == found
    assert found.to_json().startswith(b'{"format":"wavetwin-usefulness","version":1')
