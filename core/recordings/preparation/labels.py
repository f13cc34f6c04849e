"""What is known of recordings → columns that a twin may be asked for, and their values for each signal."""

import numpy as np

from core.config import Column
from core.formatting import quantity
from core.recordings.findings import Finding
from core.recordings.layout.cells import as_text
from core.recordings.layout.column_names import is_label

MAX_COLUMNS = 16
MAX_CLASSES = 100
FEW_NUMBERS = 20  # different whole numbers, up to which they are taken for classes
MOSTLY = 0.5  # share of the signals that a column must say something of
MAX_NAME = 80

Labels = dict[str, np.ndarray]


def usable(labels: Labels, numbers: tuple[str, ...]) -> tuple[Labels, list[Finding]]:
    """The columns that can be conditions, of what is known of each signal, (n,) each; and what speaks against the others.

    Classes come back as text, numbers as float64 with NaN where missing. Those in `numbers` are no classes although they
    are few.
    """
    chosen: Labels = {}
    findings = []
    for name, cells in labels.items():
        values = _classes(cells) if _is_class(name, cells, numbers) else _numbers(cells)
        is_full = len(chosen) == MAX_COLUMNS
        reason = _objection(values) or (f"at most {MAX_COLUMNS} columns can be conditions" if is_full else "")
        if reason:
            findings.append(_left_out(name, reason, len(labels)))
        else:
            chosen[name] = values
    return chosen, findings


def missing(labels: Labels, n: int) -> np.ndarray:
    """Of which of `n` signals something is not known: bool (n,)."""
    return np.logical_or.reduce([_is_missing(values) for values in labels.values()] or [np.zeros(n, bool)])


def conditions_of(labels: Labels, n: int) -> tuple[tuple[Column, ...], np.ndarray, list[Finding]]:
    """The columns of `n` signals that are all known, and their conditions, float64 (n, n_columns).

    A column that is the same for all signals is left out.
    """
    columns, conditions, findings = [], [], []
    for name, values in labels.items():
        different = np.unique(values)
        if len(different) < 2:
            findings.append(_left_out(name, "it is the same for all signals", len(labels)))
            continue
        shown = name.strip()[:MAX_NAME] or "column"
        if values.dtype == object:
            classes = _ordered([str(label) for label in different])
            places = {label: place for place, label in enumerate(classes)}
            columns.append(Column(name=shown, classes=classes))
            conditions.append(np.array([places[label] for label in values], np.float64))
        else:
            columns.append(Column(name=shown, minimum=float(different[0]), maximum=float(different[-1])))
            conditions.append(values)
    return tuple(columns), np.stack(conditions, axis=1) if conditions else np.empty((n, 0)), findings


def few_numbers(cells: np.ndarray) -> bool:
    """Are these few different whole numbers?"""
    if cells.dtype.kind in "OU":
        return False
    there = cells[np.isfinite(cells)]
    return bool((there == np.round(there)).all()) and len(np.unique(there)) <= FEW_NUMBERS


def _is_class(name: str, cells: np.ndarray, numbers: tuple[str, ...]) -> bool:
    if cells.dtype.kind in "OU":
        return True
    there = cells[np.isfinite(cells)]
    is_label_column = is_label(name) and bool((there == np.round(there)).all())
    return name not in numbers and (few_numbers(cells) or is_label_column)


def _classes(cells: np.ndarray) -> np.ndarray:
    if cells.dtype.kind in "OU":
        return cells.astype(object)
    return as_text(np.where(np.isfinite(cells), cells, np.nan))


def _numbers(cells: np.ndarray) -> np.ndarray:
    """In double precision: 0.1 in single precision is 0.1 here, not 0.10000000149."""
    values = cells.astype("U32").astype(np.float64) if cells.dtype == np.float32 else cells.astype(np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _is_missing(values: np.ndarray) -> np.ndarray:
    return values == "" if values.dtype == object else np.isnan(values)


def _objection(values: np.ndarray) -> str:
    """Why a column cannot be a condition; empty where it can."""
    there = ~_is_missing(values)
    if there.sum() < MOSTLY * len(values) or not there.any():
        return f"it says nothing of {quantity(int((~there).sum()), 'signal')} of {len(values):,}"
    n_different = len(np.unique(values[there]))
    if values.dtype == object and n_different == there.sum() > 1:
        return "it is different for every signal, so it names signals and is no class"
    if values.dtype == object and n_different > MAX_CLASSES:
        return f"it has {n_different:,} classes, and at most {MAX_CLASSES} can be asked for"
    return ""


def _left_out(name: str, reason: str, n_columns: int) -> Finding:
    sentence = f"Column “{name[:40]}” is left out: {reason}."
    return Finding("condition", 1, n_columns, "column", name, sentence, "left out")


def _ordered(labels: list[str]) -> tuple[str, ...]:
    """By number where all are numbers, else by the alphabet."""
    try:
        return tuple(sorted(labels, key=float))
    except ValueError:
        return tuple(sorted(labels))
