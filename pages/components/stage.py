"""A step of the two networks as a moving picture: proposed, judged, learned by one, learned by the other.

The browser keeps the time and asks for the next step when it has shown the last one; out of sight it asks for none.
"""

from typing import Any

import numpy as np
import streamlit as st

from core import formatting
from core.demos.rehearsal import Judged, Look, Rehearsal
from core.presentation.packing import packed
from pages.components.web import FILES, component

MAX_POINTS = 400  # in one small picture
N_BARS = 8  # random numbers shown of each fake
MAX_COUNT = 10  # steps that may be asked for at a time
MOSTLY = 0.42  # of the gradient in a third of the time

_component = component("stage", FILES.read("stage.html"), FILES.read("stage.css"))


class Scene:
    """A rehearsal and its last step: how it looked before, after the discriminator's update, after the generator's."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.looks = [rehearsal.look()] * 3

    def go_on(self, n: int) -> None:
        """Take `n` steps, of which the last is kept to be shown."""
        for _ in range(n - 1):
            self.rehearsal.whole_step()
        looks = [self.looks[2] if n == 1 else self.rehearsal.look()]
        for _ in range(2):
            self.rehearsal.half_step()
            looks.append(self.rehearsal.look())
        self.looks = looks


def stage(scene: Scene, channel: int, times: np.ndarray, unit: str, key: str) -> None:
    """Draw the last step of a scene, with buttons that take more."""

    def asked() -> None:
        count = st.session_state[key].get("ask")
        if isinstance(count, int | float):
            scene.go_on(min(MAX_COUNT, max(1, int(count))))

    _component(key=key, data=picture(scene, channel, times, unit), on_ask_change=asked)


def picture(scene: Scene, channel: int, times: np.ndarray, unit: str) -> dict[str, Any]:
    """What the browser draws: numbers and sentences of the last step."""
    rehearsal, looks = scene.rehearsal, scene.looks
    shown = [judged.signals[:, channel] for look in (looks[0], looks[2]) for judged in (look.fakes, look.reals)]
    return {
        "series": f"{id(scene)} {channel}",
        "step": rehearsal.step,
        "since": rehearsal.step - rehearsal.began_at,
        "looks": [_drawn(look, channel) for look in looks],
        "captions": captions(rehearsal, looks, channel, unit),
        "times": [float(times[0]), float(times[-1])],
        "range": [float(min(part.min() for part in shown)), float(max(part.max() for part in shown))],
    }


def captions(rehearsal: Rehearsal, looks: list[Look], channel: int, unit: str) -> list[str]:
    """What happens in each of the four parts of a step, in words; at rest there are the first two."""
    before, judged, after = looks
    n_latents, n = before.latents.shape[1], rehearsal.config.batch_size
    change = float(np.abs(after.fakes.signals - before.fakes.signals)[:, channel].max())
    moved = f"{formatting.number(change)} {unit}".strip()
    return [
        f"The generator makes each fake from {formatting.quantity(n_latents, 'random number')}, shown as bars above the fake.",
        _verdict(before.fakes, channel),
        f"The discriminator is told which were which, for {formatting.count(n)} reals and as many fakes, and learns from it. "
        f"On average its certainty of these reals {_change(before.reals, judged.reals)}, and of these fakes "
        f"{_change(before.fakes, judged.fakes)}.",
        "The generator learns what gave its fakes away and changes its work: these fakes move by up to "
        f"{moved} (faint: before). On average the discriminator's certainty that they are real "
        f"{_change(judged.fakes, after.fakes)}.",
    ]


def _verdict(fakes: Judged, channel: int) -> str:
    best = int(fakes.scores.argmax())
    place = f"It looked {_place(fakes.where[best, channel])}."
    surely = formatting.percent(float(fakes.scores[best]))
    if fakes.scores[best] > 0.5:
        return f"The discriminator thinks that fake {best + 1} is real: {surely}. {place}"
    return f"The discriminator catches all of these fakes; fake {best + 1} comes nearest to passing: {surely}. {place}"


def _place(where: np.ndarray) -> str:
    """In which part of a signal its gradient (n_samples,) is largest."""
    shares = np.array([part.sum() for part in np.array_split(where, 3)])
    if shares.max() < MOSTLY * shares.sum() or not shares.sum():
        return "at all of it"
    return ("mostly at the beginning", "mostly at the middle", "mostly at the end")[int(shares.argmax())]


def _change(before: Judged, after: Judged) -> str:
    first, last = (formatting.percent(float(judged.scores.mean())) for judged in (before, after))
    return f"goes from {first} to {last}" if first != last else f"stays {last}"


def _drawn(look: Look, channel: int) -> dict[str, Any]:
    bars = look.latents[:, :N_BARS]
    return {
        "bars": (bars / max(1e-6, float(np.abs(bars).max()))).tolist(),
        "fakes": _judged(look.fakes, channel),
        "reals": _judged(look.reals, channel),
    }


def _judged(judged: Judged, channel: int) -> list[dict[str, Any]]:
    every = -(-judged.signals.shape[2] // MAX_POINTS)
    return [
        {
            "y": packed(signal[channel, ::every]),
            "score": float(score),
            "where": packed(soft(where[channel])[::every]),
        }
        for signal, score, where in zip(judged.signals, judged.scores, judged.where, strict=True)
    ]


def soft(where: np.ndarray) -> np.ndarray:
    """A gradient's sizes (n_samples,) evened out over a twentieth of the signal, the largest 1."""
    width = max(1, len(where) // 20)
    kernel = np.hanning(width + 2)[1:-1]
    evened = np.convolve(where, kernel, "same") / np.convolve(np.ones_like(where), kernel, "same")
    return evened / max(1e-12, float(evened.max()))
