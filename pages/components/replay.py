"""The replay of a run: a player that fetches its frames once and then needs no server."""

from typing import Any

from core.store.run import Run
from pages.components.web import FILES, component, link, route

_component = component(
    "replay",
    html='<div class="rp" role="group" aria-label="Replay of the training"></div>',
    css=FILES.read("player.css"),
)


def player(run: Run, channel: int, version: str, step: int) -> None:
    """Show the player of a run in one channel, beginning at `step`; another `version` says that the run went on."""
    _component(
        key="replay",
        data={
            "run": run.id,
            "address": route("replay", _query(run, channel, "json")),
            "version": version,
            "step": step,
        },
    )


def replay_link(run: Run, channel: int, form: str) -> str:
    """Where a replay is fetched as a file."""
    return link("replay", _query(run, channel, form))


def _query(run: Run, channel: int, form: str) -> dict[str, Any]:
    return {"run": run.id, "channel": channel, "format": form}
