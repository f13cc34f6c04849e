"""What an evaluation of a generator finds, and which of two findings is better."""

from dataclasses import dataclass

TOLD_APART = 0.95  # accuracy from which on it says little which fakes are better


@dataclass(frozen=True)
class Accuracy:
    """How often the better of some classifiers is right about signals it has not learned from; 0.5 is guessing."""

    value: float
    low: float  # of the 95 % interval
    high: float
    each: tuple[float, ...] = ()  # of all the classifiers, in their order

    @property
    def mean(self) -> float:
        """Of all the classifiers, as far as it says which fakes are better."""
        each = self.each or (self.value,)
        return sum(min(one, TOLD_APART) for one in each) / len(each)


@dataclass(frozen=True)
class Evaluation:
    """How far fakes are from held-out reals, how varied they are, and how often classifiers tell them apart."""

    distance: float  # multiples of the floor: 1 is as near as two sets of reals are to each other
    diversity: float  # how different fakes are from each other ÷ the same of reals
    accuracy: Accuracy
    accuracy_floor: float = 0.5  # the same between two sets of real signals; 0.5 where these are too few to say

    def figures(self) -> dict[str, float]:
        """By the names that files keep."""
        return {
            "distance": self.distance,
            "diversity": self.diversity,
            "accuracy": self.accuracy.value,
            "accuracy_low": self.accuracy.low,
            "accuracy_high": self.accuracy.high,
            "accuracy_floor": self.accuracy_floor,
        }


def rank(evaluation: Evaluation, handicap: float = 0.0) -> tuple[float, float]:
    """Less is better: the mean accuracy, or where all classifiers tell nearly all fakes, the distance."""
    accuracy = evaluation.accuracy.mean + handicap
    return (accuracy, 0.0) if accuracy < TOLD_APART else (TOLD_APART, evaluation.distance)
