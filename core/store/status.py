"""Where a run stands and who trains it: the content of status.json, worker.json and the request file."""

import os
import socket
import time
from enum import StrEnum
from typing import Self

from core.file_format import FileFormat, FileModel


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
        """The run waits for a worker, or one is training it."""
        return self in (State.QUEUED, State.RUNNING)

    @property
    def is_resumable(self) -> bool:
        """The run has steps left and nobody is taking them."""
        return self in (State.PAUSED, State.STOPPED, State.FAILED, State.INTERRUPTED)


class WorkerKind(StrEnum):
    """What kind of process trains a run; kept in files."""

    DASHBOARD = "dashboard"  # the server's thread
    COMMAND = "command"  # that trains this one run, and Python programs
    WORK = "work"  # the command that works off the queue
    RAY = "ray"  # a task on a Ray cluster


class WorkerRecord(FileModel):
    """What worker.json holds: who trains a run, or did last."""

    file_format = FileFormat("wavetwin-run-worker")

    kind: WorkerKind
    host: str
    pid: int
    since: float  # Unix time
    step: int = 0  # of the checkpoint that it went on from
    n_lost: int = 0  # workers before it, in a row, that died before they had saved another checkpoint

    @classmethod
    def here(cls, kind: WorkerKind) -> Self:
        """This process."""
        return cls(kind=kind, host=socket.gethostname(), pid=os.getpid(), since=time.time())

    @property
    def is_here(self) -> bool:
        """Whether it is this process."""
        return (self.host, self.pid) == (socket.gethostname(), os.getpid())


class Request(StrEnum):
    """What anyone may ask of a run in progress."""

    PAUSE = "pause"
    STOP = "stop"


class Status(FileModel):
    """What status.json holds."""

    file_format = FileFormat("wavetwin-run-status")

    state: State = State.QUEUED
    step: int = 0
    seconds: float = 0.0  # spent training, over all resumptions
    steps_per_second: float = 0.0
    phase: str = ""  # of the training, a key of `core.training.phases.phases`; none before it begins
    stop_reason: str = ""  # why it ended, a value of `core.training.selection.StopReason`
    device: str = ""  # where it is trained: cpu, cuda or mps
    processes: int = 1  # that train it together
    updated_at: float = 0.0  # Unix time
    error: str | None = None
