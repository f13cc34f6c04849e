"""The replay of a run: a player that fetches its frames once and then needs no server."""

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from core.demos import replay_page
from core.presentation.palette import PALETTES
from core.store.runs import Run

HERE = Path(__file__).parent

_component = st.components.v2.component(
    "wavetwin_replay",
    html='<div class="rp" role="group" aria-label="Replay of the training"></div>',
    css=replay_page.style(),
    js="\n".join(
        [replay_page.script(), *(HERE.joinpath(name).read_text("utf-8") for name in ("link.js", "replay.js"))]
    ),
    isolate_styles=False,
)


def player(run: Run, channel: int, steps: list[int], step: int) -> None:
    """Show the player of a run in one channel; `steps` are those of its snapshots, `step` where it begins."""
    _component(
        key="replay",
        data={
            "run": run.id,
            "address": address(run, channel),
            "version": f"{len(steps)} {steps[-1]}",  # another one: the replay went on
            "step": step,
            "palettes": PALETTES,
        },
    )


def address(run: Run, channel: int, form: str = "json") -> str:
    """Where a replay is fetched, for the player or as a file."""
    return f"/api/replay?{urlencode({'run': run.id, 'channel': channel, 'format': form})}"
