"""Where a run stands: the content of status.json and of the request file."""

from enum import StrEnum

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
    updated_at: float = 0.0  # Unix time
    error: str | None = None
