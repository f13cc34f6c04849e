"""One step of the two networks as an animation: propose, judge, discriminator learns, generator learns.

The browser keeps the time and asks for the next step once it has shown the last one; in a hidden tab it asks for none.
"""

from typing import Any

import numpy as np
import streamlit as st

from core import formatting
from core.demos.rehearsal import Judged, Observation, Rehearsal
from core.presentation.packing import packed
from pages.components.web import FILES, component

MAX_POINTS = 400  # in one small plot
N_BARS = 8  # random numbers shown of each fake
MAX_STEPS = 10  # that may be requested at a time
UNDECIDED = 0.02  # from 0.5: a score so near to it is little more than a guess
MIN_THIRD_SHARE = 0.42  # of the gradient in one third of the time, to name that third

_component = component("stage", FILES.read("stage.html"), FILES.read("stage.css"))


class Scene:
    """A rehearsal and its last step: observed before it, after the discriminator's update, after the generator's."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.observations = [rehearsal.observe()] * 3

    def go_on(self, n: int) -> None:
        """Take `n` steps and keep the last one to show."""
        for _ in range(n - 1):
            self.rehearsal.whole_step()
        observations = [self.observations[2] if n == 1 else self.rehearsal.observe()]
        for _ in range(2):
            self.rehearsal.half_step()
            observations.append(self.rehearsal.observe())
        self.observations = observations


def stage(scene: Scene, channel: int, times: np.ndarray, unit: str, key: str) -> None:
    """Animate the last step of a scene, with buttons that take more."""

    def take_steps() -> None:
        count = st.session_state[key].get("ask")
        if isinstance(count, int | float):
            scene.go_on(min(MAX_STEPS, max(1, int(count))))

    _component(key=key, data=picture(scene, channel, times, unit), on_ask_change=take_steps)


def picture(scene: Scene, channel: int, times: np.ndarray, unit: str) -> dict[str, Any]:
    """What the browser draws: numbers and sentences of the last step."""
    rehearsal, observations = scene.rehearsal, scene.observations
    both = [judged for one in (observations[0], observations[2]) for judged in (one.fakes, one.reals)]
    shown = [judged.signals[:, channel] for judged in both]
    return {
        "series": f"{id(scene)} {channel}",
        "step": rehearsal.step,
        "since": rehearsal.step - rehearsal.began_at,
        "observations": [_drawn(observation, channel) for observation in observations],
        "captions": captions(rehearsal, observations, channel, unit),
        "times": [float(times[0]), float(times[-1])],
        "range": [float(min(part.min() for part in shown)), float(max(part.max() for part in shown))],
    }


def captions(rehearsal: Rehearsal, observations: list[Observation], channel: int, unit: str) -> list[str]:
    """What happens in each of the four parts of a step, in words; at rest there are the first two."""
    before, judged, after = observations
    n_latents, n = before.latents.shape[1], rehearsal.config.batch_size
    change = float(np.abs(after.fakes.signals - before.fakes.signals)[:, channel].max())
    moved = f"{formatting.number(change)} {unit}".strip()
    return [
        f"The generator makes each fake from {formatting.quantity(n_latents, 'random number')}; bars above the fake "
        f"show {'them' if n_latents <= N_BARS else f'the first {N_BARS}'}.",
        _verdict(before.fakes, channel),
        f"The discriminator learns which signals were real, from {formatting.count(n)} reals and as many fakes. On "
        f"average it is now {_change(before.reals, judged.reals)} sure that these reals are real, and "
        f"{_change(before.fakes, judged.fakes)} sure that these fakes are.",
        f"The generator learns what gave its fakes away. These fakes change by up to {moved} (faint: before). On "
        f"average the discriminator is now {_change(judged.fakes, after.fakes)} sure that they are real.",
    ]


def _verdict(fakes: Judged, channel: int) -> str:
    best = int(fakes.scores.argmax())
    where = f"It looked {_where(fakes.where[best, channel])}."
    surely = formatting.percent(float(fakes.scores[best]))
    if abs(fakes.scores[best] - 0.5) < UNDECIDED:
        return f"The discriminator can do little more than guess: for fake {best + 1} its score is {surely}. {where}"
    if fakes.scores[best] > 0.5:
        return f"The discriminator takes fake {best + 1} for real: it is {surely} sure. {where}"
    return (
        f"The discriminator catches all of these fakes. Fake {best + 1} comes closest to passing, at {surely}. {where}"
    )


def _where(where: np.ndarray) -> str:
    """In which part of a signal its gradient (n_samples,) is largest, as words after “looked”."""
    shares = np.array([part.sum() for part in np.array_split(where, 3)])
    if shares.max() < MIN_THIRD_SHARE * shares.sum() or not shares.sum():
        return "at the whole signal"
    return ("mostly at the beginning", "mostly at the middle", "mostly at the end")[int(shares.argmax())]


def _change(before: Judged, after: Judged) -> str:
    """The average score, with the one before it."""
    first, last = (formatting.percent(float(judged.scores.mean())) for judged in (before, after))
    return f"{last} (before: {first})"


def _drawn(observation: Observation, channel: int) -> dict[str, Any]:
    bars = observation.latents[:, :N_BARS]
    return {
        "bars": (bars / max(1e-6, float(np.abs(bars).max()))).tolist(),
        "fakes": _judged(observation.fakes, channel),
        "reals": _judged(observation.reals, channel),
    }


def _judged(judged: Judged, channel: int) -> list[dict[str, Any]]:
    every = -(-judged.signals.shape[2] // MAX_POINTS)
    return [
        {
            "y": packed(signal[channel, ::every]),
            "score": float(score),
            "where": packed(smoothed(where[channel])[::every]),
        }
        for signal, score, where in zip(judged.signals, judged.scores, judged.where, strict=True)
    ]


def smoothed(where: np.ndarray) -> np.ndarray:
    """The size of a gradient (n_samples,) smoothed over a twentieth of the signal, with a maximum of 1."""
    width = max(1, len(where) // 20)
    kernel = np.hanning(width + 2)[1:-1]
    smooth = np.convolve(where, kernel, "same") / np.convolve(np.ones_like(where), kernel, "same")
    return smooth / max(1e-12, float(smooth.max()))
