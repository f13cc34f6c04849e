"""Numbers that stand for missing values, such as -9999 or 9.9E37."""

from dataclasses import replace

import numpy as np

from core.formatting import quantity
from core.recordings.findings import Finding, told
from core.recordings.reading.raw import Recorded

_NINES = (999.0, 9999.0, 99999.0, 999999.0, 9999999.0, 999.9, 9999.9, 999.99, 9999.99, 99.99, 999.25, 99.9, 9990.0)
_LIMITS = (-2147483648.0, 2147483647.0, -32768.0, 32767.0, 65535.0)  # of whole numbers
FAR = (*_NINES, *(-value for value in _NINES), -7999.0, 7999.0, -6999.0, 6999.0, *_LIMITS)
NEAR = (-99.0, -200.0, -77.0, -88.0)  # which are also plain measurements, so they must lie clearly apart
HUGE = 9e29  # and above: instruments write 1E30, 9.9E37, 9.91E37 or the largest number of single precision
FAR_ABOVE = 1e6  # times as large as all others: such a number is a mark and no measurement
MARKS = frozenset({*FAR, *NEAR, *(float(np.float32(value)) for value in FAR)})
ALONE = 10.0  # ranges of the others, beyond which even one such number marks a missing value
APART = {"far": 0.5, "near": 2.0, "seen": 0.0}  # ranges of the others by which a marker lies outside of them
N_TOLD = 3


def without_sentinels(columns: np.ndarray, names: list[str], where: str) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """Values, (n_rows, n_columns), with NaN for numbers that mark missing ones; changed in place. names: of the columns."""
    with np.errstate(invalid="ignore"):
        lowest, highest = np.fmin.reduce(columns, axis=0), np.fmax.reduce(columns, axis=0)
    marks = {_as(columns, value): "far" for value in FAR} | {_as(columns, value): "near" for value in NEAR}
    extremes = set(lowest.tolist()) | set(highest.tolist())
    candidates = {value: marks[value] for value in extremes if value in marks}
    candidates |= {value: "huge" for value in extremes if abs(value) >= HUGE and np.isfinite(value)}
    if not candidates:
        return columns, ()
    found: dict[tuple[int, float], int] = {}
    for is_second in (False, True):  # a mark that was found in one column is looked for in all
        seen = {value for _, value in found}
        for i in range(columns.shape[1]):
            for value in (highest[i].item(), lowest[i].item()):
                kind = "seen" if is_second and value in seen else candidates.get(value, "")
                if kind and (i, value) not in found and (n := _marks(columns[:, i], value, kind)):
                    found[i, value] = n
    return columns, _findings(found, names, where, len(columns))


def without_sentinels_in(recorded: Recorded) -> Recorded:
    """Recordings that came as such, with NaN for numbers that mark missing values."""
    values = list(recorded.values)
    findings: tuple[Finding, ...] = ()
    for channel in range(len(values[0])):
        with np.errstate(invalid="ignore"):
            ends = {
                value for part in values for value in (np.fmin.reduce(part[channel]), np.fmax.reduce(part[channel]))
            }
        if not any(value in MARKS or abs(value) >= HUGE for value in ends):
            continue
        together = np.concatenate([part[channel] for part in values])[:, None]
        names = recorded.channel_names
        title = f"channel “{names[channel][:40]}”" if names else f"channel {channel + 1}"
        _, found = without_sentinels(together, [title], f"“{recorded.names[0]}”")
        if found:
            findings = (*findings, *found)
            places = np.cumsum([part.shape[1] for part in values])[:-1]
            for i, own in enumerate(np.split(together[:, 0], places)):
                values[i] = values[i].copy()
                values[i][channel] = own
    return replace(recorded, values=values, findings=(*recorded.findings, *findings)) if findings else recorded


def _as(columns: np.ndarray, value: float) -> float:
    return float(columns.dtype.type(value))


def _marks(column: np.ndarray, value: float, kind: str) -> int:
    """How many cells of a column hold a mark, which are made NaN; 0 where it may be a value like the others."""
    is_mark = column == column.dtype.type(value)
    n = int(is_mark.sum())
    others = column[~is_mark & np.isfinite(column) & (np.abs(column) < HUGE)].astype(np.float64)
    if not n or len(others) < 2:
        return 0
    low, high = float(others.min()), float(others.max())
    distance = value - high if value > high else low - value
    spread = high - low
    if kind == "huge" and abs(value) < FAR_ABOVE * max(abs(low), abs(high)):
        return 0
    if kind != "huge":
        if distance <= 0 or distance < APART[kind] * spread:
            return 0
        if n < 2 and kind != "seen" and distance < ALONE * spread:
            return 0
    column[is_mark] = np.nan
    return n


def _findings(found: dict[tuple[int, float], int], names: list[str], where: str, n_rows: int) -> tuple[Finding, ...]:
    findings = []
    for (i, value), n in list(found.items())[:N_TOLD]:
        sentence = (
            f"{value:g} in {n:,} of {quantity(n_rows, 'cell')} of {names[i]} of {where} is far outside the other "
            "values and is read as "
            "missing."
        )
        findings.append(told("markers", sentence, "converted", "value", names[i], n))
    if len(found) > N_TOLD:
        rest = list(found.items())[N_TOLD:]
        n = sum(count for _, count in rest)
        sentence = (
            f"So do numbers in {n:,} cells of {quantity(len({i for (i, _), _ in rest}), 'other column')} of {where}."
        )
        findings.append(told("markers", sentence, "converted", "value", names[rest[0][0][0]], n))
    return tuple(findings)
