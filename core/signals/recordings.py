"""Recordings as a source: a data set, divided once and for all into what trainings see and what they never see.

By recording, so that two windows of one recording never stand on both sides. The division depends on the data set alone:
all runs on it are judged on the same recordings.
"""

from collections.abc import Iterator
from copy import copy
from typing import Self

import numpy as np

from core.config import MIN_REALS, RecordingsConfig
from core.errors import ConfigError
from core.formatting import quantity
from core.seeds import BLOCK, Purpose, numpy_rng
from core.signals.batch import Batch, blocks
from core.signals.dataset import DataSet
from core.signals.on_disk import taken

SELECTION_SHARE = 0.15  # of what is not held out: the best state of a training is chosen on it
FEWEST = 4  # recordings: one at least for each part


class Recordings:
    """A source of recordings; see `core.signals.Source` for what all sources offer.

    `conditions` names the columns that signals come with. Raises ConfigError where there are too few recordings.
    """

    sines: tuple[float, float] | None = None

    def __init__(self, config: RecordingsConfig, data: DataSet, conditions: tuple[str, ...] = ()) -> None:
        self.config = config
        self.times = config.times
        self.n_channels = config.n_channels
        places = [column.name for column in data.columns]
        self._signals = data.signals
        self._conditions = data.conditions[:, [places.index(name) for name in conditions]]
        self._recordings = data.recordings
        self._are_windows = len(np.unique(data.recordings)) < len(data.recordings)
        self._fidelity, self._selection, self._training = split_recordings(data.recordings, config.held_out_share)

    def batch(self, n: int, rng: np.random.Generator) -> Batch:
        """Draw `n` signals to train on; each may come more than once."""
        return self._rows(rng.choice(self._training, n))

    def distinct(self, n: int, rng: np.random.Generator) -> Batch:
        """Up to `n` signals to train on, none twice, in random order."""
        return self._rows(rng.permutation(self._training)[:n])

    def held_out(self, n: int, seed: int) -> Batch:
        """Up to `n` signals that no training learns from; the best state is chosen on them."""
        return self._rows(numpy_rng(seed, Purpose.HELD_OUT_REALS).permutation(self._selection)[:n])

    def fresh(self, n: int, seed: int) -> Batch:
        """Up to `n` signals that nothing of any training ever sees."""
        return self._rows(numpy_rng(seed, Purpose.FIDELITY_REALS).permutation(self._fidelity)[:n])

    def stream(self, n: int, seed: int) -> Iterator[Batch]:
        """`n` signals of the whole data set, drawn at random, in pieces; the same seed gives the same ones."""

        def draw(index: int) -> Batch:
            return self._rows(numpy_rng(seed, Purpose.REALS, index).integers(0, len(self._signals), BLOCK))

        return blocks(draw, n)

    def fewer(self, share: float) -> Self:
        """The same source with a share of the recordings to train on, at least MIN_REALS signals; what is held out stays."""
        belongs = self._recordings[self._training]
        numbers, counts = np.unique(belongs, return_counts=True)
        order = numpy_rng(0, Purpose.DIVISION, 1).permutation(numbers)
        n_signals = np.cumsum(counts[np.searchsorted(numbers, order)])
        n_kept = max(round(share * len(order)), int(np.searchsorted(n_signals, MIN_REALS)) + 1)
        fewer = copy(self)
        fewer._training = self._training[np.isin(belongs, order[:n_kept])]
        return fewer

    def _rows(self, rows: np.ndarray) -> Batch:
        recordings = self._recordings[rows] if self._are_windows else None
        return Batch(taken(self._signals, rows), self._conditions[rows].astype(np.float32), recordings=recordings)


def split_recordings(recordings: np.ndarray, held_out_share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows for fidelity, for the choice of the best state, and for training, of signals from these recordings, (n,).

    Raises ConfigError where there are too few recordings for the three.
    """
    numbers = np.unique(recordings)
    if len(numbers) < FEWEST:
        raise ConfigError(
            f"The data set comes from {quantity(len(numbers), 'recording')}; give at least {FEWEST}, so that the twin can be "
            "judged on some that it never saw. A long recording can be cut into several files first."
        )
    order = numpy_rng(0, Purpose.DIVISION).permutation(numbers)
    n_fidelity = max(1, round(held_out_share * len(order)))
    n_selection = max(1, round(SELECTION_SHARE * (len(order) - n_fidelity)))
    parts = np.split(order, [n_fidelity, n_fidelity + n_selection])
    fidelity, selection, training = (np.flatnonzero(np.isin(recordings, part)) for part in parts)
    return fidelity, selection, training
