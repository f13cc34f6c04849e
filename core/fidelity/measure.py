"""A measure of the scorecard: how it is computed, what it means, and when its value is good.

A value is graded by its distance from its floor, in fixed bands: good up to `good` beyond the floor, fair up to `fair`,
and poor beyond. The bands are in the measure's own unit (so that a small set with a high floor and a large one with a
low floor are graded alike) or, where that unit means nothing by itself, in multiples of the floor. They hold for
as many signals as the measure says, or more; for fewer they widen with the root of the number, as sampling errors do.

Each measure stands in a file of its own in core/fidelity/measures/; core/fidelity/scorecard.py lists them in order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core import formatting
from core.fidelity.classification import C2ST
from core.fidelity.comparison import Comparison
from core.fidelity.pictures import Picture

N_SIGNALS_OF_BANDS = 8_000  # signals a side, for the bands as they are declared
GUESSING_CONFIDENCE = 0.999  # with which a classifier must be better than guessing before that counts

# Advice that several measures give.
TRAIN_LONGER = "Train longer: choose preset thorough, or more steps."
MORE_DATA = "Give the training more signals, or use preset thorough, which draws more of its own."
CHECK_SHAPES = (
    "Train longer. If that does not help, the signals have edges or details that the twin smooths; look at the pairs that "
    "are easiest to tell apart."
)
CHECK_NOISE = "Look at the noise: train longer, and check in the plots whether it changes along the signal."


class Group(StrEnum):
    """The questions that measures answer, by the keys under which reports keep them."""

    CLASSIFIERS = "classifiers"
    QUANTITIES = "quantities"
    SPECTRUM = "spectrum"
    DIVERSITY = "diversity"
    CONDITIONS = "conditions"
    USEFULNESS = "usefulness"
    PUBLISHED = "published"


GROUP_TITLES = {
    Group.CLASSIFIERS: "Can a classifier tell them apart?",
    Group.QUANTITIES: "Are the single quantities right?",
    Group.SPECTRUM: "Are spectrum and autocorrelation right?",
    Group.DIVERSITY: "Are the fakes varied, and not copies?",
    Group.CONDITIONS: "Do the fakes match what was requested?",
    Group.USEFULNESS: "Can a model learn from them?",
    Group.PUBLISHED: "Further measures from the literature",
}


class Grade(StrEnum):
    """A traffic light."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """All that there is to know about a measure."""

    key: str
    title: str
    definition: str  # what it is, for docs/fidelity.md
    source: str = ""  # where it was published
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
    n_signals: int = N_SIGNALS_OF_BANDS  # a side, from which on the bands are as declared
    in_quick: bool = True
    cost: float = 0.3  # seconds for 10,000 signals a side, roughly: for the progress bar
    applies: Callable[[Comparison], bool] = lambda comparison: True
    pictures: Callable[[Comparison], Sequence[Picture]] = lambda comparison: ()

    def grade(self, value: float, floor: float, n: int, result: C2ST | None = None) -> Grade:
        """The grade of a value of `n` signals a side, given its floor; `result` where a classifier gave it."""
        if result is not None and result.interval(GUESSING_CONFIDENCE)[0] <= 0.5:
            return Grade.GOOD
        severity = self.severity(value, floor, n)
        return Grade.GOOD if severity <= self.good / self.fair else Grade.FAIR if severity <= 1 else Grade.POOR

    def severity(self, value: float, floor: float, n: int) -> float:
        """How much worse than its floor a value is, in multiples of the fair band: above 1 it is poor."""
        # A classifier's interval says what chance can do.
        is_classifier = self.group is Group.CLASSIFIERS
        widening = 1.0 if is_classifier else max(1.0, (self.n_signals / n) ** 0.5)
        return self.excess(value, floor) / (self.fair * widening)

    def excess(self, value: float, floor: float) -> float:
        """How much worse than its floor a value is, in the unit of the bands."""
        worse = floor - value if self.more_is_better else value - floor
        return worse / max(abs(floor), 1e-12) if self.in_multiples else worse


def format_value(value: float, form: str) -> str:
    """A value as people read it."""
    return formatting.percent(value) if form == "percent" else formatting.number(value)
