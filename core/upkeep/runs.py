"""What a run cannot do without: its settings, its status, its twin, its checkpoints, its data set."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from safetensors import SafetensorError

from core.config import RecordingsConfig, RunConfig
from core.errors import DataSetError, RunFileError, RunNotFoundError
from core.file_format import NewerVersionError
from core.store import atomic
from core.store.checkpoints import read_checkpoint
from core.store.datasets import DataSetStore
from core.store.run import Run, exclusively
from core.store.status import State, Status
from core.upkeep.findings import Finding, Kind, SetAside, newer
from core.upkeep.leftovers import leftovers
from core.upkeep.run_files import check_files, damaged, move


def check_run(run: Run, aside: SetAside) -> Iterator[Finding]:
    """What is wrong with a run."""
    config = None
    try:
        config = run.config
    except RunFileError as error:
        lost = _no_settings(run, error, aside)
        yield lost
        if lost.place == run.path:
            return
    yield from _checkpoints(run, aside)
    yield from _status(run, config, aside)  # which is mended by the checkpoints that are left
    yield from _twin(run)
    yield from _source(run, config)
    yield from check_files(run, aside)
    yield from leftovers(run.path, *(run.path / name for name in ("snapshots", "stages", "checkpoints")))


def _no_settings(run: Run, error: RunFileError, aside: SetAside) -> Finding:
    """What becomes of a run without settings; where nothing else holds them, its place is the whole run."""
    file = run.path / "config.json"
    if isinstance(error.__cause__, NewerVersionError):
        return newer(file)
    what, means = "Its settings cannot be read.", "The run cannot be shown, resumed or judged."
    try:
        config = run.load_surrogate().config
    except (RunNotFoundError, RunFileError):
        remedy = "Restore it from a backup; --mend moves the whole run to set-aside/."
        return Finding(run.path, Kind.DAMAGED, what, means, remedy, partial(move, run, run.path, aside))

    def mend() -> None:
        with exclusively(run):
            aside.copy(file)
            atomic.write(file, config.to_json(indent=True))

    return Finding(file, Kind.DAMAGED, what, means, "--mend takes them from the twin, which holds them, too.", mend)


def _status(run: Run, config: RunConfig | None, aside: SetAside) -> Iterator[Finding]:
    file = run.path / "status.json"
    try:
        if run.status.state is State.INTERRUPTED:
            yield Finding(
                file,
                Kind.INTERRUPTED,
                "The run was being trained when the process that did so ended.",
                "Nothing is lost up to its last checkpoint.",
                "Resume it on page Train, or with: train --resume " + run.id,
            )
        return
    except RunFileError as error:
        if isinstance(error.__cause__, NewerVersionError):
            yield newer(file)
            return

    def mend() -> None:
        with exclusively(run):
            aside.copy(file)
            run.write_status(_likely_status(run, config))

    means = "The run is not shown in lists."
    yield Finding(file, Kind.DAMAGED, "It cannot be read.", means, "--mend writes it anew from what is there.", mend)


def _likely_status(run: Run, config: RunConfig | None) -> Status:
    """Where a run seems to stand; without checkpoints it counts as finished, for to resume it would begin anew."""
    step = run.checkpoints.last_step
    if step is None:
        steps = run.metrics["d_loss"][0]
        state = State.FINISHED if run.has_surrogate else State.INTERRUPTED
        return Status(state=state, step=int(steps[-1]) if len(steps) else 0)
    is_finished = config is not None and step >= config.training.steps
    return Status(state=State.FINISHED if is_finished else State.INTERRUPTED, step=step)


def _twin(run: Run) -> Iterator[Finding]:
    try:
        run.load_surrogate()
    except RunNotFoundError:
        return
    except RunFileError as error:
        if isinstance(error.__cause__, NewerVersionError):
            yield newer(run.surrogate_file)
            return
        yield Finding(
            run.surrogate_file,
            Kind.DAMAGED,
            "It cannot be read, or is not what was written.",
            "The twin makes no signals.",
            "Restore it from a backup, or train the run again; where the run has steps left, resuming it makes another twin.",
        )


def _checkpoints(run: Run, aside: SetAside) -> Iterator[Finding]:
    broken, n_sound = [], 0
    for file in run.checkpoints.files():
        try:
            read_checkpoint(file)
            n_sound += 1
        except FileNotFoundError:  # a newer one has taken its place
            pass
        except NewerVersionError:
            yield newer(file)
        except (SafetensorError, OSError, ValueError):
            broken.append(file)
    for file in broken:
        if n_sound:
            means, remedy = "The run is resumed from the other checkpoint.", "--mend moves it to set-aside/."
            yield damaged(run, file, means, remedy, aside)
        else:
            means = "The run cannot be resumed; its twin and its metrics are kept."
            yield Finding(file, Kind.DAMAGED, "It cannot be read.", means, "Restore it from a backup.")


def _source(run: Run, config: RunConfig | None) -> Iterator[Finding]:
    if config is None or not isinstance(config.source, RecordingsConfig):
        return
    folder = Path(run.data_dir) / "datasets" / config.source.dataset
    try:
        DataSetStore(run.data_dir).load(config.source)
    except DataSetError:
        if not folder.is_dir():  # else it is found there
            yield Finding(
                folder,
                Kind.MISSING,
                f"The data set of run {run.id} is not there.",
                "The run can be neither resumed nor judged. Its twin can still generate signals.",
                "Restore it from a backup, or import the same files again: they become the same data set.",
            )
