"""Year, month, day, hour, minute and second in columns of their own → one clock."""

from dataclasses import replace

import numpy as np

from core.recordings.findings import told
from core.recordings.layout.column_names import plain
from core.recordings.reading.raw import Table, is_text

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
SECOND, DAY = 1e9, 86_400_000_000_000  # ns


def with_one_clock(name: str, table: Table) -> Table:
    """The table with a clock instead of neighbouring columns that hold a date, and perhaps a time, in parts."""
    parts = _parts(table)
    if not parts:
        return table
    places = list(parts.values())
    names = [table.names[i] for i in places]
    clock = _clock({part: table.columns[i].astype(np.float64) for part, i in parts.items()})
    rest = [i for i in range(len(table.names)) if i not in places]
    sentence = f"Columns {', '.join(f'“{one[:20]}”' for one in names)} of “{name}” are read as one clock."
    return replace(
        table,
        names=(" ".join(names), *(table.names[i] for i in rest)),
        columns=(clock, *(table.columns[i] for i in rest)),
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
