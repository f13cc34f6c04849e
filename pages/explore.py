"""Hands on the latents: what each of them changes, to be seen and heard."""

import streamlit as st

from core import formatting
from core.demos.explorer import Explorer, open_explorer
from core.errors import ConfigError
from core.generation.surrogate import Surrogate
from core.store.runs import Run
from pages import session
from pages.components.explorer import explorer
from pages.widgets.channel import picked_channel
from pages.widgets.glossary import TERMS, glossary
from pages.widgets.text import plain
from pages.widgets.twin import twin_of

LINKED = "explore-linked"  # in the session: the run that the address speaks of
FIRST = "1"  # the place where one begins


def leave_link_of_another(run: Run) -> None:
    """Forget the place in the address once another run is chosen: it means something else there."""
    if st.session_state.setdefault(LINKED, run.id) != run.id:
        st.session_state[LINKED] = run.id
        for name in ("at", "to", "share"):
            st.query_params.pop(name, None)


def share_of_way() -> float:
    """How far on a walk the address says. Raises ConfigError."""
    text = st.query_params.get("share", "0")
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigError(f"“{text[:40]}” is no share of a way, which goes from 0 to 1; ask for the link again.")
    return share


def standing(run: Run, twin: Surrogate) -> None:
    """Which twin it is."""
    live = " It is still learning: reload the page for a newer one." if run.status.state.is_live else ""
    st.caption(
        f"“{plain(run.name)}” as it was at step {formatting.count(twin.step)}: {formatting.nearness(twin.distance)}.{live}"
    )


def in_plain_words(opened: Explorer) -> None:
    """What one does here, in a few sentences."""
    st.subheader("What this shows")
    if opened.is_local:
        how = (
            "This twin makes a signal by blending a real one with those most like it. The sliders are the directions in which "
            "such blends differ most; with another signal they are others."
        )
    else:
        how = "The sliders are those of its latents that change the signal most."
    noise = (
        "Switch **its noise** off to see the clean signal alone."
        if opened.has_noise
        else "These networks do not tell noise from the rest of a signal, so it cannot be switched off."
    )
    st.markdown(
        f"- **Latent**: {TERMS['latent']} {how}\n"
        "- **Their names are measured**, not given: each slider is called after what followed it over many signals, and says "
        "how much of the differences in that quantity it makes. Where no quantity follows it by half, it changes several "
        "things at once, or the course of the signal around a moment.\n"
        "- The middle of a slider is the most usual place; only 1 signal of 370 lies beyond its ends, at ±3.\n"
        f"- {noise}\n"
        f"- **Sound**: {opened.sound_note}"
    )


st.title("Explore")
st.html(
    '<p class="wt-lead">A twin makes each signal from random numbers, its latents. Move them yourself, and see and hear what '
    "changes.</p>"
)
run = session.picked_run()
twin = twin_of(run, "There is no twin to explore yet.", ":material/tune:")
if run is not None and twin is not None:
    leave_link_of_another(run)
    with st.spinner("Finding out what each latent changes …"):
        opened = open_explorer(run)
        opened.knobs(0 if not opened.is_local else 1)
        _ = opened.usual_distances
    standing(run, twin)
    channel = picked_channel(run.config.source.n_channels, "explore-channel")
    at, to = (st.query_params.get(name, default) for name, default in (("at", FIRST), ("to", "")))
    explorer(run, opened, channel, at, to, share_of_way(), "explorer")
    in_plain_words(opened)
glossary()
