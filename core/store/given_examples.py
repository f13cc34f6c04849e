"""Which of the examples a data directory was given, so that deleted ones stay deleted."""

from pathlib import Path

import orjson

from core.file_format import FileFormat
from core.store import atomic

FORMAT = FileFormat("wavetwin-examples")


class GivenExamples:
    """examples.json in a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.file = data_dir / "examples.json"

    def ids(self) -> list[str]:
        """Their ids. Raises NewerVersionError, or another ValueError or an OSError where the file cannot be read."""
        try:
            found = orjson.loads(self.file.read_bytes())
        except FileNotFoundError:
            return []
        ids = found if isinstance(found, list) else FORMAT.strip(found).get("ids")  # a list before it had a format
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise ValueError("the file holds no ids")
        return ids

    def write(self, ids: list[str]) -> None:
        """Replace them. Raises OSError."""
        atomic.write(self.file, orjson.dumps(FORMAT.header | {"ids": ids}))
