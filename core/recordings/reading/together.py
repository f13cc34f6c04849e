"""Arrays that lie together in a file → `Table` or `Recorded`: which are samples, times, rates, classes, or none of these.

The largest array holds the samples. Arrays that share its axes are more channels, its times, or facts about its recordings;
what remains is left out, and told.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.errors import SignalFileError
from core.recordings.findings import Finding, told
from core.recordings.layout.column_names import is_label, is_quantity, is_time, numbered, plain
from core.recordings.layout.timestamps import even_rates, seconds
from core.recordings.reading.axes import (
    channel_names,
    channels_of,
    has_channels_last,
    is_labelled,
    names_channels,
    rate_of,
    stacked,
)
from core.recordings.reading.containers import MARKS, Container, left_out, marks_among, matrix, signals
from core.recordings.reading.limits import check_columns, check_recordings
from core.recordings.reading.named_classes import class_of, name_classes, origin_of, read_as_channels, read_as_classes
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.single_arrays import (
    FEW_ROWS,
    RATES,
    UNITS,
    Arrays,
    column_of,
    facts_of,
    is_one_hot,
    is_tall,
    is_wide,
    joined_splits,
    normalized,
    rate_in,
    real_channels,
    values_of,
)

SMALL = 0.1  # as a share of the largest array: smaller ones that fit nowhere are settings, not signals
SHOWN = 6  # arrays that a sentence lists
N_LOOKED_AT = 2_000  # values that tell a signal from a mark of 0 and 1


def understood(name: str, container: Container) -> Table | Recorded:
    """The recordings among the arrays of a file; `name` is the file's. Raises SignalFileError where there are none."""
    marks = marks_among(container.arrays)
    given = {key: array for key, array in container.arrays.items() if key not in marks}
    container = replace(
        container,
        ignored=(*container.ignored, *marks),
        findings=(*container.findings, *(left_out(key, MARKS) for key in marks)),
    )
    arrays = real_channels(joined_splits({key: normalized(array) for key, array in given.items() if array.size}))
    container, arrays = _without_one_hot(container, arrays)
    scalars = {key: array for key, array in arrays.items() if array.size == 1}
    rates = {key: rate for key, array in scalars.items() if (rate := rate_in(key, array)) > 0}
    units = [key for key, array in scalars.items() if plain(key) in UNITS and array.dtype.kind in "US"]
    if units:
        container.units.setdefault("", str(scalars[units[0]].item()).strip("\0 ")[:20])
    facts = {key: array for key, array in scalars.items() if key not in rates and (is_label(key) or is_quantity(key))}
    large = {key: array for key, array in arrays.items() if array.size > 1}
    found = _samples(name, replace(container, arrays=large), next(iter(rates.values()), math.nan))
    used = {key: array.reshape(1) for key, array in facts.items()}
    if isinstance(found, Recorded):
        n = len(found.values)
        labels = {key: facts_of(np.repeat(fact, n)) for key, fact in used.items() if key not in found.labels}
        found = replace(found, labels=found.labels | labels)
    else:
        found = _with_constants(found, {key: fact for key, fact in used.items() if is_label(key)})
    settings = tuple(key for key in scalars if key not in facts)
    return replace(
        found,
        ignored=(*container.ignored, *settings, *found.ignored),
        findings=(*container.findings, *found.findings),
    )


def _without_one_hot(container: Container, arrays: dict[str, np.ndarray]) -> tuple[Container, dict[str, np.ndarray]]:
    """Arrays, of which those that mark classes with a 1 among zeros hold the classes' numbers instead."""
    keys = [key for key, array in arrays.items() if is_one_hot(key, array)]
    said = tuple(
        told(
            "condition",
            f"“{key[:40]}” marks classes with a 1 among zeros and is read as their numbers.",
            "converted",
            example=key,
        )
        for key in keys
    )
    found = {key: array.argmax(axis=1) if key in keys else array for key, array in arrays.items()}
    return replace(container, findings=(*container.findings, *said)), found


def _samples(name: str, container: Container, rate: float) -> Table | Recorded:
    if container.lists:
        return _of_lists(name, container, rate)
    numbers = {key: array for key, array in container.arrays.items() if array.dtype.kind in "iuf"}
    candidates = {key: array for key, array in numbers.items() if not (array.ndim == 1 and is_time(key))} or numbers
    if not candidates:
        raise SignalFileError(f"“{name}” holds no array of numbers; give signals as recordings × samples.")
    main = max(candidates, key=lambda key: candidates[key].size)
    n_axes = candidates[main].ndim
    if n_axes == 1:
        return _vectors(name, container, main, rate)
    if n_axes == 2:
        return _matrix(name, container, main, rate)
    if n_axes == 3:
        return _cube(name, container, main, rate)
    raise SignalFileError(
        f"“{main[:40]}” in “{name}” has {n_axes} dimensions; save recordings × samples, or recordings × channels × samples."
    )


def _vectors(name: str, container: Container, main: str, rate: float) -> Table | Recorded:
    """Vectors of one length are columns of a table; numbered ones of several lengths are recordings."""
    vectors = {key: array for key, array in container.arrays.items() if array.ndim == 1}
    numbers = {key: array for key, array in vectors.items() if array.dtype.kind in "iuf"}
    of_classes = [key for key in numbers if not is_time(key)]
    if name_classes(of_classes) and all(len(np.unique(numbers[key][:N_LOOKED_AT])) > 2 for key in of_classes):
        return _classes_of_vectors(name, container, of_classes, rate)
    lengths = {len(array) for array in numbers.values()}
    if len(lengths) > 1 and numbered(tuple(numbers)) == set(numbers):
        names = [f"{name}, {key[:40]}" for key in numbers]
        values = [values_of([array], (1, len(array))) for array in numbers.values()]
        check_recordings(name, len(values), 1)
        return Recorded(names, values, np.full(len(values), rate))
    n = len(vectors[main])
    columns = {key: array for key, array in vectors.items() if len(array) == n}
    rest = {key: array for key, array in container.arrays.items() if key not in columns}
    if len([key for key in columns if not is_time(key)]) == 1:
        _check_rest(name, main, container.arrays, rest)
    return _table(name, columns, container, rest, rate)


def _classes_of_vectors(name: str, container: Container, keys: Sequence[str], rate: float) -> Recorded:
    """Vectors whose names tell classes are a recording each."""
    arrays = container.arrays
    lengths = {len(arrays[key]) for key in keys}
    times = {key: array for key, array in arrays.items() if is_time(key) and array.ndim == 1 and len(array) in lengths}
    values = [values_of([arrays[key]], (1, len(arrays[key]))) for key in keys]
    check_recordings(name, len(values), 1)
    rest = {key: array for key, array in arrays.items() if key not in {*keys, *times}}
    told = _told(rest, tuple(times), read_as_classes(keys))
    rates = np.full(len(values), rate_of(times, rate))
    labels = {"array": np.array([class_of(key, keys) for key in keys], object)}
    return Recorded([f"{name}, {key[:40]}" for key in keys], values, rates, labels, unit=_unit(container, keys), **told)


def _matrix(name: str, container: Container, main: str, rate: float) -> Table | Recorded:
    """A matrix of moments × channels is a table, with all that is as long; one of signals × samples comes with labels."""
    arrays, shape = container.arrays, container.arrays[main].shape
    times = {key: array for key, array in arrays.items() if array.ndim == 1 and is_time(key)}
    lengths = {len(array) for array in times.values()} & set(shape)
    facts = [key for key, array in arrays.items() if array.ndim == 1 and key not in times]
    others = {len(arrays[key]) for key in facts if not names_channels(key, arrays[key])} & set(shape)
    alike = (main, *stacked(arrays, main))
    n_rows = sum(len(arrays[key]) for key in alike)
    time_axis = next((axis for axis in (1, 0) if shape[axis] in lengths), None)
    if time_axis is None and is_labelled(shape, others):
        time_axis = 1 if shape[0] in others else 0
    elif name_classes(alike):
        return _rows(name, container, main, time_axis, rate)
    elif time_axis is None and (is_wide((n_rows, shape[1])) or is_tall(shape)):
        return _moments(name, container, main, int(is_wide(shape)), rate)
    elif time_axis is not None and shape[1 - time_axis] < FEW_ROWS:
        return _moments(name, container, main, time_axis, rate)
    return _rows(name, container, main, time_axis, rate)


def _moments(name: str, container: Container, main: str, time_axis: int, rate: float) -> Table | Recorded:
    """All arrays that are as long as the matrix along time, side by side."""
    n = container.arrays[main].shape[time_axis]
    columns: dict[str, np.ndarray] = {}
    rest: dict[str, np.ndarray] = {}
    names = channel_names(container.arrays, container.arrays[main].shape[1 - time_axis])
    matrices = [key for key, array in container.arrays.items() if array.ndim == 2]
    for key, array in container.arrays.items():
        if array.ndim == 1 and len(array) == n:
            columns[key] = array
        elif array.ndim == 2 and n in array.shape and min(array.shape) < FEW_ROWS:
            block = array if array.shape[1] == n else array.T
            own = names if key == main and names else [f"{key} {i + 1}" for i in range(len(block))]
            columns |= dict(zip(own, block, strict=True))
        elif not (names and array.dtype.kind in "US"):
            rest[key] = array
    if matrices == [main] and not names and set(columns) == {f"{main} {i + 1}" for i in range(len(columns))}:
        found = matrix(name, container.arrays[main], rate)  # its columns have no names
        return replace(found, unit=_unit(container, [main]), **_told(rest))
    _check_rest(name, main, container.arrays, rest)
    return _table(name, columns, container, rest, rate)


def _rows(name: str, container: Container, main: str, time_axis: int | None, rate: float) -> Table | Recorded:
    """A matrix of signals, beside matrices of the same shape, its other channels, and what is known of each signal."""
    arrays = container.arrays
    shape = arrays[main].shape
    same = [key for key, array in arrays.items() if array.shape == shape and array.dtype.kind in "iuf"]
    turned = time_axis == 0
    n, n_samples = shape[::-1] if turned else shape
    labels = {
        key: facts_of(array)
        for key, array in arrays.items()
        if array.shape == (n,) and (n != n_samples or not is_time(key))
    }
    times = {key: array for key, array in arrays.items() if array.shape == (n_samples,) and is_time(key)}
    others = {main, *stacked(arrays, main)}
    alike = [key for key in arrays if key in others]
    of_classes = alike if not turned and (len(same) < len(alike) or (name_classes(same) and not labels)) else []
    used = {*of_classes, *times} if of_classes else {*same, *labels, *times}
    rest = {key: array for key, array in arrays.items() if key not in used}
    _check_rest(name, main, arrays, rest)
    rate = rate_of(times, rate)
    if of_classes:
        block = np.concatenate([arrays[key] for key in of_classes])
        told = _told(rest, tuple(times), read_as_classes(of_classes))
        return signals(name, block[:, None], rate, {"array": origin_of(arrays, of_classes)}, **told)
    told = _told(rest, tuple(times), read_as_channels(same) if len(same) > 1 else ())
    if len(same) == 1 and not labels:
        found = matrix(name, arrays[main].T if turned else arrays[main], rate)
        return replace(found, unit=_unit(container, same), **told)
    rows = [arrays[key].T if turned else arrays[key] for key in same]
    block = np.stack(rows, axis=1) if len(rows) > 1 else rows[0][:, None]
    names = tuple(same) if len(same) > 1 else ()
    return signals(name, block, rate, labels, channel_names=names, unit=_unit(container, same), **told)


def _cube(name: str, container: Container, main: str, rate: float) -> Recorded:
    """An array of three dimensions: recordings × channels × samples, or one of its turns."""
    arrays, cube = container.arrays, container.arrays[main]
    times = {key: array for key, array in arrays.items() if array.ndim == 1 and is_time(key)}
    lengths = {len(array) for array in times.values()}
    labels: dict[str, np.ndarray] = {}
    axes = _axes_of_recordings(arrays, main, lengths)
    for axis in axes or (0, 2):
        labels = labels or {
            key: facts_of(array)
            for key, array in arrays.items()
            if array.shape == (cube.shape[axis],)
            and key not in times
            and not names_channels(key, array)
            and (axis in axes[:1] or not axes or is_label(key))
        }
        if labels:
            cube = np.moveaxis(cube, axis, 0)
            break
    if axes and not labels:
        cube = np.moveaxis(cube, axes[0], 0)
    more = [] if labels else stacked(arrays, main)
    block = np.concatenate([cube, *(arrays[key] for key in more)]) if more else cube
    if more:
        labels = {"array": origin_of(arrays, [main, *more])}
    if has_channels_last(block, lengths):
        block = block.swapaxes(1, 2)
    names = channel_names(arrays, block.shape[1])
    used = {key for key, array in times.items() if len(array) == block.shape[2]}
    named = {key for key, array in arrays.items() if names and names_channels(key, array)}
    rest = {key: array for key, array in arrays.items() if key not in {main, *more, *labels, *used, *named}}
    _check_rest(name, main, arrays, rest)
    rate = rate_of({key: times[key] for key in used}, rate)
    told = _told(rest, tuple(used), read_as_classes([main, *more]) if more else ())
    return signals(name, block, rate, labels, channel_names=names, unit=_unit(container, [main]), **told)


def _axes_of_recordings(arrays: Arrays, main: str, lengths: set[int]) -> tuple[int, ...]:
    """Which axes of an array of three may count recordings, the likelier one first; none where their usual order holds.

    lengths: of times, which tell the axis of time. Of the others, one that is named counts channels, as does the shorter one.
    """
    shape = arrays[main].shape
    timed = [axis for axis in range(3) if shape[axis] in lengths]
    if len(timed) != 1 or timed[0] == 2 or stacked(arrays, main):
        return ()
    named = {len(array) for key, array in arrays.items() if names_channels(key, array)}
    others = [axis for axis in range(3) if axis not in timed]
    return tuple(sorted(others, key=lambda axis: (shape[axis] in named, -shape[axis])))


def _of_lists(name: str, container: Container, rate: float) -> Recorded:
    """Recordings of any lengths: a list of arrays for each channel, or for all, with times and labels beside them."""
    n = max(len(items) for items in container.lists.values())
    lists = {key: [normalized(item) for item in items] for key, items in container.lists.items() if len(items) == n}
    times = {key: items for key, items in lists.items() if is_time(key) and all(item.ndim == 1 for item in items)}
    sampled = [key for key in lists if key not in times] or list(lists)
    if len(sampled) == 1:
        parts = [channels_of(item) for item in lists[sampled[0]]]
    else:
        parts = [_stack(name, [lists[key][i].reshape(-1) for key in sampled]) for i in range(n)]
    if len({len(part) for part in parts}) > 1:
        raise SignalFileError(f"The recordings in “{name}” have different numbers of channels; give all the same.")
    check_recordings(name, n, len(parts[0]))
    names = [name] if n == 1 else [f"{name}, number {i + 1}" for i in range(n)]
    rates = np.full(n, rate)
    for key, items in times.items():
        rates = np.array([even_rates(seconds(key, item.astype(np.float64))[None])[0] for item in items])
    labels = {key: facts_of(array) for key, array in container.arrays.items() if array.shape == (n,)}
    own = {key: array for key, array in labels.items() if plain(key) in RATES and array.dtype != object}
    for key, values in own.items():
        rates = values
        labels.pop(key)
    rest = {key: array for key, array in container.arrays.items() if array.shape != (n,)}
    return Recorded(
        names,
        [values_of(part, part.shape) for part in parts],
        rates,
        labels,
        tuple(sampled) if len(sampled) > 1 else (),
        _unit(container, sampled),
        **_told(rest, (*times, *own)),
    )


def _stack(name: str, rows: Sequence[np.ndarray]) -> np.ndarray:
    if len({len(row) for row in rows}) > 1:
        raise SignalFileError(
            f"The channels of a recording in “{name}” have different lengths; bring them to the same."
        )
    return np.stack(rows)


def _table(name: str, columns: Arrays, container: Container, rest: Arrays, rate: float) -> Table:
    check_columns(name, len(columns))
    units = container.units
    names = tuple(f"{key} [{units[key]}]" if units.get(key) else key for key in columns)
    cells = tuple(column_of(array) for array in columns.values())
    unit = "" if any(units.get(key) for key in columns if not is_time(key)) else units.get("", "")
    return Table(names, cells, has_names=True, rate=rate, unit=unit, **_told(rest))


def _with_constants(table: Table, facts: Arrays) -> Table:
    """A table with a column for each fact about all of its rows."""
    n = len(table.columns[0])
    columns = tuple(facts_of(np.repeat(fact, n)) for fact in facts.values())
    return (
        replace(table, names=(*table.names, *facts), columns=(*table.columns, *columns)) if table.has_names else table
    )


def _unit(container: Container, keys: Sequence[str]) -> str:
    units = {container.units.get(key) or container.units.get("", "") for key in keys}
    return units.pop() if len(units) == 1 else ""


def _told(rest: Arrays, used: tuple[str, ...] = (), more: tuple[Finding, ...] = ()) -> dict[str, Any]:
    """What is left out as fields of `Table` and `Recorded`; used: arrays that hold no samples, but were understood."""
    why = {key: f"({_shape(array)}) fits no axis of the signals" for key, array in rest.items()}
    return {"ignored": (*used, *rest), "findings": (*more, *(left_out(key, reason) for key, reason in why.items()))}


def _check_rest(name: str, main: str, arrays: Arrays, rest: Arrays) -> None:
    """Refuse where more than one array could be the signals."""
    large = [
        key for key, array in rest.items() if array.dtype.kind in "iuf" and array.size >= SMALL * arrays[main].size
    ]
    if large:
        listed = ", ".join(f"{key[:30]} ({_shape(arrays[key])})" for key in [main, *large][:SHOWN])
        raise SignalFileError(
            f"“{name}” holds several arrays that could be the signals: {listed}; keep one of them, or arrays of one length."
        )


def _shape(array: np.ndarray) -> str:
    return " × ".join(f"{size:,}" for size in array.shape)
