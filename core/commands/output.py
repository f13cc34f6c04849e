"""What commands share: reading and writing files, and printing a result for a person or a program."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from core.config import validated
from core.errors import RunFileError, WavetwinError
from core.store import atomic

if TYPE_CHECKING:
    from core.recordings.import_files import ReadSettings


def say(options: argparse.Namespace, result: dict[str, Any], sentence: str) -> None:
    """Print the result for a program or for a person."""
    print(orjson.dumps(result).decode() if options.json else sentence)


def contents(paths: list[Path]) -> list[tuple[str, bytes]]:
    """Names and contents of files. Raises WavetwinError where one cannot be read."""
    files = []
    for path in paths:
        try:
            files.append((path.name, path.read_bytes()))
        except OSError as error:
            raise WavetwinError(f"{path} cannot be read ({error.strerror}); check its name and place.") from None
    return files


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
