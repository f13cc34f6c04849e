"""Recipes on page Home: what people do with a twin, each a walk of a minute through the other pages."""

from dataclasses import dataclass

import streamlit as st

from core.config import preset_config
from core.errors import WavetwinError
from core.recordings.samples import SAMPLES
from core.store.run import Run
from core.store.status import State
from pages import session
from pages.widgets.text import plain

PRESET = "quick"


@dataclass(frozen=True)
class Recipe:
    """A walk: the sample that a twin is trained on, or the example with the preset PRESET, and then some pages.

    conditions: what the twin can be asked for. steps: a page, what to do there, and more of its query.
    """

    title: str
    text: str
    steps: tuple[tuple[str, str, dict[str, str]], ...]
    sample: str = ""  # a key of SAMPLES
    conditions: tuple[str, ...] = ()


RECIPES = {
    "machine": Recipe(
        title="Unbalanced classes of a machine",
        text="A rotor is seldom faulty, so there are few recordings of its faults. Make up for it, and measure whether it helps.",
        sample="rare_faults",
        conditions=("state",),
        steps=(
            ("generate.py", "Balance the classes", {}),
            ("fidelity.py", "Ask: does it help?", {}),
        ),
    ),
    "heart": Recipe(
        title="500 heartbeats",
        text="Every tenth beat comes too early. Learn them from 500 recordings, ask for one kind, and find odd ones.",
        sample="heartbeats",
        conditions=("beat",),
        steps=(
            ("fidelity.py", "How true are the fakes?", {}),
            ("generate.py", "Ask for premature beats", {}),
            ("anomalies.py", "Find beats that are odd", {"look-at": "Planted faults"}),
        ),
    ),
    "bench": Recipe(
        title="A test bench for a detector",
        text="Whoever detects faults needs signals with faults that are known. Plant some, and see what a twin finds of them.",
        steps=(
            ("generate.py", "Generate signals with faults", {"plant": "true"}),
            ("anomalies.py", "See which ones are found", {"look-at": "Planted faults"}),
        ),
    ),
}


def recipes(example: dict[str, str]) -> None:
    """A card for each recipe; example: the query that picks the run of those that train none."""
    runs = session.store().readable()[0]
    for column, (key, recipe) in zip(st.columns(len(RECIPES), gap="medium"), RECIPES.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.subheader(recipe.title)
            st.markdown(recipe.text)
            if not recipe.sample:
                links(recipe, example, 1)
                continue
            run = run_of(recipe, runs)
            if run is None:
                if st.button("1 · Train its twin", key=f"recipe-{key}", icon=":material/play_arrow:"):
                    start(recipe)
            else:
                st.page_link("train.py", label="1 · See its twin learn", query_params={session.RUN: run.id})
            links(recipe, {session.RUN: run.id} if run else {}, 2, is_ready=run is not None and run.has_surrogate)


def links(recipe: Recipe, query: dict[str, str], first: int, is_ready: bool = True) -> None:
    """The steps as links to pages, counted from `first`."""
    for number, (page, label, more) in enumerate(recipe.steps, first):
        st.page_link(page, label=f"{number} · {label}", query_params=query | more, disabled=not is_ready)


def run_of(recipe: Recipe, runs: list[Run]) -> Run | None:
    """The newest run of a recipe that did not fail."""
    return next((run for run in runs if run.name == recipe.title and run.status.state is not State.FAILED), None)


def start(recipe: Recipe) -> None:
    """Keep the sample, take it as the source, and train a twin of it."""
    try:
        source = session.keep_data_set(SAMPLES[recipe.sample].make())
        session.set_source(source)
        run = session.start_training(preset_config(PRESET, source, recipe.conditions), recipe.title)
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.switch_page("train.py", query_params={session.RUN: run.id})
