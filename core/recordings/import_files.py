"""Files of recordings → a data set in one go, everything that is not said guessed from the files."""

from collections.abc import Sequence
from typing import Any

from core.config import changed
from core.recordings.layout.apply import arrange, join
from core.recordings.layout.inference import guess
from core.recordings.preparation.prepare import Prepared, prepare, suggested
from core.recordings.reading.files import read
from core.recordings.reading.raw import Table


def taken_in(files: Sequence[tuple[str, bytes]], **settings: Any) -> Prepared:
    """Names and contents of files → the data set that they make; settings: those of `Preparation` that are not guessed.

    Raises SignalFileError where a file cannot be read or the files do not go together, ConfigError for impossible settings.
    """
    found = []
    for name, content in files:
        raw = read(name, content)
        found.append(arrange(raw, guess(raw), name) if isinstance(raw, Table) else raw)
    recorded = join(found)
    return prepare(recorded, changed(suggested(recorded), **settings))
