"""Spot the fake: rounds of real and fake signals, how many of them were told apart, and what chance makes of it.

A round shows 8 signals of which exactly 4 are fake, and the player marks any number k of them as fakes. Somebody who
guesses draws k of the 8 without looking, so the hits h among the marks are hypergeometric (Feller 1968, "An introduction
to probability theory and its applications", 3rd ed., II.6): P(h) = C(4, h) · C(4, k - h) / C(8, k). Right are the h fakes
that were marked and the 4 - (k - h) reals that were not, 4 - k + 2h in all. Rounds are independent, so the distribution
of their sum, given the numbers of marks, is the convolution of theirs, and the p-value is exact: P(right ≥ observed).
Marking none or all gives 4 whatever the fakes are, and so no information. It is exact for a number of rounds, and
numbers of marks, that were not chosen in the light of the score; stopping when the score is good makes it too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.stats import hypergeom

from core import formatting
from core.fidelity.measures.c2st import KernelClassifier, divided, kernel_classifier
from core.fidelity.report import FEWEST
from core.networks import use_one_thread
from core.seeds import BLOCK, Purpose, numpy_rng
from core.store.datasets import open_source
from core.store.runs import Run

N_CARDS, N_FAKES = 8, 4
LAST_GAME = 999_999
CLASSIFIER_SEED = LAST_GAME + 1  # of its fakes: no game has it
N_LEARNED = 1_000  # signals of a side that the classifier learns from
MAX_VALUES = 2_000_000  # of a side; longer signals are fewer
PROBABLY, ALMOST_CERTAINLY = 0.05, 0.001  # p-values from which on a difference was seen


class Round(NamedTuple):
    """Cards in the order in which they are shown."""

    signals: np.ndarray  # (8, n_channels, n_samples), float32, in physical units
    is_fake: np.ndarray  # (8,), bool; exactly half

    def right(self, marks: Sequence[int]) -> np.ndarray:
        """Which cards (8,) were judged rightly by somebody who marked those as fakes."""
        return np.isin(np.arange(N_CARDS), marks) == self.is_fake


@dataclass(frozen=True)
class Game:
    """All rounds of a game: `seed` decides which signals they show, and where.

    reals: signals that no training ever saw, (n, n_channels, n_samples); fakes: the twin's own.
    """

    reals: np.ndarray
    fakes: np.ndarray
    seed: int

    @property
    def n_rounds(self) -> int:
        """How many rounds there are before a signal would come again."""
        return min(len(self.reals), len(self.fakes)) // N_FAKES

    def round(self, index: int) -> Round:
        """A round, counted from 0; the same one each time."""
        rows = slice(index * N_FAKES, (index + 1) * N_FAKES)
        order = numpy_rng(self.seed, Purpose.SPOTTING, index).permutation(N_CARDS)
        return Round(np.concatenate([self.reals[rows], self.fakes[rows]])[order], order >= N_CARDS - N_FAKES)


@dataclass
class Play:
    """What somebody marked in a game, round by round, and which round is shown."""

    marks: list[list[int]] = field(default_factory=list)
    shown: int = 0


def open_game(run: Run, seed: int) -> Game:
    """The game of that seed, at most LAST_GAME, against the twin of a run.

    Reals are those that fidelity is measured on. Raises RunNotFoundError or RunFileError where there is no twin,
    DataSetError where the recordings are gone.
    """
    use_one_thread()
    reals = open_source(run.config, run.data_dir).fresh(BLOCK, run.config.training.seed + seed)
    return Game(reals.signals, run.load_surrogate().sample(BLOCK, seed), seed)


@dataclass(frozen=True)
class Rival:
    """A classifier that plays the same cards, and from how many signals of each kind it learned."""

    classifier: KernelClassifier
    n_signals: int

    def marks(self, cards: Round) -> list[int]:
        """The four cards that look most fake to it."""
        return sorted(np.argsort(self.classifier.scores(cards.signals), kind="stable")[:N_FAKES].tolist())


def train_rival(run: Run) -> Rival | None:
    """A classifier that has learned to tell other fakes of the run from other reals; None where these are too few.

    Its reals are new signals of a simulator, or the recordings that the twin learned from: the others are few and are
    shown as cards. Its fakes come from random numbers that no game uses. Raises as `open_game` does.
    """
    use_one_thread()
    source = open_source(run.config, run.data_dir)
    n = max(FEWEST, min(N_LEARNED, MAX_VALUES // (source.n_channels * len(source.times))))
    reals = source.distinct(n, numpy_rng(CLASSIFIER_SEED, Purpose.SPOTTING)).signals
    if len(reals) < FEWEST:
        return None
    fakes = run.load_surrogate().sample(len(reals), CLASSIFIER_SEED)
    split = divided(reals, fakes, CLASSIFIER_SEED, n_test=0)
    return Rival(kernel_classifier(split, CLASSIFIER_SEED), len(reals))


@dataclass(frozen=True)
class Score:
    """How many cards somebody judged rightly, round by round: `right`, having marked `marked` of the 8."""

    right: tuple[int, ...]
    marked: tuple[int, ...]

    @classmethod
    def of(cls, rounds: Sequence[Round], marks: Sequence[Sequence[int]]) -> "Score":
        """The score of marks in rounds; marks are places of cards, each once."""
        right = (int(cards.right(marked).sum()) for cards, marked in zip(rounds, marks, strict=True))
        return cls(tuple(right), tuple(map(len, marks)))

    @property
    def total(self) -> int:
        """Cards that were judged rightly."""
        return sum(self.right)

    @property
    def n_cards(self) -> int:
        """Cards that were judged; guessing gets half of them on average."""
        return N_CARDS * len(self.right)

    @cached_property
    def p_value(self) -> float:
        """How likely somebody who guesses, with as many marks in each round, gets this many right or more."""
        chances = np.ones(1)
        for k in self.marked:
            chances = np.convolve(chances, _chances(k))
        return min(1.0, float(chances[self.total :].sum()))

    @property
    def says_something(self) -> bool:
        """There was a round in which it mattered which cards were marked."""
        return any(0 < k < N_CARDS for k in self.marked)


def _chances(n_marked: int) -> np.ndarray:
    """How likely 0, 1, … 8 of the cards are judged rightly by somebody who guesses and marks `n_marked` of them, (9,)."""
    chances = np.zeros(N_CARDS + 1)
    hits = np.arange(max(0, n_marked - N_FAKES), min(n_marked, N_FAKES) + 1)
    chances[N_CARDS - N_FAKES - n_marked + 2 * hits] = hypergeom.pmf(hits, N_CARDS, N_FAKES, n_marked)
    return chances


def verdict(score: Score) -> str:
    """What a player's score says, in a sentence or two."""
    lead = f"You were right in {score.total} of {score.n_cards}."
    if not score.says_something:
        return f"{lead} Where none or all are marked, that says nothing: mark those that you think are fake."
    often = f"Somebody who guesses gets at least that in {frequency(score.p_value)}"
    if score.p_value <= ALMOST_CERTAINLY:
        return f"{lead} {often}: you almost certainly see a difference."
    if score.p_value <= PROBABLY:
        return f"{lead} {often}: you probably see a difference."
    return f"{lead} {often}: there is no evidence yet that you see a difference."


def frequency(p_value: float) -> str:
    """A probability as a share of games."""
    if p_value > 0.995:
        return "every game" if p_value > 1 - 1e-9 else "almost every game"
    if p_value >= 0.0095:
        return f"{round(100 * p_value)} of 100 games"
    if p_value < 1e-6:
        return "fewer than 1 of a million games"
    return f"1 of {formatting.count(int(float(f'{1 / p_value:.2g}')))} games"
