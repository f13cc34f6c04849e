"""Columns as Arrow reads them → NumPy: numbers in single precision where that is enough, or text."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.recordings.reading.precision import compact
from core.recordings.reading.spelling import coded, read_numbers

WHOLE_DOUBLE = 2**53


def column_of(array: pa.ChunkedArray) -> np.ndarray | None:
    """A column as in `Table`, (n_rows,); None where it is neither numbers nor times nor text.

    Dates and clocks stay times, as in `Table`; truths become text.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return column_of(array.cast(kind.value_type))
    if pa.types.is_null(kind):
        return np.full(len(array), np.nan, np.float32)
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        return array.cast(pa.float32()).to_numpy()
    if pa.types.is_integer(kind) and is_beyond(array, WHOLE_DOUBLE):
        return text_of(array.cast(pa.string()))  # numbers that long are names
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return compact(array.cast(pa.float64(), safe=False).to_numpy())
    if pa.types.is_temporal(kind):
        return _times(array)
    if pa.types.is_boolean(kind):
        return text_of(array.cast(pa.string()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _numbers_or_text(array.cast(pa.large_string()))
    return None


def is_beyond(integers: pa.ChunkedArray, limit: int) -> bool:
    """Is the size of any of these integers above the limit?"""
    ends = pc.min_max(integers).as_py()
    return ends["min"] is not None and max(-ends["min"], ends["max"]) > limit


def _times(array: pa.ChunkedArray) -> np.ndarray | None:
    """Points in time as datetime64[ns], in UTC; times of the day and durations as timedelta64[ns]; None for other times.

    Years that no datetime64[ns] holds become seconds since 1970.
    """
    kind = array.type
    if pa.types.is_date(kind):
        array = array.cast(pa.timestamp("s" if pa.types.is_date32(kind) else "ms"))
    elif pa.types.is_time(kind):
        array = array.cast(pa.time64("ns")).cast(pa.int64()).cast(pa.duration("ns"))
    elif not (pa.types.is_timestamp(kind) or pa.types.is_duration(kind)):
        return None
    if pa.types.is_duration(array.type):
        return np.asarray(array.cast(pa.duration("ns")))
    try:
        return np.asarray(array.cast(pa.timestamp("ns")))
    except pa.ArrowInvalid:
        return np.asarray(array.cast(pa.timestamp("ms"), safe=False)).astype("datetime64[ms]").astype(np.float64) / 1e3


def _numbers_or_text(array: pa.ChunkedArray) -> np.ndarray:
    """Text as the numbers that it spells, where most cells do."""
    numbers = read_numbers(array)
    return text_of(array) if numbers is None else compact(numbers.values)


def text_of(array: pa.ChunkedArray | pa.DictionaryArray) -> np.ndarray:
    """Text without blanks around it (n,), where equal cells share one string: labels are few and rows are many."""
    cells = array if isinstance(array, pa.DictionaryArray) else coded(array)
    words = np.array([*cells.dictionary.to_pylist(), ""], dtype=object)
    return words[cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
