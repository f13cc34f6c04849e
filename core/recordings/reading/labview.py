"""What LabVIEW writes: TDMS and LVM → `Table` or `Recorded`."""

import io
import math
from dataclasses import replace
from typing import Any

import numpy as np

from core.errors import SignalFileError
from core.recordings.reading.containers import Container, marks_among, signals, understood
from core.recordings.reading.limits import MAX_MEMBERS, check_recordings, check_unpacked
from core.recordings.reading.rates import Channel, side_by_side
from core.recordings.reading.raw import Recorded, Table, is_text
from core.recordings.reading.text import read_text

END_OF_HEADER = "***End_of_Header***"
X_COLUMN, COMMENT = "X_Value", "Comment"


def read_tdms(name: str, content: bytes) -> Table | Recorded:
    """Groups of channels; several groups with channels of the same names are recordings. Raises SignalFileError."""
    from nptdms import TdmsFile

    try:
        with TdmsFile.open(io.BytesIO(content)) as file:
            groups = [[_Track(channel) for channel in group.channels() if len(channel)] for group in file.groups()]
            groups = [group for group in groups if group]
            if sum(map(len, groups)) > MAX_MEMBERS:
                raise SignalFileError(f"“{name}” holds more than {MAX_MEMBERS:,} channels; give fewer.")
            check_unpacked(name, sum(track.n_bytes for group in groups for track in group))
            for group in groups:
                for track in group:
                    track.load()
    except SignalFileError:
        raise
    except Exception as error:  # a broken file ends in anything from KeyError to struct.error
        raise SignalFileError(f"“{name}” is not a whole TDMS file; save it again.") from error
    groups = [[track for track in group if track.values.dtype.kind in "biufmMcU"] for group in groups]
    groups = [_without_marks(group) for group in groups]
    groups = [group for group in groups if group]
    if not groups:
        raise SignalFileError(f"“{name}” holds no channel with samples; give one with at least one.")
    if len(groups) > 1 and len({tuple(track.name for track in group) for group in groups}) == 1:
        return _recordings(name, groups)
    return _one(name, groups)


class _Track:
    """A channel of a TDMS file."""

    def __init__(self, channel: Any) -> None:
        properties = channel.properties
        step = properties.get("wf_increment", 0)
        self.name = str(channel.name)
        self.group = str(channel.group_name)
        self.unit = str(properties.get("unit_string", "")).strip()[:20]
        self.rate = 1 / step if isinstance(step, int | float) and step > 0 else math.nan
        self.n_bytes = len(channel) * max(4, channel.dtype.itemsize)
        self._channel = channel

    def load(self) -> None:
        """Read the samples."""
        values = np.asarray(self._channel[:])
        self.values = values.astype(str) if values.dtype == object else values


def _without_marks(group: list[_Track]) -> list[_Track]:
    marks = marks_among({track.name: track.values for track in group})
    return [track for track in group if track.name not in marks]


def _one(name: str, groups: list[list[_Track]]) -> Table | Recorded:
    tracks = [track for group in groups for track in group]
    names = [track.name for track in tracks]
    keys = [track.name if names.count(track.name) == 1 else f"{track.group}.{track.name}" for track in tracks]
    rates = {track.rate for track in tracks if math.isfinite(track.rate)}
    if len({len(track.values) for track in tracks}) > 1 and len(rates) > 1:
        return _recording(name, tracks, keys)
    arrays = {key: track.values for key, track in zip(keys, tracks, strict=True)}
    units = {key: track.unit for key, track in zip(keys, tracks, strict=True) if track.unit}
    found = understood(name, Container(arrays, units=units))
    if len(rates) != 1:
        return found
    rate, source = rates.pop(), "the property wf_increment"
    if isinstance(found, Table):
        return replace(found, rate=rate, rate_source=source)
    return replace(found, rates=np.full(len(found.values), rate), rate_source=source)


def _recording(name: str, tracks: list[_Track], keys: list[str]) -> Recorded:
    """Channels of several rates as one recording."""
    channels = [
        Channel(key, track.values, track.rate, track.unit)
        for key, track in zip(keys, tracks, strict=True)
        if track.values.dtype.kind in "biuf"
    ]
    values, rate, findings = side_by_side(name, channels)
    units = tuple(channel.unit for channel in channels)
    return replace(
        signals(name, values[None], rate, {}),
        channel_names=tuple(channel.name for channel in channels),
        unit=units[0] if len(set(units)) == 1 else "",
        units=units,
        rate_source="the property wf_increment",
        findings=findings,
    )


def _recordings(name: str, groups: list[list[_Track]]) -> Recorded:
    """Groups with the same channels: each is a recording."""
    parts = [_recording(name, group, [track.name for track in group]) for group in groups]
    check_recordings(name, len(parts), len(parts[0].values[0]))
    return replace(
        parts[0],
        names=[f"{name}, {group[0].group[:40]}" for group in groups],
        values=[part.values[0] for part in parts],
        rates=np.array([part.rates[0] for part in parts]),
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def read_lvm(name: str, content: bytes) -> Table | Recorded:
    """A measurement as text, with a header before each of its parts. Raises SignalFileError."""
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    blocks = [block.partition("\n")[2].strip("\n") for block in text.split(END_OF_HEADER)[1:]]
    headers = [_header(block) for block in text.split(END_OF_HEADER)[1:-1]]
    if not headers:
        return read_text(name, content)
    tables = []
    for header, block in zip(headers, blocks[1:], strict=True):
        tables.append(_lvm_table(read_text(name, _body(block)), header))
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


def _lvm_table(table: Table, header: dict[str, list[str]]) -> Table:
    """The columns of channels alone, with their units and rate."""
    kept = [i for i, name in enumerate(table.names) if not name.startswith((X_COLUMN, COMMENT))]
    units = header.get("Y_Unit_Label", [])
    names = [table.names[i] for i in kept]
    if len(units) == len(names):
        names = [f"{name} [{unit}]" for name, unit in zip(names, units, strict=True)]
    steps = {_number(text) for text in header.get("Delta_X", [])}
    step = steps.pop() if len(steps) == 1 else math.nan
    is_time = header.get("X_Dimension", ["Time"])[0].lower() == "time"
    return replace(
        table,
        names=tuple(names),
        columns=tuple(table.columns[i] for i in kept),
        rate=1 / step if step > 0 and is_time else table.rate,
        rate_source="Delta_X in the header" if step > 0 and is_time else table.rate_source,
    )


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan
