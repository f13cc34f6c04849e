"""Sheets of Excel → `Table`: their cells are read as the same text would be, so that headers and times are found alike."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from core.errors import SignalFileError
from core.recordings.reading.containers import left_out
from core.recordings.reading.limits import check_unpacked
from core.recordings.reading.raw import Table
from core.recordings.reading.text import read_text

CELL_BYTES = 32  # in memory, while a sheet is read


def read_spreadsheet(name: str, content: bytes) -> Table:
    """The largest sheet of a workbook. Raises SignalFileError."""
    from python_calamine import CalamineWorkbook

    try:
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                check_unpacked(name, sum(member.file_size for member in archive.infolist()))
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [workbook.get_sheet_by_name(title) for title in workbook.sheet_names]
        sizes = [(sheet.end[0] + 1) * (sheet.end[1] + 1) if sheet.end else 0 for sheet in sheets]
        if not any(sizes):
            raise SignalFileError(f"“{name}” is empty; give a sheet with a table of numbers.")
        largest = sizes.index(max(sizes))
        check_unpacked(name, CELL_BYTES * sizes[largest])
        text = _as_text(sheets[largest])
    except SignalFileError:
        raise
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the library is no Exception
        raise SignalFileError(
            f"“{name}” is not a whole workbook of Excel; save it again, as CSV if in doubt."
        ) from error
    table = read_text(name, text)
    others = [sheet.name for sheet, size in zip(sheets, sizes, strict=True) if size and sheet is not sheets[largest]]
    told = tuple(left_out(title, "is a smaller sheet") for title in others)
    return replace(table, ignored=(*table.ignored, *others), findings=(*table.findings, *told))


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
