"""Files of recordings → recordings → a data set, everything that is not said inferred from the files."""

from collections.abc import Sequence
from typing import Any

from core.config import changed
from core.recordings.layout.apply import apply_layout, join
from core.recordings.layout.inference import infer_layout
from core.recordings.preparation.prepare import Prepared, prepare, suggested
from core.recordings.reading.files import read
from core.recordings.reading.raw import Recorded, Table

Files = Sequence[tuple[str, bytes]]  # names and contents


def read_recordings(files: Files) -> Recorded:
    """The recordings in files that belong together, tables laid out as their names and values suggest.

    Raises SignalFileError where a file cannot be read or the files do not go together.
    """
    parts = []
    for name, content in files:
        raw = read(name, content)
        parts.append(apply_layout(raw, infer_layout(raw), name) if isinstance(raw, Table) else raw)
    return join(parts)


def import_files(files: Files, **settings: Any) -> Prepared:
    """The data set that files make; settings: those of `Preparation` that are not suggested.

    Raises SignalFileError where a file cannot be read or the files do not go together, ConfigError for impossible settings.
    """
    recorded = read_recordings(files)
    return prepare(recorded, changed(suggested(recorded), **settings))
