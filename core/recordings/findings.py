"""What was found in files and recordings, and what was done about it: told, never hidden."""

from dataclasses import dataclass
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
