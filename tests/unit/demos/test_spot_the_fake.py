"""The game: fair rounds, a rival that has seen none of them, and what chance makes of a score."""

from itertools import combinations, product

import numpy as np
import pytest

from core.config import changed
from core.demos import spot_the_fake
from core.demos.spot_the_fake import (
    LAST_GAME,
    N_CARDS,
    N_FAKES,
    Game,
    Round,
    Score,
    frequency,
    open_game,
    train_rival,
    verdict,
)
from core.fidelity.report import MIN_SIGNALS
from core.jobs.training import train
from core.signals.dataset import DataSet
from core.signals.training_set import first_reals
from core.store.datasets import DataSetStore, open_source
from core.store.run import Run

ALL = list(range(N_CARDS))


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config) -> Run:
    """A finished run of the simulator."""
    return train(tiny_config, "Simulated", tmp_path_factory.mktemp("simulated"))


def recorded(data_dir, tiny_config, n: int) -> Run:
    """A finished run of `n` recordings of two channels."""
    signals = np.random.default_rng(0).normal(size=(n, 2, 32)).astype(np.float32)
    data = DataSet("Some", signals, np.arange(n), np.empty((n, 0)), (), 10.0)
    source = DataSetStore(data_dir).keep(data)
    return train(changed(tiny_config, source=source.model_dump()), "Recorded", data_dir)


@pytest.fixture(scope="module")
def of_recordings(tmp_path_factory, tiny_config) -> Run:
    """A finished run of a hundred recordings."""
    return recorded(tmp_path_factory.mktemp("recorded"), tiny_config, 100)


@pytest.fixture
def game() -> Game:
    """A game whose signals say what they are: reals are their number, fakes as much below zero."""
    numbers = np.arange(1, 41, dtype=np.float32)[:, None, None]
    return Game(numbers, -numbers, seed=3)


@pytest.fixture
def learned(monkeypatch) -> list[np.ndarray]:
    """What a classifier learned from: its reals, then its fakes."""
    taken: list[np.ndarray] = []
    split = spot_the_fake.train_test_split
    monkeypatch.setattr(
        spot_the_fake, "train_test_split", lambda *args, **more: taken.extend(args[:2]) or split(*args, **more)
    )
    return taken


def rows(signals: np.ndarray) -> set[bytes]:
    return {signal.tobytes() for signal in signals}


# Rounds


def test_half_of_each_round_is_fake_and_said_to_be(game):
    assert game.n_rounds == 10
    for index in range(game.n_rounds):
        cards = game.round(index)
        assert len(cards.signals) == N_CARDS
        assert cards.is_fake.sum() == N_FAKES
        assert ((cards.signals[:, 0, 0] < 0) == cards.is_fake).all()


def test_no_signal_comes_twice_in_a_game(game):
    shown = np.concatenate([game.round(index).signals for index in range(game.n_rounds)])
    assert len(rows(shown)) == len(shown) == 80


def test_fakes_lie_anywhere(game):
    places = np.array([Game(game.reals, game.fakes, seed).round(0).is_fake for seed in range(400)])
    assert np.abs(places.mean(axis=0) - 0.5).max() < 0.1


def test_a_game_is_that_of_its_seed(run):
    first, again, other = (open_game(run, seed) for seed in (7, 7, 8))
    for index in (0, 5):
        assert np.array_equal(first.round(index).signals, again.round(index).signals)
        assert np.array_equal(first.round(index).is_fake, again.round(index).is_fake)
        assert not rows(first.round(index).signals) & rows(other.round(index).signals)


def test_few_recordings_give_few_rounds(of_recordings):
    game = open_game(of_recordings, 1)
    assert game.n_rounds == len(game.reals) // N_FAKES < 128
    assert game.round(0).signals.shape == (N_CARDS, 2, 32)


@pytest.mark.parametrize("name", ["run", "of_recordings"])
def test_no_real_card_was_trained_on(name, request):
    run = request.getfixturevalue(name)
    source, seed = open_source(run.config, run.data_dir), run.config.training.seed
    seen = rows(first_reals(source, seed).signals) | rows(source.held_out(1000, seed).signals)
    for game in (1, LAST_GAME):
        assert not rows(open_game(run, game).reals) & seen


# The rival


@pytest.mark.parametrize("name", ["run", "of_recordings"])
def test_the_classifier_has_seen_no_card(name, request, learned):
    run = request.getfixturevalue(name)
    rival = train_rival(run)
    reals, fakes = learned
    assert len(reals) == len(fakes) == rival.n_signals
    for seed in (1, LAST_GAME):
        game = open_game(run, seed)
        assert not rows(game.reals) & rows(reals)
        assert not rows(game.fakes) & rows(fakes)


def test_the_classifier_marks_four_cards_and_tells_what_can_be_told(run):
    game, rival = open_game(run, 1), train_rival(run)
    rounds = [game.round(index) for index in range(20)]
    marks = [rival.marks(cards) for cards in rounds]
    assert all(len(set(places)) == N_FAKES for places in marks)
    assert Score.of(rounds, marks).total > 0.85 * 160  # sixty steps make poor fakes
    assert marks == [rival.marks(cards) for cards in rounds]


def test_too_few_recordings_train_no_classifier(tmp_path, tiny_config):
    few = recorded(tmp_path, tiny_config, MIN_SIGNALS)
    assert train_rival(few) is None
    assert open_game(few, 1).n_rounds == 3


# The score


def brute_force(marked: tuple[int, ...], total: int) -> float:
    """P(right ≥ total) over all ways in which the fakes could have lain."""
    deals = list(combinations(ALL, N_FAKES))
    sums = [
        sum(sum((card < k) == (card in fakes) for card in ALL) for k, fakes in zip(marked, dealt, strict=True))
        for dealt in product(deals, repeat=len(marked))
    ]
    return float(np.mean(np.array(sums) >= total))


@pytest.mark.parametrize("k", range(N_CARDS + 1))
def test_one_round_is_as_likely_as_counting_says(k):
    for total in range(N_CARDS + 1):
        assert Score((total,), (k,)).p_value == pytest.approx(brute_force((k,), total), abs=1e-12)


@pytest.mark.parametrize("marked", [(4, 4), (3, 5), (1, 6), (0, 4), (8, 2)])
def test_two_rounds_are_as_likely_as_counting_says(marked):
    for total in range(2 * N_CARDS + 1):
        score = Score((total // 2, total - total // 2), marked)
        assert score.p_value == pytest.approx(brute_force(marked, total), abs=1e-12)


def test_many_rounds_are_as_likely_as_guessing_shows():
    rng, marked = np.random.default_rng(0), (4, 3, 4, 2, 5)
    fakes = rng.permuted(np.tile(np.arange(N_CARDS) < N_FAKES, (40_000, 5, 1)), axis=2)
    marks = np.arange(N_CARDS) < np.array(marked)[:, None]
    totals = (fakes == marks).sum(axis=(1, 2))
    for total in (18, 22, 26):
        score = Score((total, 0, 0, 0, 0), marked)
        assert score.p_value == pytest.approx(np.mean(totals >= total), abs=0.01)


@pytest.mark.parametrize("marks", [[], ALL])
def test_marking_none_or_all_proves_nothing(marks, game):
    score = Score.of([game.round(index) for index in range(6)], [marks] * 6)
    assert score.total == 24
    assert score.p_value == pytest.approx(1, abs=1e-12)
    assert "proves nothing" in verdict(score)


def test_what_is_right(game):
    cards = Round(game.round(0).signals, np.arange(N_CARDS) < N_FAKES)
    assert cards.is_right([0, 1, 4]).tolist() == [True, True, False, False, False, True, True, True]
    assert Score.of([cards, cards], [[0, 1, 4], [0, 1, 2, 3]]) == Score((5, 8), (3, 4))


@pytest.mark.parametrize(
    ("right", "says"),
    [
        (
            (4,),
            "By guessing, you would do at least as well in 76 of 100 games, so there is no evidence yet",
        ),
        (
            (8,),
            "By guessing, you would do at least as well in 1 of 100 games: you probably see a difference.",
        ),
        ((8, 8), "in 1 of 4,900 games: you almost certainly see a difference."),
        ((0,), "in every game, so there is no evidence yet"),
    ],
)
def test_a_score_in_words(right, says):
    assert says in verdict(Score(right, (4,) * len(right)))


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (1.0, "every game"),
        (0.999, "almost every game"),
        (0.05, "5 of 100 games"),
        (0.0101, "1 of 100 games"),
        (0.002, "1 of 500 games"),
        (1e-9, "fewer than 1 of a million games"),
    ],
)
def test_a_probability_in_words(p_value, words):
    assert frequency(p_value) == words
