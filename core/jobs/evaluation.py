"""Measures how true the twins of runs are, and any other fakes, in the foreground or in one background thread."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.config import RunConfig, SimulatorConfig
from core.errors import RunFileError, RunStateError, WavetwinError
from core.fidelity.measure import CHECK_NOISE, CHECK_SHAPES, TRAIN_LONGER
from core.fidelity.report import N_FULL, OnProgress, Origin, Report, SignalSets, how_many, judge
from core.fidelity.signal_set import describer_of
from core.jobs.worker import Worker
from core.networks import ARCHITECTURES, use_one_thread
from core.signals.batch import Batch, collect
from core.signals.source import Source
from core.signals.training_set import first_reals
from core.store.datasets import open_source
from core.store.owner import Owner
from core.store.run import Run
from core.training.selection import StopReason

log = logging.getLogger(__name__)

FOR_MORE_STEPS = (TRAIN_LONGER, CHECK_SHAPES, CHECK_NOISE)
NOTHING_MORE = (
    "The training ended because nothing got better any more, so more steps alone will not help. Give it more signals, or "
    "choose preset thorough."
)
KEPT_REPORTS = 8  # of the newest measurements; those of runs are on the disk besides


def evaluate_run(
    run: Run, quick: bool = False, seed: int = 0, on_progress: OnProgress = lambda share, title: None
) -> Report:
    """Evaluate the twin of a run against fresh reals of its source, and keep the report with the run.

    `seed` decides which fakes and reals. Raises RunNotFoundError or RunFileError where there is no twin, FidelityError
    where there are too few reals, and what `on_progress` raises, which ends it.
    """
    use_one_thread()
    on_progress(0.0, "drawing signals")
    twin = run.load_surrogate()
    source = open_source(run.config, run.data_dir)
    n = how_many(quick, source.n_channels, len(source.times))
    reals = _split_reals(source, n, run.config, seed)
    sets = SignalSets(
        real=reals.compared,
        other_real=reals.others,
        fake=collect(twin.stream(n, seed), n),
        training=reals.training,
        times=source.times,
        describer=describer_of(source, run.config.source.units),
        columns=run.config.columns,
    )
    origin = Origin(name=run.name, reals=reals.story, run_id=run.id, step=twin.step)
    report = judge(sets, origin, quick=quick, seed=seed, on_progress=on_progress)
    if report.verdict.weakest and (advice := _advice(run, report.verdict.advice)):
        report = report.model_copy(update={"verdict": report.verdict.model_copy(update={"advice": advice})})
    try:
        run.save_report(report)
    except OSError as error:
        raise RunFileError(
            f"The report on “{run.name}” could not be kept ({error.strerror}); make room on the disk and measure again."
        ) from error
    log.info("report measured", extra={"run": run.id, "quick": quick, "verdict": report.verdict.level})
    return report


def _advice(run: Run, usual: str) -> str:
    """What to try with this run in place of what a measure advises; empty where nothing is better."""
    if advice := ARCHITECTURES[run.config.network.architecture].advice:
        return advice
    went_as_far = run.status.stop_reason in (StopReason.NO_GAIN, StopReason.INDISTINGUISHABLE)
    return NOTHING_MORE if went_as_far and usual in FOR_MORE_STEPS else ""


class _Reals(NamedTuple):
    """What the fakes of a run are compared with."""

    compared: Batch
    others: Batch  # for the floors
    training: Batch
    story: str


def _split_reals(source: Source, n: int, config: RunConfig, seed: int) -> _Reals:
    """Up to `n` fresh reals on each side; of recordings there are too few for that, so the other side is made of those that
    chose the best state and, where they do not suffice, of some that the training saw.

    The twin was not asked to match those any better than others, so the floor is as good. Copies are looked for among the
    rest of the training, which shares no recording with either side.
    """
    training_seed = config.training.seed
    training = first_reals(source, training_seed)
    if isinstance(config.source, SimulatorConfig):
        fresh = source.fresh(2 * n, training_seed + seed)
        story = f"{n:,} fresh signals of the simulator, which the training never saw"
        return _Reals(fresh[:n], fresh[n:], training[:N_FULL], story)
    fresh = source.fresh(n, training_seed + seed)
    n_other = min(len(fresh), len(training) // 2)
    others = source.held_out(n_other, training_seed)
    more, rest = _by_recording(training, n_other - len(others))
    others = collect(iter([others, more]), len(others) + len(more))
    story = (
        f"{len(fresh):,} signals of recordings that no training saw, beside {len(others):,} of others for the floors"
    )
    return _Reals(fresh, others, rest[:N_FULL], story)


def _by_recording(signals: Batch, n: int) -> tuple[Batch, Batch]:
    """The first `n` signals and others that share no recording with them; fewer where all would be of the same ones."""
    if signals.recordings is None:
        return signals[:n], signals[n:]
    _, firsts, places = np.unique(signals.recordings, return_index=True, return_inverse=True)
    order = np.argsort(firsts[places], kind="stable")
    last = firsts.max()  # where the recording begins that is left in any case
    taken = order[: min(n, int(np.searchsorted(firsts[places][order], last)))]
    is_taken = np.isin(signals.recordings, signals.recordings[taken])
    return signals[taken], signals[np.flatnonzero(~is_taken)]


Work = Callable[[OnProgress], Report | None]  # None where the result is kept elsewhere


class CancelledError(Exception):
    """Somebody ended a measurement."""


@dataclass
class Measurement:
    """One that waits, is being made, or failed."""

    key: str
    name: str  # of what is judged
    work: Work
    owner: Owner | None = None  # who wanted it
    share: float = 0.0  # that is done
    doing: str = ""
    error: str | None = None
    is_cancelled: bool = False

    def show(self, share: float, doing: str) -> None:
        """Take up progress; raises CancelledError where somebody wants it to end."""
        if self.is_cancelled:
            raise CancelledError
        self.share, self.doing = share, doing


class EvaluationManager:
    """Makes measurements, each under a key such as the id of a run, one after the other in one background thread."""

    def __init__(self) -> None:
        self._all: dict[str, Measurement] = {}  # those that wait, are being made, or failed
        self._reports: OrderedDict[str, Report] = OrderedDict()
        self._guard = threading.Lock()
        self._worker = Worker("wavetwin-evaluation", self._measure)

    @classmethod
    @lru_cache
    def of(cls, _data_dir: Path) -> "EvaluationManager":
        """The one manager of a data directory in this process."""
        return cls()

    def start(self, key: str, name: str, work: Work, owner: Owner | None = None) -> None:
        """Put a measurement that somebody wants in the queue.

        Raises RunStateError where there is one with that key, or during a shutdown.
        """
        with self._guard:
            before = self._all.get(key)
            if before and not before.error:
                raise RunStateError(f"“{name}” is being measured already; wait for it, or cancel it first.")
            measurement = Measurement(key, name, work, owner)
            self._worker.submit(measurement)
            self._all[key] = measurement

    def measurement(self, key: str) -> Measurement | None:
        """What is going on under a key; None where nothing is."""
        return self._all.get(key)

    def report(self, key: str) -> Report | None:
        """What came of the last measurement under a key, if it is still kept."""
        return self._reports.get(key)

    def cancel(self, key: str) -> None:
        """End a measurement, or forget its error; a report from before stays."""
        with self._guard:
            measurement = self._all.get(key)
            if measurement is None:
                return
            measurement.is_cancelled = True
            if measurement.error or self._worker.withdraw(lambda waiting: waiting is measurement):
                del self._all[key]

    def shutdown(self) -> None:
        """End everything and wait for the thread."""
        for measurement in list(self._all.values()):
            measurement.is_cancelled = True
        self._worker.shutdown()
        self._all.clear()

    def _measure(self, measurement: Measurement) -> None:
        """Make a measurement; what goes wrong is said in its `error`."""
        report = None
        try:
            report = measurement.work(measurement.show)
        except CancelledError:
            pass
        except WavetwinError as error:
            measurement.error = str(error)
        except Exception:
            log.exception("Measuring %s failed", measurement.name)
            measurement.error = (
                "Measuring stopped because of an error in Wavetwin; the log has the details. The run is unharmed."
            )
        with self._guard:
            if report:
                self._keep(measurement.key, report)
            if not measurement.error:
                del self._all[measurement.key]

    def _keep(self, key: str, report: Report) -> None:
        """Remember a report, and forget the oldest where there are too many."""
        self._reports[key] = report
        self._reports.move_to_end(key)
        while len(self._reports) > KEPT_REPORTS:
            self._reports.popitem(last=False)
