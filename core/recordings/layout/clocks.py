"""Dates and times of day in text, in whatever habit, → nanoseconds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.recordings.layout.calendar_days import PIECE, days_since_1970, likelier_order
from core.recordings.layout.clock_patterns import AFTER_NOON, BEFORE_NOON, NUMBERS, parts_of, patterns
from core.recordings.reading.raw import different

Clock = Literal["moment", "day", "time of day", "elapsed"]

MISSING = np.iinfo(np.int64).min
SECOND, DAY = 1_000_000_000, 86_400_000_000_000  # ns
LOOKED_AT = 50  # different cells that tell the pattern
MANY = 4_096  # cells that tell whether times repeat
FEWEST = 16  # cells of a column that is kept as times
REPEATED = 8  # cells with the same time, on average: with more, text takes hardly more memory
MOSTLY = 0.98  # share of the filled cells that must be times
DIGIT = re.compile(r"\d")
LONG = re.compile(r"\d{16,19}")
TICK = 100  # ns, that Windows counts: since 1601, and .NET since the year 1
TICKS = ((120_000_000_000_000_000, 160_000_000_000_000_000), (620_000_000_000_000_000, 670_000_000_000_000_000))


@dataclass(frozen=True)
class ClockTimes:
    """Times that a column of text tells.

    nanoseconds: int64 (n,), since 1970, midnight or the start, `MISSING` where a cell holds none. may_be_swapped: whether day and
    month may be the other way round, and that would make a difference. is_short: whether cells are two numbers, as in 12:30,
    which are read as hours and minutes and may be minutes and seconds.
    """

    nanoseconds: np.ndarray
    clock: Clock
    may_be_swapped: bool = False
    is_short: bool = False

    @property
    def cells(self) -> np.ndarray:
        """datetime64[ns], or timedelta64[ns] since midnight or the start; NaT where a cell holds none."""
        return self.nanoseconds.view("datetime64[ns]" if self.clock in ("moment", "day") else "timedelta64[ns]")


def read_clock(cells: np.ndarray) -> ClockTimes | None:
    """The times that text tells, (n,), or that were read already; None where it tells none."""
    if cells.dtype.kind in "Mm":
        return ClockTimes(cells.view(np.int64), _clock_of(cells))
    words, codes = different(cells)
    known = pc.utf8_trim_whitespace(pa.array(words, pa.large_string()))
    is_filled = pc.not_equal(known, "").to_numpy(zero_copy_only=False)
    filled = known.filter(pa.array(is_filled))
    if not len(filled):
        return None
    read = _read(pa.chunked_array([filled]))
    if read is None:
        return None
    found = np.full(len(known), MISSING)
    found[np.flatnonzero(is_filled)] = read.nanoseconds
    return replace(read, nanoseconds=found[codes])


def clock_column(column: pa.ChunkedArray) -> ClockTimes | None:
    """A column of text in which times hardly repeat; None where it is no such column.

    As text, each cell would take ten times the memory.
    """
    head = column.slice(0, MANY)
    if (
        len(head) < FEWEST
        or pc.count_distinct(head).as_py() < len(head) / REPEATED
        or not looks_like_clock(_words(head))
    ):
        return None
    return _read(column)


def _words(column: pa.ChunkedArray) -> np.ndarray:
    return np.array([*pc.fill_null(column, "").to_pylist()], object)


def _clock_of(cells: np.ndarray) -> Clock:
    """The kind of clock that times come from, as far as it is seen from them alone."""
    nanoseconds = cells.view(np.int64)
    if cells.dtype.kind == "m":
        return "elapsed" if nanoseconds.max(initial=0) >= DAY else "time of day"
    are_days = all(
        not (nanoseconds[rows][~np.isnat(cells[rows])] % DAY).any() for rows in (slice(0, MANY), slice(MANY, None))
    )
    return "day" if are_days else "moment"


def _read(words: pa.ChunkedArray) -> ClockTimes | None:
    """Words as times; empty ones tell none. None where most of the others tell none."""
    sample = [word.strip() for word in words[: 2 * LOOKED_AT].to_pylist() if word and word.strip()][:LOOKED_AT]
    if not sample or sum(DIGIT.search(word) is not None for word in sample) < MOSTLY * len(sample):
        return None
    if all(LONG.fullmatch(word) for word in sample) and (read := _read_digits(words)):
        return read
    for pattern in patterns():
        compiled = re.compile(pattern)  # by Python first: Arrow compiles a pattern anew each time
        is_alike = sum(compiled.match(word) is not None for word in sample) >= MOSTLY * len(sample)
        if is_alike and (read := _read_as(words, pattern)):
            return read
    return None


def _pieces(words: pa.ChunkedArray) -> Iterator[tuple[slice, pa.Array]]:
    """The words without blanks around them, piece by piece, and where each piece stands."""
    place = 0
    for chunk in words.chunks:
        for start in range(0, len(chunk), PIECE):
            piece = pc.utf8_trim_whitespace(chunk.slice(start, PIECE))
            yield slice(place, place + len(piece)), piece
            place += len(piece)


def _read_digits(words: pa.ChunkedArray) -> ClockTimes | None:
    """Times of 16 to 19 digits, since 1970 in µs or ns or as `TICKS`; None where a word is something else."""
    found = np.empty(len(words), np.int64)
    longest = 0
    for rows, piece in _pieces(words):
        digits = pc.if_else(pc.equal(piece, ""), pa.scalar(None, piece.type), piece)
        if not pc.all(pc.match_substring_regex(digits, f"^{LONG.pattern}$")).as_py():
            return None
        found[rows] = digits.cast(pa.int64()).fill_null(MISSING).to_numpy(zero_copy_only=False)
        longest = max(longest, pc.max(pc.utf8_length(digits)).as_py() or 0)
    is_missing = found == MISSING
    there = found[~is_missing]
    first, nanoseconds = _since(int(there[0]), longest)
    found -= first
    found *= nanoseconds
    found[is_missing] = MISSING
    return ClockTimes(found, "moment")


def _since(first: int, n_digits: int) -> tuple[int, int]:
    """What numbers of so many digits, of which the first is given, count from, and how many nanoseconds one of them is."""
    if any(low <= first <= high for low, high in TICKS):
        return first, TICK
    return 0, 1_000 if n_digits <= len("1700000000000000") else 1


def looks_like_clock(cells: np.ndarray) -> bool:
    """Do the first cells of text tell times?"""
    return cells.dtype.kind in "Mm" or read_clock(cells[: 2 * LOOKED_AT]) is not None


@dataclass(frozen=True)
class _Piece:
    """Some times: nanoseconds without their days, int64 (n,); days since 1970, for each order of day and month that makes
    sense; which cells hold none."""

    nanoseconds: np.ndarray
    days: dict[str, np.ndarray]
    is_missing: np.ndarray


def _read_as(words: pa.ChunkedArray, pattern: str) -> ClockTimes | None:
    """The times that words of this pattern tell; None where some cannot be, or most words have another."""
    names = parts_of(pattern)
    n = len(words)
    total, is_missing = np.empty(n, np.int64), np.empty(n, bool)
    days: dict[str, np.ndarray] = {}  # of each order of day and month that makes sense, those since 1970
    if "year" in names:
        days = {order: np.empty(n, np.int32) for order in ("day first", "month first")}
    n_filled = 0
    for rows, words_of_piece in _pieces(words):
        piece = _piece(pc.extract_regex(words_of_piece, pattern), names)
        if piece is None:
            return None
        n_filled += pc.sum(pc.not_equal(words_of_piece, "")).as_py() or 0
        total[rows], is_missing[rows] = piece.nanoseconds, piece.is_missing
        days = {order: found for order, found in days.items() if order in piece.days}
        for order, found in days.items():
            found[rows] = piece.days[order]
    if n - is_missing.sum() < MOSTLY * n_filled:
        return None
    may_be_swapped = False
    if "year" in names:
        if not days:
            return None
        order, may_be_swapped = likelier_order(days, is_missing)
        for start in range(0, n, PIECE):
            rows = slice(start, start + PIECE)
            total[rows] += days[order][rows].astype(np.int64) * DAY
    total[is_missing] = MISSING
    clock: Clock = "elapsed" if "days" in names else "time of day"
    if "year" in names:
        clock = "moment" if "minute" in names else "day"
    is_short = names[:2] == ["hour", "minute"] and not {"second", "year"} & set(names)
    return ClockTimes(total, clock, may_be_swapped, is_short)


def _piece(parts: pa.StructArray, names: list[str]) -> _Piece | None:
    """Times of their parts; None where there are no such minutes or seconds."""
    columns = {name: pc.struct_field(parts, name) for name in names}
    is_missing = pc.is_null(parts).to_numpy(zero_copy_only=False)
    number = {name: _number(columns[name]) for name in NUMBERS if name in columns}
    total = np.zeros(len(parts), np.int64)
    days = days_since_1970(columns, number, is_missing, is_year_first=names[0] == "year") if "year" in columns else {}
    if "days" in columns:
        total += number["days"] * DAY
    if "minute" in columns:
        ok = (number["minute"] < 60) | ("hour" not in columns)
        ok &= (number["second"] < 61) if "second" in columns else True
        if not (ok | is_missing).all():
            return None
        total += _time_of_day(columns, number)
    if "zone" in columns and columns["zone"].null_count < len(parts):
        total -= _zone(columns["zone"])
    return _Piece(total, days, is_missing)


def _number(column: pa.Array) -> np.ndarray:
    filled = pc.if_else(pc.equal(column, ""), "0", column).fill_null("0")
    found: np.ndarray = filled.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _time_of_day(columns: dict[str, pa.Array], number: dict[str, np.ndarray]) -> np.ndarray:
    zeros = np.zeros(len(number["minute"]), np.int64)
    hours, minutes, seconds = number.get("hour", zeros), number["minute"], number.get("second", zeros)
    if "half" in columns and columns["half"].null_count < len(zeros):
        words = pc.utf8_lower(columns["half"].fill_null(""))
        is_after, is_before = (
            pc.is_in(words, pa.array(half)).to_numpy(zero_copy_only=False) for half in (AFTER_NOON, BEFORE_NOON)
        )
        hours = np.where(is_after & (hours < 12), hours + 12, np.where(is_before & (hours == 12), 0, hours))
    found = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    if "fraction" in columns:
        found = found + _number(pc.utf8_rpad(columns["fraction"].fill_null(""), 9, "0"))
    return found


def _zone(zones: pa.Array) -> np.ndarray:
    """By how many nanoseconds clocks are ahead of UTC."""
    plain = pc.replace_substring_regex(zones.fill_null(""), "[:+]", "")
    values = _number(pc.if_else(pc.equal(plain, ""), "0", plain))
    sizes = np.abs(values)
    found: np.ndarray = np.sign(values) * (sizes // 100 * 60 + sizes % 100) * 60 * SECOND
    return found
