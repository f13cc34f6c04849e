"""Columns as Arrow reads them → NumPy: numbers in single precision where that is enough, or text."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.recordings.reading.spelling import read_numbers

WHOLE_SINGLE = 2**24  # up to here single precision tells all integers apart
WHOLE_DOUBLE = 2**53
RISING_SHARE = 0.9  # of its steps: a time that starts again with each recording still rises nearly always
SINGLE_ROUNDING = 2.0**-24  # of a number, at most
DOUBLE_ROUNDING = 1e-12  # of a number: less than this is no swing but rounding itself
LOST_SWING = 1e-3  # of the spread of a column: what may be rounded away
RELATIVE_ERROR = 1e-6  # of a number in single precision, unless it is too large or too small for it


def column_of(array: pa.ChunkedArray) -> np.ndarray | None:
    """A column as in `Table`, (n_rows,); None where it is neither numbers nor times nor text.

    Dates become seconds since 1970, times of the day seconds since midnight, truths text.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return column_of(array.cast(kind.value_type))
    if pa.types.is_null(kind):
        return np.full(len(array), np.nan, np.float32)
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        return array.cast(pa.float32()).to_numpy()
    if pa.types.is_integer(kind) and is_beyond(array, WHOLE_DOUBLE):
        return _text(array.cast(pa.string()))  # numbers that long are names
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return compact(array.cast(pa.float64(), safe=False).to_numpy())
    if pa.types.is_temporal(kind):
        return _seconds(array)
    if pa.types.is_boolean(kind):
        return _text(array.cast(pa.string()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _numbers_or_text(array.cast(pa.large_string()))
    return None


def compact(values: np.ndarray) -> np.ndarray:
    """Numbers, float64 (n,), as float32 unless times, identifiers or extremes would suffer."""
    with np.errstate(over="ignore", under="ignore"):
        single = values.astype(np.float32)
    return values if _suffers(values, single) or loses_swing(values) else single


def loses_swing(values: np.ndarray) -> bool:
    """Would single precision round numbers, (n,), by more than a small part of their spread: a swing on a large level?"""
    if values.dtype != np.float64:
        return False
    finite = values[np.isfinite(values)]
    if not len(finite):
        return False
    level, spread = float(np.abs(finite).max()), float(finite.std())
    return level * SINGLE_ROUNDING > LOST_SWING * spread > level * DOUBLE_ROUNDING


def is_beyond(integers: pa.ChunkedArray, limit: int) -> bool:
    """Is the size of any of these integers above the limit?"""
    ends = pc.min_max(integers).as_py()
    return ends["min"] is not None and max(-ends["min"], ends["max"]) > limit


def _suffers(values: np.ndarray, single: np.ndarray) -> bool:
    finite = np.isfinite(values)
    if not finite.all():
        values, single = values[finite], single[finite]
    changed = values != single
    if not changed.any():
        return False
    sizes = np.abs(values[changed])
    if sizes.max() > WHOLE_SINGLE or (np.abs(single[changed] - values[changed]) > RELATIVE_ERROR * sizes).any():
        return True
    steps = np.diff(values)
    if len(steps) < 2:
        return False
    return bool((steps >= 0).all() or (steps <= 0).all() or np.mean(steps > 0) >= RISING_SHARE)


def _seconds(array: pa.ChunkedArray) -> np.ndarray | None:
    """Points in time, or times of the day, in seconds."""
    kind = array.type
    if pa.types.is_date(kind):
        array, unit = array.cast(pa.timestamp("ms")), "ms"
    elif pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        unit = kind.unit
    else:
        return None
    whole = array.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64())
    return compact(whole.cast(pa.float64(), safe=False).to_numpy() / {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit])


def _numbers_or_text(array: pa.ChunkedArray) -> np.ndarray:
    """Text as the numbers that it spells, where most cells do."""
    numbers = read_numbers(array)
    return _text(pc.utf8_trim_whitespace(array)) if numbers is None else compact(numbers.values)


def _text(array: pa.ChunkedArray) -> np.ndarray:
    """Text (n,), where equal cells share one string: labels are few and rows are many."""
    coded = array.fill_null("").combine_chunks().dictionary_encode()
    words = np.array([*coded.dictionary.to_pylist(), ""], dtype=object)
    return words[coded.indices.to_numpy(zero_copy_only=False)]
