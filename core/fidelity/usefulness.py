"""Do the fakes help? A model learns from reals, from fakes, from both, or from reals with plain augmentation.

Each is tested on reals that neither the twin nor the model ever saw. Which of two kinds of model is taken is decided on reals
that only chose the twin's best state. Everything is done with several seeds, each with other fakes, other augmentation and
another model; intervals come from drawing seeds and whole test recordings again (bootstrap: Efron & Tibshirani 1993).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from pydantic import AwareDatetime, Field
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from core import formatting
from core.config import Column, Model
from core.errors import FidelityError
from core.fidelity.augmentation import augmented
from core.fidelity.measures import descriptive
from core.fidelity.measures.kernels import convolve, draw_kernels
from core.fidelity.measures.tstr import N_KERNELS, PENALTIES
from core.file_format import FileFormat, FileModel
from core.interruption import checkpoint, interrupted
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch

N_SEEDS = 5
MAX_REALS = 2_000  # that a model learns from
MIN_ADDED = 500  # fakes or augmented copies, or as many as there are reals
MAX_TESTED = 1_000
N_TREES = 60  # one after the other, of each class
TREES_PER_LOOK = 60  # that are grown between two looks whether to go on: about a second
N_DRAWN = 1_000  # bootstrap samples
CONFIDENCE = 0.95
MIN_GAIN = 0.005  # a smaller difference matters to nobody: half a percentage point
MIN_TESTED = 10  # reals, below which nothing can be said
MIN_RECORDINGS = 4  # that these are windows of


class Variant(StrEnum):
    """What a model learns from."""

    REALS = "reals"
    FAKES = "fakes"
    BOTH = "both"
    AUGMENTED = "augmented"


VARIANT_TITLES = {
    Variant.REALS: "Reals",
    Variant.FAKES: "Fakes",
    Variant.BOTH: "Reals and fakes",
    Variant.AUGMENTED: "Reals, augmented",
}


class Conclusion(StrEnum):
    """Whether fakes earn their place beside reals."""

    HELP = "help"
    NO_BETTER = "no better"  # than plain augmentation
    NO_DIFFERENCE = "no difference"
    HARM = "harm"


class Estimate(Model):
    """A figure, and the interval that holds it with 95 % confidence."""

    value: float
    low: float
    high: float


class Trial(Model):
    """One number of reals to learn from. Scores are shares of classes recognised, or errors as a share of the range."""

    n_reals: int
    n_added: int = Field(description="Fakes, or augmented copies.")
    n_learned: int = Field(description="Reals that the twin learned from.")
    scores: dict[Variant, Estimate]
    gain: Estimate = Field(description="What fakes beside reals bring; above 0 is better.")
    over_augmentation: Estimate = Field(description="What they bring more than plain augmentation does.")

    @property
    def conclusion(self) -> Conclusion:
        """What the intervals say."""
        if self.gain.high < 0 and self.gain.value < -MIN_GAIN:
            return Conclusion.HARM
        if self.gain.low <= 0 or self.gain.value < MIN_GAIN:
            return Conclusion.NO_DIFFERENCE
        return Conclusion.HELP if self.over_augmentation.low > 0 else Conclusion.NO_BETTER


class Task(Model):
    """What models learned about one condition."""

    column: Column
    model: str = Field(description="Which kind of model, in words.")
    n_tested: int
    n_rarest: int | None = Field(description="Tested signals of the rarest class among them.")
    trials: list[Trial] = Field(description="From all reals, then from few.")
    n_seeds: int
    step: int = Field(description="The training step of the twin.")
    seconds: float
    measured_at: AwareDatetime


class Usefulness(Model, FileModel):
    """What was measured of a run's conditions, by their names."""

    file_format = FileFormat("wavetwin-usefulness")

    tasks: dict[str, Task] = Field({})


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Reals to learn from, and where fakes of a twin come from that learned from `n_learned` reals, these among them."""

    reals: Batch
    n_learned: int
    fakes: Callable[[int, int], Batch]  # (how many, seed)


Tell = Callable[[float], None]  # the share that is done


def trials(
    lessons: list[Lesson],
    chosen_on: Batch,
    tested: Batch,
    columns: tuple[Column, ...],
    index: int,
    rate: float,
    tell: Tell,
) -> tuple[str, list[Trial], np.ndarray]:
    """The kind of model, a trial for each lesson, and the true values of the tested signals, (n_tested,).

    chosen_on: reals that decide which kind of model is taken. index: of the condition among `columns`. rate: in Hz. Raises
    FidelityError where there is too little to test on.
    """
    column = columns[index]
    tested = tested[:MAX_TESTED]
    if len(tested) < MIN_TESTED:
        raise FidelityError(
            f"Only {formatting.quantity(len(tested), 'signal')} were held out, too few to test a model on; give more "
            f"recordings, so that at least {MIN_TESTED} are."
        )
    n_recordings = len(tested) if tested.recordings is None else len(np.unique(tested.recordings))
    if n_recordings < MIN_RECORDINGS:
        raise FidelityError(
            f"Only {formatting.quantity(n_recordings, 'recording')} were held out, too few to tell a gain from chance; give more "
            f"recordings or hold out a larger share, so that at least {MIN_RECORDINGS} are."
        )
    with threadpool_limits(limits=1):
        kind = _better_kind(lessons[0].reals[:MAX_REALS], chosen_on, column, index, rate)
        found = []
        for number, lesson in enumerate(lessons):

            def advance(share: float, number: int = number) -> None:
                tell((number + share) / len(lessons))

            found.append(_trial(lesson, tested, kind, column, index, rate, advance))
    return KINDS[kind], found, tested.conditions[:, index]


def sentence(task: Task) -> str:
    """Whether the fakes earn their place, for people."""
    return " ".join(f"{title} {detail}" for title, detail in findings(task))


CONCLUSIONS = {
    Conclusion.HELP: "The fakes earn their place.",
    Conclusion.NO_BETTER: "The fakes help, but not measurably more than plain augmentation.",
    Conclusion.NO_DIFFERENCE: "The fakes make no difference that can be measured and matters.",
    Conclusion.HARM: "The fakes do harm.",
}


def findings(task: Task) -> list[tuple[str, str]]:
    """For all reals and then for few, whether the fakes earn their place, and the figures behind that."""
    titles = [CONCLUSIONS[trial.conclusion] for trial in task.trials]
    for number, trial in enumerate(task.trials[1:], 1):
        titles[number] = f"If you had only {formatting.quantity(trial.n_reals, 'real')}: {titles[number]}"
    return [(title, _detail(trial, task)) for title, trial in zip(titles, task.trials, strict=True)]


def _detail(trial: Trial, task: Task) -> str:
    both, reals = (formatting.percent(trial.scores[one].value) for one in (Variant.BOTH, Variant.REALS))
    told = (
        f"A model that learns from reals and fakes recognises {both} of held-out reals; from reals alone, {reals}"
        if task.column.classes
        else f"A model that learns from reals and fakes is off by {both} of the range on held-out reals; from reals alone, by "
        f"{reals}"
    )
    gain, low, high = (_points(share) for share in (trial.gain.value, trial.gain.low, trial.gain.high))
    return f"{told} (a gain of {gain} percentage points, 95 % interval {low} to {high})."


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


# Models


KINDS = {"kernels": "a linear model on random convolutions", "trees": "boosted trees on descriptive features"}
FEATURES_STREAM, AUGMENTATION_STREAM, BOOTSTRAP_STREAM = 0, 1, 2


def _features(kind: str, reals: np.ndarray, rate: float, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """What turns signals (n, n_channels, n_samples) into (n, n_features), fitted to reals."""
    if kind == "trees":
        return lambda signals: descriptive.features(signals, rate)
    mean = reals.mean(axis=(0, 2), keepdims=True, dtype=np.float64)
    scale = np.maximum(reals.std(axis=(0, 2), keepdims=True, dtype=np.float64), 1e-30)

    def standard(signals: np.ndarray) -> np.ndarray:
        return ((signals - mean) / scale).astype(np.float32)

    kernels = draw_kernels(standard(reals), N_KERNELS, numpy_rng(seed, Purpose.USEFULNESS, FEATURES_STREAM))
    return lambda signals: convolve(standard(signals), kernels).numpy()


def _model(kind: str, is_class: bool, seed: int) -> Any:
    """A fresh model; rare classes weigh as much as frequent ones, whatever it learns from."""
    if kind == "trees":
        if is_class:
            return HistGradientBoostingClassifier(max_iter=N_TREES, class_weight="balanced", random_state=seed)
        return HistGradientBoostingRegressor(loss="absolute_error", max_iter=N_TREES, random_state=seed)
    ridge = RidgeClassifierCV(PENALTIES, class_weight="balanced") if is_class else RidgeCV(PENALTIES)
    return make_pipeline(StandardScaler(), ridge)


def _learned(
    kind: str, features: np.ndarray, known: np.ndarray, tests: np.ndarray, is_class: bool, seed: int
) -> np.ndarray:
    """What a model says of the tests, (n_tests,), that learned (n,) known values from features."""
    checkpoint()
    n_known = len(np.unique(known))
    if n_known == 1:
        return np.full(len(tests), known[0])
    model = _model(kind, is_class, seed)
    if kind == "trees":  # a few rounds between two looks: for each class one has a tree
        model.set_params(warm_start=True)
        step = max(1, TREES_PER_LOOK // (n_known if is_class else 1))
        for n_rounds in interrupted(range(step, N_TREES, step)):
            model.set_params(max_iter=n_rounds).fit(features, known)
        checkpoint()
        model.set_params(max_iter=N_TREES)
    found: np.ndarray = model.fit(features, known).predict(tests)
    return found


def _better_kind(reals: Batch, chosen_on: Batch, column: Column, index: int, rate: float) -> str:
    """The kind of model that learns more from reals alone, by others than it is tested on."""
    known, truth = reals.conditions[:, index], chosen_on.conditions[:, index]
    scores = {}
    for kind in KINDS:
        features = _features(kind, reals.signals, rate, seed=0)
        found = _learned(
            kind, features(reals.signals), known, features(chosen_on.signals), bool(column.classes), seed=0
        )
        rows = np.ones((1, len(truth)))
        scores[kind] = float(_means(_goodness(found, truth, column)[None], truth, column, rows)[0, 0])
    return max(scores, key=lambda kind: scores[kind])


# Trials


def _trial(lesson: Lesson, tested: Batch, kind: str, column: Column, index: int, rate: float, tell: Tell) -> Trial:
    reals = lesson.reals[:MAX_REALS]
    n_added = max(MIN_ADDED, len(reals))
    truth = tested.conditions[:, index]
    goodness = np.empty((len(Variant), N_SEEDS, len(truth)))
    for seed in range(N_SEEDS):
        tell(seed / N_SEEDS)
        fakes = lesson.fakes(n_added, seed)
        copies = _augmented(reals, n_added, column, index, numpy_rng(seed, Purpose.USEFULNESS, AUGMENTATION_STREAM))
        features = _features(kind, reals.signals, rate, seed)
        of_reals, of_fakes, of_copies, of_tests = (features(some.signals) for some in (reals, fakes, copies, tested))
        learned = {
            Variant.REALS: ([of_reals], [reals]),
            Variant.FAKES: ([of_fakes], [fakes]),
            Variant.BOTH: ([of_reals, of_fakes], [reals, fakes]),
            Variant.AUGMENTED: ([of_reals, of_copies], [reals, copies]),
        }
        for row, variant in enumerate(Variant):
            parts, batches = learned[variant]
            known = np.concatenate([batch.conditions[:, index] for batch in batches])
            found = _learned(kind, np.concatenate(parts), known, of_tests, bool(column.classes), seed)
            goodness[row, seed] = _goodness(found, truth, column)
    return _summary(goodness, truth, tested.recordings, column, len(reals), n_added, lesson.n_learned)


def _augmented(reals: Batch, n: int, column: Column, index: int, rng: np.random.Generator) -> Batch:
    """Augmented copies of reals, of all classes equally often, as fakes are asked for."""
    known = reals.conditions[:, index]
    if column.classes:
        _, place, counts = np.unique(known, return_inverse=True, return_counts=True)
        rows = rng.choice(len(reals), n, p=1 / (len(counts) * counts[place]))
    else:
        rows = rng.integers(0, len(reals), n)
    return Batch(augmented(reals.signals[rows], rng), reals.conditions[rows])


def _goodness(found: np.ndarray, truth: np.ndarray, column: Column) -> np.ndarray:
    """How good predictions are, (n,): 1 or 0 of classes, the error below 0 of numbers."""
    if column.classes:
        return (found == truth).astype(float)
    return -np.abs(found - truth) / max(column.spread, 1e-30)


def _means(goodness: np.ndarray, truth: np.ndarray, column: Column, weights: np.ndarray) -> np.ndarray:
    """The mean of goodness (n_rows, n_tests) over tests with weights (n_drawn, n_tests), (n_rows, n_drawn).

    Each class counts the same, however frequent it is (balanced accuracy).
    """
    groups = truth[:, None] == np.unique(truth) if column.classes else np.ones((len(truth), 1), bool)
    totals = weights @ groups  # (n_drawn, n_groups)
    sums = np.stack([(weights * row) @ groups for row in goodness])
    with np.errstate(invalid="ignore"):
        means: np.ndarray = np.nanmean(np.where(totals > 0, sums / totals, np.nan), axis=2)
    return means


def _summary(
    goodness: np.ndarray,
    truth: np.ndarray,
    recordings: np.ndarray | None,
    column: Column,
    n_reals: int,
    n_added: int,
    n_learned: int,
) -> Trial:
    """Estimates of goodness (n_variants, n_seeds, n_tests) of tests that are windows of recordings (n_tests,)."""
    rng = numpy_rng(0, Purpose.USEFULNESS, BOOTSTRAP_STREAM)
    n_seeds, n_tests = goodness.shape[1:]
    places = np.arange(n_tests) if recordings is None else np.unique(recordings, return_inverse=True)[1]
    n_recordings = int(places.max()) + 1
    whole = _means(goodness.mean(axis=1), truth, column, np.ones((1, n_tests)))[:, 0]
    drawn = np.empty((N_DRAWN, len(Variant)))
    tests = rng.multinomial(n_recordings, np.full(n_recordings, 1 / n_recordings), N_DRAWN).astype(float)[:, places]
    for row, seeds in enumerate(rng.integers(0, n_seeds, (N_DRAWN, n_seeds))):
        drawn[row] = _means(goodness[:, seeds].mean(axis=1), truth, column, tests[row : row + 1])[:, 0]
    order = list(Variant)
    both, reals, copies = (order.index(variant) for variant in (Variant.BOTH, Variant.REALS, Variant.AUGMENTED))
    sign = 1 if column.classes else -1  # errors are shown above 0
    return Trial(
        n_reals=n_reals,
        n_added=n_added,
        n_learned=n_learned,
        scores={variant: _estimate(sign * whole[row], sign * drawn[:, row]) for row, variant in enumerate(order)},
        gain=_estimate(whole[both] - whole[reals], drawn[:, both] - drawn[:, reals]),
        over_augmentation=_estimate(whole[both] - whole[copies], drawn[:, both] - drawn[:, copies]),
    )


def _estimate(value: float, drawn: np.ndarray) -> Estimate:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(value=float(value), low=float(min(low, value)), high=float(max(high, value)))
