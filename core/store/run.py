"""A run directory: where a run's settings, progress and results are kept. The only code that touches its files.

runs/<run_id>/
  config.json                     the settings, before anything else
  name.txt                        what the user calls the run
  origin.txt                      the command that made it, if it came with Wavetwin
  owner.json                      who started it, if somebody had signed in or was a visitor
  sweep.txt                       the sweep that it belongs to; any worker goes on with such a run when its own has died
  status.json                     state, step, speed, error; replaced as a whole
  lock                            held by the one process that may write; running without it: interrupted
  worker.json                     which process that is, or was last
  request                         "pause" or "stop", from anyone, for the writer to read
  metrics.jsonl                   one line a log event; a reader skips an unfinished last line
  reals.npy, snapshots/<step>.npy held-out reals, and fakes from fixed latents
  stages/<number>-<key>.npy, .json fakes and figures after each stage of the initialization
  checkpoints/<step>.safetensors  states that training can go on from
  surrogate.safetensors           the best generator so far
  fidelity.json                   the last report on it
  usefulness.json                 whether its fakes help a model, for each condition that was measured
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
from filelock import FileLock, Timeout
from pydantic import ValidationError

from core.config import RunConfig
from core.errors import RunFileError, RunStateError
from core.file_format import fault
from core.formatting import name_of
from core.store import atomic
from core.store.checkpoints import Checkpoints
from core.store.metrics_log import MetricsLog
from core.store.owner import Owner
from core.store.snapshots import Shape, Snapshots, read_signals
from core.store.stages import Stages
from core.store.status import Request, State, Status, WorkerRecord
from core.store.writing import errors_as
from core.training.metrics import Metrics

if TYPE_CHECKING:  # loaded where they are used: a list of runs needs no torch
    from torch import Tensor

    from core.fidelity.report import Report
    from core.fidelity.usefulness import Usefulness
    from core.generation.surrogate import Surrogate

log = logging.getLogger(__name__)

MAX_NAME = 80  # characters
LOCK = "lock"  # of a run, and of all of them


class Run:
    """One run directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        # Not thread-local: a page's thread takes the lock for the queue, the training thread lets go of it.
        self._lock = FileLock(path / LOCK, thread_local=False)

    @cached_property
    def config(self) -> RunConfig:
        """The settings of the run; raises RunFileError where they are missing or broken."""
        file = self.path / "config.json"
        try:
            return _read_config(file, file.stat().st_mtime_ns)
        except (OSError, ValueError) as error:
            raise RunFileError(
                f"Run {self.id} has no readable settings: {fault(file, error, 'restore that file or delete the run')}."
            ) from error

    @property
    def shape(self) -> Shape | None:
        """(n_channels, n_samples) of its signals; None where its settings cannot be read."""
        try:
            return self.config.source.n_channels, self.config.source.n_samples
        except RunFileError:
            return None

    @property
    def data_dir(self) -> Path:
        """The data directory that the run is kept in."""
        return self.path.parent.parent

    @property
    def name(self) -> str:
        """What the user calls it, its id where there is no name."""
        try:
            return name_of((self.path / "name.txt").read_text("utf-8"), MAX_NAME) or self.id
        except (OSError, UnicodeDecodeError):
            return self.id

    @property
    def origin(self) -> str | None:
        """The command that made it, if it came with Wavetwin; None for the user's own runs."""
        try:
            return (self.path / "origin.txt").read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None

    @property
    def owner(self) -> Owner | None:
        """Who started it; None where nobody had signed in."""
        return Owner.of(self.path)

    @property
    def sweep(self) -> str | None:
        """The name of the sweep that it belongs to; None for a run that somebody started by itself."""
        try:
            return name_of((self.path / "sweep.txt").read_text("utf-8"), MAX_NAME) or None
        except (OSError, UnicodeDecodeError):
            return None

    @property
    def created_at(self) -> datetime:
        """When the run was created, in UTC."""
        try:
            return datetime.strptime(self.id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        except ValueError:  # a folder that somebody named by hand
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def rename(self, name: str) -> None:
        """Give the run another name. Raises RunFileError where nothing can be written."""
        with errors_as(RunFileError, self.path):
            atomic.write(self.path / "name.txt", name_of(name, MAX_NAME))

    # Status and control

    @property
    def status(self) -> Status:
        """The present status; `interrupted` where the process that trained it is gone. Raises RunFileError."""
        file = self.path / "status.json"
        try:
            status = Status.from_json(file.read_bytes())
        except (OSError, ValueError) as error:
            remedy = "resume it from its last checkpoint or delete the run"
            raise RunFileError(f"Run {self.id} has no readable status: {fault(file, error, remedy)}.") from error
        if status.state is State.RUNNING and not self.is_held():
            return status.model_copy(update={"state": State.INTERRUPTED})
        return status

    def write_status(self, status: Status) -> None:
        """Replace the status as a whole. Raises OSError."""
        stamped = status.model_copy(update={"updated_at": time.time()})
        atomic.write(self.path / "status.json", stamped.to_json())

    def claim(self, patience: float = 1.0) -> None:
        """Become the run's one writer until `release`.

        patience: seconds to wait for it; by default longer than anyone looks whether the run is held.
        Raises RunStateError where another process is, RunFileError where nothing can be written.
        """
        with errors_as(RunFileError, self.path):
            try:
                self._lock.acquire(timeout=patience)
            except Timeout:
                raise RunStateError(
                    f"Run “{self.name}” is being trained already; pause or stop it there first."
                ) from None
            self.clear_request()

    def release(self) -> None:
        """Let go of the run."""
        self._lock.release()

    def is_held(self) -> bool:
        """Whether a process, this one or another, is the run's writer."""
        probe = FileLock(self.path / LOCK)
        try:
            with probe.acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # nothing can be written here, so nobody trains it
            return False

    @property
    def worker(self) -> WorkerRecord | None:
        """Who trains the run, or did last; None where nobody has, or where that cannot be read."""
        try:
            return WorkerRecord.from_json((self.path / "worker.json").read_bytes())
        except (OSError, ValueError):
            return None

    def write_worker(self, worker: WorkerRecord) -> None:
        """Say who trains the run."""
        atomic.write(self.path / "worker.json", worker.to_json())

    def request(self, request: Request) -> None:
        """Ask whoever trains the run to pause or stop it. Raises RunFileError where nothing can be written."""
        with errors_as(RunFileError, self.path):
            atomic.write(self.path / "request", request)

    def requested(self) -> Request | None:
        """What was asked for, if anything."""
        try:
            return Request((self.path / "request").read_text())
        except (OSError, ValueError):
            return None

    def clear_request(self) -> None:
        """Delete the request."""
        (self.path / "request").unlink(missing_ok=True)

    # Progress

    def log_metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Append one line of metrics."""
        with (self.path / "metrics.jsonl").open("ab") as file:
            file.write(orjson.dumps({"step": step, **values}, option=orjson.OPT_APPEND_NEWLINE))

    def save_checkpoint(self, step: int, state: "Mapping[str, Tensor]") -> None:
        """Keep a state to go on from, and before it all metrics that lead to it. Raises OSError."""
        atomic.force_to_disk(self.path / "metrics.jsonl")
        self.checkpoints.save(step, state)

    @property
    def metrics(self) -> Metrics:
        """All metrics logged so far."""
        return MetricsLog.of(self.path / "metrics.jsonl").read()

    def save_reals(self, reals: np.ndarray) -> None:
        """Keep the held-out reals that are shown beside the fakes."""
        atomic.write_array(self.path / "reals.npy", reals)

    @property
    def reals(self) -> np.ndarray | None:
        """Held-out reals, (n, n_channels, n_samples), once training has begun."""
        return read_signals(self.path / "reals.npy", self.shape)

    @property
    def snapshots(self) -> Snapshots:
        """Fakes from the same latents all along the training."""
        return Snapshots(self.path / "snapshots", self.shape)

    @property
    def stages(self) -> Stages:
        """What was known after each stage of the initialization, before the first step."""
        return Stages(self.path / "stages", self.shape)

    # What was learned

    @property
    def checkpoints(self) -> Checkpoints:
        """States that training can go on from."""
        return Checkpoints(self.path / "checkpoints")

    def rewind(self, step: int) -> None:
        """Delete metrics, snapshots and checkpoints after `step`, from where training goes on; -1 where nothing was told."""
        MetricsLog.of(self.path / "metrics.jsonl").rewind(step)
        self.snapshots.rewind(step)
        self.checkpoints.rewind(max(step, 0))  # that of step 0 is there before anything is told

    @property
    def surrogate_file(self) -> Path:
        """Where the best generator so far is kept."""
        return self.path / "surrogate.safetensors"

    def save_surrogate(self, best: "Surrogate") -> None:
        """Keep the best generator so far."""
        atomic.write(self.surrogate_file, best.to_bytes())

    def load_surrogate(self) -> "Surrogate":
        """The best generator so far; raises RunNotFoundError or RunFileError."""
        from core.generation.surrogate import Surrogate

        return Surrogate.load(self.surrogate_file)

    def save_report(self, report: "Report") -> None:
        """Keep the report on what was learned, in place of the one before."""
        atomic.write(self.path / "fidelity.json", report.model_dump_json())

    @property
    def has_report(self) -> bool:
        """There is a report, which `report` may find broken."""
        return (self.path / "fidelity.json").is_file()

    @property
    def report(self) -> "Report | None":
        """The last report; None where there is none that can be read."""
        file = self.path / "fidelity.json"
        try:
            return _read_report(file, file.stat().st_mtime_ns)
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            log.warning("Report %s is broken or from another version; measure again.", file)
            return None

    def save_usefulness(self, found: "Usefulness") -> None:
        """Keep what was measured of the fakes' usefulness, in place of what was before."""
        atomic.write(self.path / "usefulness.json", found.to_json())

    @property
    def usefulness(self) -> "Usefulness":
        """What was measured of the fakes' usefulness; of no condition where nothing can be read."""
        from core.fidelity.usefulness import Usefulness

        file = self.path / "usefulness.json"
        try:
            return Usefulness.from_json(file.read_bytes())
        except FileNotFoundError:
            return Usefulness()
        except (OSError, ValueError):
            log.warning("%s is broken or from another version; measure again.", file)
            return Usefulness()

    @property
    def has_surrogate(self) -> bool:
        """There is something to generate signals with."""
        return self.surrogate_file.is_file()


@contextmanager
def exclusively(run: Run) -> Iterator[None]:
    """Be the run's one writer. Raises RunStateError or RunFileError, see `Run.claim`."""
    run.claim()
    try:
        yield
    finally:
        run.release()


@lru_cache(maxsize=64)
def _read_report(file: Path, _modified: int) -> "Report":
    from core.fidelity.report import Report

    return Report.model_validate_json(file.read_bytes())


@lru_cache(maxsize=1024)
def _read_config(file: Path, _modified: int) -> RunConfig:
    return RunConfig.from_json(file.read_bytes())
