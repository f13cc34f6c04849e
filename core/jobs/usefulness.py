"""Measures whether the fakes of a run help a model, with all of its recordings and with few of them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import numpy as np

from core.config import Column, RunConfig
from core.errors import ConfigError, RunFileError
from core.fidelity.report import OnProgress
from core.fidelity.usefulness import N_SEEDS, Lesson, Task, Usefulness, trials
from core.generation.surrogate import Surrogate
from core.interruption import interruptible
from core.networks import ARCHITECTURES, use_one_thread
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch, collect
from core.signals.recordings import Recordings
from core.signals.source import Source
from core.signals.training_set import N_REALS
from core.store.datasets import open_source
from core.store.run import Run
from core.training.training import Training

FEW_SHARE = 0.1  # of the recordings, as if there were no more
MAX_HELD_OUT = 1_000  # signals to test on, and to choose a model on
TWIN_SHARE = 0.3  # of the time that the twin of few recordings takes, roughly: for the progress bar


def measure_usefulness(run: Run, name: str = "", on_progress: OnProgress = lambda share, title: None) -> Task:
    """Measure whether fakes help a model to tell the condition `name`, or the first one, and keep the result with the run.

    Where the run's architecture learns most from measurements, it is also measured as if there were few recordings, by a
    twin that has seen no others. Raises ConfigError where the twin knows no such condition, RunNotFoundError or RunFileError
    where there is no twin, FidelityError where there are too few reals, and what `on_progress` raises, which ends it.
    """
    started = time.perf_counter()
    use_one_thread()
    column = _column(run.config, name)
    on_progress(0.0, "drawing signals")
    twin, source = run.load_surrogate(), open_source(run.config, run.data_dir)
    lessons = [_lesson(twin, source, column)]
    share_done = 0.0
    if isinstance(source, Recordings) and ARCHITECTURES[run.config.network.architecture].stages:
        few = source.fewer(FEW_SHARE)
        tell = partial(on_progress, 0.0, "a twin of few recordings")
        with interruptible(tell):
            lessons.append(_lesson(twin_of_few(run.config, few, tell), few, column))
        share_done = TWIN_SHARE

    now = share_done

    def show_again() -> None:
        on_progress(now, "models that learn from reals and fakes")

    def show(share: float) -> None:
        nonlocal now
        now = share_done + (1 - share_done) * share
        show_again()

    seed = run.config.training.seed
    with interruptible(show_again):
        kind, found, truth = trials(
            lessons,
            source.held_out(MAX_HELD_OUT, seed),
            source.fresh(MAX_HELD_OUT, seed),
            run.config.columns,
            run.config.columns.index(column),
            run.config.source.sampling_rate,
            show,
        )
    task = Task(
        column=column,
        model=kind,
        n_tested=len(truth),
        n_rarest=int(np.unique(truth, return_counts=True)[1].min()) if column.classes else None,
        trials=found,
        n_seeds=N_SEEDS,
        step=twin.step,
        seconds=time.perf_counter() - started,
        measured_at=datetime.now(UTC),
    )
    _keep(run, task)
    return task


def twin_of_few(config: RunConfig, source: Source, tell: Callable[[], None]) -> Surrogate:
    """A twin that has learned from `source` all that is learned before the first step."""
    training = Training(config, source)
    events = training.events()
    while training.trainer is None:
        tell()
        next(events)
    trainer = training.trainer
    return Surrogate(trainer.generator_ema.cpu(), trainer.evaluator.scaling, config, 0, 1.0)


def _column(config: RunConfig, name: str) -> Column:
    known = {column.name: column for column in config.columns}
    if not known:
        raise ConfigError(
            "This twin knows no condition, so there is nothing that a model could learn to predict; train one with a condition."
        )
    if name and name not in known:
        raise ConfigError(f"This twin has no condition “{name[:80]}”; choose one of: {', '.join(known)}.")
    return known[name] if name else config.columns[0]


def _lesson(twin: Surrogate, source: Source, column: Column) -> Lesson:
    """Reals that the twin learned from, and its fakes: numbers as they occur, classes that it has seen equally often."""
    config = twin.config
    reals = source.distinct(N_REALS, numpy_rng(config.training.seed, Purpose.USEFULNESS))
    requested = {}
    if column.classes:
        seen = np.unique(reals.conditions[:, config.columns.index(column)]).astype(int)
        requested = {column.name: tuple(column.classes[place] for place in seen)}

    def fakes(n: int, seed: int) -> Batch:
        return collect(twin.stream(n, seed, requested), n)

    return Lesson(reals=reals, n_learned=len(reals), fakes=fakes)


def _keep(run: Run, task: Task) -> None:
    tasks = run.usefulness.tasks | {task.column.name: task}
    try:
        run.save_usefulness(Usefulness(tasks=tasks))
    except OSError as error:
        raise RunFileError(
            f"What was measured of “{run.name}” could not be kept ({error.strerror}); make room on the disk and measure again."
        ) from error
