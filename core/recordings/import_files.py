"""Files of recordings → recordings → a data set, everything that is not said inferred from the files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Protocol, TypeVar

from pydantic import Field

from core.config import changed
from core.errors import SignalFileError, WavetwinError
from core.interruption import interrupted
from core.recordings.findings import Finding, told
from core.recordings.layout.apply import apply_layout
from core.recordings.layout.file_names import with_classes_of_names
from core.recordings.layout.inference import infer_layout
from core.recordings.layout.joining import join
from core.recordings.layout.layout import Kind, Layout, TimeUnit
from core.recordings.layout.roles import Role, with_roles
from core.recordings.layout.sentinels import without_sentinels_in
from core.recordings.preparation.prepare import Prepared, prepare, suggested
from core.recordings.reading.files import read
from core.recordings.reading.memory import LARGE, give_back
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.records import beside, is_header, read_record, sample_files
from core.recordings.reading.text import TextFormat

Files = Sequence[tuple[str, bytes]]  # names and contents
T = TypeVar("T")


class Watch(Protocol):
    """Hands on what comes of files, one after the other, and sees how far that is."""

    def __call__(self, found: Iterable[T], n_files: int, /) -> Iterable[T]:
        """The same, of so many files."""
        ...


def unwatched(found: Iterable[T], _n_files: int) -> Iterable[T]:
    """What comes of files as it is."""
    return found


class ReadSettings(TextFormat):
    """How files are read, where that is said by hand and not found out."""

    layout: Kind | None = Field(
        None, description="What the rows and columns of a table are. Empty: found automatically."
    )
    roles: dict[str, Role] = Field(
        {}, description="Roles of columns by name. The others have the role that is found out."
    )
    time_unit: TimeUnit = Field(
        "",
        description="The unit of a column of times that holds numbers, or of the last number of a clock of two, such as 12:30. "
        "Empty: found automatically.",
    )


def together(names: Sequence[str], headers: Mapping[str, bytes]) -> list[list[int]]:
    """Which files are read as one, by their places: a header with the samples that it names, all others by themselves.

    headers: the contents of those whose names end as headers do.
    """
    parts = {
        place: [
            i for i, other in enumerate(names) if other in {beside(name, one) for one in sample_files(headers[name])}
        ]
        for place, name in enumerate(names)
        if name in headers
    }
    named = {i for members in parts.values() for i in members}
    return [[place, *parts.get(place, [])] for place in range(len(names)) if place not in named]


def read_part(files: Files, settings: ReadSettings | None = None) -> Table | Recorded:
    """What one of the parts that `together` makes holds. Raises SignalFileError."""
    (name, content), *others = files
    if is_header(name):
        return read_record(name, content, {PurePath(other).name: own for other, own in others})
    return read(name, content, settings)


def layout_of(table: Table, settings: ReadSettings | None = None, others: Sequence[Table] = ()) -> Layout:
    """What the rows and columns of a table mean: as settings say, else as its names and values suggest.

    others: the other tables that belong to it, of which those with the same columns count.
    """
    layout = infer_layout(table, *(other for other in others if other is not table and other.names == table.names))
    if settings is None:
        return layout
    layout = with_roles(table.names, layout, settings.layout, settings.roles)
    return layout.model_copy(update={"time_unit": settings.time_unit}) if settings.time_unit else layout


def recordings_in(
    parts: Sequence[tuple[str, Table | Recorded]], settings: ReadSettings | None = None, beside: Sequence[Table] = ()
) -> Recorded:
    """What parts hold together, by the names of their files; tables are laid out. Raises SignalFileError.

    beside: tables that belong to them and are not asked for.
    """
    single = [one for name, raw in parts for one in _single(name, raw)]
    tables = [*(raw for _, raw, _ in single if isinstance(raw, Table)), *beside]
    found = [
        apply_layout(raw, layout_of(raw, settings, tables), name)
        if isinstance(raw, Table)
        else without_sentinels_in(raw)
        for name, raw, _ in interrupted(single)
    ]
    joined = join(with_classes_of_names(found, [title for *_, title in single]))
    if sum(part.nbytes for part in joined.values) > LARGE:
        give_back()
    return joined


def _single(name: str, raw: Table | Recorded) -> list[tuple[str, Table | Recorded, str]]:
    """Name, content and title of each table in a file; the title may tell a class."""
    if not isinstance(raw, Table) or not raw.others:
        return [(name, raw, name)]
    return [(f"{name}, {title}", one, f"{title}.sheet") for title, one in [(raw.title, raw), *raw.others]]


def read_recordings(
    files: Files, settings: ReadSettings | None = None, skip_unreadable: bool = False, watch: Watch = unwatched
) -> Recorded:
    """The recordings in files that belong together, which `watch` sees go by.

    Raises SignalFileError where they do not fit, or where one cannot be read; skip_unreadable: those are left out and named.
    """
    headers = {name: content for name, content in files if is_header(name)}
    parts: list[tuple[str, Table | Recorded]] = []
    skipped: list[Finding] = []
    groups = together([name for name, _ in files], headers)
    for places in interrupted(watch(groups, len(groups))):
        name = files[places[0]][0]
        try:
            parts.append((name, read_part([files[place] for place in places], settings)))
        except SignalFileError as error:
            if not skip_unreadable:
                raise
            skipped.append(left_out(name, error))
    found = recordings_in(parts, settings)
    return replace(found, findings=(*skipped, *found.findings))


def left_out(name: str, error: WavetwinError) -> Finding:
    """That a file could not be read and was left out."""
    return told("files", f"Left out: {error}", "left out", "recording", name)


def import_files(
    files: Files,
    reading: ReadSettings | None = None,
    skip_unreadable: bool = False,
    watch: Watch = unwatched,
    **settings: Any,
) -> Prepared:
    """The data set that files make, which `watch` sees go by; settings: those of `Preparation` that are not suggested.

    Raises SignalFileError where a file cannot be read (unless those are to be skipped) or the files do not go together,
    ConfigError for impossible settings.
    """
    recorded = read_recordings(files, reading, skip_unreadable, watch)
    return prepare(recorded, changed(suggested(recorded), **settings))
