"""The verdict: one sentence that says whether fakes may stand in for reals.

Fixed bands on how often the best classifier is right, from guessing (50 %) to always. Nothing is called indistinguishable
unless the whole sheet is good, nor good while a line of it is poor.
"""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from core import formatting
from core.config import Model
from core.fidelity.grading import Grade, Group


class Level(StrEnum):
    """What fakes are called."""

    INDISTINGUISHABLE = "Indistinguishable from real"
    HARD = "Hard to tell from real"
    FLAWED = "Hard to tell from real, but flawed"
    CLOSE = "Similar to real, with differences that can be found"
    EASY = "Easy to tell from real"
    USELESS = "Useless in place of real signals"


# Up to which accuracy of the best classifier fakes are called what.
BANDS = {Level.INDISTINGUISHABLE: 0.52, Level.HARD: 0.60, Level.CLOSE: 0.75, Level.EASY: 0.95, Level.USELESS: 1.0}
GRADES = {
    Level.INDISTINGUISHABLE: Grade.GOOD,
    Level.HARD: Grade.GOOD,
    Level.FLAWED: Grade.POOR,
    Level.CLOSE: Grade.FAIR,
    Level.EASY: Grade.POOR,
    Level.USELESS: Grade.POOR,
}
MEANINGS = {
    Level.INDISTINGUISHABLE: "They can stand in for real signals as far as {n} signals a side can show.",
    Level.HARD: "They can stand in for real signals in most uses; mind what is weakest.",
    Level.FLAWED: "A look at single signals finds nothing, yet together they are not what the source gives.",
    Level.CLOSE: "Good enough to try things out, not to base decisions on.",
    Level.EASY: "Do not base decisions on them.",
    Level.USELESS: "Do not use them in place of real signals: nearly every one can be told at once.",
}


class Score(Model):
    """One line of the score sheet, filled in."""

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

    def written(self, value: float) -> str:
        """A value of this line as people read it."""
        return written(value, self.form)


class Verdict(Model):
    """The sheet in a sentence."""

    level: Level
    grade: Grade
    sentence: str
    weakest: str | None = Field(None, description="The line of the sheet that is furthest from its floor, if any is.")
    advice: str


def verdict(scores: Sequence[Score], n: int) -> Verdict:
    """What the scores of `n` signals a side come to."""
    classifiers = [score for score in scores if score.group is Group.CLASSIFIERS]
    best = max(classifiers, key=lambda score: score.value)
    level = _level(classifiers)
    found = sorted((score for score in scores if score.grade is not Grade.GOOD), key=lambda score: -score.severity)
    poor = [score for score in found if score.grade is Grade.POOR and score.group is not Group.CLASSIFIERS]
    if poor and level in (Level.INDISTINGUISHABLE, Level.HARD):
        level = Level.FLAWED
    elif found and level is Level.INDISTINGUISHABLE:
        level = Level.HARD
    # A classifier, or a name of the field's, says less of what is wrong: it is named only where no other line is.
    plain = [score for score in found if score.group not in (Group.CLASSIFIERS, Group.NAMES)]
    causes = plain or found
    if not causes and level is not Level.INDISTINGUISHABLE:
        causes = [max(scores, key=lambda score: score.severity)]
    parts = [
        f"The best of {len(classifiers)} classifiers is right {formatting.percent(best.value)} of the time; "
        f"50 % is guessing, and between two sets of reals it is right {formatting.percent(best.floor)}.",
        MEANINGS[level].format(n=formatting.count(n)),
    ]
    if causes:
        parts.append(f"Weakest: the twin {causes[0].fault}.")
    return Verdict(
        level=level,
        grade=GRADES[level],
        sentence=" ".join(parts),
        weakest=causes[0].title if causes else None,
        advice=causes[0].advice
        if causes
        else "Nothing to mend was found. More signals would show smaller differences.",
    )


def _level(classifiers: Sequence[Score]) -> Level:
    """By the highest accuracy, but for what may be chance."""
    highest = max(_counted(score) for score in classifiers)
    return next(level for level, limit in BANDS.items() if highest <= limit)


def _counted(score: Score) -> float:
    """An accuracy; guessing where that is well possible, and at most hard to tell where the line is good."""
    if score.grade is not Grade.GOOD:
        return score.value
    may_guess = score.interval is not None and score.interval[0] <= 0.5
    return 0.5 if may_guess else min(score.value, BANDS[Level.HARD])


def written(value: float, form: str) -> str:
    """A value as people read it."""
    return formatting.percent(value) if form == "percent" else formatting.number(value)
