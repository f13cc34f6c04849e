"""What Wavetwin is, and one button that shows it."""

from collections.abc import Iterable

import streamlit as st

from core import formatting
from core.config import PRESETS, preset_config
from core.errors import WavetwinError
from core.generation.savings import savings
from core.store.status import State
from pages import session
from pages.widgets.drawing import source_to_twin
from pages.widgets.expectation import expectation
from pages.widgets.glossary import glossary
from pages.widgets.markup import markup
from pages.widgets.phases import how_far
from pages.widgets.run_badge import run_badge
from pages.widgets.text import plain

LOOKS = (  # title, text, page, label, which example it shows best, what else is in the address
    (
        "See how it works",
        "Two networks play a game. Watch them at a person’s speed, one move at a time.",
        "how.py",
        "How it works",
        None,
        {},
    ),
    (
        "Watch a training again",
        "One slider over all of it: from meaningless scribble to waves.",
        "train.py",
        "Replay",
        "article",
        {"view": "Replay"},
    ),
    (
        "Spot the fake",
        "Eight signals, four of them fake. Are you better than guessing? Than a computer?",
        "spot.py",
        "Play a round",
        "twin",
        {},
    ),
    (
        "Turn its knobs",
        "Move a slider and see, and hear, how the twin’s signal changes.",
        "explore.py",
        "Explore",
        "twin",
        {},
    ),
)
STEPS = (
    (
        "1 · Set the source",
        "Choose what the real signals look like: how large, how fast, how noisy.",
        "signals.py",
        "Signals",
    ),
    ("2 · Train the twin", "Two networks play against each other; watch the fakes become real.", "train.py", "Train"),
    (
        "3 · Judge the twin",
        "See in a sentence, in numbers and in pictures whether its fakes can stand in for real signals.",
        "fidelity.py",
        "Fidelity",
    ),
    (
        "4 · Take new signals",
        "Download a hundred thousand of them, as a table that opens anywhere.",
        "generate.py",
        "Generate",
    ),
)
DEMO = preset_config(next(iter(PRESETS)))
DEMO_COUNT = 100_000


def cards(entries: Iterable[tuple[str, str, str, str, dict[str, str]]]) -> None:
    """Cards beside each other: title, text, and a link to a page with something in its address."""
    entries = list(entries)
    for column, (title, text, page, label, address) in zip(
        st.columns(len(entries), gap="medium"), entries, strict=True
    ):
        with column, st.container(border=True, height="stretch"):
            st.subheader(title)
            st.markdown(text)
            st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=address)


def example(architecture: str | None) -> dict[str, str]:
    """The address's part that picks the example of an architecture; nothing where it was deleted."""
    runs, _ = session.store().readable()
    found = next((run for run in runs if run.origin and run.config.network.architecture == architecture), None)
    return {session.RUN: found.id} if found else {}


def start_demo() -> None:
    """Train the first preset on the default source, and look at it."""
    try:
        run = session.manager().start(DEMO, "Demo")
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.switch_page("train.py", query_params={session.RUN: run.id})


def running_now() -> None:
    """The runs in progress, kept up to date."""
    live = any(run.status.state.is_live for run in session.store().readable()[0])

    @st.fragment(run_every=2.0 if live else None)
    def view() -> None:
        with session.show_errors():
            runs = [run for run in session.store().readable()[0] if run.status.state.is_live]
            if live and not runs:
                st.rerun()
            if not runs:
                st.caption("Nothing is being trained right now.")
            for run in runs:
                status, total = run.status, run.config.training.steps
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.page_link("train.py", label=plain(run.name), query_params={session.RUN: run.id})
                    run_badge(status.state)
                if status.state is State.RUNNING:
                    st.progress(min(1.0, status.step / total), how_far(status, total))

    view()


saving = savings(session.current_source(), DEMO_COUNT)
st.title("Wavetwin")
st.html(
    '<p class="wt-lead">Real experiments cost money and time. Wavetwin watches the signals of one, learns to make its own '
    "that look the same, and then gives you as many as you want in seconds.</p>"
)
markup(source_to_twin(), "drawing")
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Show me: start the demo", type="primary", key="demo", icon=":material/play_arrow:"):
        start_demo()
    st.caption(
        f"{expectation(DEMO)} {formatting.count(DEMO_COUNT)} real experiments at "
        f"{formatting.money(session.current_source().experiment_cost)} each would cost {formatting.money(saving.dollars)} "
        f"and take {formatting.duration(saving.seconds)}."
    )
st.html('<p class="wt-lead wt-apart">Or look first; trained examples came along, so there is nothing to wait for:</p>')
cards((title, text, page, label, example(kind) | rest) for title, text, page, label, kind, rest in LOOKS)
st.html('<p class="wt-lead wt-apart">Then make your own:</p>')
cards((title, text, page, f"Go to {label}", {}) for title, text, page, label in STEPS)
st.subheader("Running now")
running_now()
with st.expander("What is a GAN?"):
    st.markdown(
        "A **generative adversarial network** is a game between two neural networks. The **generator** turns random numbers "
        "into signals. The **discriminator** is shown real signals and the generator's fakes, and says which is which. At "
        "first both are poor at it. Each time the discriminator finds a difference, the generator learns to remove it, "
        "until nothing is left to find. Then the generator is a *twin* of the source: it makes signals that are new, and "
        "like the real ones.\n\nWhether a twin is good has to be measured, not believed: every figure here is taken on real "
        "signals that the training never saw, and stands beside what two sets of real signals say of each other."
    )
glossary()
