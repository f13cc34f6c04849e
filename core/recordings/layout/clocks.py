"""Dates and times of day in text, in whatever habit, → nanoseconds."""

import re
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
MOSTLY = 0.98  # share of the filled cells that must be times
PIVOT = 70  # two digits of a year: from here on of the 20th century
DIGIT = re.compile(r"\d")
LONG = re.compile(r"\d{16,19}")
HOURS_A_DAY, MONTHS = 24, 12
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
    r"(?P<y>\d{4})[-/.](?P<b>\d{1,2})[-/.](?P<a>\d{1,2})",
    r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})",
    r"(?P<a>\d{1,2})[-\s./]?(?P<mon>[A-Za-zÀ-ÿ]{3,9})\.?[-\s./,]*(?P<y>\d{4}|\d{2})",
    r"(?P<mon>[A-Za-zÀ-ÿ]{3,9})\.?\s+(?P<a>\d{1,2}),?\s+(?P<y>\d{4})",
    r"(?P<y>(?:19|20)\d{2})(?P<b>\d{2})(?P<a>\d{2})",
)
_HMS = r"(?P<h>\d{1,3})[:.h](?P<m>\d{2})[:.m](?P<s>\d{2})s?(?:[.,:](?P<f>\d{1,9}))?(?:\s*(?P<p>[AaPp])\.?\s?[Mm]\.?)?"
_HM = r"(?P<h>\d{1,3}):(?P<m>\d{2})(?:\s*(?P<p>[AaPp])\.?\s?[Mm]\.?)?"
_MSF = r"(?P<m>\d{1,3}):(?P<s>\d{2})[.,](?P<f>\d{1,9})"
_COMPACT = r"(?P<h>\d{2})(?P<m>\d{2})(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?"
_WEEKDAY = r"(?:[A-Za-zÀ-ÿ]{2,10}\.?,?\s+)?"
_ZONE = r"\s*(?:Z|[A-Z]{2,5})?\s*(?P<z>[-+]\d{2}:?\d{2})?(?:\s*\([^)]*\))?"


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
    """The times that text tells, (n,); None where it tells none."""
    words = pc.utf8_trim_whitespace(pa.array(cells, pa.large_string())).dictionary_encode()
    known = words.dictionary
    is_filled = pc.not_equal(known, "").to_numpy(zero_copy_only=False)
    filled = known.filter(pa.array(is_filled))
    if not len(filled):
        return None
    sample = [str(word) for word in filled[:LOOKED_AT].to_pylist()]
    if sum(DIGIT.search(word) is not None for word in sample) < MOSTLY * len(sample):
        return None
    if (
        all(LONG.fullmatch(word) for word in sample)
        and pc.all(pc.match_substring_regex(filled, f"^{LONG.pattern}$")).as_py()
    ):
        found = np.full(len(known) + 1, MISSING)
        found[np.flatnonzero(is_filled)] = filled.cast(pa.int64()).to_numpy() * _epoch_unit(filled)
        return ClockTimes(found[_codes(words)], "moment")
    for pattern in _patterns():
        compiled = re.compile(pattern)  # by Python first: Arrow compiles a pattern anew each time
        if sum(compiled.match(word) is not None for word in sample) >= MOSTLY * len(sample):
            parts = pc.extract_regex(filled, pattern)
            read = _read(parts, pattern) if pc.count(parts).as_py() >= MOSTLY * len(filled) else None
            if read is not None:
                nanoseconds, clock, may_be_swapped = read
                found = np.full(len(known) + 1, MISSING)
                found[np.flatnonzero(is_filled)] = nanoseconds
                return ClockTimes(found[_codes(words)], clock, may_be_swapped)
    return None


def looks_like_clock(cells: np.ndarray) -> bool:
    """Do the first cells of text tell times?"""
    return read_clock(cells[: 2 * LOOKED_AT]) is not None


def _codes(words: pa.DictionaryArray) -> np.ndarray:
    codes: np.ndarray = words.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _epoch_unit(digits: pa.Array) -> int:
    """How many nanoseconds one unit of a time since 1970 of 16 to 19 digits is: µs or ns."""
    return 1_000 if pc.max(pc.utf8_length(digits)).as_py() <= len("1700000000000000") else 1


@cache
def _patterns() -> tuple[str, ...]:
    """What a cell may look like, whole; the likelier first."""
    found = []
    for date in _DATES:
        is_compact = date is _DATES[-1]
        times = (_HMS, _HM, _COMPACT) if is_compact or date is _DATES[0] else (_HMS, _HM)
        found += [rf"{_WEEKDAY}{date}[T ,;_-]*{time}{_ZONE}" for time in times]
        found += [rf"{time}[ ,;]+{date}{_ZONE}" for time in (_HMS, _HM)]
    found.append(
        rf"{_WEEKDAY}(?P<mon>[A-Za-zÀ-ÿ]{{3,9}})\s+(?P<a>\d{{1,2}})\s+{_HMS}(?:\s+[A-Z]{{2,5}})?\s+(?P<y>\d{{4}})"
    )
    found += [rf"{_WEEKDAY}{date}{_ZONE}" for date in _DATES]
    found += [rf"(?P<d>\d+)\s*(?:days?|d)[ ,+]*{_HMS}", rf"{_HMS}{_ZONE}", rf"{_HM}{_ZONE}", _MSF]
    return tuple(rf"^\[?\s*(?:{one})\s*\]?$" for one in found)


def _read(parts: pa.StructArray, pattern: str) -> tuple[np.ndarray, Clock, bool] | None:
    """Nanoseconds out of the parts of times, int64 (n,); None where they cannot be."""
    names = re.findall(r"\(\?P<(\w+)>", pattern)
    columns = {name: pc.struct_field(parts, name) for name in names}
    is_missing = pc.is_null(parts).to_numpy(zero_copy_only=False)
    number = {name: _number(columns[name]) for name in "ahmsbyd" if name in columns}
    total = np.zeros(len(parts), np.int64)
    may_be_swapped = False
    if "y" in columns:
        days = _days(columns, number, is_missing, is_year_first=names[0] == "y")
        if days is None:
            return None
        total += days[0] * DAY
        may_be_swapped = days[1]
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
    has_time = "m" in columns
    clock: Clock = "elapsed" if "d" in columns else "time of day"
    if "y" in columns:
        clock = "moment" if has_time else "day"
    return np.where(is_missing, MISSING, total), clock, may_be_swapped


def _number(column: pa.Array) -> np.ndarray:
    filled = pc.if_else(pc.equal(column, ""), "0", column).fill_null("0")
    found: np.ndarray = filled.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _days(
    columns: dict[str, pa.Array], number: dict[str, np.ndarray], is_missing: np.ndarray, is_year_first: bool
) -> tuple[np.ndarray, bool] | None:
    """Days since 1970, and whether days and months may be swapped; None where there are no such days."""
    years = number["y"]
    years = np.where(years < 100, years + np.where(years >= PIVOT, 1900, 2000), years)
    days = number["a"]
    if "mon" in columns:
        names = pc.utf8_slice_codeunits(pc.utf8_lower(columns["mon"]), 0, 3).to_pylist()
        months = np.array([MONTH_NAMES.get(name or "", 0) for name in names])
        found = _valid(years, months, days, is_missing)
        return None if found is None else (found, False)
    months = number["b"]
    if is_year_first:
        found = _valid(years, months, days, is_missing)
        return None if found is None else (found, False)
    day_first, month_first = _valid(years, months, days, is_missing), _valid(years, days, months, is_missing)
    if day_first is None or month_first is None:
        either = day_first if day_first is not None else month_first
        return None if either is None else (either, False)
    one, other = (np.diff(found[~is_missing]) for found in (day_first, month_first))
    if np.array_equal(one, other):
        return day_first, False
    return (month_first, False) if _is_steadier(other, one) else (day_first, not _is_steadier(one, other))


def _is_steadier(steps: np.ndarray, others: np.ndarray) -> bool:
    """Do these steps of days keep one direction and are smaller?"""
    is_steady, are_others = ((one >= 0).all() or (one <= 0).all() for one in (steps, others))
    return bool(is_steady and (not are_others or np.abs(steps).max() < np.abs(others).max()))


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
    if "h" in columns and "s" not in columns and "y" not in columns and hours.max(initial=0) >= HOURS_A_DAY:
        hours, minutes, seconds = zeros, hours, minutes  # minutes and seconds
    if "p" in columns and columns["p"].null_count < len(zeros):
        letters = pc.utf8_lower(columns["p"].fill_null(""))
        is_after, is_before = (pc.equal(letters, letter).to_numpy(zero_copy_only=False) for letter in "pa")
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
