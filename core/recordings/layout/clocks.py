"""Dates and times of day in text, in whatever habit, → nanoseconds."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Clock = Literal["moment", "day", "time of day", "elapsed"]

MISSING = np.iinfo(np.int64).min
SECOND, DAY = 1_000_000_000, 86_400_000_000_000  # ns
LOOKED_AT = 50  # different cells that tell the pattern
MANY = 4_096  # cells that tell whether times repeat
FEWEST = 16  # cells of a column that is kept as times
REPEATED = 8  # cells with the same time, on average: with more, text takes hardly more memory
PIECE = 1 << 14  # cells that are taken apart at a time
MOSTLY = 0.98  # share of the filled cells that must be times
PIVOT = 70  # two digits of a year: from here on of the 20th century
DIGIT = re.compile(r"\d")
LONG = re.compile(r"\d{16,19}")
TICK = 100  # ns, that Windows counts: since 1601, and .NET since the year 1
TICKS = ((120_000_000_000_000_000, 160_000_000_000_000_000), (620_000_000_000_000_000, 670_000_000_000_000_000))
HOURS_A_DAY, MONTHS = 24, 12
BEFORE_NOON, AFTER_NOON = ["a", "上午", "午前"], ["p", "下午", "午後"]
MONTH_NAMES = {
    **{
        name: i
        for i, name in enumerate(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
        )
    },
    **{"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "fev": 2, "avr": 4, "aoû": 8, "aou": 8, "déc": 12},
    **{"ene": 1, "abr": 4, "ago": 8, "dic": 12, "mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10, "gen": 1, "mei": 5},
}
_DATES = (
    r"(?P<y>\d{4})[-/.年](?P<b>\d{1,2})[-/.月](?P<a>\d{1,2})日?",
    r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})",
    r"(?P<a>\d{1,2})[-\s./]{0,2}(?P<mon>[A-Za-zÀ-ÿ]{3,9})\.?[-\s./,]*(?P<y>\d{4}|\d{2})",
    r"(?P<mon>[A-Za-zÀ-ÿ]{3,9})\.?\s+(?P<a>\d{1,2}),?\s+(?P<y>\d{4})",
    r"(?P<y>(?:19|20)\d{2})(?P<b>\d{2})(?P<a>\d{2})",
)
_NOON = r"(?:\s*(?P<p>[AaPp])\.?\s?[Mm]\.?)?"
_HMS = rf"(?P<h>\d{{1,3}})[:h時时](?P<m>\d{{1,2}})[:m分](?P<s>\d{{1,2}})[s秒]?(?:[.,:](?P<f>\d{{1,9}}))?{_NOON}"
_POINTS = r"(?P<h>\d{1,2})\.(?P<m>\d{2})\.(?P<s>\d{2})(?:,(?P<f>\d{1,9}))?"
_HM = rf"(?P<h>\d{{1,3}})[:時时](?P<m>\d{{1,2}})分?{_NOON}"
_NOON_FIRST = r"(?P<p>[上下午前後]{2})\s*(?P<h>\d{1,2}):(?P<m>\d{2}):(?P<s>\d{2})"  # as in Chinese and Japanese
_MSF = r"(?P<m>\d{1,3}):(?P<s>\d{2})[.,](?P<f>\d{1,9})"
_COMPACT = r"(?P<h>\d{2})(?P<m>\d{2})(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?"
_WEEKDAY = r"(?:[A-Za-zÀ-ÿ]{2,10}\.?,?\s+)?"
_ZONE = r"\s*(?:Z|[A-Z]{2,5}|Uhr)?\s*(?P<z>[-+]\d{2}:?\d{2})?(?:\s*[(\[][^)\]]*[)\]])?"


@dataclass(frozen=True)
class ClockTimes:
    """Times that a column of text tells.

    nanoseconds: int64 (n,), since 1970, midnight or the start, `MISSING` where a cell holds none. may_be_swapped: whether day and
    month may be the other way round, and that would make a difference.
    """

    nanoseconds: np.ndarray
    clock: Clock
    may_be_swapped: bool = False


def read_clock(cells: np.ndarray) -> ClockTimes | None:
    """The times that text tells, (n,), or that were read already; None where it tells none."""
    if cells.dtype.kind in "Mm":
        return ClockTimes(cells.view(np.int64), _clock_of(cells))
    words = pc.utf8_trim_whitespace(pa.array(cells, pa.large_string())).dictionary_encode()
    known = words.dictionary
    is_filled = pc.not_equal(known, "").to_numpy(zero_copy_only=False)
    filled = known.filter(pa.array(is_filled))
    if not len(filled):
        return None
    read = _read(pa.chunked_array([filled]))
    if read is None:
        return None
    found = np.full(len(known) + 1, MISSING)
    found[np.flatnonzero(is_filled)] = read.nanoseconds
    return ClockTimes(found[_codes(words)], read.clock, read.may_be_swapped)


def clock_column(column: pa.ChunkedArray) -> tuple[np.ndarray, bool] | None:
    """A column of text in which times hardly repeat, (n,): datetime64[ns], or timedelta64[ns] since midnight or the start.

    NaT where a cell holds none. Beside it, whether day and month may be swapped. None where it is no such column. As text,
    each cell would take ten times the memory.
    """
    head = column.slice(0, MANY)
    if (
        len(head) < FEWEST
        or pc.count_distinct(head).as_py() < len(head) / REPEATED
        or not looks_like_clock(_words(head))
    ):
        return None
    read = _read(column)
    if read is None:
        return None
    kind = "datetime64[ns]" if read.clock in ("moment", "day") else "timedelta64[ns]"
    return read.nanoseconds.view(kind), read.may_be_swapped


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
    for pattern in _patterns():
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
    """Times since 1970 of 16 to 19 digits, in µs or ns; None where a word is something else."""
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


def _codes(words: pa.DictionaryArray) -> np.ndarray:
    codes: np.ndarray = words.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


@cache
def _patterns() -> tuple[str, ...]:
    """What a cell may look like, whole; the likelier first."""
    found = []
    for date in _DATES:
        is_compact = date is _DATES[-1]
        times = (_HMS, _HM, _POINTS, _NOON_FIRST, _COMPACT) if is_compact or date is _DATES[0] else (_HMS, _HM, _POINTS)
        found += [rf"{_WEEKDAY}{date}[T ,;_-]*{time}{_ZONE}" for time in times]
        found += [rf"{time}[ ,;]+{date}{_ZONE}" for time in (_HMS, _HM)]
    found.append(
        rf"{_WEEKDAY}(?P<mon>[A-Za-zÀ-ÿ]{{3,9}})\s+(?P<a>\d{{1,2}})\s+{_HMS}(?:\s+[A-Z]{{2,5}})?\s+(?P<y>\d{{4}})"
    )
    found += [rf"{_WEEKDAY}{date}{_ZONE}" for date in _DATES]
    found += [rf"(?P<d>\d+)(?:\s*(?:days?|d)[ ,+]*|[ .]){_HMS}", rf"{_HMS}{_ZONE}", rf"{_HM}{_ZONE}", _POINTS, _MSF]
    return tuple(rf"^\[?\s*(?:{one})\s*\]?$" for one in found)


@dataclass(frozen=True)
class _Piece:
    """Some times: nanoseconds without their days, int64 (n,); days since 1970, for each order of day and month that makes
    sense; which cells hold none; the largest hour."""

    nanoseconds: np.ndarray
    days: dict[str, np.ndarray]
    is_missing: np.ndarray
    last_hour: int


def _read_as(words: pa.ChunkedArray, pattern: str) -> ClockTimes | None:
    """The times that words of this pattern tell; None where some cannot be, or most words have another."""
    names = re.findall(r"\(\?P<(\w+)>", pattern)
    n = len(words)
    total, is_missing = np.empty(n, np.int64), np.empty(n, bool)
    days: dict[str, np.ndarray] = {}  # of each order of day and month that makes sense, those since 1970
    if "y" in names:
        days = {order: np.empty(n, np.int32) for order in ("day first", "month first")}
    n_filled = last_hour = 0
    for rows, words_of_piece in _pieces(words):
        piece = _piece(pc.extract_regex(words_of_piece, pattern), names)
        if piece is None:
            return None
        n_filled += pc.sum(pc.not_equal(words_of_piece, "")).as_py() or 0
        total[rows], is_missing[rows], last_hour = piece.nanoseconds, piece.is_missing, max(last_hour, piece.last_hour)
        days = {order: found for order, found in days.items() if order in piece.days}
        for order, found in days.items():
            found[rows] = piece.days[order]
    if n - is_missing.sum() < MOSTLY * n_filled:
        return None
    if names[:2] == ["h", "m"] and not {"s", "y"} & set(names) and last_hour >= HOURS_A_DAY:
        total //= 60  # minutes and seconds
    may_be_swapped = False
    if "y" in names:
        if not days:
            return None
        order, may_be_swapped = _likelier(days, is_missing)
        for start in range(0, n, PIECE):
            rows = slice(start, start + PIECE)
            total[rows] += days[order][rows].astype(np.int64) * DAY
    total[is_missing] = MISSING
    clock: Clock = "elapsed" if "d" in names else "time of day"
    if "y" in names:
        clock = "moment" if "m" in names else "day"
    return ClockTimes(total, clock, may_be_swapped)


def _piece(parts: pa.StructArray, names: list[str]) -> _Piece | None:
    """Times of their parts; None where there are no such minutes or seconds."""
    columns = {name: pc.struct_field(parts, name) for name in names}
    is_missing = pc.is_null(parts).to_numpy(zero_copy_only=False)
    number = {name: _number(columns[name]) for name in "ahmsbyd" if name in columns}
    total = np.zeros(len(parts), np.int64)
    days = _days(columns, number, is_missing, is_year_first=names[0] == "y") if "y" in columns else {}
    if "d" in columns:
        total += number["d"] * DAY
    if "m" in columns:
        ok = (number["m"] < 60) | ("h" not in columns)
        ok &= (number["s"] < 61) if "s" in columns else True
        if not (ok | is_missing).all():
            return None
        total += _time_of_day(columns, number)
    if "z" in columns and columns["z"].null_count < len(parts):
        total -= _zone(columns["z"])
    return _Piece(total, days, is_missing, int(number["h"].max(initial=0)) if "h" in number else 0)


def _number(column: pa.Array) -> np.ndarray:
    filled = pc.if_else(pc.equal(column, ""), "0", column).fill_null("0")
    found: np.ndarray = filled.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _days(
    columns: dict[str, pa.Array], number: dict[str, np.ndarray], is_missing: np.ndarray, is_year_first: bool
) -> dict[str, np.ndarray]:
    """Days since 1970, for each order of day and month in which there are such days."""
    years = number["y"]
    years = np.where(years < 100, years + np.where(years >= PIVOT, 1900, 2000), years)
    days = number["a"]
    if "mon" in columns:
        names = pc.utf8_slice_codeunits(pc.utf8_lower(columns["mon"]), 0, 3).to_pylist()
        months = np.array([MONTH_NAMES.get(name or "", 0) for name in names])
        orders = {"day first": (months, days)}
    else:
        months = number["b"]
        orders = {"day first": (months, days)} | ({} if is_year_first else {"month first": (days, months)})
    found = {order: _valid(years, *one, is_missing) for order, one in orders.items()}
    return {order: one for order, one in found.items() if one is not None}


def _likelier(days: dict[str, np.ndarray], is_missing: np.ndarray) -> tuple[str, bool]:
    """The order of day and month that makes sense, and whether the other does as well."""
    if len(days) == 1:
        return next(iter(days)), False
    day_first, month_first = (days[order] for order in ("day first", "month first"))
    if _are_as_far_apart(day_first, month_first, is_missing):
        return "day first", False
    one, other = _largest_step(day_first, is_missing), _largest_step(month_first, is_missing)
    return ("month first", False) if other < one else ("day first", not one < other)


def _are_as_far_apart(days: np.ndarray, others: np.ndarray, is_missing: np.ndarray) -> bool:
    """Are all steps of one the steps of the other?"""
    ends = [
        (int(apart.min()), int(apart.max()))
        for start in range(0, len(days), PIECE)
        for rows in [slice(start, start + PIECE)]
        if (apart := (days[rows] - others[rows])[~is_missing[rows]]).size
    ]
    return min(low for low, _ in ends) == max(high for _, high in ends)


def _largest_step(days: np.ndarray, is_missing: np.ndarray) -> float:
    """The largest step of days that go one way; infinite where they do not."""
    largest, rises, falls, last = 0.0, False, False, days[:0]
    for start in range(0, len(days), PIECE):
        there = np.concatenate([last, days[start : start + PIECE][~is_missing[start : start + PIECE]]])
        steps, last = np.diff(there), there[-1:]
        rises, falls = rises or bool((steps > 0).any()), falls or bool((steps < 0).any())
        largest = max(largest, float(np.abs(steps).max(initial=0)))
    return math.inf if rises and falls else largest


def _valid(years: np.ndarray, months: np.ndarray, days: np.ndarray, is_missing: np.ndarray) -> np.ndarray | None:
    """Days since 1970, (n,); None where a month or day is impossible."""
    ok = (months >= 1) & (months <= MONTHS) & (days >= 1) & (days <= 31) & (years > 1600) & (years < 2200)
    if not (ok | is_missing).all():
        return None
    since = (np.where(ok, years, 1970) - 1970) * MONTHS + np.where(ok, months, 1) - 1
    found: np.ndarray = (
        since.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + np.where(ok, days, 1) - 1
    )
    return found


def _time_of_day(columns: dict[str, pa.Array], number: dict[str, np.ndarray]) -> np.ndarray:
    zeros = np.zeros(len(number["m"]), np.int64)
    hours, minutes, seconds = number.get("h", zeros), number["m"], number.get("s", zeros)
    if "p" in columns and columns["p"].null_count < len(zeros):
        words = pc.utf8_lower(columns["p"].fill_null(""))
        is_after, is_before = (
            pc.is_in(words, pa.array(half)).to_numpy(zero_copy_only=False) for half in (AFTER_NOON, BEFORE_NOON)
        )
        hours = np.where(is_after & (hours < 12), hours + 12, np.where(is_before & (hours == 12), 0, hours))
    found = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    if "f" in columns:
        found = found + _number(pc.utf8_rpad(columns["f"].fill_null(""), 9, "0"))
    return found


def _zone(zones: pa.Array) -> np.ndarray:
    """By how many nanoseconds clocks are ahead of UTC."""
    plain = pc.replace_substring_regex(zones.fill_null(""), "[:+]", "")
    values = _number(pc.if_else(pc.equal(plain, ""), "0", plain))
    sizes = np.abs(values)
    found: np.ndarray = np.sign(values) * (sizes // 100 * 60 + sizes % 100) * 60 * SECOND
    return found
