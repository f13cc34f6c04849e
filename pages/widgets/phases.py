"""Where a training stands: its phases, and its step."""

from core import formatting
from core.store.status import State, Status
from core.training.events import Phase
from pages.widgets.markup import markup

MEANINGS = {
    Phase.SHAPES: "It finds the few coordinates on which the shape of a clean signal depends, and lays out all shapes along "
    "them.",
    Phase.LATENTS: "It counts how often which shape, strength and level occurs and measures the noise. Two candidates are "
    "built from that; the one nearer to reals that were held back goes on.",
    Phase.ADVERSARIAL: "The discriminator looks for what still gives the fakes away, the generator mends it. The best state "
    "so far is kept.",
}


def how_far(status: Status, total: int) -> str:
    """The step; before the first one the phase."""
    if status.state is State.RUNNING and status.step == 0 and status.phase:
        return status.phase.capitalize()
    return f"Step {formatting.count(status.step)} of {formatting.count(total)}"


def phases(now: str, key: str) -> None:
    """All phases in their order, those before `now` ticked, and what happens in it; nothing before the first one."""
    order = list(Phase)
    if now not in order:
        return
    present = order.index(Phase(now))
    items = "".join(_html(index, phase, present) for index, phase in enumerate(order))
    markup(f'<ol class="wt-phases">{items}</ol><p class="wt-phase-meaning">{MEANINGS[order[present]]}</p>', key)


def _html(index: int, phase: Phase, present: int) -> str:
    """One phase with its number, or a tick once it is done."""
    mark, standing = str(index + 1), ""
    if index < present:
        mark, standing = '<span aria-label="done">✓</span>', ' class="wt-done"'
    elif index == present:
        standing = ' class="wt-now" aria-current="step"'
    return f"<li{standing}><b>{mark}</b>{phase.capitalize()}</li>"
