"""Where shards are kept: a folder on this machine, or an address that fsspec knows, such as s3://bucket/folder."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.arrow import ArrowFSWrapper
from fsspec.implementations.local import LocalFileSystem
from pyarrow import fs

from core.errors import ConfigError, ShardError
from core.store import atomic

ARROW = (
    "s3",
    "gs",
    "abfs",
    "abfss",
)  # object stores that Arrow speaks with, so that nothing need be installed for them

log = logging.getLogger(__name__)


class Place:
    """Files below one address; each is there whole or not at all.

    Raises ConfigError where nothing that is installed knows the address.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._files, self._root = _opened(address)
        except (ValueError, ImportError, OSError) as error:
            raise ConfigError(
                f"“{address}” cannot be used ({str(error).rstrip('.')}); give a folder, or install the package for "
                "such addresses."
            ) from None

    def write(self, name: str, content: bytes) -> None:
        """Write a file in place of what had that name. Raises ShardError."""
        with self._said(name, "written"):
            if isinstance(self._files, LocalFileSystem):
                path = Path(self._root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                atomic.write(path, content)
            else:
                self._files.pipe_file(self._path(name), content)  # one put: an object store shows it whole

    def read(self, name: str) -> bytes | None:
        """The content of a file; None where there is none. Raises ShardError."""
        with self._said(name, "read"):
            try:
                content: bytes = self._files.cat_file(self._path(name))
            except FileNotFoundError:
                return None
            return content

    def remove(self, name: str) -> None:
        """Delete a file, if it is there. Raises ShardError."""
        with self._said(name, "deleted"), suppress(FileNotFoundError):
            self._files.rm_file(self._path(name))

    def names(self, folder: str = "") -> set[str]:
        """The names of what is in a folder; none where there is no such folder. Raises ShardError."""
        with self._said(folder, "listed"):
            self._files.invalidate_cache()  # other machines write here, too
            try:
                paths: list[str] = self._files.ls(self._path(folder), detail=False)
            except FileNotFoundError:
                return set()
            return {path.rstrip("/").rpartition("/")[2] for path in paths}

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}".rstrip("/")

    @contextmanager
    def _said(self, name: str, done: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # libraries of object stores have errors of their own
            log.debug("%s cannot be %s", name, done, exc_info=True)
            what = error.strerror if isinstance(error, OSError) and error.strerror else str(error).rstrip(".")
            raise ShardError(
                f"{name or 'The folder'} cannot be {done} at {self.address} ({what}); check the address, your permissions and "
                "the free space there."
            ) from error


def _opened(address: str) -> tuple[AbstractFileSystem, str]:
    """A file system, and the path in it."""
    kind = address.partition("://")[0]
    if kind in ARROW:
        one_put = ("&" if "?" in address else "?") + "allow_delayed_open=true" if kind == "s3" else ""
        store, path = fs.FileSystem.from_uri(address + one_put)
        return ArrowFSWrapper(store), path
    files, path = url_to_fs(address)
    return files, path
