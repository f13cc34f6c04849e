"""What is remembered of signals that are not in memory, and what follows from it once the last one was seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.config import Column, changed
from core.recordings.findings import Finding
from core.recordings.layout.cells import codes_of
from core.recordings.layout.file_names import FOLDER, LABEL
from core.recordings.layout.joining import shared_labels
from core.recordings.preparation.defects import are_repeated
from core.recordings.preparation.inspection import DEFECTS, UNKNOWN, Choice, finding_of
from core.recordings.preparation.labels import Labels, conditions_of, missing, usable
from core.recordings.preparation.prepare import Preparation, quantities_among


@dataclass(frozen=True)
class Remembered:
    """Of the signals of one file, (n,) each: their recordings, digests and labels. name: of the file."""

    name: str
    recordings: np.ndarray
    digests: np.ndarray
    labels: Labels


@dataclass(frozen=True)
class Decision:
    """Which signals are kept, bool (n,); of those the recordings, (n_kept,), and conditions, (n_kept, n_columns)."""

    is_kept: np.ndarray
    recordings: np.ndarray
    columns: tuple[Column, ...]
    conditions: np.ndarray
    findings: list[Finding]


def decided(files: Sequence[Remembered], preparation: Preparation) -> Decision:
    """What becomes of all signals: those of which something is not known are dropped, and repetitions as is chosen."""
    labels, lost = shared_labels([one.labels for one in files])
    labels = _without_names_that_tell_nothing_new(labels)
    labels, unusable = usable(labels, changed(preparation, numbers=quantities_among(labels)).numbers)
    ends = np.cumsum([len(one.recordings) for one in files])
    kept = np.arange(ends[-1])
    dropped: list[Finding] = []

    def look(kind: str, is_found: np.ndarray, what: str, choice: Choice) -> None:
        nonlocal kept, labels
        if not is_found.any():
            return
        example = files[int(np.searchsorted(ends, kept[int(np.argmax(is_found))], side="right"))].name
        dropped.append(finding_of(kind, is_found, example, what, choice))
        if choice == "drop":
            kept = kept[~is_found]
            labels = {name: cells[~is_found] for name, cells in labels.items()}

    look("condition", missing(labels, len(kept)), UNKNOWN, "drop")
    repeated = are_repeated(np.concatenate([one.digests for one in files])[kept])
    look("duplicates", repeated, DEFECTS["duplicates"][1], preparation.duplicates)
    columns, conditions, same = conditions_of(labels, len(kept))
    is_kept = np.zeros(ends[-1], bool)
    is_kept[kept] = True
    recordings = np.concatenate([one.recordings for one in files])[kept]
    return Decision(is_kept, recordings, columns, conditions, [*lost, *unusable, *dropped, *same])


def _without_names_that_tell_nothing_new(labels: Labels) -> Labels:
    """The labels without the names of files and folders, where another tells signals apart just as they do."""
    for label in (FOLDER, LABEL):
        if label not in labels:
            continue
        others = {name: cells for name, cells in labels.items() if name != label}
        codes = codes_of(labels[label])
        labels = others if any(np.array_equal(codes_of(cells), codes) for cells in others.values()) else labels
    return labels
