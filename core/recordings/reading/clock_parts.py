"""Year, month, day, hour, minute and second, or seconds and nanoseconds, in columns of their own → one clock."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.recordings.findings import told
from core.recordings.layout.column_names import plain
from core.recordings.reading.raw import Table, is_text
from core.recordings.units import SECONDS

PARTS = {  # names of columns in small letters, and which values may stand there
    "year": ({"year", "yyyy", "yy", "yr", "jahr", "année", "annee", "año", "ano", "anno", "jaar", "年"}, (0, 2200)),
    "month": ({"month", "mo", "mon", "mm", "monat", "mois", "mes", "mês", "mese", "maand", "月"}, (1, 12)),
    "day": ({"day", "dd", "dy", "tag", "jour", "día", "dia", "giorno", "dag", "日"}, (1, 31)),
    "day of year": ({"doy", "day of year", "jday", "yday", "julian day", "jul day", "dayofyear"}, (1, 366)),
    "hour": ({"hour", "hours", "hh", "hr", "stunde", "heure", "hora", "ora", "uur", "時", "时"}, (0, 24)),
    "minute": ({"minute", "minutes", "min", "mm", "mn", "mi", "minuto", "分"}, (0, 59)),
    "second": ({"second", "seconds", "sec", "ss", "s", "sekunde", "seconde", "segundo", "secondo", "秒"}, (0, 61)),
}
PIVOT = 70  # two digits of a year: from here on of the 20th century
EPOCH = (8e8, 4e9)  # seconds since 1970: 1995 to 2096
SECOND, DAY = 1e9, 86_400_000_000_000  # ns


def with_one_clock(name: str, table: Table) -> Table:
    """The table with a clock instead of neighbouring columns that hold a date, a time or seconds in parts."""
    if parts := _parts(table):
        places = list(parts.values())
        clock = _clock({part: table.columns[i].astype(np.float64) for part, i in parts.items()})
    elif places := _seconds_and_rest(table):
        seconds, rest = (table.columns[i].astype(np.int64) for i in places)
        clock = (seconds * int(SECOND) + rest * round(_size(table.names[places[1]]) * SECOND)).view("datetime64[ns]")
    else:
        return table
    names = [table.names[i] for i in places]
    others = [i for i in range(len(table.names)) if i not in places]
    sentence = f"Columns {', '.join(f'“{one[:20]}”' for one in names)} of “{name}” are read as one clock."
    return replace(
        table,
        names=(" ".join(names), *(table.names[i] for i in others)),
        columns=(clock, *(table.columns[i] for i in others)),
        ignored=(*table.ignored, *names),
        findings=(*table.findings, told("time", sentence, "assumed", "column", names[0], len(names))),
    )


def _parts(table: Table) -> dict[str, int]:
    """The places of the columns that hold the parts of a clock, which stand side by side; none where a day cannot be told."""
    found: dict[str, int] = {}
    for i, (name, cells) in enumerate(zip(table.names, table.columns, strict=True) if table.has_names else ()):
        part = next((part for part in PARTS if part not in found and _may_be(part, name, cells)), "")
        if part and (not found or i == max(found.values()) + 1):
            found[part] = i
        elif found:
            break
    has_day = "year" in found and ({"month", "day"} <= found.keys() or "day of year" in found)
    return found if has_day else {}


def _may_be(part: str, name: str, cells: np.ndarray) -> bool:
    words, (low, high) = PARTS[part]
    if plain(name) not in words or is_text(cells) or not len(cells) or not np.isfinite(cells).all():
        return False
    is_whole = part == "second" or bool((cells == np.round(cells)).all())
    return is_whole and low <= cells.min() and cells.max() <= high


def _seconds_and_rest(table: Table) -> list[int]:
    """The places of two neighbours, seconds since 1970 and what they leave out in a smaller unit; none where there are none."""
    for i, (cells, rest) in enumerate(pairwise(table.columns) if table.has_names else ()):
        if any(is_text(one) or not np.isfinite(one).all() or (one != np.round(one)).any() for one in (cells, rest)):
            continue
        size = _size(table.names[i + 1])
        is_since_1970 = len(cells) > 0 and EPOCH[0] <= cells.min() and cells.max() <= EPOCH[1]
        if is_since_1970 and size < 1 and rest.min() >= 0 and float(rest.max()) * size < 1:
            return [i, i + 1]
    return []


def _size(name: str) -> float:
    """How many seconds one of the unit of time is with which a name ends, as in “stamp.nsecs”; 1 where it is none."""
    return SECONDS.get(re.split(r"[\W_]+", name.strip(" ()[]").lower())[-1], 1.0)


def _clock(parts: dict[str, np.ndarray]) -> np.ndarray:
    """datetime64[ns], (n_rows,), of numbers of years, months and so on."""
    years = parts["year"]
    years = np.where(years < 100, years + np.where(years >= PIVOT, 1900, 2000), years).astype(np.int64)
    months = parts.get("month", np.ones(len(years))).astype(np.int64)
    days = parts.get("day", parts.get("day of year", np.ones(len(years)))).astype(np.int64)
    dates = (
        ((years - 1970) * 12 + months - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + days - 1
    )
    seconds = sum(parts[part] * size for part, size in (("hour", 3600), ("minute", 60), ("second", 1)) if part in parts)
    found: np.ndarray = dates * DAY + np.round(np.asarray(seconds) * SECOND).astype(np.int64)
    return found.view("datetime64[ns]")
