"""The report: every measure beside its floor, the verdict, and the data of the pictures."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator
from threadpoolctl import threadpool_limits

from core.config import Column, Model
from core.errors import FidelityError
from core.fidelity.classification import C2ST
from core.fidelity.comparison import Comparison
from core.fidelity.measure import Measure, format_value
from core.fidelity.older_reports import upgraded
from core.fidelity.overlay import overlay
from core.fidelity.pictures import AnyPicture
from core.fidelity.scorecard import measures
from core.fidelity.signal_set import Describer, DescriptiveFeatures, SignalSet
from core.fidelity.verdict import Score, Verdict, verdict
from core.formatting import name_of
from core.interruption import interruptible
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch
from core.units import Units

MAX_NAME = 200  # characters, of a run or of files
MIN_SIGNALS = 60  # a side: with fewer, chance decides
N_QUICK, N_FULL = 3_000, 10_000  # signals a side
MAX_VALUES = 15_000_000  # of a side; longer signals are fewer
MIN_SAMPLES = 16  # in a signal

OnProgress = Callable[[float, str], None]  # the share that is done, and what is being measured


@dataclass(frozen=True, kw_only=True)
class SignalSets:
    """What a report compares, all in physical units.

    `fake` with `real`; the floors are those of `other_real` with `real`; `training` is what fakes may have been copied
    from. times: (n_samples,) in the describer's unit of time. columns: the conditions that the signals come with.
    """

    real: Batch
    other_real: Batch
    fake: Batch
    training: Batch
    times: np.ndarray
    describer: Describer = field(default_factory=DescriptiveFeatures)
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the signals of a report come from, in words and by the run and the step that made the fakes."""

    name: str
    reals: str
    run_id: str | None = None
    step: int | None = None


class Subject(Model):
    """What a report is about."""

    name: Annotated[str, AfterValidator(partial(name_of, n_most=MAX_NAME))]
    reals: str = Field(description="Where the reals come from, in words.")
    run_id: str | None = None
    step: int | None = Field(None, description="The training step of the twin.")
    n_signals: int = Field(description="Of each: reals, other reals for the floor, and fakes.")
    n_channels: int
    n_samples: int
    sampling_rate: float | None = Field(description="In Hz; None where time counts samples.")
    unit: str = ""
    seed: int
    quick: bool
    seconds: float = Field(description="How long the evaluation took.")
    measured_at: datetime


class Report(Model):
    """A scorecard with its verdict and its pictures. Reports of versions 2 and 3 are read as well."""

    format: Literal["wavetwin-report"] = "wavetwin-report"
    version: Literal[4] = 4
    subject: Subject
    verdict: Verdict
    scores: list[Score]
    pictures: list[AnyPicture]

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, content: Any) -> Any:
        return upgraded(content)


def how_many(quick: bool, n_channels: int, n_samples: int) -> int:
    """How many signals a side are measured."""
    return max(MIN_SIGNALS, min(N_QUICK if quick else N_FULL, MAX_VALUES // (n_channels * n_samples)))


def judge(
    sets: SignalSets,
    origin: Origin,
    *,
    quick: bool = False,
    seed: int = 0,
    on_progress: OnProgress = lambda share, title: None,
) -> Report:
    """The report on the fakes of `sets`.

    quick: without the slow measures. Raises FidelityError where there are too few signals. `on_progress` is called often,
    and may end the work by raising an error of its own.
    """
    started = time.perf_counter()
    n = min(len(sets.real), len(sets.other_real), len(sets.fake))
    if n < MIN_SIGNALS:
        raise FidelityError(
            f"There are only {n} signals a side to compare; give at least {MIN_SIGNALS}, or chance decides the result."
        )
    with threadpool_limits(limits=1):
        real, other_real, fake = (
            SignalSet(batch.signals, sets.times, sets.describer, batch.conditions, batch.recordings)
            for batch in (sets.real[:n], sets.other_real[:n], sets.fake[:n])
        )
        floors, comparison = (
            Comparison(
                real=real,
                other=other,
                training=sets.training.signals,
                seed=seed,
                columns=sets.columns,
                training_conditions=sets.training.conditions,
            )
            for other in (other_real, fake)
        )
        on_progress(0.0, "quantities")
        with interruptible(partial(on_progress, 0.0, "quantities")):
            chosen = _measures(comparison, floors, quick)
        scores = _scores(chosen, comparison, floors, on_progress)
        tell = partial(on_progress, 1.0, "plots")
        tell()
        with interruptible(tell):
            pictures = [overlay(comparison), *(one for measure in chosen for one in measure.pictures(comparison))]
    units = sets.describer.units
    subject = Subject(
        name=origin.name,
        reals=origin.reals,
        run_id=origin.run_id,
        step=origin.step,
        n_signals=n,
        n_channels=real.signals.shape[1],
        n_samples=real.signals.shape[2],
        sampling_rate=real.sampling_rate if units.is_timed else None,
        unit=units.value,
        seed=seed,
        quick=quick,
        seconds=time.perf_counter() - started,
        measured_at=datetime.now(UTC),
    )
    return Report(subject=subject, verdict=verdict(scores, n), scores=scores, pictures=pictures)


def evaluate(
    real: np.ndarray,
    fake: np.ndarray,
    sampling_rate: float | None = None,
    *,
    training: np.ndarray | None = None,
    quick: bool = False,
    seed: int = 0,
    name: str = "fakes",
    on_progress: OnProgress = lambda share, title: None,
) -> Report:
    """The report on any two arrays of signals, (n, n_samples) or (n, n_channels, n_samples), from any generator.

    The reals are split at random: fakes are compared with one third, the second third gives the floors, and copies are
    looked for in the last. Where the signals that the generator was trained on are given as `training`, `real` must hold
    none of them, and is split into halves. sampling_rate in Hz; None: unknown, so that time counts samples. Raises
    FidelityError where the arrays cannot be compared.
    """
    reals, fakes = as_signals(real, "reals"), as_signals(fake, "fakes")
    known = as_signals(training, "training signals") if training is not None else None
    for what, signals in (("fakes", fakes), ("training signals", known)):
        if signals is not None and signals.shape[1:] != reals.shape[1:]:
            raise FidelityError(
                f"The reals have {_size(reals)}, but the {what} {_size(signals)}; compare signals of one shape."
            )
    if known is not None and not len(known):
        raise FidelityError("There are no training signals; give at least one, or leave them out.")
    if sampling_rate is not None and not 0 < sampling_rate < np.inf:
        raise FidelityError(f"The sampling rate is {sampling_rate:g} Hz; give one above 0 that is not infinite.")
    reals = reals[numpy_rng(seed, Purpose.FIDELITY_REALS).permutation(len(reals))]
    n_parts = 3 if known is None else 2
    part = len(reals) // n_parts
    n = min(how_many(quick, *reals.shape[1:]), part, len(fakes))
    fakes = fakes[numpy_rng(seed, Purpose.FIDELITY_REALS, 1).permutation(len(fakes))[:n]]
    seen_in_training = (reals[2 * part :] if known is None else known)[: how_many(False, *reals.shape[1:])]
    sets = SignalSets(
        real=Batch.unconditional(reals[:n]),
        other_real=Batch.unconditional(reals[part : part + n]),
        fake=Batch.unconditional(fakes),
        training=Batch.unconditional(seen_in_training),
        times=np.arange(reals.shape[2]) / (sampling_rate or 1.0),
        describer=DescriptiveFeatures(Units.of("", sampling_rate is not None)),
    )
    origin = Origin(name=name, reals=f"{n:,} of {len(reals):,} given reals, drawn at random")
    return judge(sets, origin, quick=quick, seed=seed, on_progress=on_progress)


def as_signals(array: np.ndarray, what: str) -> np.ndarray:
    """An array as signals, float32 (n, n_channels, n_samples); raises FidelityError where that is not possible."""
    values = np.asarray(array)
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise FidelityError(f"The {what} are not plain numbers ({values.dtype}); give an array of real numbers.")
    if values.ndim == 2:
        values = values[:, None, :]
    if values.ndim != 3:
        raise FidelityError(
            f"The {what} have {values.ndim} dimensions; give (signals, samples) or (signals, channels, samples)."
        )
    if not values.shape[1]:
        raise FidelityError(f"The {what} have no channels; give at least one.")
    if values.shape[2] < MIN_SAMPLES:
        raise FidelityError(f"The {what} are {values.shape[2]} samples long; give signals of at least {MIN_SAMPLES}.")
    signals = values.astype(np.float32)
    broken = ~np.isfinite(signals).all(axis=(1, 2))
    if broken.any():
        raise FidelityError(
            f"{broken.sum():,} of the {what} hold values that are missing, infinite or too large (the first is number "
            f"{1 + int(broken.argmax()):,}); leave them out or fill them."
        )
    return signals


def _size(signals: np.ndarray) -> str:
    channels = "" if signals.shape[1] == 1 else f" in {signals.shape[1]} channels"
    return f"{signals.shape[2]:,} samples{channels}"


def _measures(comparison: Comparison, floors: Comparison, quick: bool) -> list[Measure]:
    """The measures that apply to both."""
    have_floor = {measure.key for measure in measures(floors, quick)}
    return [measure for measure in measures(comparison, quick) if measure.key in have_floor]


def _scores(chosen: list[Measure], comparison: Comparison, floors: Comparison, on_progress: OnProgress) -> list[Score]:
    """The measures' values beside their floors."""
    total, done = sum(measure.cost for measure in chosen), 0.0
    scores = []
    for measure in chosen:
        results = []
        for compared in (floors, comparison):
            tell = partial(on_progress, done / total, measure.title)
            tell()
            with interruptible(tell):
                results.append(measure.compute(compared))
            done += measure.cost / 2
        floor, found = results
        if isinstance(found, C2ST):
            comparison.classified[measure.title] = found
        scores.append(_score(measure, found, _number(floor), len(comparison.real.signals)))
    return scores


def _score(measure: Measure, found: float | C2ST, floor: float, n: int) -> Score:
    value, result = _number(found), found if isinstance(found, C2ST) else None
    sentence = measure.meaning.format(value=format_value(value, measure.form), floor=format_value(floor, measure.form))
    interval = result.interval() if result else None
    if interval:
        low, high = (format_value(end, measure.form) for end in interval)
        sentence += f" With 95 % confidence, the true accuracy is between {low} and {high}."
    return Score(
        key=measure.key,
        title=measure.title,
        group=measure.group,
        value=value,
        floor=floor,
        grade=measure.grade(value, floor, n, result),
        severity=measure.severity(value, floor, n),
        sentence=sentence,
        fault=measure.fault,
        advice=measure.advice,
        form=measure.form,
        interval=interval,
    )


def _number(found: float | C2ST) -> float:
    return found.accuracy if isinstance(found, C2ST) else float(found)
