"""What a conditional twin is asked for: a value, a range or some classes of each condition; the rest as it occurs."""

import csv
import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.spatial.distance import cdist

from core import formatting
from core.config import Column
from core.errors import ConfigError

N_ALIKE = 32  # reals among which what was not asked for is looked up
OTHER_CLASS = 5e5  # squared distance, less than to a signal of another class
RANGE = ".."  # between the ends of a range, in text

Wish = tuple[float, float] | tuple[str, ...]  # a range of numbers (a value is one without width), or some classes
Wishes = Mapping[str, Wish]


def parsed(columns: Sequence[Column], texts: Mapping[str, str]) -> dict[str, Wish]:
    """Wishes from text by column: "5", "2..4", or classes with commas between them. Raises ConfigError."""
    by_name = {column.name: column for column in columns}
    wishes: dict[str, Wish] = {}
    for name, text in texts.items():
        if name not in by_name:
            known = f"choose among: {', '.join(by_name)}" if by_name else "its training had none"
            raise ConfigError(f"This twin cannot be asked for “{name[:80]}”; {known}.")
        column = by_name[name]
        wishes[name] = _classes(column, text) if column.classes else _range(column, text)
    return wishes


def _classes(column: Column, text: str) -> tuple[str, ...]:
    """Some classes; a text that is a whole class is that one, and among others one with a comma in it stands in quotes."""
    if text in column.classes:
        return (text,)
    asked = _parts(column, text)
    for part in asked:
        if part not in column.classes:
            raise ConfigError(
                f"“{column.name}” has no class “{part[:40]}”; choose among: {', '.join(column.classes[:20])}."
            )
    return asked


def _parts(column: Column, text: str) -> tuple[str, ...]:
    try:
        parts = next(csv.reader([text], skipinitialspace=True)) or [""]
    except csv.Error:
        parts = [text]
    return tuple(part if part in column.classes else part.strip() for part in parts)


def _range(column: Column, text: str) -> tuple[float, float]:
    try:
        ends = [float(part) for part in text.split(RANGE)]
    except ValueError:
        ends = []
    if len(ends) not in (1, 2) or not np.all(np.isfinite(ends)):
        raise ConfigError(
            f"“{text[:40]}” is no value for “{column.name}”; give a number, or a range such as 2{RANGE}4."
        )
    low, high = ends[0], ends[-1]
    if low > high:
        raise ConfigError(f"The range of “{column.name}” runs from {low:g} down to {high:g}; swap its ends.")
    return low, high


def written(columns: Sequence[Column], wishes: Wishes) -> dict[str, str]:
    """Wishes as text, from which `parsed` makes them again."""
    by_name = {column.name: column for column in columns}
    return {name: _text(by_name[name], wish) for name, wish in wishes.items()}


def _text(column: Column, wish: Wish) -> str:
    if column.classes:
        names = [str(name) for name in wish]
        text = ",".join(names)
        if len(names) == 1 or (text not in column.classes and _parts(column, text) == tuple(names)):
            return text
        return ",".join('"' + name.replace('"', '""') + '"' for name in names)
    low, high = wish
    return repr(low) if low == high else f"{low!r}{RANGE}{high!r}"


def unseen(columns: Sequence[Column], wishes: Wishes) -> list[str]:
    """A sentence for each wish beyond what the training saw."""
    sentences = []
    for column in columns:
        wish = wishes.get(column.name)
        if wish is None or column.classes:
            continue
        low, high = (float(end) for end in wish)
        slack = 1e-9 * max(abs(column.minimum), abs(column.maximum))
        if low < column.minimum - slack or high > column.maximum + slack:
            unit = f" {column.unit}" if column.unit else ""
            sentences.append(
                f"The training saw “{column.name}” from {formatting.number(column.minimum)} to "
                f"{formatting.number(column.maximum)}{unit} only. Beyond that the twin gives what it knows from the nearest end: "
                "the signals will not be what the source would give."
            )
    return sentences


def granted(
    columns: Sequence[Column], natural: np.ndarray, wishes: Wishes, n: int, rng: np.random.Generator
) -> np.ndarray:
    """The conditions of `n` signals, float32 (n, n_conditions).

    natural: conditions as they occur, (n_known, n_conditions). What was asked for is drawn evenly from its range or its
    classes; the rest is that of a real that is like it in what was asked for.
    """
    if not columns:
        return np.empty((n, 0), np.float32)
    asked = [index for index, column in enumerate(columns) if column.name in wishes]
    drawn = np.empty((n, len(asked)), np.float32)
    for place, index in enumerate(asked):
        drawn[:, place] = _drawn(columns[index], wishes[columns[index].name], n, rng)
    conditions = natural[_alike(columns, natural, asked, drawn, rng)]
    conditions[:, asked] = drawn
    return conditions.astype(np.float32)


def _drawn(column: Column, wish: Wish, n: int, rng: np.random.Generator) -> np.ndarray:
    if column.classes:
        return rng.choice([column.classes.index(str(name)) for name in wish], n).astype(float)
    low, high = (float(end) for end in wish)
    return rng.uniform(low, high, n)


def _alike(
    columns: Sequence[Column], natural: np.ndarray, asked: list[int], drawn: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """For each row one of the rows of `natural` that come nearest to it in what was asked for, (n,).

    Fewer are looked among where few are known, and none of another class where there is one of the same.
    """
    if not asked or len(asked) == len(columns):
        return rng.integers(0, len(natural), len(drawn))
    # Another class is farther than any number.
    scale = np.array([1e-3 if columns[index].classes else max(columns[index].spread, 1e-30) for index in asked])
    distances = cdist(drawn / scale, natural[:, asked] / scale, "sqeuclidean")
    distances += 1e-9 * rng.random(distances.shape)  # of those that are equally near, any
    n_alike = min(N_ALIKE, math.isqrt(len(natural)))
    nearest = np.argpartition(distances, n_alike - 1, axis=1)[:, :n_alike]
    found = np.take_along_axis(distances, nearest, axis=1)
    n_same = (found < found.min(axis=1, keepdims=True) + OTHER_CLASS).sum(axis=1)
    place = found.argsort(axis=1)[np.arange(len(drawn)), rng.integers(0, n_same)]
    return nearest[np.arange(len(drawn)), place]
