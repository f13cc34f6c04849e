"""TDMS, as LabVIEW writes it → `Table` or `Recorded`."""

import io
import math
import struct
from dataclasses import replace
from typing import Any

import numpy as np

from core.errors import SignalFileError
from core.recordings.findings import Finding, told
from core.recordings.reading.containers import Container, marks_among, signals
from core.recordings.reading.cut_off import cut_off
from core.recordings.reading.limits import MAX_MEMBERS, check_recordings, check_unpacked
from core.recordings.reading.rates import Channel, side_by_side
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.together import understood

LEAD_IN, NEXT = 28, 12  # bytes before each segment of a TDMS file, and where among them stands how many follow


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
            tracks = [track for group in groups for track in group]
            for track in tracks:
                track.load()
            findings = _shortened(name, content, file, tracks) if _is_cut_off(content) else ()
    except SignalFileError:
        raise
    except Exception as error:  # a broken file ends in anything from KeyError to struct.error
        raise SignalFileError(f"“{name}” is not a whole TDMS file; save it again.") from error
    groups = [[track for track in group if track.values.dtype.kind in "biufmMcU"] for group in groups]
    groups = [_without_marks(group) for group in groups]
    groups = [group for group in groups if group]
    if not groups:
        raise SignalFileError(f"“{name}” holds no channel with samples; give one with at least one.")
    are_recordings = len(groups) > 1 and len({tuple(track.name for track in group) for group in groups}) == 1
    found = _recordings(name, groups) if are_recordings else _one(name, groups)
    return replace(found, findings=(*findings, *found.findings))


class _Track:
    """A channel of a TDMS file."""

    def __init__(self, channel: Any) -> None:
        properties = channel.properties
        step = properties.get("wf_increment", 0)
        self.name = str(channel.name)
        self.path = str(channel.path)
        self.group = str(channel.group_name)
        self.unit = str(properties.get("unit_string", "")).strip()[:20]
        self.rate = 1 / step if isinstance(step, int | float) and step > 0 else math.nan
        self.n_bytes = len(channel) * max(4, channel.dtype.itemsize)
        self._channel = channel

    def load(self) -> None:
        """Read the samples."""
        values = np.asarray(self._channel[:])
        self.values = values.astype(str) if values.dtype == object else values


def _is_cut_off(content: bytes) -> bool:
    """Does a file end within one of its segments, each of which says where the next begins?"""
    place = 0
    while place + LEAD_IN <= len(content):
        (n_bytes,) = struct.unpack_from("<q", content, place + NEXT)
        if n_bytes < 0:
            return True  # it was never finished
        place += LEAD_IN + n_bytes
    return place != len(content)


def _shortened(name: str, content: bytes, file: Any, tracks: list[_Track]) -> tuple[Finding, ...]:
    """Tracks of a file that is cut off, changed in place: all end where the first of them does. What is missing is told.

    Raises SignalFileError where nothing of a channel is left.
    """
    statuses = file.file_status.channel_statuses or {}
    missing = {path: status.expected_length - status.read_length for path, status in statuses.items()}
    there = {track.path for track in tracks}
    lost = next((path for path, n in missing.items() if n and path not in there), "")
    if lost:
        raise SignalFileError(
            f"“{name}” is cut off, and nothing is left of channel {lost[:40]}; copy it again from where it was made."
        )
    whole = [len(track.values) + missing.get(track.path, 0) for track in tracks]
    share = min(len(track.values) / n for track, n in zip(tracks, whole, strict=True))
    for track, n in zip(tracks, whole, strict=True):
        track.values = track.values[: math.floor(n * share + 1e-6)]
    longest = max(whole)
    if share == 1:  # what is missing begins before the first of its samples
        sentence = f"“{name}” is cut off: its last segment is incomplete and left out."
        return (told("cut off", sentence, "left out", "recording", name),)
    return cut_off(name, math.floor(longest * share + 1e-6), longest, "samples of each channel")


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
    names, units = tuple(channel.name for channel in channels), tuple(channel.unit for channel in channels)
    values, rate, findings = side_by_side(name, channels)
    return replace(
        signals(name, values[None], rate, {}),
        channel_names=names,
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
