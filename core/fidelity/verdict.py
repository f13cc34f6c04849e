"""The verdict: one sentence that says whether fakes may stand in for reals.

It follows from fixed bands on the accuracy of the best classifier, from guessing (50 %) to always right. Fakes are called
indistinguishable only if every measure is good, and never called good while a measure is poor.
"""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from core import formatting
from core.config import Model
from core.fidelity.measure import Grade, Group, format_value


class Level(StrEnum):
    """What fakes are called, by the keys under which reports keep it."""

    INDISTINGUISHABLE = "indistinguishable"
    HARD = "hard"
    FLAWED = "flawed"
    CLOSE = "close"
    EASY = "easy"
    USELESS = "useless"


LEVEL_TITLES = {
    Level.INDISTINGUISHABLE: "Indistinguishable from real",
    Level.HARD: "Hard to tell from real",
    Level.FLAWED: "Hard to tell from real, but flawed",
    Level.CLOSE: "Similar to real, with visible differences",
    Level.EASY: "Easy to tell from real",
    Level.USELESS: "Useless in place of real signals",
}
# The highest accuracy of the best classifier at which fakes are still called so.
MAX_ACCURACIES = {
    Level.INDISTINGUISHABLE: 0.52,
    Level.HARD: 0.60,
    Level.CLOSE: 0.75,
    Level.EASY: 0.95,
    Level.USELESS: 1.0,
}
GRADES = {
    Level.INDISTINGUISHABLE: Grade.GOOD,
    Level.HARD: Grade.GOOD,
    Level.FLAWED: Grade.POOR,
    Level.CLOSE: Grade.FAIR,
    Level.EASY: Grade.POOR,
    Level.USELESS: Grade.POOR,
}
MEANINGS = {
    Level.INDISTINGUISHABLE: "As far as {n} signals a side can show, they can stand in for real signals.",
    Level.HARD: "They can stand in for real signals in most uses; mind the weakest point.",
    Level.FLAWED: "Each signal on its own looks real, but taken together they are not what the source makes.",
    Level.CLOSE: "Good enough to try things out, not to base decisions on.",
    Level.EASY: "Do not base decisions on them.",
    Level.USELESS: "Do not use them in place of real signals: nearly every fake is recognised.",
}


NO_ADVICE = "No significant difference was found. More signals would reveal smaller differences."


class Score(Model):
    """A measure with its value."""

    key: str
    title: str
    group: Group
    value: float
    floor: float = Field(description="The same measure between two sets of reals.")
    grade: Grade
    severity: float = Field(description="How much worse than the floor, in multiples of the band that is called fair.")
    sentence: str
    fault: str
    advice: str
    form: str
    interval: tuple[float, float] | None = Field(None, description="95 % confidence, of a classifier's accuracy.")

    @property
    def ratio(self) -> float | None:
        """Value ÷ floor; none where the floor is 0."""
        return self.value / self.floor if abs(self.floor) > 1e-9 else None

    def format(self, value: float) -> str:
        """A value of this measure as people read it."""
        return format_value(value, self.form)


class Verdict(Model):
    """The scorecard in a sentence."""

    level: Level
    grade: Grade
    sentence: str
    weakest: str | None = Field(None, description="The key of the measure that is furthest from its floor, if any is.")
    advice: str

    @property
    def title(self) -> str:
        """What the fakes are called."""
        return LEVEL_TITLES[self.level]


def verdict(scores: Sequence[Score], n: int) -> Verdict:
    """The verdict on the scores of `n` signals a side."""
    classifiers = [score for score in scores if score.group is Group.CLASSIFIERS]
    best = max(classifiers, key=lambda score: score.value)
    level = _level(classifiers)
    found = sorted((score for score in scores if score.grade is not Grade.GOOD), key=lambda score: -score.severity)
    poor = [score for score in found if score.grade is Grade.POOR and score.group is not Group.CLASSIFIERS]
    if poor and level in (Level.INDISTINGUISHABLE, Level.HARD):
        level = Level.FLAWED
    elif found and level is Level.INDISTINGUISHABLE:
        level = Level.HARD
    # A classifier or a published measure says less about what is wrong: it is named only where no other measure is.
    plain = [score for score in found if score.group not in (Group.CLASSIFIERS, Group.PUBLISHED)]
    causes = plain or found
    if not causes and level is not Level.INDISTINGUISHABLE:
        causes = [max(scores, key=lambda score: score.severity)]
    parts = [
        f"The best of {len(classifiers)} classifiers is right {formatting.percent(best.value)} of the time; "
        f"guessing is right 50 % of the time, and on two sets of reals it is right {formatting.percent(best.floor)}.",
        MEANINGS[level].format(n=formatting.count(n)),
    ]
    if best.floor > MAX_ACCURACIES[Level.HARD]:
        parts.append(
            "These reals differ so much among themselves that more recordings are needed to say how true the twin is."
        )
    if causes:
        parts.append(f"Weakest: the twin {causes[0].fault}.")
    return Verdict(
        level=level,
        grade=GRADES[level],
        sentence=" ".join(parts),
        weakest=causes[0].key if causes else None,
        advice=causes[0].advice if causes else NO_ADVICE,
    )


def _level(classifiers: Sequence[Score]) -> Level:
    """By the highest accuracy, not counting what may be chance."""
    highest = max(_counted(score) for score in classifiers)
    return next(level for level, limit in MAX_ACCURACIES.items() if highest <= limit)


def _counted(score: Score) -> float:
    """An accuracy; that of guessing where this is plausible, and at most hard to tell where the grade is good.

    Where the floor is high or the signals are few, a good grade says that nothing worse was shown, and no more.
    """
    if score.grade is not Grade.GOOD:
        return score.value
    low, high = score.interval or (score.value, score.value)
    if score.floor > MAX_ACCURACIES[Level.HARD] or high > MAX_ACCURACIES[Level.CLOSE]:
        return min(score.value, MAX_ACCURACIES[Level.CLOSE])
    return 0.5 if low <= 0.5 else min(score.value, MAX_ACCURACIES[Level.HARD])
