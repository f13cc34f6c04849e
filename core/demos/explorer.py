"""A twin's latent space to explore: the signal at any point of it, its measurements, its sound, and walks between points."""

from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import formatting
from core.demos import sonification
from core.demos.directions import LatentDirection, find_directions, n_measured_signals
from core.demos.latent_point import MAX_Z, LatentPoint
from core.demos.real_reference import RealReference
from core.errors import ConfigError
from core.fidelity.signal_set import SignalSet, SineFit, describer_of
from core.generation.surrogate import FILE_NAME
from core.networks import use_one_thread
from core.seeds import Purpose, torch_rng
from core.signals.spectrum import mean_psd
from core.store.datasets import open_source
from core.store.run import Run

MAX_KEPT_NEIGHBOURHOODS = 64  # whose directions are remembered
_one_at_a_time = Lock()  # of those who open one, so that many who ask at once do not open the same
SHOWN_QUANTITIES = ("mean", "standard deviation", "peak-to-peak", "dominant frequency", "zero crossings", "skew")


class GeneratedSignal(NamedTuple):
    """A signal of a twin, (n_channels, n_samples), in physical units, and where it lies in latent space."""

    signal: np.ndarray
    clean: np.ndarray | None  # without its noise; None where the twin does not model noise separately
    z: tuple[float, ...]  # as in LatentPoint
    conditions: tuple[float, ...]


class Explorer:
    """The twin of a run, with the reals to compare its signals with.

    Raises RunNotFoundError or RunFileError where there is no twin, DataSetError where the recordings are gone.
    """

    def __init__(self, run: Run) -> None:
        use_one_thread()
        self.twin = run.load_surrogate()
        self.config = run.config
        self._source = open_source(run.config, run.data_dir)
        self._describer = describer_of(self._source, run.config.source.units)
        self.times = self._source.times
        self.sampling_rate = (len(self.times) - 1) / float(self.times[-1] - self.times[0])
        self.reals = RealReference(self._source, run.config.training.seed, self.sampling_rate)
        self._found: dict[int, list[LatentDirection]] = {}  # by seed; without neighbourhoods all are under 0

    @property
    def is_local(self) -> bool:
        """Whether each seed has directions of its own, because its latents pick a neighbourhood."""
        return self.twin.generator.layout.pick.stop > 0

    @cached_property
    def has_noise(self) -> bool:
        """Whether the twin models measurement noise separately."""
        return self.twin.generator.without_noise(*self._start(0)) is not None

    def directions(self, seed: int) -> list[LatentDirection]:
        """The directions to move in; where the twin blends neighbours, those around the signal of the seed."""
        key = seed if self.is_local else 0
        if key not in self._found:
            while len(self._found) > MAX_KEPT_NEIGHBOURHOODS:
                self._found.pop(next(iter(self._found)), None)
            self._found[key] = self._find_directions(seed)
        return self._found[key]

    def at(self, point: LatentPoint) -> GeneratedSignal:
        """The signal at a point. Raises ConfigError where the point does not fit the twin."""
        return self._generate(*self._latents(point), self._vectors(point.seed))

    def between(self, first: LatentPoint, last: LatentPoint, share: float) -> GeneratedSignal:
        """The signal at a share (0 to 1) of the way from one point to another. Raises ConfigError as `at` does.

        The latents that shape the signal are interpolated linearly, the noise on a great circle, which keeps its strength.
        What picks a neighbourhood, and classes, switch half-way.
        """
        if share in (0, 1):
            return self.at(last if share else first)
        (latents_a, conditions_a), (latents_b, conditions_b) = self._latents(first), self._latents(last)
        is_past_middle = share > 0.5
        columns = self.twin.generator.layout.shape
        latents = (latents_b if is_past_middle else latents_a).clone()
        latents[:, columns] = torch.lerp(latents_a[:, columns], latents_b[:, columns], share)
        latents[:, columns.stop :] = slerp(latents_a[:, columns.stop :], latents_b[:, columns.stop :], share)
        conditions = (conditions_b if is_past_middle else conditions_a).clone()
        for index, column in enumerate(self.config.columns):
            if not column.classes:
                conditions[:, index] = torch.lerp(conditions_a[:, index], conditions_b[:, index], share)
        return self._generate(latents, conditions, self._vectors((last if is_past_middle else first).seed))

    def power(self, signal: np.ndarray, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """Frequencies and power spectral density of one signal's channel."""
        return mean_psd(signal[None, channel : channel + 1], self.sampling_rate)

    def measure(self, signal: np.ndarray, channel: int) -> list[tuple[str, str]]:
        """Names and values, with their units, of the quantities of one signal's channel."""
        one = SignalSet(signal[None, channel : channel + 1], self.times, self._describer)
        found = one.quantities
        names = tuple(found) if isinstance(one.describer, SineFit) else SHOWN_QUANTITIES
        return [
            (name, f"{formatting.number(float(found[name].values[0])).replace('-', '−')} {found[name].unit}".strip())
            for name in names
            if len(found[name].values)
        ]

    @cached_property
    def _speed(self) -> float:
        return sonification.speed_for(self.reals.typical_frequency)

    @cached_property
    def sound_note(self) -> str:
        """How signals are made audible, in sentences."""
        frequency, duration = self.reals.typical_frequency, len(self.times) / self.sampling_rate
        if self.config.source.units.is_timed:
            return sonification.describe(frequency, self._speed, duration)
        return sonification.describe_untimed(frequency, self._speed, duration)

    def sound(self, signal: np.ndarray, channel: int) -> bytes:
        """One signal's channel as a WAV file."""
        loud = self.reals.loud_deviation(channel)
        return sonification.wav(sonification.audible(signal[channel], self.sampling_rate, self._speed, loud))

    def _find_directions(self, seed: int) -> list[LatentDirection]:
        rng = torch_rng(self.config.training.seed, Purpose.LATENT_DIRECTIONS)
        generator, n = self.twin.generator, n_measured_signals(self.twin)
        latents, conditions = generator.draw_latents(n, rng), generator.draw_conditions(n, rng)
        if self.is_local:
            start, its_conditions = self._start(seed)
            latents[:, generator.layout.pick] = start[:, generator.layout.pick]
            conditions = its_conditions.expand(n, -1)
        return find_directions(self.twin, latents, conditions, self._describer)

    def _start(self, seed: int) -> tuple[Tensor, Tensor]:
        """The latents (1, n_latents) and the conditions (1, n_conditions) of a seed."""
        rng = torch_rng(seed, Purpose.EXPLORING)
        return self.twin.generator.draw_latents(1, rng), self.twin.generator.draw_conditions(1, rng)

    def _vectors(self, seed: int) -> Tensor:
        return torch.stack([direction.vector for direction in self.directions(seed)])

    def _latents(self, point: LatentPoint) -> tuple[Tensor, Tensor]:
        """The latents (1, n_latents) and the conditions (1, n_conditions) of a point."""
        latents, conditions = self._start(point.seed)
        if point.z:
            vectors = self._vectors(point.seed)
            _check_count("slider", len(point.z), len(vectors))
            columns = self.twin.generator.layout.shape
            moves = torch.tensor([point.z]) - latents[:, columns] @ vectors.T
            latents[:, columns] += moves @ vectors
        if point.conditions:
            _check_count("condition", len(point.conditions), conditions.shape[1])
            self._check_classes(point.conditions)
            conditions = torch.tensor([point.conditions])
        return latents, conditions

    def _check_classes(self, conditions: tuple[float, ...]) -> None:
        for value, column in zip(conditions, self.config.columns, strict=True):
            if column.classes and value not in range(len(column.classes)):
                raise ConfigError(f"“{column.name}” has no class number {value:g}; ask the sender for a new link.")

    @torch.no_grad()
    def _generate(self, latents: Tensor, conditions: Tensor, vectors: Tensor) -> GeneratedSignal:
        use_one_thread()
        generator, to_physical = self.twin.generator, self.twin.scaling.to_physical
        clean = generator.without_noise(latents, conditions)
        z = (latents[:, generator.layout.shape] @ vectors.T)[0].clamp(-MAX_Z, MAX_Z)
        return GeneratedSignal(
            to_physical(generator(latents, conditions).numpy())[0],
            None if clean is None else to_physical(clean.numpy())[0],
            tuple(z.tolist()),
            tuple(conditions[0].tolist()),
        )


def _check_count(what: str, n_given: int, n: int) -> None:
    if n_given != n:
        raise ConfigError(
            f"The link has {formatting.quantity(n_given, what)} but this twin has {n}, so it belongs to another run. Press "
            "Surprise me."
        )


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """A share of the way from (1, n) to (1, n) on a great circle (Shoemake 1985), which keeps normal numbers normal."""
    if a.shape[1] == 0:
        return a
    angle = torch.acos(torch.cosine_similarity(a, b).clamp(-1, 1))
    if float(angle) < 1e-3:
        return torch.lerp(a, b, share)
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)


def open_explorer(run: Run) -> Explorer:
    """The explorer of a run's twin as it is now; kept for the next time. Raises as `Explorer` does."""
    file = run.path / FILE_NAME
    with _one_at_a_time:
        return _opened(run.path, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(4)
def _opened(path: Path, _version: int) -> Explorer:
    return Explorer(Run(path))
