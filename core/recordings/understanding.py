"""What was understood of files of recordings, before anything is made of them."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import WavetwinError
from core.formatting import count, number, quantity
from core.recordings.import_files import Files, ReadSettings, read_recordings
from core.recordings.preparation.prepare import prepare, suggested
from core.recordings.reading.raw import Recorded

N_FIRST = 3  # values that are shown
DIGITS = {4: 9, 8: 15}  # of a value with so many bytes: what its precision tells apart


@dataclass(frozen=True)
class Understanding:
    """What a reader made of files; all of it but `expect` and `said` is empty where they were refused.

    expect: whether the files were read. channels: their names without units; None where the files name none. rate_hz: of the
    first recording; None where nothing says it. unit: of all channels. n_samples, n_missing: of the first recording, the
    latter in its channel 0 before anything is filled. first: the first values of channel 0 of the first recording, None where
    one is missing. last: the last value of channel 0 of the last recording. conditions: what a twin can be asked for. ignored:
    columns or arrays that hold neither samples nor conditions. said: every finding, or the refusal. then: whether a data set
    comes of it with everything as suggested.
    """

    expect: Literal["read", "refuse"]
    n_channels: int = 0
    channels: tuple[str, ...] | None = None
    rate_hz: float | None = None
    unit: str = ""
    n_recordings: int = 0
    n_samples: int = 0
    n_missing: int = 0
    first: tuple[float | None, ...] = ()
    last: float | None = None
    conditions: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    then: Literal["made", "refused"] = "refused"


def understand(files: Files, settings: ReadSettings | None = None, skip_unreadable: bool = False) -> Understanding:
    """What is in files of recordings. Never raises WavetwinError: a refusal is part of the answer."""
    try:
        recorded = read_recordings(files, settings, skip_unreadable)
    except WavetwinError as error:
        return Understanding("refuse", said=(str(error),))
    try:
        findings = tuple(finding.sentence for finding in prepare(recorded, suggested(recorded)).findings)
        then: Literal["made", "refused"] = "made"
    except WavetwinError as error:
        findings = (*(finding.sentence for finding in recorded.findings), str(error))
        then = "refused"
    return record_of(recorded, findings, then)


def record_of(recorded: Recorded, said: tuple[str, ...], then: Literal["made", "refused"]) -> Understanding:
    """What was understood of files that were read as these recordings."""
    first, rate = recorded.values[0], float(recorded.rates[0])
    conditions = tuple(name for name, cells in recorded.labels.items() if _differs(cells))
    return Understanding(
        expect="read",
        n_channels=len(first),
        channels=recorded.channel_names or None,
        rate_hz=rate if math.isfinite(rate) else None,
        unit=recorded.unit,
        n_recordings=len(recorded.values),
        n_samples=first.shape[1],
        n_missing=int((~np.isfinite(first[0])).sum()),
        first=tuple(_value(value) for value in first[0, :N_FIRST]),
        last=_value(recorded.values[-1][0, -1]) if recorded.values[-1].shape[1] else None,
        conditions=conditions,
        ignored=(*recorded.ignored, *(name for name in recorded.labels if name not in conditions)),
        said=said,
        then=then,
    )


def as_text(found: Understanding) -> str:
    """What was understood, in lines for people."""
    if found.expect == "refuse":
        return f"Refused: {found.said[0]}"
    channels = ", ".join(found.channels) if found.channels else "without names"
    lines = [
        f"Recordings  {count(found.n_recordings)}, the first of {quantity(found.n_samples, 'sample')}",
        f"Channels    {found.n_channels}: {channels}",
        f"Unit        {found.unit or 'not said, or not the same for all channels'}",
        f"Rate        {'not said; times count samples' if found.rate_hz is None else f'{number(found.rate_hz)} Hz'}",
        f"First       {', '.join('missing' if value is None else f'{value:.6g}' for value in found.first)}",
        f"Missing     {quantity(found.n_missing, 'value')} in the first recording",
        f"Conditions  {', '.join(found.conditions) or 'none'}",
        f"Left out    {', '.join(found.ignored) or 'nothing'}",
        f"Data set    {'comes of it as it is' if found.then == 'made' else 'not yet, see below'}",
    ]
    return "\n".join([*lines, *(f"- {sentence}" for sentence in found.said)])


def _differs(cells: np.ndarray) -> bool:
    """Does a label tell recordings apart?"""
    there = cells[cells != ""] if cells.dtype == object else cells[np.isfinite(cells)]
    return len(set(there.tolist())) > 1


def _value(value: np.floating) -> float | None:
    return float(f"{value:.{DIGITS[value.itemsize]}g}") if np.isfinite(value) else None
