"""Numbers as people read them: three significant digits, thousands separators, durations such as "2 min 10 s"."""

import re
import unicodedata
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")

FORMULA = r"'*[=+\-@\t\r\n＝＋－＠]"  # what the cells begin with that spreadsheets may run; see `csv_cell`
INVISIBLE = ("Cc", "Cf", "Cs")  # categories of Unicode: controls, marks without a shape, halves of signs
JOINERS = "\u200c\u200d"  # invisible, and a part of words and of emoji
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
AT_THE_FLOOR = 1.3  # times its floor: up to here a distance to real counts as being at it


def number(value: float) -> str:
    """Three significant digits, with separators where there are more before the point."""
    if value == 0:
        return "0"
    if abs(value) >= 999.5:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.2e}"
    return f"{float(f'{value:.3g}'):g}"


def count(n: int) -> str:
    """With thousands separators."""
    return f"{n:,}"


def quantity(n: int, noun: str) -> str:
    """A count and its noun, in the plural where it is not one."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def duration(seconds: float) -> str:
    """The two largest units that matter: "0.4 s", "2 min 10 s", "3 h 5 min", "69.4 days"."""
    if seconds < 10:
        return f"{number(round(seconds, 1))} s"
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return _two(*divmod(total, 60), "min", "s")
    if total < 48 * 3600:
        return _two(*divmod(round(seconds / 60), 60), "h", "min")
    return f"{number(seconds / 86_400)} days"


def about(seconds: float) -> str:
    """A duration that is only expected, so roughly: "10 s", "2 min", "1.5 h"."""
    for unit, length, largest in (("s", 1, 55), ("min", 60, 90), ("h", 3600, 48)):
        value = seconds / length
        if value < largest:
            return f"{_rough(value)} {unit}"
    return f"{_rough(seconds / 86_400)} days"


def _rough(value: float) -> str:
    """Halves up to 3, then ones, then fives; at least 1."""
    step = 0.5 if value < 3 else 1 if value < 15 else 5
    return f"{max(1.0, step * round(value / step)):g}"


def _two(large: int, small: int, large_unit: str, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def percent(share: float) -> str:
    """A share in percent, with a decimal where it matters: "54 %", "0.3 %", "99.9 %"."""
    value = 100 * share
    close_to_an_end = min(abs(value), abs(100 - value)) < 9.95
    return f"{value:.1f} %".replace(".0 %", " %") if close_to_an_end else f"{value:.0f} %"


def money(dollars: float) -> str:
    """Dollars, with cents only where they matter."""
    if dollars >= 100 or dollars == int(dollars):
        return f"${dollars:,.0f}"
    return f"${dollars:,.2f}" if dollars >= 0.01 else f"${number(dollars)}"


def size(n_bytes: int) -> str:
    """Bytes in decimal units."""
    value = float(n_bytes)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{number(value)} {unit}"
        value /= 1000
    return f"{number(value)} GB"


def ago(moment: datetime, now: datetime) -> str:
    """How long before `now` a moment was."""
    seconds = (now - moment).total_seconds()
    if seconds < 45:
        return "just now"
    for unit, length in (("minute", 60), ("hour", 3600), ("day", 86_400)):
        n = max(1, round(seconds / length))
        if n < {"minute": 60, "hour": 24}.get(unit, n + 1):
            return f"{quantity(n, unit)} ago"
    return ""


def moment(step: int) -> str:
    """Which state of a training it is, after “the twin …”."""
    return f"at step {count(step)}" if step else "before the first step"


def nearness(distance: float) -> str:
    """A distance to real, in multiples of its floor, after “the fakes are …”."""
    if distance < AT_THE_FLOOR:
        return "about as near to real signals as other real signals are"
    return f"{number(distance)} times as far from real signals as other real signals are"


def name_of(text: str, n_most: int) -> str:
    """Text that somebody gave as a name, on one line and at most so long.

    Without control characters and without marks that turn the direction of what follows, or “gpj.exe” could look like
    “exe.jpg”; the letters of languages that are written from right to left need none.
    """
    line = " ".join(text.split())
    kept = (sign for sign in line if unicodedata.category(sign) not in INVISIBLE or sign in JOINERS)
    return "".join(kept)[:n_most].strip()


def csv_cell(value: T) -> T | str:
    """A value for a CSV file; text that a spreadsheet would run as a formula gets an apostrophe before it, as OWASP advises.

    Text that already has one before a formula gets another, so taking one away from each match of FORMULA gives the text back.
    """
    if isinstance(value, str) and re.match(FORMULA, value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
