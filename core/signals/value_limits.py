"""Which values recorded signals can take: what the instrument does is found in the reals and done to the fakes.

An instrument rounds to its resolution, stops at the end of its range, and shows nothing below a threshold. A generator
knows none of that: its rain falls below zero, and its temperatures have seven decimals. `apply` gives fakes the values
that reals have. Where many reals rest exactly at a bound, as rain does at zero, `undo` continues them smoothly beyond it for
the networks to learn, as if they had been censored (Tobin 1958, "Estimation of relationships for limited dependent
variables", Econometrica 26); `apply` then lets as many fakes rest there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from core.formatting import count, number

MAX_LEVELS = 2**15  # distinct values of a channel …
MIN_REPEATS = 20  # … and how often each occurs, on average, for the channel to be called rounded
FINEST = 1e-3  # of a channel's deviation: finer steps are invisible
EDGE = 0.01  # of the range …
CROWDED = (
    0.004  # … within which so large a share of the values shows that the end of the range is a bound; tails are thin
)
RESTING = 0.02  # share of values exactly at a bound that shows that they rest there
FAR = 2.0  # steps of the resolution: values that rest nearer to the others need not be continued
LONGEST_REST = 8  # samples from its ends after which a rest is continued no deeper
LEFT_OUT = (
    "Bounds were left out: fakes that go a little beyond them were harder to tell from reals than fakes cut off there."
)


@dataclass(frozen=True)
class ChannelLimits:
    """The limits of one channel, in physical units.

    lower, upper: bounds, infinite where there is none. below, above: how far values that rest at a bound are continued
    beyond it, one sample into the rest; 0 where they are not. levels: float32, sorted, the only values that occur; empty
    where any may.
    """

    lower: float
    upper: float
    below: float
    above: float
    levels: np.ndarray

    @property
    def is_none(self) -> bool:
        """Any value may occur."""
        return not len(self.levels) and np.isinf(self.lower) and np.isinf(self.upper)

    @property
    def is_bounded(self) -> bool:
        """Whether there are bounds at which no values rest, and which the levels do not imply."""
        free = self.unbounded()
        return not len(self.levels) and (free.lower, free.upper) != (self.lower, self.upper)

    def unbounded(self) -> "ChannelLimits":
        """The same without bounds at which no values rest."""
        return replace(self, lower=self.lower if self.below else -np.inf, upper=self.upper if self.above else np.inf)


class ValueLimits:
    """The limits of all channels. Signals are float32 (n, n_channels, n_samples), in physical units.

    are_bounds_left_out: whether there were bounds that `unbounded` left out.
    """

    def __init__(self, channels: list[ChannelLimits], are_bounds_left_out: bool = False) -> None:
        self.channels = channels
        self.are_bounds_left_out = are_bounds_left_out

    @classmethod
    def find(cls, reals: np.ndarray) -> Self:
        """Read the limits off some reals."""
        return cls([_find(reals[:, channel]) for channel in range(reals.shape[1])])

    @property
    def is_bounded(self) -> bool:
        """Whether fakes would have other values without them: see `unbounded`."""
        return any(limits.is_bounded for limits in self.channels)

    def unbounded(self) -> Self:
        """The same without bounds at which no values rest: where reals turn before a bound, fakes may be cut off by it."""
        return type(self)([limits.unbounded() for limits in self.channels], self.is_bounded)

    def undo(self, reals: np.ndarray) -> np.ndarray:
        """Reals as they may have been before the instrument held them at a bound; `apply` turns them back.

        They are the same array where none rest at a bound.
        """
        if not any(limits.below or limits.above for limits in self.channels):
            return reals
        signals = reals.copy()
        for channel, limits in enumerate(self.channels):
            values = reals[:, channel]
            if limits.below:
                signals[:, channel] -= limits.below * _depth(values == limits.lower)
            if limits.above:
                signals[:, channel] += limits.above * _depth(values == limits.upper)
        return signals

    def apply(self, fakes: np.ndarray) -> np.ndarray:
        """Fakes with the nearest values that reals can take."""
        if all(limits.is_none for limits in self.channels):
            return fakes
        signals = fakes.copy()
        for channel, limits in enumerate(self.channels):
            values = np.clip(signals[:, channel], np.float32(limits.lower), np.float32(limits.upper))
            if len(limits.levels):
                middles = (limits.levels[1:] + limits.levels[:-1]) / 2
                values = limits.levels[np.searchsorted(middles, values)]
            signals[:, channel] = values
        np.copyto(signals, fakes, where=~np.isfinite(fakes))  # what is no number is not hidden
        return signals

    def sentences(self, unit: str = "") -> list[str]:
        """What was found, for people; empty where any value may occur."""
        several = len(self.channels) > 1
        told = [_told(limits, f" {unit}" if unit else "") for limits in self.channels]
        found = [
            f"{f'Channel {index + 1}: ' if several else ''}{sentence}."
            for index, sentence in enumerate(told)
            if sentence
        ]
        return [LEFT_OUT, *found] if self.are_bounds_left_out else found

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays to be kept in a file."""
        bounds = [(limits.lower, limits.upper, limits.below, limits.above) for limits in self.channels]
        arrays = {
            "bounds": np.array(bounds, np.float64),
            "n_levels": np.array([len(limits.levels) for limits in self.channels]),
            "levels": np.concatenate([limits.levels for limits in self.channels]).astype(np.float32),
        }
        return arrays | ({"left_out": np.array([1])} if self.are_bounds_left_out else {})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """What `to_arrays` made. Raises KeyError or ValueError where something is missing or does not fit."""
        levels = np.split(arrays["levels"], np.cumsum(arrays["n_levels"])[:-1])
        return cls(
            [
                ChannelLimits(float(lower), float(upper), float(below), float(above), own)
                for (lower, upper, below, above), own in zip(arrays["bounds"], levels, strict=True)
            ],
            "left_out" in arrays,
        )


def _find(values: np.ndarray) -> ChannelLimits:
    """The limits of the values (n, n_samples) of one channel."""
    ordered = np.sort(values, axis=None)  # np.unique would count every value, at five times the memory
    distinct = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    lower, upper = distinct[0], distinct[-1]
    edge = EDGE * (upper - lower)
    n_low, n_lowest = np.searchsorted(ordered, [lower + edge, lower], "right")
    n_high, n_highest = values.size - np.searchsorted(ordered, [upper - edge, upper])
    return ChannelLimits(
        lower=float(lower) if n_low > CROWDED * values.size else -np.inf,
        upper=float(upper) if n_high > CROWDED * values.size else np.inf,
        below=_excursion(values, distinct[:2]) if n_lowest > RESTING * values.size else 0.0,
        above=_excursion(values, distinct[:-3:-1]) if n_highest > RESTING * values.size else 0.0,
        levels=distinct if _are_levels(distinct, values) else distinct[:0],
    )


def _are_levels(distinct: np.ndarray, values: np.ndarray) -> bool:
    """Whether values are rounded, visibly, to these distinct ones."""
    if not 1 < len(distinct) <= min(MAX_LEVELS, values.size / MIN_REPEATS):
        return False
    return bool(np.median(np.diff(distinct)) > FINEST * values.std(dtype=np.float64))


def _excursion(values: np.ndarray, ends: np.ndarray) -> float:
    """How far from the bound, ends[0], values typically are next to a rest there; 0 where that is about the next value."""
    rests = values == ends[0]
    steps = np.abs(np.diff(values, axis=1))[rests[:, 1:] != rests[:, :-1]]
    typical = float(np.median(steps)) if len(steps) else 0.0
    return typical if typical > FAR * abs(float(ends[-1]) - float(ends[0])) else 0.0


def _depth(rests: np.ndarray) -> np.ndarray:
    """How deep in a rest samples lie: the square root of how far its nearer end is, as of a random walk; 0 outside."""
    n_samples = rests.shape[1]
    far = np.full(rests.shape, LONGEST_REST, np.float32)
    since = np.full(len(rests), LONGEST_REST, np.float32)
    for index in (*range(n_samples), *reversed(range(n_samples))):
        since = np.where(rests[:, index], np.minimum(since + 1, LONGEST_REST), 0)
        far[:, index] = np.minimum(far[:, index], since)
    return np.sqrt(far)


def _told(limits: ChannelLimits, unit: str) -> str:
    levels = limits.levels
    if len(levels) == 2:
        return f"on or off, {number(levels[0])} or {number(levels[1])}{unit}"
    if len(levels):
        step = number(float(np.median(np.diff(levels))))
        range_ = f"from {number(levels[0])} to {number(levels[-1])}{unit}"
        return f"{count(len(levels))} different values {range_}, in steps of about {step}{unit}"
    lower = f"never below {number(limits.lower)}{unit}" if np.isfinite(limits.lower) else ""
    upper = f"never above {number(limits.upper)}{unit}" if np.isfinite(limits.upper) else ""
    return " and ".join(part for part in (lower, upper) if part)
