"""Faults of sensors and recorders, planted in good signals to test detectors with: what each fault changes is known.

A fault lasts for a stretch of one channel at a random place; outside of it the signal stays as it was. The samples that it
changed are marked, and by what happened and not by what was meant: a signal in which it changed nothing, such as a stuck
sensor in a flat stretch, counts as one without a fault.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator

from core.config import Column, Model
from core.seeds import BLOCK, Purpose, numpy_rng
from core.signals.batch import Batch

FaultKind = Literal["noise", "drift", "offset", "stuck", "spikes", "dropout", "clipping", "missing", "bursts", "jitter"]
NONE = "none"  # the class of signals without a fault
COLUMN, OTHER_COLUMN = "fault", "planted fault"  # names of the label; the other where the source has the first one
MASK = "faulty"  # the name of the marked samples in files
SPIKES_SHARE = 0.05  # of a stretch
N_BURSTS = 3  # in a stretch, of which they take half


@dataclass(frozen=True)
class Draws:
    """What is random about faults of one kind, a row for each.

    normals: (n, length), standard normal. signs: (n, 1), −1 or 1. unit: (n, 1), strength × the source's standard deviation.
    strength: without a unit.
    """

    normals: np.ndarray
    signs: np.ndarray
    unit: np.ndarray
    strength: float


@dataclass(frozen=True)
class Fault:
    """A kind of fault: what it is called, what it does at a strength of 1, and how it changes stretches (n, length)."""

    title: str
    meaning: str
    change: Callable[[np.ndarray, Draws], np.ndarray]


def _noise(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    return stretches + 0.5 * draws.unit * draws.normals


def _drift(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    length = stretches.shape[1]
    return stretches + draws.signs * draws.unit * np.arange(1, length + 1) / length


def _offset(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    return stretches + draws.signs * draws.unit


def _stuck(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    return np.broadcast_to(stretches[:, :1], stretches.shape)


def _spikes(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    n = max(1, round(SPIKES_SHARE * stretches.shape[1]))
    limits = np.sort(np.abs(draws.normals), axis=1)[:, -n, None]  # the n samples with the largest draws
    return stretches + np.where(np.abs(draws.normals) >= limits, 2 * draws.unit * np.sign(draws.normals), 0)


def _dropout(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    return np.zeros_like(stretches)


def _clipping(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    low, high = stretches.min(axis=1, keepdims=True), stretches.max(axis=1, keepdims=True)
    middle, half = (low + high) / 2, (high - low) / 2 / (1 + draws.strength)
    return np.clip(stretches, middle - half, middle + half)


def _missing(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    return np.full_like(stretches, np.nan)


def _bursts(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    is_burst = np.arange(stretches.shape[1]) * 2 * N_BURSTS // stretches.shape[1] % 2 == 0
    return stretches + draws.unit * draws.normals * is_burst


def _jitter(stretches: np.ndarray, draws: Draws) -> np.ndarray:
    last = stretches.shape[1] - 1
    times = np.clip(np.arange(last + 1) + draws.strength * draws.normals, 0, last)
    before = np.minimum(times.astype(int), max(last - 1, 0))
    after = np.minimum(before + 1, last)
    low, high = np.take_along_axis(stretches, before, 1), np.take_along_axis(stretches, after, 1)
    return low + (times - before) * (high - low)


FAULTS: dict[FaultKind, Fault] = {
    "noise": Fault("Noise", "White noise of half a standard deviation on top.", _noise),
    "drift": Fault("Drift", "Moves away steadily, up or down, by one standard deviation at its end.", _drift),
    "offset": Fault("Offset", "Shifted up or down by one standard deviation.", _offset),
    "stuck": Fault("Stuck", "Repeats one value. Strength makes no difference.", _stuck),
    "spikes": Fault("Spikes", "One sample in 20 is two standard deviations off, up or down.", _spikes),
    "dropout": Fault("Dropout", "Reads zero. Strength makes no difference.", _dropout),
    "clipping": Fault("Clipping", "Cut off above and below, to half of its range.", _clipping),
    "missing": Fault("Missing", "No values at all. Strength makes no difference.", _missing),
    "bursts": Fault("Bursts", "Three bursts of noise of one standard deviation.", _bursts),
    "jitter": Fault("Clock jitter", "Taken too early or too late, by about one sample.", _jitter),
}


class FaultSettings(Model):
    """Which faults are planted in how many signals, and how bad they are."""

    kinds: tuple[FaultKind, ...] = Field(
        ("noise", "drift", "spikes"),
        description="Each kind is planted as often as the others. A signal gets one fault at most.",
    )
    share: float = Field(0.5, gt=0, le=1, description="Share of the signals that get a fault; the others stay good.")
    strength: float = Field(
        1.0,
        ge=0.01,
        le=100,
        description="How bad the faults are. At 1, an offset is as large as the standard deviation of the real signals in that "
        "channel; at 2, twice as large.",
    )
    length: float = Field(
        0.25, ge=0.01, le=1, description="Share of the signal that a fault covers, at a random place in it."
    )

    @field_validator("kinds", mode="before")
    @classmethod
    def _are_known(cls, kinds: Any) -> Any:
        known = f"choose among: {', '.join(FAULTS)}"
        if not kinds or not isinstance(kinds, list | tuple):
            raise ValueError(f"there is no fault to plant; {known}")
        unknown = next((kind for kind in kinds if kind not in list(FAULTS)), None)
        if unknown is not None:
            raise ValueError(f"there is no fault “{str(unknown)[:40]}”; {known}")
        return kinds

    @property
    def ordered(self) -> tuple[FaultKind, ...]:
        """The kinds in the order of FAULTS, each once."""
        return tuple(kind for kind in FAULTS if kind in self.kinds)

    def column(self, others: tuple[Column, ...] = ()) -> Column:
        """The label that each signal gets, as a condition beside others."""
        name = OTHER_COLUMN if COLUMN in (other.name for other in others) else COLUMN
        return Column(name=name, classes=(NONE, *self.ordered))


def plant(pieces: Iterator[Batch], settings: FaultSettings, scale: np.ndarray, seed: int) -> Iterator[Batch]:
    """The same signals with faults, marked in `faulty`, the label of each as a last condition: its place in `column`'s classes.

    pieces: as `core.signals.batch.blocks` gives them. scale: standard deviation of the real signals in each channel,
    (n_channels,) or (n_channels, 1). The same seed gives the same faults.
    """
    for index, piece in enumerate(pieces):
        yield _planted(piece, settings, np.ravel(scale), numpy_rng(seed, Purpose.FAULTS, index))


def _planted(batch: Batch, settings: FaultSettings, scale: np.ndarray, rng: np.random.Generator) -> Batch:
    n, n_channels, n_samples = batch.signals.shape
    length = min(n_samples, max(2, round(settings.length * n_samples)))
    # Always drawn for a whole block: what the last signals get must not depend on how many there are.
    is_chosen = rng.random(BLOCK) < settings.share
    labels = np.where(is_chosen, rng.integers(1, 1 + len(settings.ordered), BLOCK), 0)[:n]
    channels = rng.integers(0, n_channels, BLOCK)
    starts = rng.integers(0, n_samples - length + 1, BLOCK)
    signs = rng.choice([-1.0, 1.0], (BLOCK, 1))
    normals = rng.standard_normal((BLOCK, length), dtype=np.float32)
    signals = batch.signals.copy()
    for label, kind in enumerate(settings.ordered, start=1):
        rows = np.flatnonzero(labels == label)
        unit = settings.strength * scale[channels[rows], None]
        place = (rows[:, None], channels[rows, None], starts[rows, None] + np.arange(length))
        draws = Draws(normals[rows], signs[rows], unit, settings.strength)
        signals[place] = FAULTS[kind].change(signals[place].astype(np.float64), draws)
    faulty = signals != batch.signals
    labels = np.where(faulty.any(axis=(1, 2)), labels, 0)
    conditions = np.column_stack([batch.conditions, labels]).astype(np.float32)
    return replace(batch, signals=signals, conditions=conditions, faulty=faulty)
