"""What was found in files and recordings, and what was done about it: told, never hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Action = Literal[
    "kept",
    "dropped",
    "filled",
    "resampled",
    "shortened",
    "lengthened",
    "left out",
    "assumed",
    "shifted",
    "converted",
    "cut",
]
What = Literal["recording", "signal", "column", "line", "value"]


@dataclass(frozen=True)
class Finding:
    """What was found in recordings and what was done about it.

    kind: the setting or defect it is about. count: how many of the `of` there were, 0 where nobody counted. what: whether
    these are recordings, signals (after cutting), columns, lines or values. example: the name of the first. sentence: all of
    it, for people.
    """

    kind: str
    count: int
    of: int
    what: What
    example: str
    sentence: str
    action: Action


def told(kind: str, sentence: str, action: Action, what: What = "column", example: str = "", count: int = 1) -> Finding:
    """A finding of which only the sentence matters, made while a file is read."""
    return Finding(kind, count, 0, what, example, sentence, action)


def merged(found: Sequence[tuple[str, Finding]], n_files: int) -> list[Finding]:
    """What was found in several files, given with the name of its file, each kind once and with how many files it is about."""
    kinds: dict[tuple[str, Action], list[tuple[str, Finding]]] = {}
    for name, finding in found:
        kinds.setdefault((finding.kind, finding.action), []).append((name, finding))
    result = []
    for members in kinds.values():
        names, (name, first) = {name for name, _ in members}, members[0]
        is_same = len(names) == n_files and len({finding.sentence for _, finding in members}) == 1
        of_files = f"In {len(names):,} of {n_files:,} files, the first “{name}”: "
        sentence = first.sentence if is_same else of_files + first.sentence
        n, total = (sum(getattr(finding, field) for _, finding in members) for field in ("count", "of"))
        result.append(replace(first, count=n, of=total, sentence=sentence))
    return result
