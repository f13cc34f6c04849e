"""Times of rows → recordings on even grids: clocks are set right, pauses cut, missing rows left empty, jitter evened out."""

from dataclasses import dataclass

import numpy as np

from core.recordings.findings import Finding
from core.recordings.layout.clock_faults import (
    filled_times,
    forwards,
    restarts,
    set_right,
    typical_step,
    without_pauses,
)
from core.recordings.layout.even_grid import Piece, piece_of, rate_of, spread_ticks
from core.recordings.layout.timestamps import Times

MOST_TOLD = 3


@dataclass(frozen=True)
class Timeline:
    """What times make of rows. rate in Hz, NaN unknown."""

    pieces: tuple[Piece, ...]
    rate: float
    findings: tuple[Finding, ...] = ()


def timeline(where: str, times: Times) -> Timeline:
    """The recordings that rows with these times are. `where` is named in the SignalFileError for times that make no sense."""
    seconds = times.seconds.astype(np.float64, copy=False)
    rows = np.arange(len(seconds), dtype=np.int32)
    findings: list[Finding] = []
    seconds, rows = filled_times(where, seconds, rows, findings)
    if len(seconds) < 2 or float(seconds.max() - seconds.min()) == 0:
        return Timeline((Piece(rows, np.arange(len(rows), dtype=np.int32), seconds),), np.nan, tuple(findings))
    seconds, rows = forwards(where, seconds, rows, findings)
    step = typical_step(seconds)
    seconds = set_right(where, seconds, step, times, findings)
    starts = restarts(where, seconds, step, findings)
    if starts is None:
        order = np.argsort(seconds, kind="stable")
        seconds, rows, starts = seconds[order], rows[order], np.zeros(1, np.int64)
    stretches = [
        part
        for one in map(slice, starts.tolist(), [*starts[1:].tolist(), len(seconds)])
        for part in without_pauses(where, one, seconds, step, findings)
    ]
    parts = [(one, *spread_ticks(seconds[one])) for one in stretches]
    rate = rate_of([own for _, own, _ in parts], [quantum for _, _, quantum in parts])
    pieces = []
    for one, own, quantum in parts:
        pieces.append(piece_of(where, rows[one], own, quantum, rate, findings))
    if not times.is_known:
        rate = np.nan
    return Timeline(tuple(pieces), rate, tuple(_merged(findings)))


def _merged(findings: list[Finding]) -> list[Finding]:
    """Findings without those that many pieces share."""
    counts: dict[str, int] = {}
    kept = []
    for finding in findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
        if counts[finding.kind] <= MOST_TOLD:
            kept.append(finding)
    return kept
