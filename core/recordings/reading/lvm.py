"""LVM, measurements as text that LabVIEW writes → `Table` or `Recorded`."""

import math
from dataclasses import replace

import numpy as np

from core.errors import SignalFileError
from core.recordings.reading.cut_off import cut_off
from core.recordings.reading.raw import Recorded, Table, is_text
from core.recordings.reading.text import read_text

END_OF_HEADER = "***End_of_Header***"
X_COLUMN, COMMENT = "X_Value", "Comment"


def read_lvm(name: str, content: bytes) -> Table | Recorded:
    """A measurement as text, with a header before each of its parts. Raises SignalFileError."""
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    blocks = [block.partition("\n")[2].strip("\n") for block in text.split(END_OF_HEADER)[1:]]
    headers = [_header(block) for block in text.split(END_OF_HEADER)[1:-1]]
    if not headers:
        return read_text(name, content)
    tables = []
    for header, block in zip(headers, blocks[1:], strict=True):
        tables.append(_lvm_table(name, read_text(name, _body(block)), header))
    if len(tables) == 1:
        return tables[0]
    if len({table.names for table in tables}) > 1 or any(
        is_text(column) for table in tables for column in table.columns
    ):
        raise SignalFileError(f"The parts of “{name}” have different channels; save each as a file of its own.")
    return Recorded(
        names=[f"{name}, part {i + 1}" for i in range(len(tables))],
        values=[np.stack(table.columns) for table in tables],
        rates=np.array([table.rate for table in tables]),
        channel_names=tables[0].names,
        rate_source=tables[0].rate_source,
        findings=tuple(finding for table in tables for finding in table.findings),
    )


def _body(block: str) -> bytes:
    """The names and rows of a part, without the comments behind them, up to the next part's header."""
    lines = [line.rstrip("\t").split("\t") for line in block.split("\nChannels\t")[0].split("\n")]
    n = len(lines[0]) - (lines[0][-1].strip() == COMMENT)
    return "\n".join("\t".join(cells[:n]) for cells in lines).encode()


def _header(block: str) -> dict[str, list[str]]:
    """The settings of a part by name: what stands in the lines before its end, a cell for each channel."""
    lines = [line.split("\t") for line in block.split("\n")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:] if cell.strip()] for cells in lines if len(cells) > 1}


def _lvm_table(name: str, table: Table, header: dict[str, list[str]]) -> Table:
    """The columns of channels alone, with their units and rate."""
    kept = [i for i, name in enumerate(table.names) if not name.startswith((X_COLUMN, COMMENT))]
    units = header.get("Y_Unit_Label", [])
    names = [table.names[i] for i in kept]
    if len(units) == len(names):
        names = [f"{name} [{unit}]" for name, unit in zip(names, units, strict=True)]
    steps = {_number(text) for text in header.get("Delta_X", [])}
    step = steps.pop() if len(steps) == 1 else math.nan
    promised = [int(text) for text in header.get("Samples", []) if text.isdecimal()]
    missing = cut_off(name, len(table.columns[0]) if table.columns else 0, max(promised, default=0))
    is_time = header.get("X_Dimension", ["Time"])[0].lower() == "time"
    return replace(
        table,
        names=tuple(names),
        columns=tuple(table.columns[i] for i in kept),
        findings=(*missing, *table.findings),
        rate=1 / step if step > 0 and is_time else table.rate,
        rate_source="Delta_X in the header" if step > 0 and is_time else table.rate_source,
    )


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan
