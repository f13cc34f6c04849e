"""The files of a run that others can do without: figures, arrays, reports, requests."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import orjson

from core.fidelity.report import Report
from core.fidelity.usefulness import Usefulness
from core.store import atomic
from core.store.metrics_log import row_of
from core.store.owner import FILE, Owner
from core.store.run import Run, exclusively
from core.store.snapshots import read_signals
from core.store.stages import STAGE
from core.upkeep.findings import Finding, Kind, SetAside, faults, newer

REPORT_VERSION = Report.model_fields["version"].default
MEASURE_AGAIN = "Measure again on page Fidelity; --mend moves the file to set-aside/."


def check_files(run: Run, aside: SetAside) -> Iterator[Finding]:
    """What is wrong with them."""
    yield from check_owner(run.path)
    yield from _name(run, aside)
    yield from _metrics(run, aside)
    yield from _arrays(run, aside)
    yield from _stage_figures(run, aside)
    yield from _report(run, aside)
    yield from _usefulness(run, aside)
    yield from _request(run)


def move(run: Run, path: Path, aside: SetAside) -> None:
    """Set a file of a run aside, unless the run is being trained. Raises RunStateError, RunFileError or OSError."""
    with exclusively(run):
        aside.move(path)


def damaged(run: Run, file: Path, means: str, remedy: str, aside: SetAside) -> Finding:
    """A file that cannot be read and that the run is better off without."""
    return Finding(file, Kind.DAMAGED, "It cannot be read.", means, remedy, partial(move, run, file, aside))


def check_owner(folder: Path) -> Iterator[Finding]:
    """Whether it can be read who made a run or a data set."""
    file, means = folder / FILE, "Nobody is named as the one who made it, and it counts towards nobody’s quota."
    damaged = Finding(file, Kind.DAMAGED, "It cannot be read.", means, "Restore it from a backup.")
    yield from faults(file, Owner.from_json, damaged)


def _name(run: Run, aside: SetAside) -> Iterator[Finding]:
    file, means = run.path / "name.txt", "The run is shown by its id."
    remedy = "Rename it; --mend moves the file to set-aside/."
    yield from faults(file, bytes.decode, damaged(run, file, means, remedy, aside))


def _metrics(run: Run, aside: SetAside) -> Iterator[Finding]:
    file = run.path / "metrics.jsonl"
    try:
        lines = file.read_bytes().split(b"\n")[:-1]  # what follows the last one is being written
    except FileNotFoundError:
        return
    except OSError:
        yield damaged(run, file, "There are no curves.", "--mend moves it to set-aside/.", aside)
        return
    n_broken = sum(row_of(line) is None for line in lines)
    if not n_broken:
        return

    def mend() -> None:
        with exclusively(run):
            aside.copy(file)
            atomic.write(file, (line + b"\n" for line in lines if row_of(line)))

    yield Finding(
        file,
        Kind.DAMAGED,
        f"{n_broken} of its {len(lines)} lines cannot be read.",
        "Curves leave these points out.",
        "--mend leaves them out of the file, too; the file as it was goes to set-aside/.",
        mend,
    )


def _arrays(run: Run, aside: SetAside) -> Iterator[Finding]:
    files = [run.path / "reals.npy", *run.path.glob("snapshots/*.npy"), *run.path.glob("stages/*.npy")]
    for file in sorted(files):
        if read_signals(file, run.shape) is None and file.exists():
            means = "The page Train and the replay leave it out."
            yield damaged(run, file, means, "--mend moves it to set-aside/; a resumed training makes some anew.", aside)


def _stage_figures(run: Run, aside: SetAside) -> Iterator[Finding]:
    for file in sorted(run.path.glob("stages/*.json")):
        means, remedy = "This stage has no figures.", "--mend moves it to set-aside/."
        yield from faults(
            file, lambda content: STAGE.strip(orjson.loads(content)), damaged(run, file, means, remedy, aside)
        )


def _report(run: Run, aside: SetAside) -> Iterator[Finding]:
    file = run.path / "fidelity.json"
    try:
        content = file.read_bytes()
        report = Report.model_validate_json(content)
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        if _is_newer(file):
            yield newer(file)
        else:
            yield damaged(run, file, "The run is shown as not judged.", MEASURE_AGAIN, aside)
        return
    about = report.subject.run_id
    if about and about != run.id:
        yield Finding(
            file,
            Kind.STRAY,
            f"It is the report on another run, {about}.",
            "The verdict that is shown may not be that of this twin.",
            MEASURE_AGAIN,
            partial(move, run, file, aside),
        )


def _is_newer(file: Path) -> bool:
    try:
        version = orjson.loads(file.read_bytes()).get("version")
    except (OSError, ValueError, AttributeError):
        return False
    return isinstance(version, int) and version > REPORT_VERSION


def _usefulness(run: Run, aside: SetAside) -> Iterator[Finding]:
    file, means = run.path / "usefulness.json", "Whether the fakes help is shown as not measured."
    yield from faults(file, Usefulness.from_json, damaged(run, file, means, MEASURE_AGAIN, aside))


def _request(run: Run) -> Iterator[Finding]:
    file = run.path / "request"

    def mend() -> None:
        with exclusively(run):  # which deletes it
            pass

    if file.exists() and not run.is_held():
        yield Finding(
            file,
            Kind.LEFT_OVER,
            "It asks to pause or stop a training that nobody is doing.",
            "It does no harm: whoever resumes the run deletes it first.",
            "--mend deletes it, too.",
            mend,
        )
