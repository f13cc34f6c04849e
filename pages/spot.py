"""A game: which of these signals are fakes?"""

import streamlit as st

from core import formatting
from core.demos.spot_the_fake import (
    LAST_GAME,
    N_CARDS,
    N_FAKES,
    N_LEARNED,
    Game,
    Play,
    Rival,
    Score,
    open_game,
    train_rival,
    verdict,
)
from core.generation.surrogate import Surrogate
from core.store.runs import Run
from pages import session
from pages.components.cards import cards
from pages.widgets.channel import picked_channel
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles
from pages.widgets.twin import twin_of

PLAYED = "spot-played"  # in the session: what was played, by run, its step and game
KINDS = {"article": "the article's networks", "twin": "the twin's networks"}


@st.cache_resource(max_entries=8, show_spinner="Shuffling the cards …")
def game_of(run_id: str, step: int, seed: int, _run: Run) -> Game:
    """The game of a seed; run_id and step say against which twin."""
    return open_game(_run, seed)


@st.cache_resource(max_entries=4, show_spinner="Training a classifier on other signals, to play the same cards …")
def rival_of(run_id: str, step: int, _run: Run) -> Rival | None:
    """The classifier that plays beside people; run_id and step say against which twin."""
    return train_rival(_run)


def next_game() -> None:
    """Deal other cards."""
    st.session_state["game"] = st.session_state["game"] % LAST_GAME + 1


def other_run(run: Run) -> Run | None:
    """A run of another kind of networks to play against, on the same source if there is one."""
    runs, _ = session.store().readable()
    kind = run.config.network.architecture
    others = [other for other in runs if other.has_surrogate and other.config.network.architecture != kind]
    return min(others, key=lambda other: other.config.source != run.config.source, default=None)


def controls(run: Run, twin: Surrogate) -> tuple[int, int]:
    """The number of the game and the channel to show, and another run to play against."""
    seed = st.number_input(
        "Game",
        min_value=1,
        max_value=LAST_GAME,
        key="game",
        bind="query-params",
        help="The same game of the same run shows the same cards to everybody. The page's address holds it, to be shared.",
    )
    st.button("New game", key="new-game", icon=":material/shuffle:", on_click=next_game)
    channel = picked_channel(run.config.source.n_channels, "spot-channel")
    live = " It is still learning: when it gets better, the game begins anew." if run.status.state.is_live else ""
    st.caption(f"Against “{plain(run.name)}” as it was at step {formatting.count(twin.step)}.{live}")
    if other := other_run(run):
        st.caption(f"Play against {KINDS[other.config.network.architecture]}, too:")
        if st.button(plain(other.name), key="other-run", icon=":material/swap_horiz:"):
            session.pick(other)
            st.rerun()
    return int(seed), channel


def axes(run: Run, channel: int) -> str:
    """What is drawn on each card."""
    source = run.config.source
    values = f"its values, in {source.unit}," if source.unit else "its values"
    which = f" of channel {channel + 1}" if source.n_channels > 1 else ""
    span = formatting.number(float(source.times[-1] - source.times[0]))
    return f"Each card is one signal{which}: time goes across, {span} s in all, and {values} go up; all eight are on one scale."


def play(run: Run, twin: Surrogate, seed: int, channel: int) -> None:
    """The round that is on, and the score so far."""
    game = game_of(run.id, twin.step, seed, run)
    if not game.n_rounds:
        st.info(
            f"There are only {formatting.quantity(len(game.reals), 'recording')} that the training never saw, and a round takes "
            f"{N_FAKES}. Play against another run.",
            icon=":material/style:",
        )
        return
    plays: dict[tuple[str, int, int], Play] = st.session_state.setdefault(PLAYED, {})
    mine = plays.setdefault((run.id, twin.step, seed), Play())
    index, marks = mine.shown, mine.marks
    is_open = len(marks) == index
    is_last = index + 1 == game.n_rounds
    st.caption(f"Round {index + 1}. {axes(run, channel)} Click a card, or press its number, to mark it.")
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
        st.caption("That was the last round: all signals of this game have been shown.")
    show_score(game, marks, rival_of(run.id, twin.step, run))


def show_score(game: Game, marks: list[list[int]], rival: Rival | None) -> None:
    """You, the classifier and somebody who guesses, on the same cards."""
    if not marks:
        return
    rounds = [game.round(index) for index in range(len(marks))]
    score = Score.of(rounds, marks)
    by_rival = Score.of(rounds, [rival.marks(one) for one in rounds]) if rival else None
    n = formatting.count(score.n_cards)
    tiles(
        [
            Tile("You", f"{score.total} of {n}", f"cards judged rightly in {formatting.quantity(len(marks), 'round')}"),
            Tile("The classifier", f"{by_rival.total} of {n}", "on the same cards")
            if by_rival
            else Tile("The classifier", "–", "too few recordings for it to learn from"),
            Tile("Guessing", f"{score.n_cards // 2} of {n}", "on average"),
        ],
        "spot-score",
    )
    st.markdown(plain(verdict(score)))
    if rival and rival.n_signals < N_LEARNED:
        st.caption(
            f"The classifier had {formatting.count(rival.n_signals)} signals of each kind to learn from, which is few: with more "
            "it might be right more often."
        )


st.title("Spot the fake")
st.html(
    '<p class="wt-lead">Four of these eight signals were made up by the twin. Mark those that you think are fake, and check '
    "whether you were right.</p>"
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
                f"- Each round has {N_CARDS} cards, {N_FAKES} of them fake. Click a card, or press its number on the keyboard, "
                "to mark it as fake. The real ones were never seen by the twin's training.\n"
                "- If nobody does better than guessing, the twin's signals can stand in for real ones wherever people look at "
                "them. That you cannot tell them apart after a few rounds does not prove it; many rounds say more than a few.\n"
                "- People look at shapes, a classifier looks at numbers: it has learned from other fakes and reals, takes the "
                "four cards that look most fake to it, and finds faults that no eye sees, such as noise that is a little too "
                "smooth. Page **Fidelity** has the full sheet.\n"
                "- Decide beforehand how many rounds to play. Stopping when the score happens to be good is fooling oneself."
            )
