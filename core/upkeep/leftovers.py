"""What writers that died left behind."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.store import atomic
from core.upkeep.findings import Finding, Kind

DEAD_AFTER = 60.0  # seconds without a change, where no process has the number that a temporary name holds


def leftovers(*folders: Path) -> Iterator[Finding]:
    """Temporary files and folders that nobody is writing any more."""
    for folder in folders:
        if folder.is_dir():
            yield from (_finding(path) for path in atomic.leftovers(folder, DEAD_AFTER) if _is_abandoned(path))


def _is_abandoned(path: Path) -> bool:
    return not atomic.has_writer(path) or path in atomic.leftovers(path.parent)


def _finding(path: Path) -> Finding:
    return Finding(
        path,
        Kind.LEFT_OVER,
        "It was being written, or deleted, when the process that did so ended.",
        "It takes room and does no harm: what it was to become is there whole, or as it was before.",
        "--mend deletes it; so does Wavetwin an hour later, when it next writes there.",
        partial(atomic.remove_leftover, path),
    )
