"""Files that say what they are: each begins with `format`, a name, and `version`, which grows when a reader must change.

Files without both were written before there were any; they are read as version 1.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import orjson
from pydantic import BaseModel

UNSEALED = 64 * "0"  # stands for a file's checksum while that is computed
_CHECKSUM = re.compile(rb'(checksum\\*":\\*")([0-9a-f]{64})')  # in JSON, or in JSON within a string of JSON


class NewerVersionError(ValueError):
    """A file was written by a newer version of Wavetwin."""


@dataclass(frozen=True)
class FileFormat:
    """A kind of file that Wavetwin keeps, and the version of it that is written."""

    name: str
    version: int = 1

    @property
    def header(self) -> dict[str, Any]:
        """What a file says of itself."""
        return {"format": self.name, "version": self.version}

    def strip(self, values: Any) -> dict[str, Any]:
        """The JSON object of a file without its header.

        Raises NewerVersionError, or ValueError where it is no object or that of another kind of file.
        """
        if not isinstance(values, dict):
            raise ValueError("the file holds no JSON object")
        name, version = values.get("format", self.name), values.get("version", 1)
        if name != self.name or type(version) is not int:
            raise ValueError(f"the file has format {str(name)[:40]!r} and version {str(version)[:40]!r}")
        if version > self.version:
            raise NewerVersionError(f"the file has version {version}, and {self.version} is the newest known")
        return {key: value for key, value in values.items() if key not in ("format", "version")}


class FileModel(BaseModel):
    """What a JSON file of its own holds. A subclass names its format."""

    file_format: ClassVar[FileFormat]

    def to_json(self, indent: bool = False) -> bytes:
        """The content of the file, its header first."""
        values = self.file_format.header | self.model_dump(mode="json")
        return orjson.dumps(values, option=orjson.OPT_INDENT_2 if indent else None)

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """Read the content of a file.

        Raises NewerVersionError, or another ValueError (such as pydantic's ValidationError) where it is something else.
        """
        return cls.model_validate(cls.file_format.strip(orjson.loads(content)))


def sealed(content: bytes) -> bytes:
    """The content of a file with its checksum, the SHA-256 of it all, in place of UNSEALED behind the key `checksum`."""
    return _with_checksum(content, hashlib.sha256(content).hexdigest().encode())


def is_intact(content: bytes) -> bool:
    """Whether a file is as it was written; True also where it has no checksum, as before there were any."""
    found = _CHECKSUM.search(content)
    return not found or sealed(_with_checksum(content, UNSEALED.encode())) == content


def _with_checksum(content: bytes, checksum: bytes) -> bytes:
    return _CHECKSUM.sub(lambda found: found[1] + checksum, content, count=1)


def fault(file: Path, error: Exception, remedy: str) -> str:
    """What is wrong with a file that could not be read and what to do about it, as the end of a sentence.

    remedy: what to do where the file is missing or broken.
    """
    match error:
        case NewerVersionError():
            return f"{file.name} was written by a newer version of Wavetwin; update Wavetwin to open it"
        case FileNotFoundError():
            return f"{file.name} is missing; {remedy}"
        case OSError():
            return f"{file.name} cannot be read ({error.strerror}); {remedy}"
    return f"{file.name} is broken; {remedy}"
