"""How dates and times of day are written, in whatever habit and language: patterns for Arrow and Python.

Their groups are the parts of a clock: year, month, day, yday (of the year), name (of a month), hour, minute, second, fraction
(of a second), half (of the day), zone and days (of a duration). Where day and month may be swapped, they are called as if the
day came first.
"""

import re
from functools import cache

NUMBERS = ("days", "year", "yday", "month", "day", "hour", "minute", "second")  # groups that hold whole numbers
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
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?",
    r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4}|\d{2})",
    r"(?P<day>\d{1,2})[-\s./]{0,2}(?P<name>[A-Za-zÀ-ÿ]{3,9})\.?[-\s./,]*(?P<year>\d{4}|\d{2})",
    r"(?P<name>[A-Za-zÀ-ÿ]{3,9})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})",
    r"(?P<year>\d{4})[-/:](?P<yday>[0-3]\d{2})",
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})",
)
_NOON = r"(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
_FRACTION = r"(?P<fraction>\d{1,9})"
_HMS = rf"(?P<hour>\d{{1,3}})[:h時时](?P<minute>\d{{1,2}})[:m分](?P<second>\d{{1,2}})[s秒]?(?:[.,:]{_FRACTION})?{_NOON}"
_POINTS = r"(?P<hour>\d{1,2})\.(?P<minute>\d{2})\.(?P<second>\d{2})(?:,(?P<fraction>\d{1,9}))?"
_HM = rf"(?P<hour>\d{{1,3}})[:時时](?P<minute>\d{{1,2}})分?{_NOON}"
_NOON_FIRST = (
    r"(?P<half>[上下午前後]{2})\s*(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})"  # as in Chinese and Japanese
)
_MSF = r"(?P<minute>\d{1,3}):(?P<second>\d{2})[.,](?P<fraction>\d{1,9})"
_COMPACT = r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?"
_WEEKDAY = r"(?:[A-Za-zÀ-ÿ]{2,10}\.?,?\s+)?"
_ZONE = r"\s*(?:Z|[A-Z]{2,5}|Uhr)?\s*(?P<zone>[-+]\d{2}:?\d{2})?(?:\s*[(\[][^)\]]*[)\]])?"


@cache
def patterns() -> tuple[str, ...]:
    """What a cell may look like, whole; the likelier first."""
    found = []
    for date in _DATES:
        is_compact = date is _DATES[-1]
        times = (_HMS, _HM, _POINTS, _NOON_FIRST, _COMPACT) if is_compact or date is _DATES[0] else (_HMS, _HM, _POINTS)
        found += [rf"{_WEEKDAY}{date}[T ,;:_-]*{time}{_ZONE}" for time in times]
        found += [rf"{time}[ ,;]+{date}{_ZONE}" for time in (_HMS, _HM)]
    found.append(
        rf"{_WEEKDAY}(?P<name>[A-Za-zÀ-ÿ]{{3,9}})\s+(?P<day>\d{{1,2}})\s+{_HMS}(?:\s+[A-Z]{{2,5}})?\s+(?P<year>\d{{4}})"
    )
    found += [rf"{_WEEKDAY}{date}{_ZONE}" for date in _DATES]
    found += [rf"(?P<days>\d+)(?:\s*(?:days?|d)[ ,+]*|[ .]){_HMS}", rf"{_HMS}{_ZONE}", rf"{_HM}{_ZONE}", _POINTS, _MSF]
    return tuple(rf"^\[?\s*(?:{one})\s*\]?$" for one in found)


def parts_of(pattern: str) -> list[str]:
    """The groups of a pattern, in the order in which they are written."""
    return re.findall(r"\(\?P<(\w+)>", pattern)
