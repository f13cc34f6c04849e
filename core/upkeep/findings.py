"""What the doctor finds, and where that goes which is in the way."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from core.file_format import NewerVersionError
from core.store import atomic

SET_ASIDE = "set-aside"  # in the data folder; nothing reads it


class Kind(StrEnum):
    """What is the matter."""

    DAMAGED = "damaged"  # what is in a file is not what was written
    MISSING = "missing"  # something that others need
    NEWER = "newer"  # written by a newer version
    STRAY = "stray"  # does not belong where it is
    INTERRUPTED = "interrupted"  # a training that can go on
    LEFT_OVER = "left over"  # of a process that has died

    @property
    def is_loss(self) -> bool:
        """Something cannot be used; the other kinds do no harm."""
        return self in (Kind.DAMAGED, Kind.MISSING, Kind.NEWER)


@dataclass(frozen=True)
class Finding:
    """Something in a data folder that is not as it should be. Texts are sentences."""

    place: Path
    kind: Kind
    what: str
    means: str
    remedy: str
    mend: Callable[[], None] | None = None  # raises WavetwinError or OSError; None where nothing can be done from here


def newer(file: Path) -> Finding:
    """A file of a newer version."""
    what = "It was written by a newer version of Wavetwin."
    return Finding(file, Kind.NEWER, what, "This version cannot use it.", "Update Wavetwin to open it.")


def faults(file: Path, read: Callable[[bytes], object], damaged: Finding) -> Iterator[Finding]:
    """What is wrong with a file: it is newer, or it is `damaged`. One that is not there is as it should be."""
    try:
        read(file.read_bytes())
    except FileNotFoundError:
        pass
    except NewerVersionError:
        yield newer(file)
    except (OSError, ValueError):
        yield damaged


class SetAside:
    """set-aside/<time>/ in a data folder: what was in the way, under the path that it had."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / SET_ASIDE / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"

    def move(self, path: Path) -> None:
        """Move a file or a folder there. Raises OSError."""
        atomic.rename(path, self._target(path))

    def copy(self, file: Path) -> None:
        """Keep a file there that is about to be written anew; nothing happens where there is none. Raises OSError."""
        if file.is_file():
            target = self._target(file)
            atomic.make_folders(target.parent)
            shutil.copy2(file, target)

    def _target(self, path: Path) -> Path:
        return self.folder / path.relative_to(self.data_dir)
