"""The random state that all of a process shares, torch's and numpy's: what the core computes neither reads nor changes it."""

import numpy as np
import torch


def set_global_state(seed: int) -> None:
    """Let everything that draws without a generator of its own begin anew."""
    torch.manual_seed(seed)
    np.random.set_bit_generator(np.random.MT19937(seed))


def global_state() -> tuple[list[int], list[int], int]:
    """All of it, to be compared."""
    numpy_state = np.random.get_bit_generator().state["state"]
    return torch.get_rng_state().tolist(), numpy_state["key"].tolist(), numpy_state["pos"]
