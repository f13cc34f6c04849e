"""Requested conditions: for each column a value, a range or some classes; the others as they occur in real signals."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from core import formatting
from core.config import Column
from core.errors import ConfigError

N_NEIGHBOURS = 32  # reals from which the conditions that were not requested are taken
OTHER_CLASS_DISTANCE = 5e5  # squared; signals of another class are farther away
RANGE = ".."  # between the ends of a range, in text

T = TypeVar("T")
Requested = tuple[float, float] | tuple[str, ...]  # a range of numbers (a value is one of no width), or some classes
RequestedConditions = Mapping[str, Requested]  # by the name of the column
Wanted = Requested | float | str  # as programs may ask: also a value, or one class


def parse_conditions(columns: Sequence[Column], texts: Mapping[str, str]) -> dict[str, Requested]:
    """Requested conditions from text: "5", "2..4", or classes separated by commas. Raises ConfigError."""
    return {
        name: _parse_classes(column, text) if column.classes else _parse_range(column, text)
        for name, column, text in _known(columns, texts)
    }


def checked_conditions(columns: Sequence[Column], wanted: Mapping[str, Wanted]) -> dict[str, Requested]:
    """Requested conditions from what a program asks for. Raises ConfigError where the twin cannot be asked for that."""
    return {
        name: _checked_classes(column, value) if column.classes else _checked_range(column, value)
        for name, column, value in _known(columns, wanted)
    }


def _known(columns: Sequence[Column], given: Mapping[str, T]) -> Iterator[tuple[str, Column, T]]:
    """What is given by name, with its column. Raises ConfigError for a name that no column has."""
    by_name = {column.name: column for column in columns}
    for name, value in given.items():
        if name not in by_name:
            known = f"choose one of: {', '.join(by_name)}" if by_name else "it was trained without conditions"
            raise ConfigError(f"This twin has no condition “{str(name)[:80]}”; {known}.")
        yield name, by_name[name], value


def _checked_classes(column: Column, wanted: Wanted) -> tuple[str, ...]:
    classes = (wanted,) if isinstance(wanted, str) or not isinstance(wanted, Iterable) else tuple(wanted)
    if not classes:
        raise ConfigError(f"No class of “{column.name}” is asked for; give one or more, or leave the condition out.")
    return _known_classes(column, tuple(map(str, classes)))


def _checked_range(column: Column, wanted: Wanted) -> tuple[float, float]:
    try:
        if isinstance(wanted, str):
            raise TypeError
        low, high = map(float, wanted) if isinstance(wanted, Iterable) else (float(wanted), float(wanted))
    except (TypeError, ValueError, OverflowError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ConfigError(
            f"“{str(wanted)[:40]}” is not a value of “{column.name}”; give a number or a range, such as (2, 4)."
        )
    return _rising(column, low, high)


def _parse_classes(column: Column, text: str) -> tuple[str, ...]:
    """Classes separated by commas; one whose name has a comma stands in quotes, or alone."""
    if text in column.classes:
        return (text,)
    return _known_classes(column, _split(column, text))


def _known_classes(column: Column, classes: tuple[str, ...]) -> tuple[str, ...]:
    for name in classes:
        if name not in column.classes:
            raise ConfigError(
                f"“{column.name}” has no class “{name[:40]}”; choose one of: {', '.join(column.classes[:20])}."
            )
    return classes


def _split(column: Column, text: str) -> tuple[str, ...]:
    try:
        parts = next(csv.reader([text], skipinitialspace=True)) or [""]
    except csv.Error:
        parts = [text]
    return tuple(part if part in column.classes else part.strip() for part in parts)


def _parse_range(column: Column, text: str) -> tuple[float, float]:
    try:
        ends = [float(part) for part in text.split(RANGE)]
    except ValueError:
        ends = []
    if len(ends) not in (1, 2) or not np.all(np.isfinite(ends)):
        raise ConfigError(
            f"“{text[:40]}” is not a value of “{column.name}”; give a number or a range, such as 2{RANGE}4."
        )
    return _rising(column, ends[0], ends[-1])


def _rising(column: Column, low: float, high: float) -> tuple[float, float]:
    if low > high:
        raise ConfigError(f"The range of “{column.name}” runs from {low:g} down to {high:g}; swap its limits.")
    return low, high


def format_conditions(columns: Sequence[Column], requested: RequestedConditions) -> dict[str, str]:
    """Requested conditions as text, which `parse_conditions` reads."""
    by_name = {column.name: column for column in columns}
    return {name: _format(by_name[name], value) for name, value in requested.items()}


def _format(column: Column, requested: Requested) -> str:
    if column.classes:
        names = [str(name) for name in requested]
        text = ",".join(names)
        if len(names) == 1 or (text not in column.classes and _split(column, text) == tuple(names)):
            return text
        return ",".join('"' + name.replace('"', '""') + '"' for name in names)
    low, high = requested
    return repr(low) if low == high else f"{low!r}{RANGE}{high!r}"


def out_of_range(columns: Sequence[Column], requested: RequestedConditions) -> list[str]:
    """A warning for each requested condition beyond the range that the twin was trained on."""
    sentences = []
    for column in columns:
        limits = requested.get(column.name)
        if limits is None or column.classes:
            continue
        low, high = (float(limit) for limit in limits)
        slack = 1e-9 * max(abs(column.minimum), abs(column.maximum))
        if low < column.minimum - slack or high > column.maximum + slack:
            unit = f" {column.unit}" if column.unit else ""
            sentences.append(
                f"The twin was trained with “{column.name}” from {formatting.number(column.minimum)} to "
                f"{formatting.number(column.maximum)}{unit}. Values outside this range are clamped to its limits, so these "
                "signals are not what the source would give."
            )
    return sentences


def fulfil(
    columns: Sequence[Column],
    natural: np.ndarray,
    requested: RequestedConditions,
    n: int,
    rng: np.random.Generator,
    designed: np.ndarray | None = None,
) -> np.ndarray:
    """The conditions of `n` signals, float32 (n, n_conditions).

    natural: conditions as they occur, (n_natural, n_conditions). Requested conditions are those `designed`, (n, n_requested),
    or drawn uniformly from their range or their classes, and numbers are clamped to what the twin was trained with; the others
    are those of a real signal whose conditions are close to the requested ones.
    """
    if not columns:
        return np.empty((n, 0), np.float32)
    indices = [index for index, column in enumerate(columns) if column.name in requested]
    drawn = np.empty((n, len(indices)), np.float32)
    for position, index in enumerate(indices):
        column = columns[index]
        values = _draw(column, requested[column.name], n, rng) if designed is None else designed[:, position]
        drawn[:, position] = values if column.classes else values.clip(column.minimum, column.maximum)
    conditions = natural[_neighbours(columns, natural, indices, drawn, rng)]
    conditions[:, indices] = drawn
    return conditions.astype(np.float32)


def _draw(column: Column, requested: Requested, n: int, rng: np.random.Generator) -> np.ndarray:
    if column.classes:
        return rng.choice([column.classes.index(str(name)) for name in requested], n).astype(float)
    low, high = (float(limit) for limit in requested)
    return rng.uniform(low, high, n)


def _neighbours(
    columns: Sequence[Column], natural: np.ndarray, indices: list[int], drawn: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """For each row of `drawn`, one of the rows of `natural` that are nearest to it in the columns `indices`, (n,).

    It is one of fewer where `natural` has few rows, and never of another class where one of the same class is among them.
    """
    if not indices or len(indices) == len(columns):
        return rng.integers(0, len(natural), len(drawn))
    from scipy.spatial.distance import cdist  # here, because a command line is read without it

    # Another class is farther away than any number.
    scale = np.array([1e-3 if columns[index].classes else max(columns[index].spread, 1e-30) for index in indices])
    distances = cdist(drawn / scale, natural[:, indices] / scale, "sqeuclidean")
    distances += 1e-9 * rng.random(distances.shape)  # breaks ties at random
    n_neighbours = min(N_NEIGHBOURS, math.isqrt(len(natural)))
    nearest = np.argpartition(distances, n_neighbours - 1, axis=1)[:, :n_neighbours]
    found = np.take_along_axis(distances, nearest, axis=1)
    n_same = (found < found.min(axis=1, keepdims=True) + OTHER_CLASS_DISTANCE).sum(axis=1)
    chosen = found.argsort(axis=1)[np.arange(len(drawn)), rng.integers(0, n_same)]
    return nearest[np.arange(len(drawn)), chosen]
