"""How much each person may use, as sentences that are said before any work is lost. Without sign-in all are one person."""

from collections.abc import Iterator
from pathlib import Path

from core import formatting
from core.access.people import Person
from core.access.settings import Access
from core.config import SourceConfig
from core.errors import AccessError
from core.store.owner import Owner
from core.store.queue import waiting
from core.store.run import Run
from core.store.runs import RunStore

MB = 1_000_000  # bytes
BYTES_EACH = 4  # of a value, as 32-bit number


def why_no_training(access: Access, person: Person | None, store: RunStore) -> str:
    """Why somebody may start no training now; empty where they may."""
    return next(_reasons(access, person, store), "")


def why_not_now(access: Access, store: RunStore) -> str:
    """Why nobody may put another training in the queue at present; empty where they may."""
    if access.max_queue is None:
        return ""
    n = sum(run.sweep is None for run in waiting(store))  # those of sweeps come after all others
    if n < access.max_queue:
        return ""
    trainings = f"{formatting.quantity(n, 'training')} wait{'s' if n == 1 else ''}"
    return f"The queue is full: {trainings} already. Try again in a few minutes."


def why_no_more_data(access: Access, person: Person | None, data_dir: Path, n_bytes: int = 0) -> str:
    """Why somebody may keep no data set of so many bytes; empty where they may."""
    if access.max_disk_mb is None:
        return ""
    used = _size(_folders(person, data_dir))
    if used + n_bytes < MB * access.max_disk_mb:
        return ""
    more = f", and this data set {_mb(n_bytes)}" if n_bytes else ""
    return (
        f"Your runs and data sets take {_mb(used)}{more}; each person may keep {access.max_disk_mb:,} MB here, so delete some "
        "first."
    )


def check_download(access: Access, count: int, source: SourceConfig) -> None:
    """Raise AccessError where so many signals are more than one download may hold."""
    if access.max_download_mb is None:
        return
    each = BYTES_EACH * source.n_channels * source.n_samples
    most = MB * access.max_download_mb // each
    if count > most:
        raise AccessError(
            f"{formatting.quantity(count, 'signal')} take {_mb(count * each)} as 32-bit numbers, and one download may hold "
            f"{access.max_download_mb:,} MB here: ask for {formatting.count(most)} at most."
        )


def _reasons(access: Access, person: Person | None, store: RunStore) -> Iterator[str]:
    if access.is_for_visitors and person is None:
        yield "This demo knows its visitors by a cookie; allow cookies for it and reload the page to train a twin."
    if reason := why_not_now(access, store):
        yield reason
    runs = store.all()
    if access.max_visitor_runs is not None and sum(_expires(run) for run in runs) >= access.max_visitor_runs:
        yield "This demo keeps no more runs until some of the older ones are deleted; try again in an hour."
    if access.max_runs is not None and (n := sum(_belongs(run.path, person) for run in runs)) >= access.max_runs:
        kept = formatting.quantity(n, "run")
        yield f"You keep {kept}, and each person may keep {access.max_runs:,} here; delete one on page Runs first."
    if reason := why_no_more_data(access, person, store.root.parent):
        yield reason


def _expires(run: Run) -> bool:
    return bool(run.owner and run.owner.expires_at)


def _folders(person: Person | None, data_dir: Path) -> Iterator[Path]:
    """The folders of all runs and data sets of a person."""
    for kind in ("runs", "datasets"):
        if (data_dir / kind).is_dir():
            yield from (folder for folder in (data_dir / kind).iterdir() if _belongs(folder, person))


def _belongs(folder: Path, person: Person | None) -> bool:
    """Whether somebody made what is in a folder; examples are nobody's."""
    owner = Owner.of(folder)
    if owner is None:
        return person is None and not (folder / "origin.txt").exists()
    return person is not None and owner.id == person.id


def _size(folders: Iterator[Path]) -> int:
    return sum(_bytes_of(file) for folder in folders for file in folder.rglob("*"))


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # replaced or deleted just now
        return 0


def _mb(n_bytes: int) -> str:
    return f"{n_bytes / MB:,.0f} MB"
