"""Copies a data folder, which may be in use, into one file.

Every file is copied as it stood at one moment, since files are replaced as a whole. Of a run that is being trained, checkpoints
come first: all else is then at least as new, and a training that goes on from one makes the same again, as after a power cut.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from core.errors import BackupError
from core.store import atomic
from core.store.run import LOCK
from core.upkeep.archive import CONTENTS, Contents, writing
from core.upkeep.findings import SET_ASIDE
from core.version import __version__

OF_PROCESSES = (LOCK, "request")  # what lies in a run, or among the runs, and means something only beside its process
OWN_FOLDERS = ("runs", "datasets")  # in which each entry is whole or not there


def back_up(data_dir: Path, target: Path) -> Contents:
    """Write a backup, and return what is in it. Raises BackupError where it cannot be written."""
    digests: dict[str, str] = {}
    try:
        with writing(target) as archive:
            for unit in _units(data_dir, target):
                digests |= _add(archive, data_dir, unit)
            contents = Contents(wavetwin=__version__, created_at=datetime.now(UTC), files=digests)
            _add_bytes(archive, contents.to_json(indent=True))
    except OSError as error:
        raise BackupError(
            f"The backup {target} could not be written ({error.strerror}); make room there, or choose another place."
        ) from error
    return contents


def _units(data_dir: Path, target: Path) -> Iterator[Path]:
    """What is copied as a whole or not at all: each run, each data set, and each other file."""
    for path in sorted(data_dir.iterdir()):
        if path.name in OWN_FOLDERS and path.is_dir():
            yield from (
                one
                for one in sorted(path.iterdir())
                if one.name not in OF_PROCESSES and not atomic.is_temporary(one.name)
            )
        elif path.name != SET_ASIDE and not atomic.is_temporary(path.name) and path != target:
            yield path


def _add(archive: tarfile.TarFile, data_dir: Path, unit: Path) -> dict[str, str]:
    """Copy a unit; returns the digests of its files, none where it was deleted meanwhile."""
    digests = {}
    for file in _files(unit):
        name = file.relative_to(data_dir).as_posix()
        try:
            with file.open("rb") as stream:
                digests[name] = _add_file(archive, name, stream)
        except FileNotFoundError:  # an older checkpoint or snapshot, or all of it
            continue
    return digests if unit.exists() else {}


def _files(unit: Path) -> Iterator[Path]:
    """The files of a unit, its checkpoints first and the newest of them before the others."""
    if unit.is_file():
        yield unit
        return
    checkpoints = sorted((unit / "checkpoints").glob("[0-9]*.safetensors"), reverse=True)
    yield from checkpoints
    for folder, _, names in os.walk(unit, followlinks=True):
        for name in sorted(names):
            path = Path(folder) / name
            if name not in OF_PROCESSES and not atomic.is_temporary(name) and path not in checkpoints:
                yield path


class _Hashed(io.RawIOBase):
    """A stream that computes the digest of what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.stream.read(size)
        self.digest.update(piece)
        return piece


def _add_file(archive: tarfile.TarFile, name: str, stream: IO[bytes]) -> str:
    facts = os.fstat(stream.fileno())
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = facts.st_size, facts.st_mtime  # what is appended meanwhile is left out
    hashed = _Hashed(stream)
    archive.addfile(entry, hashed)
    return hashed.digest.hexdigest()


def _add_bytes(archive: tarfile.TarFile, content: bytes) -> None:
    entry = tarfile.TarInfo(CONTENTS)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
