"""Designs of experiments: conditions that go through what is asked for evenly, and not at random.

A design is an endless row of points, each of which follows from the seed and its number alone, so that any process may
begin anywhere in it.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from core.config import Column, Model
from core.errors import ConfigError
from core.formatting import count, quantity
from core.generation.conditions import Requested, RequestedConditions
from core.seeds import BLOCK, Purpose, numpy_rng

SOBOL_BITS = 32  # of a point: more than float32 keeps, and the most with which SciPy can skip points


class Design(Model):
    """How the ranges and classes that are asked for are gone through.

    sobol: along a scrambled Sobol sequence (Owen 1998, "Scrambling Sobol' and Niederreiter–Xing points", Journal of
    Complexity 14), which leaves no gaps and no clusters, however many signals there are. grid: all combinations of `steps`
    equally spaced values of each range with all classes, one after the other, and then from the first again.
    """

    kind: Literal["sobol", "grid"]
    steps: int | None = Field(
        None, ge=2, le=100_000, description="Values of each range in a grid, its ends among them."
    )

    def check(self, requested: RequestedConditions, n: int) -> None:
        """Raise ConfigError where there is nothing to go through, or a grid with more combinations than `n` signals."""
        combinations = math.prod(self._levels(wanted) for wanted in requested.values())
        if combinations < 2:
            raise ConfigError(
                "A grid or a Sobol sequence needs a range or classes to go through; ask for some, as in --condition load=2..4."
            )
        if self.kind == "sobol" and n > 2**SOBOL_BITS:
            raise ConfigError(f"A Sobol sequence has {2**SOBOL_BITS:,} points; ask for no more signals than that.")
        if self.kind == "grid" and combinations > n:
            raise ConfigError(
                f"The grid has {count(combinations)} combinations, more than the {quantity(n, 'signal')} asked for; give a "
                "larger count or fewer steps, or take a Sobol sequence, which fills the ranges with any number."
            )

    def blocks(
        self, columns: Sequence[Column], requested: RequestedConditions, first: int, seed: int
    ) -> Iterator[np.ndarray]:
        """The points of each block from the number `first` on, float64 (BLOCK, n_requested); classes as their place.

        Conditions are in the order of the columns.
        """
        asked = [(column, requested[column.name]) for column in columns if column.name in requested]
        for points in self._points([wanted for _, wanted in asked], first * BLOCK, seed):
            yield np.stack([_values(*one, share) for one, share in zip(asked, points.T, strict=True)], 1)

    def _points(self, wanted: Sequence[Requested], start: int, seed: int) -> Iterator[np.ndarray]:
        """Where in what is asked for each point lies, from 0 up to 1, (BLOCK, n_requested)."""
        if self.kind == "sobol":
            from scipy.stats import qmc  # here, because plans and cards are read without it

            sequence = qmc.Sobol(len(wanted), bits=SOBOL_BITS, rng=numpy_rng(seed, Purpose.DESIGN))
            if start:  # SciPy cannot skip none
                sequence.fast_forward(start)
            while True:
                yield sequence.random(BLOCK)
        levels = np.array([self._levels(one) for one in wanted])
        while True:
            numbers = np.arange(start, start + BLOCK) % math.prod(levels.tolist())
            places = np.stack(np.unravel_index(numbers, levels), 1)
            yield places / np.maximum(levels - 1, 1)
            start += BLOCK

    def _levels(self, wanted: Requested) -> int:
        """How many values of one condition there are in a grid."""
        if isinstance(wanted[0], str):
            return len(wanted)
        return 1 if wanted[0] == wanted[1] else self.steps or 2


def _values(column: Column, wanted: Requested, share: np.ndarray) -> np.ndarray:
    """What lies at a share (n,) of a range or, each class having as much of it as any other, of some classes."""
    if column.classes:
        places = np.array([column.classes.index(str(name)) for name in wanted])
        return places[np.minimum((share * len(places)).astype(int), len(places) - 1)].astype(float)
    low, high = (float(limit) for limit in wanted)
    return low + share * (high - low)
