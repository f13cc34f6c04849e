"""What commands share: reading and writing files, and printing a result for a person or a program."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from tqdm import tqdm

from core.config import validated
from core.errors import RunFileError, WavetwinError
from core.store import atomic

if TYPE_CHECKING:
    from core.recordings.import_files import ReadSettings

T = TypeVar("T")
# What Wavetwin writes beside signals: cards, and what belongs to shards.
BESIDE = re.compile(r"(?:.*\.)?card\.(?:json|md)|plan\.json|manifest\.json|surrogate\.safetensors|entries/\d+\.json")


def say(options: argparse.Namespace, result: dict[str, Any], sentence: str) -> None:
    """Print the result for a program or for a person."""
    print(orjson.dumps(result).decode() if options.json else sentence)


def bar_of_files(found: Iterable[T], n_files: int) -> Iterable[T]:
    """What comes of files as it is, beside a bar that counts the files; then, in a terminal, what is done with it."""
    yield from tqdm(found, total=n_files, unit=" files", disable=None)
    if sys.stderr.isatty():
        print("Preparing …", file=sys.stderr)


def files_of(paths: list[Path]) -> list[Path]:
    """Files, those in folders at any depth, and those that patterns match, in order. Raises WavetwinError for one without any.

    What Wavetwin writes beside signals is passed over in folders.
    """
    found = []
    for path in paths:
        if path.is_dir():
            files = [one for one in path.rglob("*") if not _is_passed_over(one.relative_to(path))]
        elif not path.exists() and has_magic(str(path)):
            files = list(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
        else:
            found.append(path)
            continue
        files = sorted(one for one in files if one.is_file())
        if not files:
            what = "The folder holds" if path.is_dir() else "The pattern matches"
            raise WavetwinError(f"{what} no files: {path}. Give files of recordings, or where they are.")
        found += files
    return found


def _is_passed_over(path: Path) -> bool:
    """Is a file in a folder hidden, or one of those that Wavetwin writes beside signals?"""
    own = (path.name, "/".join(path.parts[-2:]))
    return any(part.startswith(".") for part in path.parts) or any(BESIDE.fullmatch(name) for name in own)


def read_settings(options: argparse.Namespace) -> "ReadSettings":
    """The settings that were given. Raises WavetwinError where a role is none, ConfigError where a setting is impossible."""
    from core.recordings.import_files import ReadSettings  # only now, for it loads Arrow

    given: dict[str, Any] = {
        "layout": options.layout,
        "skip_lines": options.skip,
        "separator": options.separator,
        "decimal": options.decimal,
        "encoding": options.encoding,
        "sheet": options.sheet,
        "time_unit": "µs" if options.time_unit == "us" else options.time_unit,
        "roles": dict(_role(text) for text in options.role),
    }
    return validated(ReadSettings, {name: value for name, value in given.items() if value is not None})


def write(path: Path, content: Iterator[bytes], option: str = "--out") -> int:
    """Write a file that is there whole or not at all; returns its size in bytes."""
    if not path.name or path.is_dir():
        raise RunFileError(f"{path} is a folder; name a file with {option}.")
    try:
        return atomic.write(path, content)
    except OSError as error:
        raise RunFileError(
            f"{path} cannot be written ({error.strerror}); choose another place with {option}, or make room there."
        ) from None


def _role(text: str) -> tuple[str, str]:
    """“speed=condition” as name and role; the name may hold the sign itself."""
    from core.recordings.layout.roles import ROLES

    name, sign, role = text.rpartition("=")
    role = role.strip().replace("-", " ")
    if not sign or role not in ROLES:
        roles = ", ".join(one.replace(" ", "-") for one in ROLES)
        raise WavetwinError(f"“{text}” gives no role to a column; write NAME=ROLE with one of the roles {roles}.")
    return name, role
