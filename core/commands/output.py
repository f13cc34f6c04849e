"""What commands share: reading and writing files, and printing a result for a person or a program."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from core.errors import RunFileError, WavetwinError
from core.store import atomic


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
