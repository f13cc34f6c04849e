"""Files of recordings → recordings → a data set, everything that is not said inferred from the files."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from core.config import changed
from core.recordings.layout.apply import apply_layout, join
from core.recordings.layout.inference import infer_layout
from core.recordings.layout.layout import Kind, Layout
from core.recordings.layout.roles import Role, with_roles
from core.recordings.preparation.prepare import Prepared, prepare, suggested
from core.recordings.reading.files import read
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.records import HEADER, read_record, sample_files
from core.recordings.reading.text import TextFormat

Files = Sequence[tuple[str, bytes]]  # names and contents


class ReadSettings(TextFormat):
    """How files are read, where that is said by hand and not found out."""

    layout: Kind | None = Field(None, description="What the rows and columns of a table are. Empty: found out.")
    roles: dict[str, Role] = Field(
        {}, description="Roles of columns by name. The others have the role that is found out."
    )


def read_raw(files: Files, settings: ReadSettings | None = None) -> list[tuple[str, Table | Recorded]]:
    """What each file holds, by its name; a header and the samples that it names are one. Raises SignalFileError."""
    headers = {name: content for name, content in files if name.lower().endswith(HEADER)}
    beside = {name: content for name, content in files if name not in headers}
    named = {one for content in headers.values() for one in sample_files(content)}
    records = {name: read_record(name, content, beside) for name, content in headers.items()}
    return [
        (name, records[name] if name in records else read(name, content, settings))
        for name, content in files
        if name not in named
    ]


def layout_of(table: Table, settings: ReadSettings | None = None) -> Layout:
    """What the rows and columns of a table mean: as settings say, else as its names and values suggest."""
    layout = infer_layout(table)
    return with_roles(table.names, layout, settings.layout, settings.roles) if settings else layout


def read_recordings(files: Files, settings: ReadSettings | None = None) -> Recorded:
    """The recordings in files that belong together. Raises SignalFileError where one cannot be read or they do not fit."""
    return join(
        [
            apply_layout(raw, layout_of(raw, settings), name) if isinstance(raw, Table) else raw
            for name, raw in read_raw(files, settings)
        ]
    )


def import_files(files: Files, reading: ReadSettings | None = None, **settings: Any) -> Prepared:
    """The data set that files make; settings: those of `Preparation` that are not suggested.

    Raises SignalFileError where a file cannot be read or the files do not go together, ConfigError for impossible settings.
    """
    recorded = read_recordings(files, reading)
    return prepare(recorded, changed(suggested(recorded), **settings))
