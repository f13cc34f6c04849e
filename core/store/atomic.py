"""Files and folders that are there whole or not at all, for other processes as well as after a power cut.

Each is written under a temporary name, forced to disk, and renamed. What a crashed writer left behind is removed by the
next one in the same folder, an hour later or after that.
"""

import os
import re
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

ABANDONED_AFTER = 3600.0  # seconds without a change
NAME_LENGTH = 40  # characters of a name that its temporary name repeats; file systems take 255 bytes
_TEMPORARY = re.compile(r"\..+\.\d+-\d+\.wavetwin-part", re.DOTALL)


def write(path: Path, content: bytes | str | Iterable[bytes]) -> int:
    """Write a file from bytes, text (as UTF-8) or an iterable of pieces; returns its size in bytes.

    Raises OSError, and what the iterable raises; the file is then as it was before.
    """
    if isinstance(content, str):
        content = content.encode()
    with _file(path) as file:
        for piece in (content,) if isinstance(content, bytes) else content:
            file.write(piece)
        return file.tell()


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array as a .npy file. Raises OSError; the file is then as it was before."""
    with _file(path) as file:
        np.save(file, array)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill with `write` and `write_array`; it becomes `path` at the end, unless something is raised.

    Raises OSError, also where `path` exists and is not empty.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path) as temporary:
        temporary.mkdir()
        yield temporary
        temporary.rename(path)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` that is gone at the end, whatever happened. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path) as temporary:
        temporary.mkdir()
        yield temporary


def adopt(path: Path, existing: Path) -> None:
    """Give a file that is forced to disk already another name, without writing it again where the system can. Raises OSError."""
    with _temporary(path) as temporary:
        try:
            os.link(existing, temporary)
        except OSError:
            shutil.copyfile(existing, temporary)
        temporary.replace(path)


def remove_folder(path: Path) -> None:
    """Delete a folder: others see all of it or nothing, also where deleting takes a while or stops half-way. Raises OSError."""
    with _temporary(path) as temporary:
        path.rename(temporary)


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    with _temporary(path) as temporary:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A name beside `path` that no other writer uses; what still has it at the end is removed."""
    _remove_abandoned(path.parent)
    temporary = path.with_name(f".{path.name[:NAME_LENGTH]}.{os.getpid()}-{threading.get_native_id()}.wavetwin-part")
    _remove(temporary)  # of a crashed process with the same numbers
    try:
        yield temporary
        _force_names_to_disk(path.parent)
    finally:
        _remove(temporary)


def _remove_abandoned(folder: Path) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name):
                with suppress(OSError):  # its writer has just finished
                    if time.time() - _changed(Path(entry.path)) > ABANDONED_AFTER:
                        _remove(Path(entry.path))


def _changed(path: Path) -> float:
    """When a file, or anything in a folder, was changed last."""
    return max(one.stat().st_mtime for one in (path, *(path.iterdir() if path.is_dir() else ())))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _force_names_to_disk(folder: Path) -> None:
    """Where the system lets a program open a folder, which Windows does not."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
