"""Signals one by one: what may be wrong with them is counted, and dropped where that is chosen."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from core.formatting import quantity
from core.interruption import interrupted
from core.recordings.findings import Finding
from core.recordings.preparation.defects import CLIPPED, clipped, constant, outlying, repeated
from core.recordings.preparation.labels import Labels, missing
from core.recordings.preparation.windows import Cut

Choice = Literal["keep", "drop"]

# In the order in which they are looked for: what one drops, the next does not see.
DEFECTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "constant": (constant, "never changing"),
    "duplicates": (repeated, "an exact copy of one before"),
    "clipped": (clipped, f"at their highest or lowest value for {CLIPPED} samples or more, as if clipped"),
    "outliers": (outlying, "with a peak far above that of the others"),
}
UNKNOWN = "without one of their conditions"


def inspected(
    cut: Cut, labels: Labels, names: list[str], choices: Mapping[str, Choice]
) -> tuple[Cut, Labels, list[Finding]]:
    """Signals and what is known of each, (n,) each, without those that are dropped; and what was found.

    Signals in which a value is missing, or of which a label is missing, are always dropped. `names` are those of the
    recordings; choices: what to do with each of DEFECTS, of which the others are not looked for.
    """
    findings: list[Finding] = []

    def look(kind: str, is_found: np.ndarray, what: str, choice: Choice) -> None:
        nonlocal cut, labels
        if not is_found.any():
            return
        findings.append(finding_of(kind, is_found, _name(cut, int(np.argmax(is_found)), names), what, choice))
        if choice == "drop":
            rows = np.flatnonzero(~is_found)
            cut, labels = cut.only(rows), {name: cells[rows] for name, cells in labels.items()}

    look("missing", np.isnan(cut.signals).any(axis=(1, 2)), "with missing or infinite values", "drop")
    look("condition", missing(labels, len(cut.signals)), UNKNOWN, "drop")
    for kind, (find, what) in interrupted(DEFECTS.items()):
        if kind in choices and len(cut.signals):
            look(kind, find(cut.signals), what, choices[kind])
    return cut, labels, findings


def finding_of(kind: str, is_found: np.ndarray, example: str, what: str, choice: Choice) -> Finding:
    """That some signals, bool (n,), are what `what` says; example: the name of the first."""
    n, total = int(is_found.sum()), len(is_found)
    action: Literal["dropped", "kept"] = "dropped" if choice == "drop" else "kept"
    sentence = f"{n:,} of {quantity(total, 'signal')} {what}, the first “{example}”: {action}."
    return Finding(kind, n, total, "signal", example, sentence, action)


def _name(cut: Cut, row: int, names: list[str]) -> str:
    """The recording's name, and where in it a window begins."""
    name, start = names[cut.sources[row]], cut.starts[row]
    return f"{name}, from sample {start + 1:,}" if cut.are_windows else name
