"""Years, months and days as numbers → days since 1970, in the order of day and month that makes sense."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.recordings.layout.clock_patterns import MONTH_NAMES

MONTHS = 12
PIECE = 1 << 14  # cells that are looked at at a time
PIVOT = 70  # two digits of a year: from here on of the 20th century


def days_since_1970(
    columns: dict[str, pa.Array], number: dict[str, np.ndarray], is_missing: np.ndarray, is_year_first: bool
) -> dict[str, np.ndarray]:
    """Days since 1970, for each order of day and month in which there are such days."""
    years = number["year"]
    years = np.where(years < 100, years + np.where(years >= PIVOT, 1900, 2000), years)
    if "yday" in columns:
        ordinal = _of_year(years, number["yday"], is_missing)
        return {} if ordinal is None else {"day first": ordinal}
    days = number["day"]
    if "name" in columns:
        names = pc.utf8_slice_codeunits(pc.utf8_lower(columns["name"]), 0, 3).to_pylist()
        months = np.array([MONTH_NAMES.get(name or "", 0) for name in names])
        orders = {"day first": (months, days)}
    else:
        months = number["month"]
        orders = {"day first": (months, days)} | ({} if is_year_first else {"month first": (days, months)})
    found = {order: _valid(years, *one, is_missing) for order, one in orders.items()}
    return {order: one for order, one in found.items() if one is not None}


def likelier_order(days: dict[str, np.ndarray], is_missing: np.ndarray) -> tuple[str, bool]:
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


def _of_year(years: np.ndarray, days: np.ndarray, is_missing: np.ndarray) -> np.ndarray | None:
    """Days since 1970 of days of the year, from 1 on; None where a year has no such day."""
    first, next_first = (
        (years - 1970 + k).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) for k in (0, 1)
    )
    found: np.ndarray = first + days - 1
    ok = (days >= 1) & (found < next_first) & (years > 1600) & (years < 2200)
    return found if (ok | is_missing).all() else None


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
