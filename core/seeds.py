"""Randomness that is a function of (seed, purpose, index) and of nothing else.

Whatever is drawn for step 700 or for block 12 never depends on what was drawn before it. So a resumed run needs no
saved generator states to go on bit for bit, and the same signals come out however a request is cut into pieces.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

BLOCK = 512  # signals that are drawn together: few enough for the cache; it decides which signals a seed gives


class Purpose(IntEnum):
    """What a stream of random numbers is for. Values are part of every result: add, never change."""

    REALS = 0  # signals handed out by a source
    TRAINING_REALS = 1
    HELD_OUT_REALS = 2
    WEIGHTS = 3
    TRAINING_LATENTS = 4
    INITIALIZATION = 5
    SNAPSHOT_LATENTS = 6
    EVALUATION_LATENTS = 7
    SURROGATE_LATENTS = 8
    PROJECTIONS = 9
    CLASSIFIERS = 10
    FIDELITY_REALS = 11
    CONDITIONS = 12
    TRAINING_CONDITIONS = 13
    DIVISION = 14
    SPOTTING = 15
    EXPLORING = 16
    LATENT_DIRECTIONS = 17
    JUDGE = 18
    FAULTS = 19
    BALANCE = 21
    USEFULNESS = 22
    ANOMALIES = 23
    DESIGN = 24


def numpy_rng(seed: int, purpose: Purpose, index: int = 0) -> np.random.Generator:
    """A NumPy generator for one purpose and index."""
    return np.random.default_rng((seed, purpose, index))


def derived_seed(seed: int, purpose: Purpose, index: int) -> int:
    """A seed of its own for one purpose and index, where something asks for a seed."""
    return int(np.random.SeedSequence((seed, purpose, index)).generate_state(1)[0])


def torch_rng(seed: int, purpose: Purpose, index: int = 0) -> "torch.Generator":
    """A torch generator (CPU) for one purpose and index."""
    import torch  # here, because sources of signals need only NumPy

    state = np.random.SeedSequence((seed, purpose, index)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]))
