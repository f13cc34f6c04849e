"""What Wavetwin is, and one button that shows it."""

from collections.abc import Iterable

import streamlit as st

from core import formatting
from core.config import PRESETS, preset_config
from core.errors import WavetwinError
from core.generation.savings import savings
from core.store.status import State
from pages import session
from pages.components.markup import markup
from pages.widgets.drawing import source_to_twin
from pages.widgets.expectation import expectation
from pages.widgets.glossary import glossary
from pages.widgets.page_header import page_header
from pages.widgets.phases import how_far, share_done
from pages.widgets.recipes import PRESET, recipes
from pages.widgets.run_badge import run_badge
from pages.widgets.text import plain

EXAMPLE_CARDS: tuple[
    tuple[str, str, str, str, str | None, dict[str, str]], ...
] = (  # title, text, page, label, architecture of the example that shows it best, more of the query
    (
        "See how it works",
        "Two networks train against each other. Watch them one step at a time.",
        "how.py",
        "How it works",
        None,
        {},
    ),
    (
        "Replay a training",
        "Drag one slider through a whole training, from meaningless scribble to waves.",
        "train.py",
        "Replay",
        "article",
        {"view": "Replay"},
    ),
    (
        "Spot the fake",
        "Eight signals, four of them fake. Can you beat guessing? Can you beat a computer?",
        "spot.py",
        "Play a round",
        "quick",
        {},
    ),
    (
        "Move its sliders",
        "Move a slider, then see and hear how the twin’s signal changes.",
        "explore.py",
        "Explore",
        "quick",
        {},
    ),
)
STEP_CARDS = (  # title, text, page, label
    (
        "1 · Set the source",
        "Describe the real signals: how large, how fast, how noisy. Or import your own recordings.",
        "signals.py",
        "Signals",
    ),
    ("2 · Train the twin", "Two networks compete. Watch their fakes become realistic.", "train.py", "Train"),
    (
        "3 · Judge the twin",
        "Find out whether its fakes can stand in for real signals: a verdict, measurements and plots.",
        "fidelity.py",
        "Fidelity",
    ),
    (
        "4 · Generate signals",
        "Download a hundred thousand new signals in a format that opens anywhere.",
        "generate.py",
        "Generate",
    ),
)
DEMO = preset_config(next(iter(PRESETS)))
DEMO_COUNT = 100_000
MAX_LISTED = 6  # trainings; a sweep may have thousands


def cards(entries: Iterable[tuple[str, str, str, str, dict[str, str]]]) -> None:
    """Cards beside each other: title, text, and a link to a page with a query."""
    entries = list(entries)
    for column, (title, text, page, label, query) in zip(st.columns(len(entries), gap="medium"), entries, strict=True):
        with column, st.container(border=True, height="stretch", key=f"card-{page}-{label}"):
            st.subheader(title)
            st.markdown(text)
            st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query)


def example(preset: str | None) -> dict[str, str]:
    """The query that picks the example of a preset; nothing where it was deleted."""
    runs, _ = session.store().readable()
    found = next((run for run in runs if run.origin and run.config.preset == preset), None)
    return {session.RUN: found.id} if found else {}


def start_demo() -> None:
    """Train the first preset on the default source, and show it."""
    try:
        run = session.start_training(DEMO, "Demo")
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.switch_page("train.py", query_params={session.RUN: run.id})


def running_now() -> None:
    """Show the runs in progress, kept up to date."""
    live = any(run.status.state.is_live for run in session.store().readable()[0])

    @st.fragment(run_every=2.0 if live else None)
    def view() -> None:
        with session.show_errors():
            runs = [run for run in session.store().readable()[0] if run.status.state.is_live]
            runs.sort(key=lambda run: (run.status.state is State.QUEUED, run.id))
            if live and not runs:
                st.rerun()
            if not runs:
                st.caption("No training is running.")
            for run in runs[:MAX_LISTED]:
                status = run.status
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.page_link("train.py", label=plain(run.name), query_params={session.RUN: run.id})
                    run_badge(status.state)
                if status.state is State.RUNNING:
                    st.progress(share_done(run, status), how_far(run, status))
            if n := len(runs[MAX_LISTED:]):
                st.page_link("runs.py", label=f"{formatting.count(n)} more", icon=":material/list:")

    view()


saving = savings(session.current_source(), DEMO_COUNT)
page_header(
    "Wavetwin",
    "Real experiments cost money and time. Wavetwin learns from the signals of an experiment, then "
    "generates as many similar signals as you want, in seconds.",
)
markup(source_to_twin(), "drawing")
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Show me: start the demo", type="primary", key="demo", icon=":material/play_arrow:"):
        start_demo()
    st.caption(
        f"{expectation(DEMO)} {formatting.count(DEMO_COUNT)} real experiments at "
        f"{formatting.money(session.current_source().experiment_cost)} each would cost "
        f"{formatting.money(saving.dollars)} and take {formatting.duration(saving.seconds)}."
    )
st.html('<p class="wt-lead wt-apart">Look around first. Trained examples are included, so you need not wait:</p>')
cards((title, text, page, label, example(preset) | rest) for title, text, page, label, preset, rest in EXAMPLE_CARDS)
st.html('<p class="wt-lead wt-apart">Then train your own twin:</p>')
cards((title, text, page, f"Go to {label}", {}) for title, text, page, label in STEP_CARDS)
st.html(
    '<p class="wt-lead wt-apart">Or follow a recipe. Each comes with signals of its own, and takes a few minutes:</p>'
)
recipes(example(PRESET))
st.subheader("Running now")
running_now()
with st.expander("What is a GAN?"):
    st.markdown(
        "A **generative adversarial network** (GAN) is a pair of neural networks that compete. The **generator** "
        "turns random numbers into signals. The **discriminator** sees real signals and the generator’s fakes, and "
        "tries to tell them apart. At first both are bad at it. Whenever the discriminator finds a difference, the "
        "generator learns to remove it, until no difference is left to find. The generator is then a *twin* of the "
        "source: it makes new signals that resemble the real ones.\n\n"
        "Looking at a twin does not tell you how good it is. Wavetwin measures it on real signals that the training "
        "never used, and shows beside each value what two sets of real signals would score."
    )
glossary()
