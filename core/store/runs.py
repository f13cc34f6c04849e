"""Run directories: where a run's settings, progress and results are kept. The only code that touches their files.

runs/<run_id>/
  config.json                     the settings, before anything else
  name.txt                        what the user calls the run
  origin.txt                      the command that made it, if it came with Wavetwin
  status.json                     state, step, speed, error; replaced as a whole
  lock                            held by the one process that may write; queued or running without it: interrupted
  request                         "pause" or "stop", from anyone, for the writer to read
  metrics.jsonl                   one line a log event; a reader skips an unfinished last line
  reals.npy, snapshots/<step>.npy held-out reals, and fakes from fixed latents
  checkpoints/<step>.safetensors  states that training can go on from
  surrogate.safetensors           the best generator so far
  fidelity.json                   the last report on it
"""

import logging
import math
import re
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError

from core.config import RunConfig
from core.errors import RunFileError, RunNotFoundError, RunStateError
from core.store.metrics_log import MetricsLog
from core.store.paths import default_data_dir
from core.training.metrics import Metrics

if TYPE_CHECKING:  # loaded where they are used: a list of runs needs no torch
    from torch import Tensor

    from core.fidelity.report import Report
    from core.generation.surrogate import Surrogate

log = logging.getLogger(__name__)

MAX_NAME = 80  # characters
MAX_SNAPSHOTS = 240  # of a run …
MAX_SNAPSHOT_BYTES = 2**28  # … or as many as this holds of long signals …
FEWEST_SNAPSHOTS = 12  # … but at least so many
KEPT_CHECKPOINTS = 2  # the older one is for when the newer turns out broken


class State(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_live(self) -> bool:
        """Some process holds the run."""
        return self in (State.QUEUED, State.RUNNING)

    @property
    def is_resumable(self) -> bool:
        """The run has steps left and nobody is taking them."""
        return self in (State.PAUSED, State.STOPPED, State.FAILED, State.INTERRUPTED)


class Request(StrEnum):
    """What anyone may ask of a run in progress."""

    PAUSE = "pause"
    STOP = "stop"


class Status(BaseModel):
    """What status.json holds."""

    state: State = State.QUEUED
    step: int = 0
    seconds: float = 0.0  # spent training, over all resumptions
    steps_per_second: float = 0.0
    phase: str = ""  # of the training, in words; none before it begins
    device: str = ""  # where it is trained: cpu, cuda or mps
    updated_at: float = 0.0  # Unix time
    error: str | None = None


class Run:
    """One run directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        # Not thread-local: a page's thread takes the lock for the queue, the training thread lets go of it.
        self._lock = FileLock(path / "lock", thread_local=False)

    @cached_property
    def config(self) -> RunConfig:
        """The settings of the run; raises RunFileError where they are missing or broken."""
        file = self.path / "config.json"
        try:
            return _read_config(file, file.stat().st_mtime_ns)
        except (OSError, ValidationError) as error:
            raise RunFileError(
                f"Run {self.id} has no readable settings (config.json is missing, broken or from another version); "
                "delete the run or restore that file."
            ) from error

    @property
    def data_dir(self) -> Path:
        """The data directory that the run is kept in."""
        return self.path.parent.parent

    @property
    def name(self) -> str:
        """What the user calls it, its id where there is no name."""
        try:
            return (self.path / "name.txt").read_text("utf-8").strip() or self.id
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
    def created_at(self) -> datetime:
        """When the run was created, in UTC."""
        try:
            return datetime.strptime(self.id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        except ValueError:  # a folder that somebody named by hand
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def rename(self, name: str) -> None:
        """Give the run another name."""
        _replace(self.path / "name.txt", _clean_name(name).encode())

    # Status and control

    @property
    def status(self) -> Status:
        """The present status; `interrupted` where a live run's process is gone. Raises RunFileError."""
        try:
            status = Status.model_validate_json((self.path / "status.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise RunFileError(
                f"Run {self.id} has no readable status (status.json is missing or broken); delete the run, or resume "
                "it from its last checkpoint."
            ) from error
        if status.state.is_live and not self._is_held():
            return status.model_copy(update={"state": State.INTERRUPTED})
        return status

    def write_status(self, status: Status) -> None:
        """Replace the status as a whole."""
        stamped = status.model_copy(update={"updated_at": time.time()})
        _replace(self.path / "status.json", stamped.model_dump_json().encode())

    def claim(self) -> None:
        """Become the run's one writer until `release`. Raises RunStateError where another process is."""
        try:
            self._lock.acquire(timeout=1)  # longer than anyone looks whether it is held
        except Timeout:
            raise RunStateError(f"Run “{self.name}” is being trained already; pause or stop it there first.") from None
        self.clear_request()

    def release(self) -> None:
        """Let go of the run."""
        self._lock.release()

    def _is_held(self) -> bool:
        probe = FileLock(self.path / "lock")
        try:
            with probe.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def request(self, request: Request) -> None:
        """Ask whoever trains the run to pause or stop it."""
        _replace(self.path / "request", request.encode())

    def requested(self) -> Request | None:
        """What was asked for, if anything."""
        try:
            return Request((self.path / "request").read_text())
        except (OSError, ValueError):
            return None

    def clear_request(self) -> None:
        """Forget what was asked for."""
        (self.path / "request").unlink(missing_ok=True)

    # Progress

    def log_metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Append one line of figures."""
        with (self.path / "metrics.jsonl").open("ab") as file:
            file.write(orjson.dumps({"step": step, **values}, option=orjson.OPT_APPEND_NEWLINE))

    @property
    def metrics(self) -> Metrics:
        """All figures logged so far."""
        return MetricsLog.of(self.path / "metrics.jsonl").read()

    def save_reals(self, reals: np.ndarray) -> None:
        """Keep the held-out reals that are shown beside the fakes."""
        _replace_array(self.path / "reals.npy", reals)

    @property
    def reals(self) -> np.ndarray | None:
        """Held-out reals, (n, n_channels, n_samples), once training has begun."""
        return _read_array(self.path / "reals.npy")

    def save_snapshot(self, step: int, fakes: np.ndarray) -> None:
        """Keep the fakes of a step; where there are too many, one goes from where they are closest in √step."""
        _replace_array(self.path / "snapshots" / f"{step:08d}.npy", fakes)
        files = self._snapshot_files()
        n_kept = min(MAX_SNAPSHOTS, max(FEWEST_SNAPSHOTS, MAX_SNAPSHOT_BYTES // fakes.nbytes))
        if len(files) > n_kept:
            roots = [math.sqrt(int(file.stem)) for file in files]
            gaps = [after - before for before, after in zip(roots, roots[2:], strict=False)]
            files[1 + gaps.index(min(gaps))].unlink()

    @property
    def snapshot_steps(self) -> list[int]:
        """The steps that there are snapshots of, from the first."""
        return [int(file.stem) for file in self._snapshot_files()]

    def snapshot(self, step: int) -> np.ndarray | None:
        """The fakes of a step, (n, n_channels, n_samples); None where they cannot be read."""
        return _read_array(self.path / "snapshots" / f"{step:08d}.npy")

    @property
    def last_snapshot(self) -> tuple[int, np.ndarray] | None:
        """The step and the fakes of the newest snapshot that can be read."""
        for file in reversed(self._snapshot_files()):
            fakes = _read_array(file)
            if fakes is not None:
                return int(file.stem), fakes
        return None

    def _snapshot_files(self) -> list[Path]:
        return sorted((self.path / "snapshots").glob("[0-9]*.npy"))

    # What was learned

    def save_checkpoint(self, step: int, state: "Mapping[str, Tensor]") -> None:
        """Keep a state to go on from, and forget all but the newest few."""
        from safetensors.torch import save

        _replace(self.path / "checkpoints" / f"{step:08d}.safetensors", save(dict(state)))
        for file in self._checkpoint_files()[:-KEPT_CHECKPOINTS]:
            file.unlink()

    def load_checkpoint(self) -> "dict[str, Tensor] | None":
        """The newest state that can be read, None where none was ever saved.

        Raises RunFileError where all are broken: beginning anew would delete the figures and pictures.
        """
        from safetensors.torch import load

        files = self._checkpoint_files()
        for file in reversed(files):
            try:
                return load(file.read_bytes())
            except (SafetensorError, OSError):
                log.warning("Checkpoint %s is broken; trying the one before it.", file)
        if files:
            raise RunFileError(
                f"Run “{self.name}” cannot be resumed: its checkpoints cannot be read. Its twin and its figures are kept; "
                "start a new run with the same settings."
            )
        return None

    @property
    def checkpoint_step(self) -> int | None:
        """The step of the newest checkpoint; None where none was ever saved."""
        files = self._checkpoint_files()
        return int(files[-1].stem) if files else None

    def _checkpoint_files(self) -> list[Path]:
        return sorted((self.path / "checkpoints").glob("[0-9]*.safetensors"))

    def rewind(self, step: int) -> None:
        """Forget figures and snapshots after `step`, from where training goes on."""
        MetricsLog.of(self.path / "metrics.jsonl").rewind(step)
        for file in self._snapshot_files():
            if int(file.stem) > step:
                file.unlink()

    @property
    def surrogate_file(self) -> Path:
        """Where the best generator so far is kept."""
        return self.path / "surrogate.safetensors"

    def save_surrogate(self, best: "Surrogate") -> None:
        """Keep the best generator so far."""
        _replace(self.surrogate_file, best.to_bytes())

    def load_surrogate(self) -> "Surrogate":
        """The best generator so far; raises RunNotFoundError or RunFileError."""
        from core.generation.surrogate import Surrogate

        return Surrogate.load(self.surrogate_file)

    def save_report(self, report: "Report") -> None:
        """Keep the report on what was learned, in place of the one before."""
        _replace(self.path / "fidelity.json", report.model_dump_json().encode())

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

    @property
    def has_surrogate(self) -> bool:
        """There is something to generate signals with."""
        return self.surrogate_file.is_file()


class RunStore:
    """All runs below one data directory."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.root = (data_dir or default_data_dir()) / "runs"

    def create(self, config: RunConfig, name: str = "") -> Run:
        """A new, queued run. Raises RunFileError where nothing can be written."""
        created = datetime.now(UTC)
        # The end of the id tells runs of one second apart and keeps them in order.
        run = Run(self.root / f"{created:%Y%m%d-%H%M%S}-{created.microsecond * 65536 // 1_000_000:04x}")
        try:
            # Made whole under another name, so that nobody ever lists half a run.
            building = self.root / f".{run.id}"
            for folder in ("snapshots", "checkpoints"):
                (building / folder).mkdir(parents=True)
            (building / "config.json").write_text(config.model_dump_json(indent=2), "utf-8")
            (building / "name.txt").write_text(
                _clean_name(name) or f"{config.preset.capitalize()} {created:%d %b %H:%M}",
                "utf-8",
            )
            (building / "status.json").write_text(Status(updated_at=created.timestamp()).model_dump_json())
            building.rename(run.path)
        except OSError as error:
            raise RunFileError(
                f"No run can be kept in {self.root} ({error.strerror}); make room there or let WAVETWIN_DATA name "
                "another folder."
            ) from error
        return run

    def adopt(self, folder: Path) -> None:
        """Take in a copy of a run directory under its id, unless there is one already. Raises OSError."""
        run = Run(self.root / folder.name)
        if run.path.exists():
            return
        # Copied under another name, so that nobody ever lists half a run.
        building = self.root / f".{run.id}"
        shutil.rmtree(building, ignore_errors=True)
        shutil.copytree(folder, building)
        building.rename(run.path)

    def get(self, run_id: str) -> Run:
        """The run of that id; raises RunNotFoundError."""
        if not _RUN_ID.fullmatch(run_id) or not (self.root / run_id).is_dir():
            raise RunNotFoundError(f"There is no run “{run_id[:40]}”; it may have been deleted. Choose another one.")
        return Run(self.root / run_id)

    def all(self) -> list[Run]:
        """Every run, newest first, broken ones too."""
        if not self.root.is_dir():
            return []
        folders = (path for path in self.root.iterdir() if _RUN_ID.fullmatch(path.name) and path.is_dir())
        return [Run(path) for path in sorted(folders, reverse=True)]

    def readable(self) -> tuple[list[Run], dict[str, str]]:
        """The runs whose settings and status can be read, newest first, and for each other id what is wrong."""
        good, broken = [], {}
        for run in self.all():
            try:
                _ = run.config, run.status
                good.append(run)
            except RunFileError as error:
                broken[run.id] = str(error)
        return good, broken

    def delete(self, run_id: str) -> None:
        """Delete a run and all that it learned; raises RunStateError while it is being trained."""
        run = self.get(run_id)
        with _exclusively(run):
            # Renamed first: a run is there or it is not, also where deleting takes a while or stops half-way.
            doomed = self.root / f".{run.id}-deleted"
            run.path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


@contextmanager
def _exclusively(run: Run) -> Iterator[None]:
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
    return RunConfig.model_validate_json(file.read_bytes())


_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


def _clean_name(name: str) -> str:
    return " ".join(name.split())[:MAX_NAME]


def _replace(path: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all."""
    temporary = path.with_name(f".{path.name}.{threading.get_ident()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def _replace_array(path: Path, array: np.ndarray) -> None:
    temporary = path.with_name(f".{path.stem}.{threading.get_ident()}.npy")
    np.save(temporary, array)
    temporary.replace(path)


def _read_array(path: Path) -> np.ndarray | None:
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
