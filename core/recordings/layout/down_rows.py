"""Tables in which time runs down the rows: the clock or the axis, and what the columns beside it are."""

from collections.abc import Sequence

import numpy as np

from core.config import MAX_CHANNELS, MIN_SAMPLES
from core.recordings.layout.cells import as_text, truths
from core.recordings.layout.column_names import (
    are_signals,
    has_other_unit,
    is_counter,
    is_day,
    is_display,
    is_fraction_of_second,
    is_id,
    is_label,
    numbered,
)
from core.recordings.layout.evidence import Evidence, evidence_of
from core.recordings.layout.layout import Kind, Layout
from core.recordings.reading.raw import Table, is_filled, is_text
from core.recordings.units import SECONDS, split_unit

N_LOOKED_AT = 2_000  # rows and columns, of which a table's form is told
MAX_LABELS = 20  # whole numbers as different as this are no classes
MANY = 20  # columns beside a time: rather signals than channels
UNLIKE = 10  # times as much as most columns: one that swings so is of another kind
MOSTLY_RISING = 0.9  # of its steps rise: a clock, whatever else it does
FEW_STRETCHES = 3  # of equal values for each different one: they stand in blocks
VERY_SPARSE = 0.02  # share of its cells: a column with fewer holds remarks


def timed(table: Table, others: Sequence[Table]) -> Layout | None:
    """A column of times, or an axis that rises evenly, beside columns that are signals or channels."""
    if len(table.names) < 2:
        return None
    columns = [column for column in evidence_of(table) if not column.is_empty]
    if found := _clock_of(columns):
        time, day = found
        return tall(table, columns, others, time.name, day.name if day else "")
    axis = _axis(columns)
    return tall(table, columns, others, "", "", axis) if axis else None


def _clock_of(columns: list[Evidence]) -> tuple[Evidence, Evidence | None] | None:
    """The column of times, and that of the day where it stands apart; None where no column tells times."""
    named = [one for one in columns if one.names_time and one.times is not None]
    texts = [one for one in columns if one.is_text and one.times is not None and one not in named]
    sized = [one for one in columns if not one.is_text and one not in named and one.counts_from_an_epoch]
    candidates = [one for one in [*named, *texts, *sized] if one.runs or _is_time_of_day(one) or _is_day(one)]
    candidates = [one for one in candidates if one.is_text or not _is_many(columns) or one.is_even or one.runs]
    day = next((one for one in candidates if _is_day(one)), None)
    if day is not None and (
        hours := next((one for one in candidates if one is not day and _is_time_of_day(one)), None)
    ):
        return hours, day
    running = [one for one in candidates if one.runs]
    if running:
        return (max(running, key=_fineness) if len(running) > 1 else running[0]), None
    first = next((one for one in columns if not (one.is_text or _is_very_sparse(one) or _is_first_count(one))), None)
    if first is not None and not first.is_named and first.is_even and not first.is_whole:
        return first, None
    return None


def _is_first_count(column: Evidence) -> bool:
    """Does a first column without a name count rows?"""
    return column.place == 0 and not column.has_name and column.counts


def _is_many(columns: list[Evidence]) -> bool:
    return len(columns) >= MANY


def _fineness(column: Evidence) -> tuple[bool, bool, int]:
    """By which of several clocks is best: those whose unit is known, that are even, and that have the most different times."""
    assert column.times is not None
    return column.times.is_known, bool(column.times.unit != "seconds" or column.is_text), column.n_different


def _is_day(column: Evidence) -> bool:
    return (
        column.times is not None
        and (column.times.clock == "day" or (is_day(column.name) and column.times.unit == "digits of a date"))
    ) or _is_midnight(column)


def _is_midnight(column: Evidence) -> bool:
    """Does a column of dates, as numbers since 1970, hold whole days?"""
    if column.times is None or column.is_text or column.times.clock != "moment" or not column.has_name:
        return False
    return is_day(column.name) and bool((np.nan_to_num(column.cells) % 86_400 == 0).all())


def _is_time_of_day(column: Evidence) -> bool:
    if column.times is None:
        return False
    if column.times.clock == "time of day":
        return True
    if column.is_text or not column.names_time or is_day(column.name):
        return False
    return bool(
        column.finite.min(initial=0) >= 0 and column.finite.max(initial=0) <= 86_400 and column.times.unit == "seconds"
    )


def _axis(columns: list[Evidence]) -> Evidence | None:
    """A first column that rises evenly and is no time: a count of rows, or the axis of a sweep."""
    first = next((one for one in columns if one.place == 0), None)
    if first is not None and len(columns) > MANY and first.has_name and is_counter(first.name):
        return None
    if first is None or first.is_text or len(first.cells) < MIN_SAMPLES or not first.is_even:
        return None
    return first


def tall(
    table: Table,
    columns: list[Evidence],
    others: Sequence[Table],
    time: str,
    day: str = "",
    axis: Evidence | None = None,
) -> Layout:
    """Time runs down the rows: each column is a signal, or a channel where there are few."""
    sampled: list[Evidence] = []
    labels: list[str] = []
    ignored: list[str] = [axis.name] if axis else []
    clock = _clock_of(columns) if time else None
    for column in columns:
        if column.name in (time, day) or column is axis:
            continue
        is_clock = column.cells.dtype.kind in "Mm"
        if is_clock or _says_time_again(column, clock) or _is_count(column) or _is_constant_setting(column, columns):
            ignored.append(column.name)
        elif column.is_text and not truths(column.cells):
            (labels if _cuts(column) or column.is_constant else ignored).append(column.name)
        elif _is_class(column, columns) or _differs_between(column, others):
            labels.append(column.name)
        elif (
            column.has_name
            and is_label(column.name)
            and column.repeats
            and column.is_whole
            and not _is_sibling(column, columns)
            and not _is_output(column)
        ):
            ignored.append(column.name)  # it changes too often to cut
        else:
            sampled.append(column)
    if any(not one.is_sparse for one in sampled):
        ignored += [one.name for one in sampled if _is_very_sparse(one)]
        sampled = [one for one in sampled if one.name not in ignored]
    if not sampled:  # a table of nothing but counts: the last may as well be measured
        spare = [one for one in columns if one.name in ignored and not one.is_text and one is not axis]
        sampled, ignored = spare[-1:], [name for name in ignored if not spare or name != spare[-1].name]
    names = tuple(one.name for one in sampled)
    kind: Kind = "columns" if _are_signals(table, names, time) else "channels"
    if kind == "columns":
        labels, ignored = [], [*ignored, *labels]
    empty = [name for name, cells in zip(table.names, table.columns, strict=True) if _is_nothing(cells)]
    if not names and empty:
        empty = empty[1:]
    order = {name: i for i, name in enumerate(table.names)}
    return Layout(
        kind=kind,
        time_column=time,
        date_column=day,
        labels=tuple(labels),
        ignored=tuple(sorted({*ignored, *empty} - {time, day, *labels}, key=lambda name: order[name])),
    )


def _is_very_sparse(column: Evidence) -> bool:
    return column.n_filled < max(2, VERY_SPARSE * len(column.cells))


def _is_nothing(cells: np.ndarray) -> bool:
    return not (is_filled(cells) if is_text(cells) else np.isfinite(cells)).any()


def _are_signals(table: Table, names: tuple[str, ...], time: str) -> bool:
    """Is each column a signal of its own, not a channel?"""
    if len(names) > 1 and are_signals(names):
        return True
    if len(names) < MANY:
        return False
    if len(names) <= MAX_CHANNELS and _are_unlike(table, names):
        return False
    return not table.has_names or len(numbered(names)) > len(names) / 2 or len(names) > MAX_CHANNELS


def _are_unlike(table: Table, names: tuple[str, ...]) -> bool:
    """Does a column swing far more than most: sensors of several kinds, however their columns are named?"""
    columns = [table.columns[table.names.index(name)][:N_LOOKED_AT] for name in names]
    swings = [float(np.nanstd(cells)) for cells in columns if cells.dtype != object and np.isfinite(cells).any()]
    return bool(swings) and max(swings) > UNLIKE * float(np.median(swings)) > 0


def _says_time_again(column: Evidence, clock: tuple[Evidence, Evidence | None] | None) -> bool:
    """Does a column say the time once more: a clock, or seconds that rise evenly beside one?"""
    if clock is None:
        return False
    if _is_part_of_a_second(column) or (not column.is_text and np.array_equal(column.cells, clock[0].cells)):
        return True
    is_clock = column.names_time or (column.is_text and not column.is_constant) or column.counts_from_an_epoch
    if not is_clock or column.times is None:
        return False
    return column.runs or column.times.clock in ("day", "time of day")


def _is_part_of_a_second(column: Evidence) -> bool:
    """Does a column of whole numbers below 1,000 (or a million) stand beside a clock, and is its name just ms (or µs)?"""
    if column.has_name and not column.is_text and not column.is_empty and is_fraction_of_second(column.name):
        return bool(column.finite.min() >= 0 and column.finite.max() < 1)
    name = split_unit(column.name)[0].strip(" ()[]").lower() if column.has_name else ""
    factor = SECONDS.get(name, 1.0)
    if column.is_text or factor >= 1 or not column.is_whole or column.is_empty:
        return False
    return float(column.finite.min()) >= 0 and float(column.finite.max()) * factor < 1


def _is_count(column: Evidence) -> bool:
    """Does a column only count rows, by its name and its values, or by its place and its values?"""
    if column.is_text or column.is_constant:
        return False
    if column.names_counter and (column.counts or column.wraps or column.counts_slowly):
        return True
    if not column.has_name:
        return _rises_by_one_step(column)
    may_count = column.place == 0 or column.counts_throughout
    return column.counts and may_count and not column.names_time and not has_other_unit(column.name)


def _is_constant_setting(column: Evidence, columns: list[Evidence]) -> bool:
    """Is a column the same throughout under the name of a counter, or of the digits that a meter shows?

    So is a person's number without a name beside text.
    """
    if column.is_text or not column.is_constant:
        return False
    if not column.has_name:
        return column.is_whose and any(one.is_text for one in columns)
    return (column.names_counter and column.is_whole) or is_display(column.name)


def _rises_by_one_step(column: Evidence) -> bool:
    """Do whole numbers rise by the same step nearly always: a clock of an unknown unit, or a count?"""
    if not column.is_whole or len(column.finite) < MIN_SAMPLES:
        return False
    steps = np.diff(column.finite)
    step = float(np.median(steps))
    return step > 0 and bool(np.mean(steps == step) >= MOSTLY_RISING)


def _cuts(column: Evidence) -> bool:
    """Does a text stay the same long enough to cut a recording wherever it changes?"""
    return column.repeats and not column.is_sparse and column.stays


def _is_class(column: Evidence, columns: list[Evidence]) -> bool:
    """Few different whole numbers that stay the same for long, under a name that says so, or in blocks beside text."""
    if column.is_text or not column.is_whole or column.is_empty:
        return False
    if column.has_name:
        is_named = is_label(column.name) or (is_id(column.name) and not has_other_unit(column.name))
        if not is_named or _is_sibling(column, columns):
            return False
        if column.is_constant:
            return True
    elif (
        not column.repeats
        or column.n_stretches > FEW_STRETCHES * column.n_different
        or column.place not in (0, len(columns) - 1)
    ):
        return False
    if not column.has_name and mostly_whole(columns) and not any(one.is_text for one in columns):
        return False
    return 1 < column.n_different <= min(MAX_LABELS, len(column.cells) / 2) and column.stays


def _is_sibling(column: Evidence, columns: list[Evidence]) -> bool:
    """Is a column one of x, y and z, or of others that are named by single letters, beside channels?"""
    name = column.name.strip().lower()
    others = {one.name.strip().lower() for one in columns} - {name}
    return len(name) == 1 and name in "xyz" and bool(others & (set("xyz") - {name}))


def _is_output(column: Evidence) -> bool:
    """Is a column y what came out of something, as it takes more values than classes do?"""
    return column.name.strip().lower() == "y" and column.n_different > MAX_LABELS


def mostly_whole(columns: list[Evidence]) -> bool:
    numbers = [one for one in columns if not one.is_text]
    return sum(one.is_whole for one in numbers) > len(numbers) / 2


def _differs_between(column: Evidence, others: Sequence[Table]) -> bool:
    """Is a column of numbers the same throughout each file, but not in all?"""
    if not column.is_constant or not others:
        return False
    values = {str(as_text(column.cells[:1])[0])}
    for other in others:
        if column.name not in other.names:
            return False
        cells = other.columns[other.names.index(column.name)]
        different = set(as_text(cells).tolist()) if len(cells) else set()
        if len(different) != 1:
            return False
        values |= different
    return len(values) > 1
