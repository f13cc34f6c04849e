"""A twin's latent space to explore: what each direction changes, to be seen and heard."""

import streamlit as st

from core.demos.explorer import Explorer, open_explorer
from core.errors import ConfigError
from core.generation.surrogate import Surrogate
from core.store.run import Run
from pages import session
from pages.components.explorer import explorer
from pages.widgets.channel import picked_channel
from pages.widgets.glossary import TERMS, glossary
from pages.widgets.page_header import page_header
from pages.widgets.standing import standing
from pages.widgets.twin import twin_of

LINKED_RUN = "explore-linked-run"  # in the session: the run that the URL's point belongs to
FIRST_POINT = "1"


def forget_point_of_another(run: Run) -> None:
    """Drop the point in the URL once another run is chosen: it means something else there."""
    if st.session_state.setdefault(LINKED_RUN, run.id) != run.id:
        st.session_state[LINKED_RUN] = run.id
        for name in ("at", "to", "share"):
            st.query_params.pop(name, None)


def linked_share() -> float:
    """The share of a walk in the URL, 0 to 1. Raises ConfigError."""
    text = st.query_params.get("share", "0")
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigError(f"The link's share “{text[:40]}” is not a number from 0 to 1. Ask the sender for a new link.")
    return share


def show_status(run: Run, twin: Surrogate) -> None:
    """Say which twin it is, and how good."""
    live = " It is still learning; reload the page to use its newest state." if run.status.state.is_live else ""
    st.caption(f"{standing(run, twin)}{live}")


def explain(opened: Explorer) -> None:
    """Say what the sliders mean."""
    st.subheader("What this shows")
    if opened.is_local:
        sliders = (
            "This twin makes a signal by blending a real signal with its most similar neighbours. The sliders are the directions "
            "in which these blends differ most, so each signal has its own."
        )
    else:
        sliders = "The sliders are the latents that change the signal most."
    noise = (
        "Clear **Include noise** to see the clean signal alone."
        if opened.has_noise
        else "These networks do not model noise separately, so you cannot switch it off."
    )
    st.markdown(
        f"- **Latent**: {TERMS['latent']} {sliders}\n"
        "- **Slider names are measured.** Each slider is named after the quantity that follows it best over many signals, and "
        "says how much of that quantity’s variance it explains. If no quantity follows it by at least half, it changes several "
        "things at once, or the signal around one moment.\n"
        "- The middle of a slider is the most common position. Only 1 signal in 370 lies beyond its ends, at ±3 standard "
        "deviations.\n"
        f"- {noise}\n"
        f"- **Sound**: {opened.sound_note}"
    )


page_header(
    "Explore",
    "A twin turns random numbers, its latents, into signals. Move the sliders to see and hear what each of "
    "them changes.",
)
run = session.picked_run()
twin = twin_of(run, "There is no twin to explore yet.", ":material/tune:")
if run is not None and twin is not None:
    forget_point_of_another(run)
    with st.spinner("Measuring what each latent changes …"):
        opened = open_explorer(run)
        opened.directions(1 if opened.is_local else 0)
        _ = opened.reals.usual_distances
    show_status(run, twin)
    channel = picked_channel(run.config.source.n_channels, "explore-channel")
    at, to = (st.query_params.get(name, default) for name, default in (("at", FIRST_POINT), ("to", "")))
    explorer(run, opened, channel, at, to, linked_share(), "explorer")
    explain(opened)
glossary()
