"""A game: which of these signals are fakes?"""

import streamlit as st

from core import formatting
from core.demos.spot_the_fake import (
    LAST_GAME,
    MAX_TRAINING_SIGNALS,
    N_CARDS,
    N_FAKES,
    Game,
    Play,
    Rival,
    Score,
    open_game,
    train_rival,
    verdict,
)
from core.generation.surrogate import Surrogate
from core.store.run import Run
from pages import session
from pages.components.cards import cards
from pages.widgets.channel import picked_channel
from pages.widgets.page_header import page_header
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles
from pages.widgets.twin import twin_of

PLAYS = "spot-plays"  # in the session: a Play by run, its step and game


@st.cache_resource(max_entries=8, show_spinner="Shuffling the cards …")
def game_of(run_id: str, step: int, seed: int, _run: Run) -> Game:
    """The game with this seed; run_id and step identify the twin."""
    return open_game(_run, seed)


@st.cache_resource(max_entries=4, show_spinner="Training a classifier that will play the same cards …")
def rival_of(run_id: str, step: int, _run: Run) -> Rival | None:
    """The classifier that plays the same cards; run_id and step identify the twin."""
    return train_rival(_run)


def next_game() -> None:
    """Go on to the next game."""
    st.session_state["game"] = st.session_state["game"] % LAST_GAME + 1


def other_run(run: Run) -> Run | None:
    """A run of another architecture to play against, on the same source if there is one."""
    runs, _ = session.store().readable()
    kind = run.config.network.architecture
    others = [other for other in runs if other.has_surrogate and other.config.network.architecture != kind]
    return min(others, key=lambda other: other.config.source != run.config.source, default=None)


def controls(run: Run, twin: Surrogate) -> tuple[int, int]:
    """Ask for the number of the game and the channel to show, and offer another run to play against."""
    seed = st.number_input(
        "Game",
        min_value=1,
        max_value=LAST_GAME,
        key="game",
        bind="query-params",
        help="The number decides which cards you see. Share the page’s link to challenge others with the same cards.",
    )
    st.button("New game", key="new-game", icon=":material/shuffle:", on_click=next_game)
    channel = picked_channel(run.config.source.n_channels, "spot-channel")
    live = " It is still learning; the game starts over when it improves." if run.status.state.is_live else ""
    st.caption(f"You play against “{plain(run.name)}” {formatting.moment(twin.step)}.{live}")
    if other := other_run(run):
        st.caption("Another opponent:")
        if st.button(plain(other.name), key="other-run", icon=":material/swap_horiz:"):
            session.pick(other)
            st.rerun()
    return int(seed), channel


def axes(run: Run, channel: int) -> str:
    """What each card shows."""
    source = run.config.source
    values = f"values (in {source.unit})" if source.unit else "values"
    which = f" of channel {channel + 1}" if source.n_channels > 1 else ""
    span = formatting.number(float(source.times[-1] - source.times[0]))
    return f"Each card shows one signal{which}: {values} over {span} {source.units.time}. All eight share one scale."


def play(run: Run, twin: Surrogate, seed: int, channel: int) -> None:
    """The current round, and the score so far."""
    game = game_of(run.id, twin.step, seed, run)
    if not game.n_rounds:
        st.info(
            f"Only {formatting.quantity(len(game.reals), 'signal')} were held out from the training, and a round "
            f"needs {N_FAKES}. Play against another run.",
            icon=":material/style:",
        )
        return
    plays: dict[tuple[str, int, int], Play] = st.session_state.setdefault(PLAYS, {})
    mine = plays.setdefault((run.id, twin.step, seed), Play())
    index, marks = mine.shown, mine.marks
    is_open = len(marks) == index
    is_last = index + 1 == game.n_rounds
    st.caption(f"Round {index + 1}. {axes(run, channel)} Click a card or press its number to mark it as fake.")
    answer = cards(
        game.round(index),
        channel,
        None if is_open else marks[index],
        f"{run.id} {twin.step} {seed} {index}",
        is_last,
        "cards",
    )
    if isinstance(answer, list):
        marks.append(answer)
        st.rerun()
    if answer is True:
        mine.shown += 1
        st.rerun()
    if is_last and not is_open:
        st.caption("That was the last round of this game.")
    show_score(game, marks, rival_of(run.id, twin.step, run))


def show_score(game: Game, marks: list[list[int]], rival: Rival | None) -> None:
    """Show the scores of the player, the classifier and guessing, on the same cards."""
    if not marks:
        return
    rounds = [game.round(index) for index in range(len(marks))]
    score = Score.of(rounds, marks)
    by_rival = Score.of(rounds, [rival.marks(one) for one in rounds]) if rival else None
    n = formatting.count(score.n_cards)
    tiles(
        [
            Tile("You", f"{score.total} of {n}", f"cards right in {formatting.quantity(len(marks), 'round')}"),
            Tile("The classifier", f"{by_rival.total} of {n}", "on the same cards")
            if by_rival
            else Tile("The classifier", "–", "too few signals to train it"),
            Tile("Guessing", f"{score.n_cards // 2} of {n}", "on average"),
        ],
        "spot-score",
    )
    st.markdown(plain(verdict(score)))
    if rival and rival.n_signals < MAX_TRAINING_SIGNALS:
        st.caption(
            f"The classifier was trained on only {formatting.count(rival.n_signals)} signals of each kind; with more "
            "it might be right more often."
        )


page_header(
    "Spot the fake",
    "Four of these eight signals are fakes made by the twin. Mark the fakes, then check whether you are right.",
)
run = session.picked_run()
twin = twin_of(run, "There are no fakes to spot yet.", ":material/style:")
if run is not None and twin is not None:
    with st.container(key="split"):
        left, right = st.columns([1, 2.6], gap="large")
    with left:
        seed, channel = controls(run, twin)
        st.page_link("fidelity.py", label="How true is it?", icon=":material/straighten:")
    with right:
        play(run, twin, seed, channel)
        with st.expander("What this shows"):
            st.markdown(
                f"- Each round has {N_CARDS} cards, {N_FAKES} of them fake. Click a card to mark it as fake. With the "
                "keyboard, go to the cards with Tab and press their numbers. The real signals were never used in the training.\n"
                "- If nobody does better than guessing, the fakes can stand in for real signals wherever people look "
                "at them. A few rounds prove little; many rounds are stronger evidence.\n"
                "- You look at shapes; the classifier computes with numbers. It was trained on other fakes and real "
                "signals, marks the four cards that look most fake to it, and finds flaws that no eye can see, such "
                "as noise that is slightly too smooth. See **Fidelity** for all measurements.\n"
                "- Decide beforehand how many rounds you will play. If you stop as soon as the score looks good, you "
                "fool yourself."
            )
