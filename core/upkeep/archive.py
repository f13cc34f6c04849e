"""A backup as a tar file: what is in it, and how it is compressed.

Behind all files stands `wavetwin-backup.json`, which lists those that are whole, each with the SHA-256 of its content. An archive
without it was cut off.
"""

import os
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Literal

from pydantic import AwareDatetime, Field

from core.config import Model
from core.errors import BackupError
from core.file_format import FileFormat, FileModel
from core.store import atomic

CONTENTS = "wavetwin-backup.json"
FILTERS = {".tar": "", ".gz": "gz", ".tgz": "gz", ".zst": "zst"}  # by the end of the name


class Contents(Model, FileModel):
    """What a backup holds."""

    file_format = FileFormat("wavetwin-backup")

    wavetwin: str = Field(description="The version of Wavetwin that wrote it.")
    created_at: AwareDatetime
    files: dict[str, str] = Field(
        description="Paths below the data folder, with the SHA-256 of each file in hex digits."
    )


@contextmanager
def writing(path: Path) -> Iterator[tarfile.TarFile]:
    """An archive to fill, which is there once it is whole. Raises BackupError for an unknown ending, or OSError."""
    kind = _filter(path)
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(atomic.new_file(path))
        if kind == "zst":
            import pyarrow as pa

            own = os.fdopen(os.dup(file.fileno()), "wb")  # for the compressor closes what it writes to
            file = stack.enter_context(pa.CompressedOutputStream(pa.PythonFile(own, "w"), "zstd"))
        mode: Literal["w|gz", "w|"] = "w|gz" if kind == "gz" else "w|"
        yield stack.enter_context(tarfile.open(fileobj=file, mode=mode, format=tarfile.PAX_FORMAT))


@contextmanager
def reading(path: Path) -> Iterator[tarfile.TarFile]:
    """An archive to go through once, from front to back. Raises BackupError where it is none, or OSError."""
    kind = _filter(path)
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        try:
            if kind == "zst":
                import pyarrow as pa

                file = stack.enter_context(pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd"))
            mode: Literal["r|gz", "r|"] = "r|gz" if kind == "gz" else "r|"
            yield stack.enter_context(tarfile.open(fileobj=file, mode=mode))
        except (tarfile.TarError, EOFError) as error:
            raise _incomplete(path, error) from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise _incomplete(path, error) from error  # Arrow's, of what ends too early or is something else


def _incomplete(path: Path, error: Exception) -> BackupError:
    return BackupError(f"{path} is incomplete, or is no backup ({error}); copy it again, or take another one.")


def _filter(path: Path) -> str:
    if path.suffix not in FILTERS:
        raise BackupError(f"{path.name} is no name of a backup; let it end in .tar, .tar.gz or .tar.zst.")
    return FILTERS[path.suffix]
