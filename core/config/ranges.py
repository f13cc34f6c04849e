"""Ranges of values that a parameter of the simulator can take."""

import math
from decimal import Decimal
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from core.config.model import Model, Physical

MAX_GRID_VALUES = 10_000_000
FINEST_STEP = 1e-18


class ValueRange(Model):
    """The values minimum, minimum + step, … up to maximum, each equally likely."""

    minimum: Physical = Field(description="The smallest value.")
    maximum: Physical = Field(description="The largest value; the same as the smallest for a fixed one.")
    step: Physical = Field(description="The distance from one possible value to the next.")

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(
                f"the minimum ({self.minimum:g}) is above the maximum ({self.maximum:g}); swap or change them"
            )
        if self.step <= 0:
            raise ValueError(f"the step is {self.step:g}; give a step above 0")
        finest = max(FINEST_STEP, 1.01 * (self.maximum - self.minimum) / MAX_GRID_VALUES)
        if self.step < finest:
            raise ValueError(f"the step ({self.step:g}) is too fine; give a step of at least {1.01 * finest:.3g}")
        return self

    @property
    def count(self) -> int:
        """How many values there are, at least 1."""
        return math.floor((self.maximum - self.minimum) / self.step + 1e-6) + 1

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw `n` values, float64 of shape (n,), each exactly on the grid and never above the maximum."""
        values = self.minimum + self.step * rng.integers(0, self.count, n)
        # 0.1 + 2 × 0.1 is meant to be 0.3, not 0.30000000000000004.
        decimals = max(_decimals(self.minimum), _decimals(self.step))
        return np.clip(np.round(values, decimals), self.minimum, self.maximum)


def _decimals(value: float) -> int:
    """How many digits after the point a number is written with."""
    exponent = Decimal(repr(value)).as_tuple().exponent
    return max(0, -int(exponent))
