"""Single precision where it is enough: columns are looked through piece by piece, so that no copy of a large one is made."""

import math
from collections.abc import Iterator

import numpy as np

WHOLE_SINGLE = 2**24  # up to here single precision tells all integers apart
RISING_SHARE = 0.9  # of its steps: a time that starts again with each recording still rises nearly always
SINGLE_ROUNDING = 2.0**-24  # of a number, at most
DOUBLE_ROUNDING = 1e-12  # of a number: less than this is no swing but rounding itself
LOST_SWING = 1e-3  # of the spread of a column: what may be rounded away
RELATIVE_ERROR = 1e-6  # of a number in single precision, unless it is too large or too small for it
PIECE = 1 << 18  # numbers


def compact(values: np.ndarray) -> np.ndarray:
    """Numbers, float64 (n,), as float32 unless times, identifiers, extremes or a small swing on a large level would suffer."""
    if _suffers(values) or loses_swing(values):
        return values
    with np.errstate(over="ignore", under="ignore"):
        return values.astype(np.float32)


def loses_swing(values: np.ndarray) -> bool:
    """Would single precision round numbers, (n,), by more than a small part of their spread: a swing on a large level?"""
    return values.dtype == np.float64 and swings_little(values)


def swings_little(values: np.ndarray) -> bool:
    """Is the spread of numbers, (n,), so small beside their level that single precision tells too few of them apart?"""
    n, level, origin, total, squares = 0, 0.0, math.nan, 0.0, 0.0
    with np.errstate(over="ignore"):
        for piece in _pieces(values):
            n += len(piece)
            level = max(level, float(np.abs(piece).max()))
            origin = float(piece[0]) if math.isnan(origin) else origin
            total += float((piece - origin).sum())
            squares += float(((piece - origin) ** 2).sum())
    if not n or not math.isfinite(squares):
        return False
    spread = math.sqrt(max(0.0, squares / n - (total / n) ** 2))
    return level * SINGLE_ROUNDING > LOST_SWING * spread and spread > level * DOUBLE_ROUNDING


def _suffers(values: np.ndarray) -> bool:
    """Would rounding change numbers too much, or make equal what rises: times and identifiers?"""
    is_changed, n_steps, n_up, n_down = False, 0, 0, 0
    for piece in _pieces(values):
        with np.errstate(over="ignore", under="ignore"):
            single = piece.astype(np.float32)
        changed = piece != single
        if changed.any():
            is_changed = True
            sizes = np.abs(piece[changed])
            if sizes.max() > WHOLE_SINGLE or (np.abs(single[changed] - piece[changed]) > RELATIVE_ERROR * sizes).any():
                return True
        steps = np.diff(piece)
        n_steps, n_up, n_down = n_steps + len(steps), n_up + int((steps > 0).sum()), n_down + int((steps < 0).sum())
    return is_changed and n_steps > 1 and (not n_down or not n_up or n_up >= RISING_SHARE * n_steps)


def _pieces(values: np.ndarray) -> Iterator[np.ndarray]:
    """The finite numbers, float64, piece by piece; each begins with the last number of the one before, for the step between."""
    for start in range(0, len(values), PIECE):
        piece = values[max(0, start - 1) : start + PIECE].astype(np.float64, copy=False)
        finite = np.isfinite(piece)
        piece = piece if finite.all() else piece[finite]
        if len(piece):
            yield piece
