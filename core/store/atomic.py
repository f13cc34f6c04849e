"""Files and folders that are there whole or not at all, for other processes as well as after a power cut.

Each is written under a temporary name, forced to disk, and renamed. What a crashed writer left behind is removed by the
next one in the same folder, an hour later or after that.
"""

import errno
import hashlib
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

ABANDONED_AFTER = 3600.0  # seconds without a change
NAME_LENGTH = 40  # characters of a name that its temporary name repeats; file systems take 255 bytes
MACHINE = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]  # as temporary names tell it from others
_TEMPORARY = re.compile(r"\..+?(\.(?P<machine>[0-9a-f]{8}))?\.(?P<process>\d+)-\d+\.wavetwin-part", re.DOTALL)


def write(path: Path, content: bytes | str | Iterable[bytes]) -> int:
    """Write a file from bytes, text (as UTF-8) or an iterable of pieces; returns its size in bytes.

    Raises OSError, and what the iterable raises; the file is then as it was before.
    """
    if isinstance(content, str):
        content = content.encode()
    with new_file(path) as file:
        for piece in (content,) if isinstance(content, bytes) else content:
            file.write(piece)
        return file.tell()


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array as a .npy file. Raises OSError; the file is then as it was before."""
    with new_file(path) as file:
        np.save(file, array)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which becomes `path` at the end, unless something is raised. Raises OSError."""
    with _temporary(path) as temporary:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill; it becomes `path` at the end, with all that is in it, unless something is raised.

    Raises OSError, also where `path` exists and is not empty.
    """
    make_folders(path.parent)
    with _temporary(path) as temporary:
        temporary.mkdir()
        yield temporary
        _force_all_to_disk(temporary)
        temporary.rename(path)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` that is gone at the end, whatever happened. Raises OSError."""
    make_folders(path.parent)
    with _temporary(path) as temporary:
        temporary.mkdir()
        yield temporary


def adopt(path: Path, existing: Path) -> None:
    """Give a file another name, without writing it again where the system can. Raises OSError."""
    with _temporary(path) as temporary:
        try:
            os.link(existing, temporary)
        except OSError:
            shutil.copyfile(existing, temporary)
        _force_to_disk(temporary)
        temporary.replace(path)


def make_folders(path: Path) -> None:
    """Make a folder and those above it, where there are none; a power cut takes none of them away. Raises OSError."""
    if not path.is_dir():
        make_folders(path.parent)
        path.mkdir(exist_ok=True)
        _force_to_disk(path.parent)


def rename(path: Path, target: Path) -> None:
    """Give a file or a folder another name, also in another folder, where nothing has that name. Raises OSError."""
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    make_folders(target.parent)
    path.rename(target)
    _force_to_disk(target.parent)
    _force_to_disk(path.parent)


def force_to_disk(file: Path) -> None:
    """Let what was appended to a file outlive a power cut; nothing happens where there is no such file. Raises OSError."""
    if file.is_file():
        _force_to_disk(file)


def remove_folder(path: Path) -> None:
    """Delete a folder: others see all of it or nothing, also where deleting takes a while or stops half-way. Raises OSError."""
    with _temporary(path) as temporary:
        path.rename(temporary)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A name beside `path` that no other writer uses; what still has it at the end is removed."""
    _remove_abandoned(path.parent)
    writer = f"{MACHINE}.{os.getpid()}-{threading.get_native_id()}"  # in containers all are process 1
    temporary = path.with_name(f".{path.name[:NAME_LENGTH]}.{writer}.wavetwin-part")
    _remove(temporary)  # of a crashed process with the same numbers
    try:
        yield temporary
        _force_to_disk(path.parent)
    finally:
        _remove(temporary)


def leftovers(folder: Path, age: float = ABANDONED_AFTER) -> Iterator[Path]:
    """What has a temporary name in a folder and was not changed for so many seconds. Raises OSError."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                with suppress(OSError):  # its writer has just finished
                    if time.time() - _changed(Path(entry.path)) > age:
                        yield Path(entry.path)


def is_temporary(name: str) -> bool:
    """Whether a name is that of a file or folder which is being written, or was when its writer died."""
    return _TEMPORARY.fullmatch(name) is not None


def has_writer(path: Path) -> bool:
    """Whether the process that gave a temporary name is alive on this machine; True where that cannot be found out."""
    found = _TEMPORARY.fullmatch(path.name)
    if (
        not found or found["machine"] not in (None, MACHINE) or os.name != "posix"
    ):  # there the question ends the process
        return True
    try:
        os.kill(int(found["process"]), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def remove_leftover(path: Path) -> None:
    """Delete what has a temporary name, as far as that is possible."""
    with suppress(OSError):
        _remove(path)


def _remove_abandoned(folder: Path) -> None:
    for path in leftovers(folder):
        remove_leftover(path)


def _changed(path: Path) -> float:
    """When a file, or anything in a folder, was changed last."""
    return max(one.stat().st_mtime for one in (path, *(path.iterdir() if path.is_dir() else ())))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _force_all_to_disk(folder: Path) -> None:
    for path in folder.rglob("*"):
        _force_to_disk(path)
    _force_to_disk(folder)


def _force_to_disk(path: Path) -> None:
    """The content of a file, or the names in a folder where the system lets a program open one, which Windows does not."""
    if os.name == "posix":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
