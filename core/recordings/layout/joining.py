"""Recordings of several files → one, in one unit."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

import numpy as np

from core.errors import SignalFileError
from core.formatting import quantity
from core.recordings.findings import Finding, told
from core.recordings.layout.cells import as_text
from core.recordings.reading.limits import check_recordings
from core.recordings.reading.rates import Channel, side_by_side
from core.recordings.reading.raw import Recorded
from core.recordings.units import same_unit_factor

SAME_DURATION = 0.02  # files whose durations differ by less are of one recording
OTHER_RATE = 2  # times as many samples a second: files without names of channels are then of different sensors


def join(parts: list[Recorded]) -> Recorded:
    """Several files as one; labels are those that all of them have. Raises SignalFileError where channels or units differ."""
    if not parts:
        raise SignalFileError("There are no recordings; give at least one file.")
    if _are_channels(parts):
        return _one_recording(parts)
    first = parts[0]
    for part in parts[1:]:
        check_channels(part, first)
    parts = [first, *(in_units_of(part, first) for part in parts[1:])]
    labels, lost = shared_labels([part.labels for part in parts])
    return Recorded(
        names=[name for part in parts for name in part.names],
        values=[values for part in parts for values in part.values],
        rates=np.concatenate([part.rates for part in parts]),
        labels=labels,
        channel_names=next((part.channel_names for part in parts if part.channel_names), ()),
        unit=first.unit if all(part.unit == first.unit for part in parts) else "",
        units=first.units if all(part.units == first.units for part in parts) else (),
        rate_source=next((part.rate_source for part in parts if part.rate_source), ""),
        ignored=tuple(dict.fromkeys(name for part in parts for name in part.ignored)),
        findings=(*dict.fromkeys(finding for part in parts for finding in part.findings), *lost),
    )


def check_channels(part: Recorded, first: Recorded) -> None:
    """Raise SignalFileError where a file has other channels than the first."""
    if len(part.values[0]) != len(first.values[0]):
        raise SignalFileError(
            f"“{part.names[0]}” has {quantity(len(part.values[0]), 'channel')} and “{first.names[0]}” has "
            f"{len(first.values[0])}; give files with the same channels."
        )
    if part.channel_names and first.channel_names and part.channel_names != first.channel_names:
        raise SignalFileError(
            f"The channels of “{part.names[0]}” are {_listed(part.channel_names)} and those of “{first.names[0]}” "
            f"{_listed(first.channel_names)}; give all files the same ones in the same order."
        )


def _are_channels(parts: list[Recorded]) -> bool:
    """Is each file a sensor of one recording: as long as the others in time, with other channels or another rate altogether?"""
    if len(parts) < 2 or any(len(part.values) > 1 or not np.isfinite(part.rates[0]) for part in parts):
        return False
    durations = np.array([part.values[0].shape[1] / part.rates[0] for part in parts])
    if np.ptp(durations) > SAME_DURATION * durations.max():
        return False
    if all(part.channel_names for part in parts):
        names = [name for part in parts for name in part.channel_names]
        return len(set(names)) == len(names)
    rates = np.array([part.rates[0] for part in parts])
    return bool(rates.max() >= OTHER_RATE * rates.min())


def _one_recording(parts: list[Recorded]) -> Recorded:
    """The sensors of one recording side by side, at the highest of their rates; channels without names get those of files."""
    channels: list[Channel] = []
    for part in parts:
        n, stem = len(part.values[0]), PurePath(part.names[0]).stem
        names = part.channel_names or ((stem,) if n == 1 else tuple(f"{stem} {i + 1}" for i in range(n)))
        units = part.units or (part.unit,) * n
        values = part.values[0]
        channels += [Channel(names[i], values[i], float(part.rates[0]), units[i]) for i in range(n)]
    check_recordings(parts[0].names[0], 1, len(channels))
    names, units = tuple(channel.name for channel in channels), tuple(channel.unit for channel in channels)
    values, rate, findings = side_by_side(parts[0].names[0], channels)
    sentence = f"{len(parts)} files have the same duration and different channels, so they are one recording."
    return Recorded(
        names=[parts[0].names[0]],
        values=[values],
        rates=np.array([rate]),
        channel_names=names,
        unit=units[0] if len(set(units)) == 1 else "",
        units=units,
        rate_source=next((part.rate_source for part in parts if part.rate_source), ""),
        ignored=tuple(dict.fromkeys(name for part in parts for name in part.ignored)),
        findings=(
            told("files", sentence, "converted", "recording", parts[0].names[0]),
            *dict.fromkeys(finding for part in parts for finding in part.findings),
            *findings,
        ),
    )


def in_units_of(part: Recorded, first: Recorded) -> Recorded:
    """A file's recordings in the units of the first. Raises SignalFileError where they measure different things."""
    n = len(first.values[0])
    own, wanted = (one.units or (one.unit,) * n for one in (part, first))
    if own == wanted or not (any(own) and any(wanted)):
        return part
    factors = [same_unit_factor(a, b) if a and b else 1.0 for a, b in zip(own, wanted, strict=True)]
    wrong = next((i for i, factor in enumerate(factors) if factor is None), None)
    if wrong is not None:
        raise SignalFileError(
            f"“{part.names[0]}” is in {own[wrong][:20]} and “{first.names[0]}” in {wanted[wrong][:20]}; give files that measure "
            "the same in units that can be converted."
        )
    scale = np.array([factor or 1.0 for factor in factors])
    if (scale == 1).all():
        return replace(part, unit=first.unit, units=first.units)
    values = [(one * scale[:, None]).astype(one.dtype) for one in part.values]
    which = next(i for i, factor in enumerate(factors) if factor != 1)
    sentence = f"“{part.names[0]}” is in {own[which]} and is converted to {wanted[which]}, the unit of the first file."
    findings = (*part.findings, told("unit", sentence, "converted", "recording", part.names[0]))
    return replace(part, values=values, unit=first.unit, units=first.units, findings=findings)


def shared_labels(parts: Sequence[dict[str, np.ndarray]]) -> tuple[dict[str, np.ndarray], list[Finding]]:
    """The labels that all of several files have, by name, of all their recordings; and which are lost as only some have them."""
    shared = [name for name in parts[0] if all(name in part for part in parts)]
    names = dict.fromkeys(name for part in parts for name in part if name not in shared)
    lost = [
        told(
            "condition",
            f"Column “{name[:40]}” is left out: only some of the files have it.",
            "left out",
            "column",
            name,
        )
        for name in names
    ]
    return {name: _joined([part[name] for part in parts]) for name in shared}, lost


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """One column of all files: text where it is text in any."""
    is_text = any(part.dtype == object for part in parts)
    return np.concatenate([as_text(part) if is_text else part for part in parts])


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"“{name[:20]}”" for name in names[:4]) + (", …" if len(names) > 4 else "")
