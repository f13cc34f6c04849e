"""Sheets of Excel → `Table`: their cells are read as the same text would be, so that headers and times are found alike."""

import csv
import io
import math
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from core.errors import SignalFileError
from core.recordings.findings import Finding, told
from core.recordings.reading.limits import check_unpacked
from core.recordings.reading.raw import Table
from core.recordings.reading.text import TextFormat, read_text

CELL_BYTES = 32  # in memory, while a sheet is read
N_TOLD = 6  # sheets that are named


def read_spreadsheet(name: str, content: bytes, written: TextFormat | None = None) -> Table:
    """The sheet of a workbook that `written` names, or the largest with those that have the same columns.

    Raises SignalFileError.
    """
    chosen = written.sheet if written else ""
    written = TextFormat(skip_lines=written.skip_lines) if written else None  # the rest is known
    try:
        sheets = _sheets(name, content, chosen)
    except SignalFileError:
        raise
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the library is no Exception
        raise SignalFileError(
            f"“{name}” is not a whole workbook of Excel; save it again, as CSV if in doubt."
        ) from error
    largest = max(sheets, key=lambda sheet: sheet.size)
    table = read_text(name, largest.text, written)
    alike = {} if chosen else _alike(name, table, largest, sheets, written)
    others = [sheet.title for sheet in sheets if sheet is not largest and sheet.title not in alike]
    told = (_left_out(others),) if others else ()
    alike[largest.title] = table
    (title, first), *rest = [(sheet.title, alike[sheet.title]) for sheet in sheets if sheet.title in alike]
    return replace(
        first,
        ignored=(*first.ignored, *others),
        findings=(*first.findings, *told),
        title=title if rest else "",
        others=tuple(rest),
    )


@dataclass(frozen=True)
class _Sheet:
    """size: how many cells it has. text: its cells as a table of text; empty where they are not needed."""

    title: str
    size: int
    text: bytes


def _sheets(name: str, content: bytes, chosen: str) -> list[_Sheet]:
    """The sheets of a workbook, with the cells of those that are as wide as the largest, or of the chosen one alone."""
    from python_calamine import CalamineWorkbook

    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_unpacked(name, sum(member.file_size for member in archive.infolist()))
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    titles = workbook.sheet_names
    if chosen and chosen not in titles:
        listed = ", ".join(f"“{title[:40]}”" for title in titles[:N_TOLD])
        raise SignalFileError(f"“{name}” has no sheet “{chosen[:40]}”; it has {listed}.")
    found = [workbook.get_sheet_by_name(title) for title in ([chosen] if chosen else titles)]
    sizes = [(sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0) for sheet in found]
    if not any(n_rows for n_rows, _ in sizes):
        raise SignalFileError(f"“{name}” is empty; give a sheet with a table of numbers.")
    width = max(sizes, key=math.prod)[1]
    check_unpacked(name, CELL_BYTES * sum(math.prod(size) for size in sizes if size[1] == width))
    return [
        _Sheet(sheet.name, math.prod(size), _as_text(sheet) if size[1] == width else b"")
        for sheet, size in zip(found, sizes, strict=True)
        if size[0]
    ]


def _alike(
    name: str, table: Table, largest: _Sheet, sheets: list[_Sheet], written: TextFormat | None
) -> dict[str, Table]:
    """Other sheets that have the columns of the largest, by their titles."""
    found: dict[str, Table] = {}
    for sheet in sheets:
        if sheet is not largest and sheet.text:
            with suppress(SignalFileError):
                other = read_text(f"{name}, {sheet.title}", sheet.text, written)
                if other.has_names and other.names == table.names:
                    found[sheet.title] = other
    return found


def _left_out(titles: list[str]) -> Finding:
    listed = ", ".join(f"“{title[:40]}”" for title in titles[:N_TOLD]) + (", …" if len(titles) > N_TOLD else "")
    which, has, are = ("Sheet", "has", "is") if len(titles) == 1 else ("Sheets", "have", "are")
    sentence = f"{which} {listed} {has} other columns and {are} left out; to read one, set the sheet."
    return told("ignored", sentence, "left out", "recording", titles[0], len(titles))


def _as_text(sheet: Any) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n", delimiter="\t")
    for row in sheet.iter_rows():
        writer.writerow([_cell(value) for value in row])
    return file.getvalue().encode()


def _cell(value: object) -> str:
    """A cell as text: points in time as ISO 8601, durations in seconds."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return repr(value.total_seconds())
    return repr(value) if isinstance(value, float) else str(value).replace("\n", " ")
