"""Rows whose cells are apart by several blanks or tabs → the same with one blank."""

import numpy as np
import pyarrow as pa

PIECE = 1 << 22  # bytes that are looked at at a time
TAB, LINE_FEED, RETURN, BLANK = b"\t\n\r "


def single_blanks(data: pa.Buffer) -> pa.Buffer:
    """Rows with one blank between their cells, and none at their ends."""
    given = np.frombuffer(data, np.uint8)
    found = np.empty(len(given), np.uint8)
    size = start = 0
    while start < len(given):
        piece = given[start : start + PIECE]
        if start + len(piece) < len(given):
            ends = np.flatnonzero((piece == LINE_FEED) | (piece == RETURN))
            piece = piece[: ends[-1] + 1] if len(ends) else piece
        start += len(piece)
        piece = _without_spare_blanks(piece)
        found[size : size + len(piece)] = piece
        size += len(piece)
    return pa.py_buffer(found[:size])


def _without_spare_blanks(piece: np.ndarray) -> np.ndarray:
    """Text in bytes without blanks that stand before a blank, before the end of a line or at its beginning."""
    piece = np.where(piece == TAB, np.uint8(BLANK), piece)
    before_end = np.append(((piece == BLANK) | (piece == LINE_FEED) | (piece == RETURN))[1:], False)
    piece = piece[~((piece == BLANK) & before_end)]
    begins = np.append(True, ((piece == LINE_FEED) | (piece == RETURN))[:-1])
    return piece[~((piece == BLANK) & begins)]
