"""The replay of a run: a player that fetches its frames once and then needs no server."""

from core.store.runs import Run
from pages.components.web import FILES, component, route

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
            "address": address(run, channel),
            "version": version,
            "step": step,
        },
    )


def address(run: Run, channel: int, form: str = "json") -> str:
    """Where a replay is fetched, for the player or as a file."""
    return route("replay", {"run": run.id, "channel": channel, "format": form})
