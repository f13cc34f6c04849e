"""A point in a twin's latent space, as text that fits into a link."""

import math
from typing import NamedTuple, Self

from core.config import MAX_SEED
from core.errors import ConfigError

MAX_Z = 3.0  # standard deviations that a slider moves to either side


class LatentPoint(NamedTuple):
    """A seed, which decides everything at first, and what was moved since.

    z: the coordinates along the twin's latent directions, in standard deviations. conditions: their values, classes as
    indices. Both are those of the seed where they are empty.
    """

    seed: int
    z: tuple[float, ...] = ()
    conditions: tuple[float, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """From text as in "7", "7_0.5,-1" or "7_0.5,-1_3,0.2". Raises ConfigError."""
        seed_text, *lists = text.split("_")
        try:
            seed = int(seed_text)
            z, conditions = (tuple(float(part) for part in one.split(",") if part) for one in (*lists, "", "")[:2])
        except ValueError:
            raise ConfigError(_unreadable(text)) from None
        is_possible = 0 <= seed <= MAX_SEED and all(map(math.isfinite, (*z, *conditions)))
        if len(lists) > 2 or not is_possible or any(abs(value) > MAX_Z for value in z):
            raise ConfigError(_unreadable(text))
        return cls(seed, z, conditions)

    def format(self) -> str:
        """Text from which `parse` makes the point again, to 3 digits of z and 6 of the conditions."""
        parts = (",".join(f"{value:.3g}" for value in self.z), ",".join(f"{value:.6g}" for value in self.conditions))
        return "_".join([str(self.seed), *parts]).rstrip("_")


def _unreadable(text: str) -> str:
    return (
        f"The link's position “{text[:60]}” cannot be read. It is a seed followed by the slider positions "
        f"(−{MAX_Z:g} to {MAX_Z:g}), as in 7_0.5,-1. Press Surprise me, or ask the sender for a new link."
    )
