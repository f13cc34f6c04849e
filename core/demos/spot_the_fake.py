"""Spot the fake: rounds of real and fake signals, how many cards a player gets right, and how likely that is by chance.

A round shows 8 signals, exactly 4 of them fake, and the player marks any number k of them as fakes. A guesser draws k of
the 8 at random, so the number of hits h among the marks is hypergeometric (Feller 1968, "An introduction to probability
theory and its applications", 3rd ed., II.6): P(h) = C(4, h) · C(4, k - h) / C(8, k). Correct are the h marked fakes and the
4 - (k - h) unmarked reals, 4 - k + 2h in all. Rounds are independent, so the distribution of their sum, given the numbers of
marks, is the convolution of theirs, and the p-value is exact: P(correct ≥ observed). Marking none or all always gives 4, and
so no information. The p-value holds for numbers of rounds and of marks that were chosen without regard to the score;
stopping when the score happens to be good makes it too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.stats import hypergeom

from core import formatting
from core.fidelity.classification import train_test_split
from core.fidelity.measures.c2st import KernelClassifier, kernel_classifier
from core.fidelity.report import MIN_SIGNALS
from core.networks import use_one_thread
from core.seeds import BLOCK, Purpose, numpy_rng
from core.store.datasets import open_source
from core.store.run import Run

N_CARDS, N_FAKES = 8, 4
LAST_GAME = 999_999
CLASSIFIER_SEED = LAST_GAME + 1  # of its fakes: no game uses it
MAX_TRAINING_SIGNALS = 1_000  # of each kind, that the classifier learns from
MAX_VALUES = 2_000_000  # of each kind; longer signals are fewer
LIKELY_P, ALMOST_CERTAIN_P = 0.05, 0.001  # p-values up to which the player sees a difference


class Round(NamedTuple):
    """Eight cards, in the order in which they are shown."""

    signals: np.ndarray  # (8, n_channels, n_samples), float32, in physical units
    is_fake: np.ndarray  # (8,), bool; exactly half

    def is_right(self, marks: Sequence[int]) -> np.ndarray:
        """Which cards (8,) a player got right who marked the cards at these indices as fakes."""
        return np.isin(np.arange(N_CARDS), marks) == self.is_fake


@dataclass(frozen=True)
class Game:
    """All rounds of a game; `seed` decides which signals they show, and in which order."""

    reals: np.ndarray  # (n, n_channels, n_samples), never seen by a training
    fakes: np.ndarray  # the same shape, from the twin
    seed: int

    @property
    def n_rounds(self) -> int:
        """How many rounds there are before a signal repeats."""
        return min(len(self.reals), len(self.fakes)) // N_FAKES

    def round(self, index: int) -> Round:
        """The round with that index; always the same one."""
        rows = slice(index * N_FAKES, (index + 1) * N_FAKES)
        order = numpy_rng(self.seed, Purpose.SPOTTING, index).permutation(N_CARDS)
        return Round(np.concatenate([self.reals[rows], self.fakes[rows]])[order], order >= N_CARDS - N_FAKES)


@dataclass
class Play:
    """A player's marks in a game, round by round, and the index of the round that is shown."""

    marks: list[list[int]] = field(default_factory=list)
    shown: int = 0


def open_game(run: Run, seed: int) -> Game:
    """The game with this seed, at most LAST_GAME, against the twin of a run.

    Its reals are such as fidelity is measured on. Raises RunNotFoundError or RunFileError where there is no twin,
    DataSetError where the recordings are gone.
    """
    use_one_thread()
    reals = open_source(run.config, run.data_dir).fresh(BLOCK, run.config.training.seed + seed)
    return Game(reals.signals, run.load_surrogate().sample(BLOCK, seed), seed)


@dataclass(frozen=True)
class Rival:
    """A classifier that plays the same cards, and how many signals of each kind it was trained on."""

    classifier: KernelClassifier
    n_signals: int

    def marks(self, cards: Round) -> list[int]:
        """The indices of the four cards that look most fake to it."""
        return sorted(np.argsort(self.classifier.scores(cards.signals), kind="stable")[:N_FAKES].tolist())


def train_rival(run: Run) -> Rival | None:
    """A classifier trained on other fakes of the run and other reals; None where there are too few.

    Its reals are new signals of the simulator, or the recordings that the twin was trained on: the held-out ones are few and
    serve as cards. Its fakes come from a seed that no game uses. Raises as `open_game` does.
    """
    use_one_thread()
    source = open_source(run.config, run.data_dir)
    n = max(MIN_SIGNALS, min(MAX_TRAINING_SIGNALS, MAX_VALUES // (source.n_channels * len(source.times))))
    reals = source.distinct(n, numpy_rng(CLASSIFIER_SEED, Purpose.SPOTTING)).signals
    if len(reals) < MIN_SIGNALS:
        return None
    fakes = run.load_surrogate().sample(len(reals), CLASSIFIER_SEED)
    split = train_test_split(reals, fakes, CLASSIFIER_SEED, n_test=0)
    return Rival(kernel_classifier(split, CLASSIFIER_SEED), len(reals))


@dataclass(frozen=True)
class Score:
    """How many cards a player got right and how many of the 8 the player marked, round by round."""

    n_right: tuple[int, ...]
    n_marked: tuple[int, ...]

    @classmethod
    def of(cls, rounds: Sequence[Round], marks: Sequence[Sequence[int]]) -> "Score":
        """The score in some rounds; marks are indices of cards, each once."""
        n_right = (int(cards.is_right(marked).sum()) for cards, marked in zip(rounds, marks, strict=True))
        return cls(tuple(n_right), tuple(map(len, marks)))

    @property
    def total(self) -> int:
        """Cards that the player got right."""
        return sum(self.n_right)

    @property
    def n_cards(self) -> int:
        """Cards that were played; guessing gets half of them right on average."""
        return N_CARDS * len(self.n_right)

    @cached_property
    def p_value(self) -> float:
        """How likely a guesser who marks as many cards in each round gets at least as many right."""
        chances = np.ones(1)
        for k in self.n_marked:
            chances = np.convolve(chances, _chances(k))
        return min(1.0, float(chances[self.total :].sum()))

    @property
    def is_informative(self) -> bool:
        """Whether there was a round in which it mattered which cards were marked."""
        return any(0 < k < N_CARDS for k in self.n_marked)


def _chances(n_marked: int) -> np.ndarray:
    """How likely a guesser who marks `n_marked` cards gets 0, 1, … 8 right, (9,)."""
    chances = np.zeros(N_CARDS + 1)
    hits = np.arange(max(0, n_marked - N_FAKES), min(n_marked, N_FAKES) + 1)
    chances[N_CARDS - N_FAKES - n_marked + 2 * hits] = hypergeom.pmf(hits, N_CARDS, N_FAKES, n_marked)
    return chances


def verdict(score: Score) -> str:
    """What a player's score means, in a sentence."""
    if not score.is_informative:
        return "Marking none or all of the cards proves nothing: mark only those that look fake to you."
    chance = f"By guessing, you would do at least as well in {frequency(score.p_value)}"
    if score.p_value <= ALMOST_CERTAIN_P:
        return f"{chance}: you almost certainly see a difference."
    if score.p_value <= LIKELY_P:
        return f"{chance}: you probably see a difference."
    return f"{chance}, so there is no evidence yet that you see a difference."


def frequency(p_value: float) -> str:
    """A probability as a share of games."""
    if p_value > 0.995:
        return "every game" if p_value > 1 - 1e-9 else "almost every game"
    if p_value >= 0.0095:
        return f"{round(100 * p_value)} of 100 games"
    if p_value < 1e-6:
        return "fewer than 1 of a million games"
    return f"1 of {formatting.count(int(float(f'{1 / p_value:.2g}')))} games"
