"""A disk that fails: at any operation it is full, or the process is killed, or the power is cut.

`FaultyDisk` stands between Python and the files below a folder: it counts whatever changes one, and lets that fail from the n-th
on. After a power cut it takes away what nobody forced to disk: either contents, or names, as a real disk may keep either.
"""

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest.mock import patch

NEVER = 10**9


class Fault(StrEnum):
    """What happens at an operation, and at all that follow."""

    FULL = "the disk is full"
    KILLED = "the process is killed"
    NO_CONTENTS = "the power is cut; contents are lost"
    NO_NAMES = "the power is cut; names are lost"


class KilledError(BaseException):
    """The process is no more, so nothing may catch this."""


class FaultyDisk:
    """Counts operations on files below a folder; the n-th and all after it fail."""

    def __init__(self, folder: Path, fault: Fault, n: int = NEVER) -> None:
        self.folder, self.fault, self.n = folder, fault, n
        self.count = 0
        self._contents: dict[int, int] = {}  # by inode, how many bytes of a file are on disk
        self._names: list[tuple[set[int], Callable[[], None]]] = []  # folders that must be forced to disk, how to undo

    @property
    def has_failed(self) -> bool:
        """Whether there were so many operations."""
        return self.count >= self.n

    @contextmanager
    def used(self) -> Iterator["FaultyDisk"]:
        """Let all files be on this disk for a while; at the end of a power cut, what was not forced to disk is gone."""
        fakes = {name: getattr(self, f"_{name}") for name in ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir")}
        self._real = {name: getattr(os, name) for name in fakes}
        self._open_really = io.open
        with patch.multiple(os, **fakes), patch("io.open", self._open), suppress(KilledError):
            yield self
        if self.has_failed:
            self._cut()

    def _cut(self) -> None:
        if self.fault is Fault.NO_CONTENTS:
            for file in self.folder.rglob("*"):
                if file.is_file() and (size := self._contents.get(file.stat().st_ino, NEVER)) < file.stat().st_size:
                    os.truncate(file, size)
        elif self.fault is Fault.NO_NAMES:
            for _, undo in reversed(self._names):
                undo()

    def _is_here(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and Path(path).is_relative_to(self.folder)

    def _operate(self, needs_room: bool) -> None:
        """Count, and fail if it is time for that."""
        self.count += 1
        if self.count < self.n:
            return
        if self.fault is not Fault.FULL:
            raise KilledError
        if needs_room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _open(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if not self._is_here(file) or mode not in ("wb", "ab"):
            return self._open_really(file, mode, *arguments, **options)
        is_new = not Path(file).exists()
        self._operate(needs_room=is_new)
        opened = self._open_really(file, mode, *arguments, **options)
        if is_new:
            self._remember({self._inode(Path(file).parent)}, lambda: Path(file).unlink(missing_ok=True))
        facts = os.fstat(opened.fileno())
        self._contents.setdefault(facts.st_ino, facts.st_size)
        return _File(opened, self)

    def _fsync(self, descriptor: int) -> None:
        self._operate(needs_room=False)
        facts = os.fstat(descriptor)
        self._contents[facts.st_ino] = NEVER
        left = [(folders - {facts.st_ino}, undo) for folders, undo in self._names]
        self._names = [(folders, undo) for folders, undo in left if folders]

    def _rename(self, path: Any, target: Any, **options: Any) -> None:
        self._move("rename", path, target, **options)

    def _replace(self, path: Any, target: Any, **options: Any) -> None:
        self._move("replace", path, target, **options)

    def _move(self, name: str, path: Any, target: Any, **options: Any) -> None:
        if not self._is_here(target):
            self._real[name](path, target, **options)
            return
        self._operate(needs_room=False)
        path, target = Path(path), Path(target)
        before = target.read_bytes() if target.is_file() else None
        self._real[name](path, target, **options)

        def undo() -> None:
            if target.exists():
                self._real["rename"](target, path)
            if before is not None:
                target.write_bytes(before)

        self._remember({self._inode(path.parent), self._inode(target.parent)}, undo)

    def _mkdir(self, path: Any, *arguments: Any, **options: Any) -> None:
        if self._is_here(path):
            self._operate(needs_room=True)
        self._real["mkdir"](path, *arguments, **options)

    def _unlink(self, path: Any, **options: Any) -> None:
        if "dir_fd" in options or not self._is_here(path):  # a whole folder, whose name is gone already
            self._operate(needs_room=False)
            self._real["unlink"](path, **options)
            return
        self._operate(needs_room=False)
        file = Path(path)
        content = file.read_bytes() if file.is_file() else None
        self._real["unlink"](path, **options)
        if content is not None:
            self._remember(
                {self._inode(file.parent)}, lambda: file.parent.is_dir() and file.write_bytes(content) and None
            )

    def _rmdir(self, path: Any, **options: Any) -> None:
        self._operate(needs_room=False)
        self._real["rmdir"](path, **options)

    def _remember(self, folders: set[int], undo: Callable[[], Any]) -> None:
        self._names.append((folders, undo))

    @staticmethod
    def _inode(path: Path) -> int:
        return path.stat().st_ino


class _File:
    """A file that is written on a faulty disk: at its end half of what was to be written is there."""

    def __init__(self, file: Any, disk: FaultyDisk) -> None:
        self._file, self._disk = file, disk

    def write(self, content: Any) -> int:
        try:
            self._disk._operate(needs_room=True)
        except BaseException:
            self._file.write(bytes(content)[: len(content) // 2])
            self._file.flush()
            raise
        n_written: int = self._file.write(content)
        self._file.flush()
        return n_written

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
