"""The report: every measure beside its floor, the verdict, and what the pictures show."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from pydantic import Field
from threadpoolctl import threadpool_limits

from core.config import Column, Model
from core.errors import FidelityError
from core.fidelity import evidence
from core.fidelity.comparison import Comparison, SignalSet
from core.fidelity.evidence import Evidence
from core.fidelity.grading import Measure
from core.fidelity.measures.c2st import C2ST
from core.fidelity.scorecard import measures
from core.fidelity.verdict import Score, Verdict, verdict, written
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch

FEWEST = 60  # signals a side: with fewer, chance decides
N_QUICK, N_FULL = 3_000, 10_000  # signals a side
MAX_VALUES = 15_000_000  # of a side; longer signals are fewer

OnProgress = Callable[[float, str], None]  # the share that is done, and what is being measured


class Subject(Model):
    """What was judged, and on what."""

    name: str
    reals: str = Field(description="Where the reals come from, in words.")
    run_id: str | None = None
    step: int | None = Field(None, description="After how many steps of training.")
    n_signals: int = Field(description="Of each: reals, other reals for the floor, and fakes.")
    n_channels: int
    n_samples: int
    sampling_rate: float
    unit: str = ""
    seed: int
    quick: bool
    seconds: float = Field(description="That measuring took.")
    measured_at: datetime


class Report(Model):
    """A score sheet with its verdict and its pictures."""

    format: Literal[2] = 2  # counts up where older files can no longer be read
    subject: Subject
    verdict: Verdict
    scores: list[Score]
    evidence: Evidence


def how_many(quick: bool, n_channels: int, n_samples: int) -> int:
    """How many signals a side are measured."""
    return max(FEWEST, min(N_QUICK if quick else N_FULL, MAX_VALUES // (n_channels * n_samples)))


def judge(
    real: Batch,
    other_real: Batch,
    fake: Batch,
    training: Batch,
    times: np.ndarray,
    *,
    name: str,
    reals: str,
    columns: tuple[Column, ...] = (),
    unit: str = "",
    sines: tuple[float, float] | None = None,
    quick: bool = False,
    seed: int = 0,
    run_id: str | None = None,
    step: int | None = None,
    on_progress: OnProgress = lambda share, title: None,
) -> Report:
    """The report on `fake`, as against `real`, whose floors are those of `other_real` against `real`.

    All are in physical units; `training` is what the fakes may have been copied from. `columns` are the conditions that
    the signals come with, `unit` is that of their values, `sines` the range of angular frequencies (rad/s) where the
    reals are sines. Raises FidelityError where there are too few signals, and whatever `on_progress` raises, which ends it.
    """
    started = time.perf_counter()
    n = min(len(real), len(other_real), len(fake))
    if n < FEWEST:
        raise FidelityError(
            f"There are only {n} signals a side to compare; give at least {FEWEST}, or chance decides what is found."
        )
    with threadpool_limits(limits=1):
        sets = [SignalSet(batch.signals[:n], times, sines, batch.conditions[:n]) for batch in (real, other_real, fake)]
        floors, comparison = (
            Comparison(sets[0], other, training.signals, seed, columns, training.conditions) for other in sets[1:]
        )
        scores, told = _scores(comparison, floors, quick, n, on_progress)
        on_progress(1.0, "pictures")
        shown = evidence.collect(comparison, told)
    subject = Subject(
        name=name,
        reals=reals,
        run_id=run_id,
        step=step,
        n_signals=n,
        n_channels=real.signals.shape[1],
        n_samples=real.signals.shape[2],
        sampling_rate=sets[0].sampling_rate,
        unit=unit,
        seed=seed,
        quick=quick,
        seconds=time.perf_counter() - started,
        measured_at=datetime.now(UTC),
    )
    return Report(subject=subject, verdict=verdict(scores, n), scores=scores, evidence=shown)


def evaluate(
    real: np.ndarray,
    fake: np.ndarray,
    sampling_rate: float = 1.0,
    *,
    training: np.ndarray | None = None,
    quick: bool = False,
    seed: int = 0,
    name: str = "fakes",
    on_progress: OnProgress = lambda share, title: None,
) -> Report:
    """The report on any two arrays of signals, (n, n_samples) or (n, n_channels, n_samples), whoever made them.

    A third of the reals, drawn at random, are what fakes are compared with; the second third gives the floors, and copies
    are looked for in the last. Where what the fakes were made from is given as `training`, all reals must be others, and
    halves do. sampling_rate in Hz. Raises FidelityError where the arrays cannot be compared.
    """
    reals, fakes = as_signals(real, "reals"), as_signals(fake, "fakes")
    known = as_signals(training, "training signals") if training is not None else None
    for what, signals in (("fakes", fakes), ("training signals", known)):
        if signals is not None and signals.shape[1:] != reals.shape[1:]:
            raise FidelityError(
                f"The reals have {_size(reals)}, but the {what} {_size(signals)}; compare signals of one shape."
            )
    if not 0 < sampling_rate < np.inf:
        raise FidelityError(f"The sampling rate is {sampling_rate:g} Hz; give one above 0 that is not infinite.")
    reals = reals[numpy_rng(seed, Purpose.FIDELITY_REALS).permutation(len(reals))]
    n_parts = 3 if known is None else 2
    part = len(reals) // n_parts
    n = min(how_many(quick, *reals.shape[1:]), part, len(fakes))
    fakes = fakes[numpy_rng(seed, Purpose.FIDELITY_REALS, 1).permutation(len(fakes))[:n]]
    seen = (reals[2 * part :] if known is None else known)[: how_many(False, *reals.shape[1:])]
    return judge(
        Batch.unconditional(reals[:n]),
        Batch.unconditional(reals[part : part + n]),
        Batch.unconditional(fakes),
        Batch.unconditional(seen),
        np.arange(reals.shape[2]) / sampling_rate,
        name=name,
        reals=f"{n:,} of {len(reals):,} given reals, drawn at random",
        quick=quick,
        seed=seed,
        on_progress=on_progress,
    )


def as_signals(array: np.ndarray, what: str) -> np.ndarray:
    """An array as signals, float32 (n, n_channels, n_samples); raises FidelityError where it cannot be such."""
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
    if values.shape[2] < 16:
        raise FidelityError(f"The {what} are {values.shape[2]} samples long; give signals of at least 16.")
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


def _scores(
    comparison: Comparison, floors: Comparison, quick: bool, n: int, on_progress: OnProgress
) -> tuple[list[Score], dict[str, C2ST]]:
    """The sheet, and the classifiers' results by their measures' titles."""
    have_floor = {measure.key for measure in measures(floors, quick)}
    chosen = [measure for measure in measures(comparison, quick) if measure.key in have_floor]
    total, done = sum(measure.cost for measure in chosen), 0.0
    scores, told = [], {}
    for measure in chosen:
        on_progress(done / total, measure.title)
        floor = _number(measure.compute(floors))
        on_progress((done + measure.cost / 2) / total, measure.title)
        found = measure.compute(comparison)
        if isinstance(found, C2ST):
            told[measure.title] = found
        scores.append(_score(measure, found, floor, n))
        done += measure.cost
    return scores, told


def _score(measure: Measure, found: float | C2ST, floor: float, n: int) -> Score:
    value, classified = _number(found), found if isinstance(found, C2ST) else None
    sentence = measure.meaning.format(value=written(value, measure.form), floor=written(floor, measure.form))
    interval = classified.interval() if classified else None
    if interval:
        low, high = (written(end, measure.form) for end in interval)
        sentence += f" With 95 % confidence, between {low} and {high}."
    return Score(
        key=measure.key,
        title=measure.title,
        group=measure.group,
        value=value,
        floor=floor,
        grade=measure.grade(value, floor, n, classified),
        severity=measure.severity(value, floor, n),
        sentence=sentence,
        fault=measure.fault,
        advice=measure.advice,
        form=measure.form,
        interval=interval,
    )


def _number(found: float | C2ST) -> float:
    return found.accuracy if isinstance(found, C2ST) else float(found)
