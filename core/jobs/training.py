"""Training a run to its end: `execute` drains a training into a run directory, `train` does so in the foreground.

Where several processes train together, one of them executes the run and the others `follow`.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import RunConfig
from core.errors import PeerError, RunError, RunFileError, TrainingError, WavetwinError
from core.interruption import interruptible
from core.store.datasets import open_source
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request, State, Status, WorkerKind, WorkerRecord
from core.training.events import CheckpointDue, Ended, EvaluationDone, Event, PhaseBegun, SnapshotTaken, StepLogged
from core.training.peers import ALONE, Peers
from core.training.selection import Selection

if TYPE_CHECKING:
    from core.generation.surrogate import Surrogate
    from core.training.group import Group
    from core.training.training import Training

log = logging.getLogger(__name__)

STATUS_SECONDS = 0.5  # between two writes of the status
SPEED_LOGS = 10  # StepLogged events that the shown speed is averaged over
END_STATES = {Request.PAUSE: State.PAUSED, Request.STOP: State.STOPPED}

ShouldStop = Callable[[], State | None]  # the state to leave the run in, None to go on


def execute(
    run: Run,
    should_stop: ShouldStop = lambda: None,
    on_progress: Callable[[Status], None] = lambda status: None,
    worker: WorkerRecord | None = None,
    peers: Peers = ALONE,
) -> Status:
    """Train a run, which this process must have claimed, until its last step or until `should_stop` says otherwise.

    worker: who trains it, for others to see; by default a command that does nothing else. peers: who else trains it, led by
    this process. Where it is told to end, its state is saved, and where an error ends it, what was learned up to the last
    checkpoint is kept. The status says where the run stands. Errors end up there as a sentence and in the log with their
    traceback; none is raised.
    """
    from core.networks import use_one_thread

    use_one_thread()
    log.info("run begins", extra={"run": run.id})
    recorder = _Recorder(run, on_progress, peers)
    try:
        run.write_worker(worker or WorkerRecord.here(WorkerKind.COMMAND))
        training = recorder.begin()

        def look() -> None:
            if training.trainer is None and (state := should_stop()):
                raise _UnpreparedError(state)

        with interruptible(look):  # the stages before the first step take seconds each
            for event in training.events():
                recorder.record(event)
                # Only here: a step's other events come before, so a resumed run repeats and misses none.
                if isinstance(event, StepLogged | PhaseBegun) and (state := should_stop()):
                    return recorder.end(state)
        return recorder.end(State.FINISHED)
    except _UnpreparedError as end:
        return recorder.leave(end.state)
    except PeerError as error:  # in the middle of a step, so there is nothing whole to save
        log.warning("Run %s lost a process", run.id)
        return recorder.leave(State.INTERRUPTED, str(error))
    except WavetwinError as error:
        return recorder.fail(str(error))
    except OSError as error:
        log.exception("Run %s failed", run.id)
        return recorder.fail(
            f"The run's files could not be written ({error.strerror}). Free some disk space, then resume: it continues "
            "from its last checkpoint."
        )
    except Exception:
        log.exception("Run %s failed", run.id)
        return recorder.fail(
            "Training stopped because of an error in Wavetwin; the log has the details. Resume continues from the last "
            "checkpoint."
        )


class _UnpreparedError(Exception):
    """A training is to be left in `state` before its networks are initialized, so that there is nothing to keep."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


class _Recorder:
    """Writes a training's events into its run directory."""

    def __init__(self, run: Run, on_progress: Callable[[Status], None], peers: Peers) -> None:
        self.run = run
        self.on_progress = on_progress
        self.peers = peers
        try:
            self.status = run.status
        except RunFileError:  # it is about to be written anew
            self.status = Status()
        self.step = self.status.step
        self.seconds_before = self.status.seconds
        self.started = time.perf_counter()
        self.written = -math.inf
        self.pace: deque[tuple[float, int]] = deque(maxlen=SPEED_LOGS)
        self.phase = self.device = self.stop_reason = ""
        self.is_checkpoint_due = False

    def begin(self) -> "Training":
        """Go on from the last checkpoint, or begin anew where there is none."""
        from core.training.device import pick_device
        from core.training.training import Training

        run = self.run
        state = run.checkpoints.load()
        if state and self.status.processes != self.peers.size:
            log.warning(
                "Run %s goes on with %d processes in place of %d, so its steps learn from other signals than they would have.",
                run.id,
                self.peers.size,
                self.status.processes,
            )
        source = open_source(run.config, run.data_dir)
        self.device = pick_device(run.config.training.device).type
        self._write(State.RUNNING)
        try:
            self.training = Training(run.config, source, state, self.peers)
        except (KeyError, RuntimeError, ValueError) as error:
            if state is None:  # then it is no checkpoint's fault
                raise
            raise RunFileError(
                "The run's checkpoint does not fit its settings, so it cannot be resumed; start a new run with the "
                "same settings."
            ) from error
        trainer = self.training.trainer
        self.step = trainer.step if trainer else 0
        run.rewind(self.step or -1)  # at step 0 everything is reported again
        run.save_reals(self.training.evaluator.shown_reals)
        if trainer and not self._has_surrogate():
            trainer.selection = Selection(best_step=trainer.step)  # the state that it goes on from takes its place
        return self.training

    def _has_surrogate(self) -> bool:
        try:
            self.run.load_surrogate()
        except RunError:
            log.warning(
                "Run %s has no surrogate that can be read; that of its checkpoint takes its place.", self.run.id
            )
            return False
        return True

    def record(self, event: Event) -> None:
        match event:
            case PhaseBegun(phase):
                self.phase = phase
                self._write(State.RUNNING)
            case SnapshotTaken(step, fakes, stage):
                if stage:
                    self.run.stages.save(self.training.stage_number(stage), stage, fakes)
                else:
                    self.run.snapshots.save(step, fakes)
            case EvaluationDone(step, found, is_best, stage):
                if stage:
                    self.run.stages.save_figures(self.training.stage_number(stage), stage, found.figures())
                else:
                    self.run.log_metrics(step, found.figures() | {"is_best": is_best})
                if is_best:
                    self.run.save_surrogate(self._surrogate(found.distance))
            case CheckpointDue():
                self.is_checkpoint_due = True
            case Ended(_, reason):
                self.stop_reason = reason
            case StepLogged(step, metrics):
                self.step = step
                self.run.log_metrics(step, metrics)
                if self.is_checkpoint_due:  # only now: who goes on from it repeats no line of the log and misses none
                    self.run.save_checkpoint(step, self.training.state_dict())
                    self.is_checkpoint_due = False
                self.pace.append((time.perf_counter(), step))
                if time.perf_counter() - self.written > STATUS_SECONDS:
                    self._write(State.RUNNING)

    def end(self, state: State) -> Status:
        # A finished run has its last checkpoint; one that is not prepared yet has nothing to keep.
        if state is not State.FINISHED and self.training.trainer:
            self.run.save_checkpoint(self.training.trainer.step, self.training.state_dict())
        return self._write(state)

    def fail(self, sentence: str) -> Status:
        return self.leave(State.FAILED, sentence)

    def leave(self, state: State, sentence: str | None = None) -> Status:
        """Say where the run stands, as far as that can be written; what it goes on from is its last checkpoint."""
        try:
            return self._write(state, sentence)
        except OSError:
            log.exception("Run %s ended early, and its status could not be written", self.run.id)
            return self.status

    def _write(self, state: State, error: str | None = None) -> Status:
        now = time.perf_counter()
        speed = 0.0
        if len(self.pace) > 1:
            (first, step), (last, last_step) = self.pace[0], self.pace[-1]
            speed = (last_step - step) / (last - first)
        self.status = Status(
            state=state,
            step=self.step,
            seconds=self.seconds_before + now - self.started,
            steps_per_second=speed or self.status.steps_per_second,
            phase=self.phase,
            device=self.device,
            processes=self.peers.size,
            stop_reason=self.stop_reason,
            error=error,
        )
        self.run.write_status(self.status)
        if state is not State.RUNNING:
            facts = {"run": self.run.id, "state": state, "step": self.step, "seconds": round(self.status.seconds, 1)}
            log.info("run ended", extra=facts)
        self.written = now
        self.on_progress(self.status)
        return self.status

    def _surrogate(self, distance: float) -> "Surrogate":
        from core.generation.surrogate import Surrogate

        trainer, scaling = self.training.prepared(), self.training.evaluator.scaling
        return Surrogate(trainer.generator_ema, scaling, self.run.config, trainer.step, distance)


def follow(group: "Group", data_dir: Path | None = None) -> None:
    """Take the steps of a training that another process leads, until it says that there are no more.

    Raises PeerError where that process is gone, ConfigError where the device is missing, DataSetError where the data set is.
    """
    from core.networks import use_one_thread
    from core.training.training import Training

    use_one_thread()
    if start := group.hear():
        config, state = start
        trainer = Training(config, open_source(config, data_dir), state, group).prepared()
        while group.hear():
            trainer.take_step()


def requested_state(run: Run) -> State | None:
    """The state that someone asked for by a request file."""
    request = run.requested()
    return END_STATES[request] if request else None


def clock(run: Run) -> ShouldStop:
    """Stops a run whose owner has used up the minutes that a training may take, over all resumptions."""
    minutes = run.owner and run.owner.minutes
    if not minutes:
        return lambda: None
    end = time.monotonic() + 60 * minutes - run.status.seconds
    return lambda: State.STOPPED if time.monotonic() > end else None


def train(config: RunConfig, name: str = "", data_dir: Path | None = None) -> Run:
    """Train in the foreground and return the run, which dashboards on the same data directory show live.

    Raises TrainingError with the sentence of what went wrong where the run fails.
    """
    run = RunStore(data_dir).create(config, name, state=State.INTERRUPTED)  # nobody else is to begin it
    run.claim()
    try:
        status = execute(run, lambda: requested_state(run))
    finally:
        run.release()
    if status.state is State.FAILED:
        raise TrainingError(status.error)
    return run
