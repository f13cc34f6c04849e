"""Eight signals on cards; the player marks those that look fake.

Until the marks are checked, the browser has the drawn curves and nothing else: no answer, and no digit that a screen cannot
show.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.demos.spot_the_fake import N_CARDS, Round
from core.presentation.packing import packed
from pages.components.web import FILES, component

N_LEVELS = 1_000  # heights that differ, as on a screen: further digits might give a fake away
MAX_POINTS = 2_000  # in one card

_component = component("cards", FILES.read("cards.html"), FILES.read("cards.css"))


def cards(
    shown: Round, channel: int, marks: Sequence[int] | None, series: str, is_last: bool, key: str
) -> list[int] | bool | None:
    """Show a round; `marks` are the indices of the cards that were marked and checked, None before that.

    series: an id of the round. Returns the marks in the one rerun that follows “Check”, True in the one that follows “Next
    round”, and otherwise None.
    """
    result = _component(
        key=key,
        data=picture(shown, channel, marks, series, is_last),
        on_marks_change=lambda: None,
        on_next_change=lambda: None,
    )
    if marks is None:
        return marks_of(result.get("marks"), series)
    return result.get("next") == series or None


def picture(shown: Round, channel: int, marks: Sequence[int] | None, series: str, is_last: bool) -> dict[str, Any]:
    """What the browser draws; it contains the answers once there are marks."""
    signals = shown.signals[:, channel]
    low, high = float(signals.min()), float(signals.max())
    margin = 0.06 * (high - low) or 1.0
    step = (high - low) / N_LEVELS or 1.0
    every = -(-signals.shape[1] // MAX_POINTS)
    drawn = low + np.round((signals[:, ::every] - low) / step) * step
    answers = None
    if marks is not None:
        checked = zip(shown.is_fake.tolist(), shown.is_right(marks).tolist(), strict=True)
        answers = [{"fake": fake, "right": right} for fake, right in checked]
    return {
        "series": series,
        "curves": [packed(curve) for curve in drawn],
        "range": [low - margin, high + margin],
        "marks": marks,
        "answers": answers,
        "last": is_last,
    }


def marks_of(answer: Any, series: str) -> list[int] | None:
    """The marked indices that the browser sent for a round, in order and each once; None where it sent none."""
    if not isinstance(answer, dict) or answer.get("series") != series or not isinstance(answer.get("marks"), list):
        return None
    return sorted({index for index in answer["marks"] if index in range(N_CARDS)})
