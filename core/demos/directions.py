"""Knobs: the directions of the latents that change a twin's signals most, each named by what it was seen to change.

Where all latents are standard normal the candidates are their axes. Where a latent picks a neighbourhood they depend on
that: they are the right singular vectors of what a small move of the latents does to the signals there, the largest first.

A knob is named after the quantity that follows it best over many signals in which all latents vary: the squared rank
correlation (Spearman 1904) is the share of the differences in that quantity which the knob alone makes. A phase is a place
on a circle, so there it is Mardia's circular rank correlation (1975, Journal of the Royal Statistical Society B 37).
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor

from core import formatting
from core.fidelity.comparison import SignalSet
from core.generation.surrogate import Surrogate

MOST = 6  # knobs: more are not looked through
SPAN = 2.0  # standard deviations to either side, between which a change is measured
NEGLIGIBLE = 0.02  # of the largest change: a knob that changes less is left out
NAMED = 0.5  # share from which on a knob is named after a quantity
STRETCH = 0.2  # of a signal: a knob whose change lies mostly in as little is named after the moment
N_SIGNALS = 256  # that knobs are measured on
FEWEST_SIGNALS = 48
MAX_VALUES = 2_000_000  # of those signals; longer ones are fewer


class Knob(NamedTuple):
    """A direction (n_shaping,), of unit length, in the latents that shape a signal.

    change: RMS difference that it makes from −2 to 2 standard deviations, in network units. name: of the quantity that
    follows it best, and share: how much of the differences in that quantity it makes; it grows along the direction.
    moment: the time in seconds around which most of the change lies, where it lies in a short stretch of the signal.
    """

    direction: Tensor
    change: float
    name: str
    share: float
    moment: float | None

    @property
    def is_named(self) -> bool:
        """Whether a quantity follows it well enough to name it."""
        return self.share >= NAMED

    @property
    def label(self) -> str:
        """What it changes."""
        if self.is_named:
            return self.name
        return (
            "several things at once" if self.moment is None else f"the course around {formatting.number(self.moment)} s"
        )


def shaping(twin: Surrogate, latents: Tensor) -> slice:
    """The columns of latents (n, n_latents) that are standard normal and shape the signal."""
    return slice(twin.generator.n_picks, latents.shape[1] - twin.generator.n_noise)


def how_many(twin: Surrogate) -> int:
    """On how many signals the knobs of a twin are measured."""
    source = twin.config.source
    return max(FEWEST_SIGNALS, min(N_SIGNALS, MAX_VALUES // (source.n_channels * len(source.times))))


@torch.no_grad()
def find_knobs(twin: Surrogate, latents: Tensor, conditions: Tensor, sines: tuple[float, float] | None) -> list[Knob]:
    """The knobs that matter most, the strongest first; at least one.

    latents (n, n_latents) and conditions (n, n_conditions): of the signals that they are measured on; where latents pick a
    neighbourhood, all of one. sines: as in `core.fidelity.comparison.SignalSet`.
    """
    columns = shaping(twin, latents)
    n = columns.stop - columns.start
    directions = torch.eye(n) if twin.generator.n_picks == 0 else _local(twin, latents, conditions, columns)
    courses = [_course(twin, latents, conditions, columns, direction) for direction in directions]
    changes = [float(np.sqrt(course.mean())) for course in courses]
    order = np.argsort(changes)[::-1][:MOST]
    kept = [int(place) for place in order if changes[place] >= NEGLIGIBLE * changes[order[0]]]
    signals = twin.scaling.to_physical(twin.generator(latents, conditions).numpy())
    measured = SignalSet(signals, twin.config.source.times, sines)
    return [_named(directions[place], courses[place], latents[:, columns], measured) for place in kept]


def _local(twin: Surrogate, latents: Tensor, conditions: Tensor, columns: slice) -> Tensor:
    """The directions (up to MOST, n_shaping) that change the signals of a neighbourhood most, the strongest first."""
    n = columns.stop - columns.start
    middle = latents[:1].clone()
    middle[:, columns] = 0
    moves = torch.zeros(n, latents.shape[1])
    moves[:, columns] = torch.eye(n)
    same = conditions[:1].expand(n, -1)
    slopes = (twin.generator(middle + moves, same) - twin.generator(middle - moves, same)).flatten(1)
    strongest: Tensor = torch.linalg.svd(slopes.T.double(), full_matrices=False)[2][:MOST]
    return strongest.float()


def _course(twin: Surrogate, latents: Tensor, conditions: Tensor, columns: slice, direction: Tensor) -> np.ndarray:
    """The mean square, sample by sample (n_samples,), of the change that a knob makes, in network units."""
    few = latents[:FEWEST_SIGNALS].clone()
    few[:, columns] -= (few[:, columns] @ direction)[:, None] * direction
    ends = []
    for place in (-SPAN, SPAN):
        moved = few.clone()
        moved[:, columns] += place * direction
        ends.append(twin.generator(moved, conditions[: len(few)]))
    course: np.ndarray = (ends[1] - ends[0]).double().square().mean((0, 1)).numpy()
    return course


def _named(direction: Tensor, course: np.ndarray, latents: Tensor, measured: SignalSet) -> Knob:
    """A knob with its name; turned round where its quantity falls along it."""
    places = (latents @ direction).numpy()
    found = {name: _follows(places, values) for name, values in measured.quantities.items() if name != "phase"}
    if "phase" in measured.quantities:
        found["phase"] = _follows_round(places, measured.fit.phase)
    name, (share, is_rising) = max(found.items(), key=lambda item: item[1][0])
    change = float(np.sqrt(course.mean()))
    return Knob(direction if is_rising else -direction, change, name, share, _moment(course, measured.times))


def _moment(course: np.ndarray, times: np.ndarray) -> float | None:
    """The middle of the short stretch in which half of a change lies; None where there is none."""
    width = max(1, round(STRETCH * len(course)))
    within = np.convolve(course, np.ones(width), "valid")
    start = int(within.argmax())
    return float(times[start + width // 2]) if within[start] >= 0.5 * course.sum() > 0 else None


def _follows(places: np.ndarray, values: np.ndarray) -> tuple[float, bool]:
    """The squared rank correlation of (n,) places and values, 0 where all values are the same; and whether they rise."""
    ranks = rankdata(values)
    if np.ptp(ranks) == 0:
        return 0.0, True
    correlation = float(np.corrcoef(rankdata(places), ranks)[0, 1])
    return correlation**2, correlation >= 0


def _follows_round(places: np.ndarray, angles: np.ndarray) -> tuple[float, bool]:
    """The same of angles (n,), wherever on the circle the places begin."""
    around, along = (2j * np.pi * rankdata(values) / len(values) for values in (angles, places))
    rising, falling = (abs(np.exp(around - turn * along).mean()) ** 2 for turn in (1, -1))
    return float(max(rising, falling)), bool(rising >= falling)
