"""The replay of a training."""

import streamlit as st

from core.demos.replay import too_early
from core.networks import ARCHITECTURES
from core.store.run import Run
from core.store.status import State, Status
from pages.components.replay import player, replay_link
from pages.widgets.channel import picked_channel
from pages.widgets.queue import waiting_text


def past(run: Run, status: Status) -> None:
    """Show the replay of the training."""
    steps, n_stages = run.snapshots.steps, len(run.stages.all())
    if len(steps) + n_stages < 2 or run.reals is None:
        waiting = f"{waiting_text(run)} " if status.state is State.QUEUED else ""
        st.info(waiting + too_early(len(steps) + n_stages), icon=":material/hourglass_top:")
        return
    st.caption(what_is_replayed(run))
    channel = picked_channel(run.config.source.n_channels, "live-channel")
    player(run, channel, f"{n_stages} {len(steps)} {steps[-1:]}", wanted_step())
    with st.container(horizontal=True):
        st.link_button("Download as a web page", replay_link(run, channel, "html"), icon=":material/download:")
        st.link_button("Download as an animated GIF", replay_link(run, channel, "gif"), icon=":material/download:")
    st.caption(
        "The web page opens in any browser, also offline, with the same player. The GIF fits into slides and messages."
    )


def what_is_replayed(run: Run) -> str:
    """What a replay shows, in plain words."""
    sentence = (
        "Press Play, or use the arrow keys. Each fake always comes from the same random numbers, so you see "
        "how it changes."
    )
    return f"{sentence} {ARCHITECTURES[run.config.network.architecture].replay_note}".strip()


def wanted_step() -> int:
    """The step in the page's URL; 0 without one."""
    text = st.query_params.get("step", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
