"""Brings a backup back into a data folder, which may hold other runs and data sets and be in use.

All is unpacked beside what is there, compared with the digests in the backup, and put in place only if nothing is in its way.
"""

import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import BackupError
from core.store import atomic
from core.store.given_examples import GivenExamples
from core.upkeep.archive import CONTENTS, Contents, reading
from core.upkeep.backup import OF_PROCESSES, OWN_FOLDERS

MAX_NAMED = 5  # in one sentence
EXAMPLES = "examples.json"


@dataclass(frozen=True)
class Restored:
    """What a restore did, as paths of runs, data sets and single files below the data folder."""

    restored: list[str]
    equal: list[str]  # were there already


def restore(source: Path, data_dir: Path) -> Restored:
    """Put all of a backup in place, or nothing.

    Raises BackupError where it cannot be read, where it holds what is no part of a data folder, or where something else has
    one of its names.
    """
    try:
        atomic.make_folders(data_dir)
        with atomic.scratch_folder(data_dir / "restore") as folder:
            contents = _unpack(source, folder)
            return _put_in_place(folder, _by_unit(contents), data_dir)
    except OSError as error:
        raise BackupError(
            f"The backup {source} could not be restored into {data_dir} ({error.strerror}); see that the file is there and that "
            "the folder can be written and has room."
        ) from error


def _unpack(source: Path, folder: Path) -> Contents:
    """Unpack a backup, and leave of it what it says is whole. Raises BackupError."""
    with reading(source) as archive:
        for entry in archive:
            if not entry.isfile():
                raise BackupError(
                    f"{source} holds “{entry.name[:80]}”, which is no plain file; take a backup made by Wavetwin."
                )
            try:
                archive.extract(entry, folder, set_attrs=False, filter="data")
            except tarfile.FilterError:
                raise BackupError(
                    f"{source} holds “{entry.name[:80]}”, which would lie outside of the data folder; nothing was restored."
                ) from None
    try:
        contents = Contents.from_json((folder / CONTENTS).read_bytes())
    except FileNotFoundError:
        raise BackupError(
            f"{source} was cut off, or is no backup: its list of contents is missing; take another one."
        ) from None
    except ValueError:
        raise BackupError(
            f"{source} has no list of contents that can be read; take another one, or update Wavetwin."
        ) from None
    unpacked = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if strange := [name for name in contents.files if name not in unpacked]:  # some may lead out of the folder
        raise BackupError(
            f"{source} names {_listed(strange)}, which is not in it; nothing was restored. Take another one."
        )
    damaged = [name for name, digest in contents.files.items() if _digest(folder / name) != digest]
    if damaged:
        raise BackupError(f"{source} is damaged: {_listed(damaged)} is not what was backed up; take another one.")
    return contents


def _by_unit(contents: Contents) -> dict[str, dict[str, str]]:
    """The files of each run, each data set and each other entry of a data folder."""
    units: dict[str, dict[str, str]] = {}
    for name, digest in contents.files.items():
        parts = name.split("/")
        unit = "/".join(parts[: 2 if parts[0] in OWN_FOLDERS else len(parts)])
        units.setdefault(unit, {})[name] = digest
    return units


def _put_in_place(folder: Path, units: dict[str, dict[str, str]], data_dir: Path) -> Restored:
    there = [unit for unit in units if (data_dir / unit).exists() and unit != EXAMPLES]
    differing = [unit for unit in there if not _is_equal(data_dir, unit, units[unit])]
    if differing:
        raise BackupError(
            f"{_listed(differing)} {'is' if len(differing) == 1 else 'are'} in {data_dir} already, and differ from the backup; "
            "nothing was restored. Delete or move them, or restore into another folder with --data."
        )
    new = [unit for unit in units if unit not in there and unit != EXAMPLES]
    for unit in new:
        for path in (folder / unit, *(folder / name for name in units[unit])):
            atomic.force_to_disk(path)
        atomic.rename(folder / unit, data_dir / unit)
    if EXAMPLES in units:
        _merge_examples(folder, data_dir)
    return Restored(new, there)


def _merge_examples(folder: Path, data_dir: Path) -> None:
    """Examples that were given before the backup, or here, count as given."""
    try:
        here, there = GivenExamples(data_dir), GivenExamples(folder)
        here.write(list(dict.fromkeys([*here.ids(), *there.ids()])))
    except ValueError:  # the doctor will say so
        return


def _is_equal(data_dir: Path, unit: str, digests: dict[str, str]) -> bool:
    """Whether what is there has the same files as the backup, apart from those of processes."""
    return {path.relative_to(data_dir).as_posix(): _digest(path) for path in _files(data_dir / unit)} == digests


def _files(unit: Path) -> Iterator[Path]:
    for path in [unit, *unit.rglob("*")]:
        if path.is_file() and path.name not in OF_PROCESSES and not atomic.is_temporary(path.name):
            yield path


def _digest(file: Path) -> str | None:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def _listed(names: list[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
