"""Hands on the latents of a twin: the signal at any place among them, its neighbours among reals, and walks between two.

A place is a seed, which decides everything at first, where each knob stands (standard deviations), and the conditions.
"""

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import formatting
from core.config import MAX_SEED
from core.demos import sonification
from core.demos.directions import Knob, find_knobs, how_many, shaping
from core.errors import ConfigError
from core.fidelity.comparison import SignalSet
from core.fidelity.measures.neighbours import nearest_distances
from core.networks import use_one_thread
from core.seeds import Purpose, torch_rng
from core.signals.spectrum import mean_psd
from core.signals.training_set import first_reals
from core.store.datasets import open_source
from core.store.runs import Run

REACH = 3.0  # standard deviations that a knob turns to either side
N_NEAREST = 3
N_REFERENCES = 4_096  # reals that neighbours are looked for among
N_FRESH = 512  # other reals: how near reals come to those, what ranges pictures have, how they sound
MAX_VALUES = 4_000_000  # of the references; longer signals are fewer
USUAL = (0.05, 0.95)  # quantiles
UNITS = {
    "angular frequency": "rad/s",
    "phase": "rad",
    "dominant frequency": "Hz",
    "skew": "",
    "zero crossings": "",
}
DESCRIBED = ("mean", "standard deviation", "peak-to-peak", "dominant frequency", "zero crossings", "skew")


class Place(NamedTuple):
    """A seed, the knobs' places and the conditions; those of the seed where they are empty."""

    seed: int
    z: tuple[float, ...] = ()
    conditions: tuple[float, ...] = ()

    @classmethod
    def parsed(cls, text: str) -> "Place":
        """From text as in "7", "7_0.5,-1" or "7_0.5,-1_3,0.2". Raises ConfigError."""
        seed, *lists = text.split("_")
        try:
            z, conditions = (tuple(float(part) for part in one.split(",") if part) for one in (*lists, "", "")[:2])
            number = int(seed)
        except ValueError:
            raise ConfigError(_broken(text)) from None
        within = 0 <= number <= MAX_SEED and all(map(math.isfinite, (*z, *conditions)))
        if len(lists) > 2 or not within or any(abs(value) > REACH for value in z):
            raise ConfigError(_broken(text))
        return cls(number, z, conditions)

    def written(self) -> str:
        """Text from which `parsed` makes it again, but for the last digits."""
        parts = (",".join(f"{value:.3g}" for value in self.z), ",".join(f"{value:.6g}" for value in self.conditions))
        return "_".join([str(self.seed), *parts]).rstrip("_")


def _broken(text: str) -> str:
    return (
        f"“{text[:60]}” is no place among the signals of a twin. It is a number, and where each slider stands "
        f"(−{REACH:g} to {REACH:g}), as in 7_0.5,-1. Press Surprise me, or ask for the link again."
    )


class Seen(NamedTuple):
    """A signal of a twin, (n_channels, n_samples), in physical units.

    clean: without its noise; None where the twin does not tell noise apart. z: where the knobs stand.
    """

    signal: np.ndarray
    clean: np.ndarray | None
    z: tuple[float, ...]
    conditions: tuple[float, ...]


class Nearest(NamedTuple):
    """Reals (n, n_channels, n_samples), the nearest first, and how far each is: (n,), RMS difference."""

    signals: np.ndarray
    distances: np.ndarray


class Explorer:
    """The twin of a run, ready to be looked at from all sides.

    Raises RunNotFoundError or RunFileError where there is no twin, DataSetError where the recordings are gone.
    """

    def __init__(self, run: Run) -> None:
        use_one_thread()
        self.twin = run.load_surrogate()
        self.config = run.config
        self._seed = run.config.training.seed
        self._source = open_source(run.config, run.data_dir)
        self.times = self._source.times
        self.sampling_rate = (len(self.times) - 1) / float(self.times[-1] - self.times[0])
        self._found: dict[int, list[Knob]] = {}  # by seed; of a twin without neighbourhoods all the same

    @property
    def is_local(self) -> bool:
        """Whether each seed has knobs of its own."""
        return self.twin.generator.n_picks > 0

    @cached_property
    def has_noise(self) -> bool:
        """Whether the twin tells noise apart from the rest."""
        return self.twin.generator.without_noise(*self._start(0)) is not None

    @cached_property
    def references(self) -> np.ndarray:
        """Reals that the twin learned from, (n, n_channels, n_samples)."""
        n = max(64, min(N_REFERENCES, MAX_VALUES // (self._source.n_channels * len(self.times))))
        return first_reals(self._source, self._seed)[:n].signals

    @cached_property
    def fresh(self) -> np.ndarray:
        """Reals that no training saw, (n, n_channels, n_samples)."""
        return self._source.fresh(min(N_FRESH, len(self.references)), self._seed).signals

    @cached_property
    def usual_distances(self) -> tuple[float, float]:
        """Between which most fresh reals' distances to the nearest reference lie, RMS differences."""
        distances = nearest_distances(self.fresh, self.references) / math.sqrt(self.fresh[0].size)
        low, high = np.quantile(distances, USUAL)
        return float(low), float(high)

    def value_range(self, channel: int) -> tuple[float, float]:
        """The smallest and the largest value of the reals in a channel."""
        return float(self.fresh[:, channel].min()), float(self.fresh[:, channel].max())

    def power_range(self, channel: int) -> tuple[float, float]:
        """About the smallest and the largest power spectral density of single reals in a channel."""
        powers = [self.power(one, channel)[1] for one in self.fresh[:64]]
        low = max(float(np.quantile(powers, 0.005)), 1e-9 * float(np.max(powers)), 1e-30)
        return low / 3, max(float(np.max(powers)) * 3, 10 * low)

    def power(self, signal: np.ndarray, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """Frequencies in Hz and power spectral density in unit²/Hz of one signal's channel."""
        return mean_psd(signal[None, channel : channel + 1], self.sampling_rate)

    def knobs(self, seed: int) -> list[Knob]:
        """What can be turned; of a twin that blends neighbours, around the signal of the seed."""
        key = seed if self.is_local else 0
        if key not in self._found:
            while len(self._found) > 64:
                self._found.pop(next(iter(self._found)), None)
            rng = torch_rng(self._seed, Purpose.KNOBS)
            generator, n = self.twin.generator, how_many(self.twin)
            latents, conditions = generator.draw_latents(n, rng), generator.draw_conditions(n, rng)
            if self.is_local:
                first, known = self._start(seed)
                latents[:, : generator.n_picks] = first[:, : generator.n_picks]
                conditions = known.expand(n, -1)
            self._found[key] = find_knobs(self.twin, latents, conditions, self._source.sines)
        return self._found[key]

    def at(self, place: Place) -> Seen:
        """The signal of a place. Raises ConfigError where it does not fit the twin."""
        return self._seen(*self._latents(place), self._directions(place.seed))

    def between(self, first: Place, last: Place, share: float) -> Seen:
        """A signal on the way from one place (share 0) to another (1).

        What shapes the signal moves evenly; the noise turns from one to the other and keeps its strength. What picks a
        neighbourhood, and classes, change over half way.
        """
        if share in (0, 1):
            return self.at(last if share else first)
        (a, known_a), (b, known_b) = self._latents(first), self._latents(last)
        columns = shaping(self.twin, a)
        nearer, known = (b, known_b) if share > 0.5 else (a, known_a)
        latents = nearer.clone()
        latents[:, columns] = torch.lerp(a[:, columns], b[:, columns], share)
        latents[:, columns.stop :] = _turned(a[:, columns.stop :], b[:, columns.stop :], share)
        known = known.clone()
        for index, column in enumerate(self.config.columns):
            if not column.classes:
                known[:, index] = torch.lerp(known_a[:, index], known_b[:, index], share)
        return self._seen(latents, known, self._directions((last if share > 0.5 else first).seed))

    def nearest(self, signal: np.ndarray) -> Nearest:
        """The reals that come nearest to a signal (n_channels, n_samples)."""
        distances = np.sqrt(np.square(self.references - signal).mean(axis=(1, 2)))
        places = np.argsort(distances)[:N_NEAREST]
        return Nearest(self.references[places], distances[places])

    def measured(self, signal: np.ndarray, channel: int) -> list[tuple[str, str]]:
        """Names and values, with their units, of what can be measured on one signal's channel."""
        one = SignalSet(signal[None, channel : channel + 1], self.times, self._source.sines)
        found = one.quantities
        names = tuple(found) if one.sines else DESCRIBED
        return [
            (name, f"{formatting.number(float(found[name][0]))} {UNITS.get(name, self.config.source.unit)}".strip())
            for name in names
            if len(found[name])
        ]

    @cached_property
    def _pitch(self) -> float:
        """A typical frequency of the reals, in Hz."""
        frequencies, power = mean_psd(self.fresh, self.sampling_rate)
        return float(frequencies[power.argmax()])

    @cached_property
    def _speed(self) -> float:
        return sonification.speed_for(self._pitch)

    @cached_property
    def sound_note(self) -> str:
        """What is done to signals for them to be heard."""
        return sonification.told(self._pitch, self._speed, len(self.times) / self.sampling_rate)

    def sound(self, signal: np.ndarray, channel: int) -> bytes:
        """One signal's channel as a WAV file."""
        reals = self.fresh[:, channel]
        large = float(np.quantile(np.abs(reals - reals.mean(axis=1, keepdims=True)), 0.995))
        return sonification.wav(sonification.audible(signal[channel], self.sampling_rate, self._speed, large))

    def _start(self, seed: int) -> tuple[Tensor, Tensor]:
        """The latents (1, n_latents) and the conditions (1, n_conditions) of a seed."""
        rng = torch_rng(seed, Purpose.EXPLORING)
        return self.twin.generator.draw_latents(1, rng), self.twin.generator.draw_conditions(1, rng)

    def _directions(self, seed: int) -> Tensor:
        return torch.stack([knob.direction for knob in self.knobs(seed)])

    def _latents(self, place: Place) -> tuple[Tensor, Tensor]:
        latents, known = self._start(place.seed)
        if place.z:
            directions = self._directions(place.seed)
            _same_number("slider", place.z, len(directions))
            columns = shaping(self.twin, latents)
            moved = torch.tensor([place.z]) - latents[:, columns] @ directions.T
            latents[:, columns] += moved @ directions
        if place.conditions:
            _same_number("condition", place.conditions, known.shape[1])
            for value, column in zip(place.conditions, self.config.columns, strict=True):
                if column.classes and value not in range(len(column.classes)):
                    raise ConfigError(f"“{column.name}” has no class number {value:g}; ask for the link again.")
            known = torch.tensor([place.conditions])
        return latents, known

    @torch.no_grad()
    def _seen(self, latents: Tensor, known: Tensor, directions: Tensor) -> Seen:
        use_one_thread()
        columns = shaping(self.twin, latents)
        signal, clean = self.twin.generator(latents, known), self.twin.generator.without_noise(latents, known)
        z = (latents[:, columns] @ directions.T)[0].clamp(-REACH, REACH)
        return Seen(
            self.twin.scaling.to_physical(signal.numpy())[0],
            None if clean is None else self.twin.scaling.to_physical(clean.numpy())[0],
            tuple(z.tolist()),
            tuple(known[0].tolist()),
        )


def _same_number(what: str, given: Sequence[float], n: int) -> None:
    if len(given) != n:
        raise ConfigError(
            f"The link has {formatting.quantity(len(given), what)} where this twin has {n}: it was made for another run. Press "
            "Surprise me."
        )


def _turned(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Between (1, n) and (1, n) along the great circle (slerp: Shoemake 1985), which keeps normal numbers normal."""
    if a.shape[1] == 0:
        return a
    cosine = torch.cosine_similarity(a, b).clamp(-1, 1)
    angle = torch.acos(cosine)
    if float(angle) < 1e-3:
        return torch.lerp(a, b, share)
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)


def open_explorer(run: Run) -> Explorer:
    """The explorer of a run's twin as it is now; kept for the next time. Raises as `Explorer` does."""
    file = run.surrogate_file
    return _opened(run.path, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(4)
def _opened(path: Path, _version: int) -> Explorer:
    return Explorer(Run(path))
