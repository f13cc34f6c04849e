"""The score sheet: what a line of it is, and when a value is good.

A value is judged by how far it is from its floor, in fixed bands: up to `good` beyond the floor it is good, up to `fair`
fair, and poor beyond. The bands are in the measure's own unit (so that a small set with a high floor and a large one
with a low floor are judged alike) or, where that unit means nothing by itself, in multiples of the floor. They hold for
ENOUGH signals or more; for fewer they widen as sampling errors do, with the root of their number.
core/fidelity/scorecard.py has the lines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.fidelity.comparison import Comparison
from core.fidelity.measures.c2st import C2ST

ENOUGH = 8_000  # signals a side, for the bands as they are written
CERTAIN = 0.999  # confidence with which a classifier must be better than guessing before that counts


class Group(StrEnum):
    """The questions that measures answer."""

    CLASSIFIERS = "Can a classifier tell?"
    PARAMETERS = "Are the single quantities right?"
    SPECTRUM = "Are spectrum and memory right?"
    DIVERSITY = "Is it varied, and not copied?"
    CONDITIONS = "Does it give what it is asked for?"
    USE = "Is it useful?"
    NAMES = "The field’s own names"


class Grade(StrEnum):
    """A traffic light."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True)
class Measure:
    """One line of the sheet."""

    key: str
    title: str
    group: Group
    compute: Callable[[Comparison], float | C2ST]
    good: float
    fair: float
    meaning: str  # a sentence, for which {value} and {floor} are filled in
    fault: str  # what is wrong where it is poor, after “The twin …”
    advice: str
    form: str = "number"  # how values are written: number or percent
    more_is_better: bool = False
    in_multiples: bool = False  # the bands are in multiples of the floor
    in_quick: bool = True
    cost: float = 0.3  # seconds for 10,000 signals a side, roughly: for the progress bar

    def grade(self, value: float, floor: float, n: int, told: C2ST | None = None) -> Grade:
        """How good a value of `n` signals a side is, given its floor; `told` where a classifier gave it."""
        if told is not None and told.interval(CERTAIN)[0] <= 0.5:
            return Grade.GOOD
        severity = self.severity(value, floor, n)
        return Grade.GOOD if severity <= self.good / self.fair else Grade.FAIR if severity <= 1 else Grade.POOR

    def severity(self, value: float, floor: float, n: int) -> float:
        """How much worse than its floor a value is, in multiples of the fair band: above 1 it is poor."""
        # Of a classifier, its interval says what chance can do.
        widening = 1.0 if self.group is Group.CLASSIFIERS else max(1.0, (ENOUGH / n) ** 0.5)
        return self.excess(value, floor) / (self.fair * widening)

    def excess(self, value: float, floor: float) -> float:
        """How much worse than its floor a value is, in the unit of the bands."""
        worse = floor - value if self.more_is_better else value - floor
        return worse / max(abs(floor), 1e-12) if self.in_multiples else worse
