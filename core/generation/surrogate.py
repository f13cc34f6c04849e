"""A surrogate: a trained generator with its scaling and settings, ready to give out signals in physical units."""

import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice, repeat
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from core.config import RunConfig
from core.errors import ConfigError, RunFileError, RunNotFoundError
from core.file_format import UNSEALED, FileFormat, FileModel, fault, is_intact, sealed
from core.generation.conditions import RequestedConditions, Wanted, checked_conditions, fulfil
from core.generation.design import Design
from core.networks import ARCHITECTURES, Generator, use_one_thread
from core.seeds import BLOCK, Purpose, numpy_rng, torch_rng
from core.signals.batch import Batch, blocks, collect
from core.signals.scaling import Scaling

FILE_NAME = "surrogate.safetensors"
N_THREADS = min(4, os.cpu_count() or 1)  # that draw blocks for all streams, each on one thread of torch
N_AHEAD = N_THREADS + 1  # blocks of each stream; one more than is computed, so that no thread waits
MOST_AHEAD = (N_AHEAD + 1) * BLOCK  # signals that a stream holds, with the block that is looked at


class _Header(FileModel):
    """What a surrogate's file says besides its weights."""

    file_format = FileFormat("wavetwin-surrogate", 3)

    config: RunConfig
    blueprint: dict[str, Any]
    step: int
    distance: float
    checksum: str = UNSEALED


class Surrogate:
    """The twin of a source.

    config: what it was trained with; step: after how many steps; distance: to held-out reals, in multiples of the
    floor between two sets of reals, at that step.
    """

    def __init__(self, generator: Generator, scaling: Scaling, config: RunConfig, step: int, distance: float) -> None:
        self.generator = generator
        self.scaling = scaling
        self.config = config
        self.step = step
        self.distance = distance

    def stream(
        self,
        n: int,
        seed: int,
        requested: Mapping[str, Wanted] | None = None,
        first_block: int = 0,
        design: Design | None = None,
    ) -> Iterator[Batch]:
        """The first `n` signals of a seed, in pieces, so that any number fits in memory.

        requested: conditions, see `core.generation.conditions`; those not named are as they occur in reals. first_block: where
        to begin, counted in blocks of BLOCK signals. design: how the requested ones are gone through; at random where None.
        Raises ConfigError where the twin cannot be asked for that.
        """
        if n < 0:
            raise ConfigError(f"The count is {n}; give 0 or more.")
        return self._pieces(n, seed, checked_conditions(self.config.columns, requested or {}), first_block, design)

    def _pieces(
        self, n: int, seed: int, requested: RequestedConditions, first_block: int, design: Design | None
    ) -> Iterator[Batch]:
        points = design.blocks(self.config.columns, requested, first_block, seed) if design else repeat(None)
        indices = range(first_block, first_block + max(1, -(-n // BLOCK)))
        pool = _threads(os.getpid(), N_THREADS)
        drawn = (pool.submit(self._block, seed, index, requested, next(points)) for index in indices)
        ahead = deque(islice(drawn, N_AHEAD))

        def next_block(_index: int) -> Batch:
            block = ahead.popleft().result()
            ahead.extend(islice(drawn, 1))
            return block

        try:
            yield from blocks(next_block, n)
        finally:  # also where nobody wants the rest
            for block in ahead:
                block.cancel()

    def sample(self, n: int, seed: int = 0, requested: Mapping[str, Wanted] | None = None) -> np.ndarray:
        """The first `n` signals of a seed, float32 of shape (n, n_channels, n_samples), in physical units.

        requested: as in `stream`.
        """
        return collect(self.stream(n, seed, requested), n).signals

    def _block(self, seed: int, index: int, requested: RequestedConditions, designed: np.ndarray | None) -> Batch:
        # Always a whole block: the last bit of a matrix product may depend on how many rows it has.
        latents = self.generator.draw_latents(BLOCK, torch_rng(seed, Purpose.SURROGATE_LATENTS, index))
        rng = numpy_rng(seed, Purpose.CONDITIONS, index)
        natural = self.generator.natural.numpy()
        conditions = fulfil(self.config.columns, natural, requested, BLOCK, rng, designed)
        with torch.no_grad():
            signals = self.generator(latents, torch.from_numpy(conditions)).numpy()
        return Batch(self.scaling.to_physical(signals), conditions)

    def to_bytes(self) -> bytes:
        """The whole surrogate as one safetensors file, its settings in the header."""
        weights = {f"generator.{name}": value for name, value in self.generator.state_dict().items()}
        scaling = {f"scaling.{name}": torch.from_numpy(values) for name, values in self.scaling.to_arrays().items()}
        header = _Header(config=self.config, blueprint=self.generator.blueprint, step=self.step, distance=self.distance)
        return sealed(save(weights | scaling, metadata={"wavetwin": header.to_json().decode()}))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a surrogate from its file or from the run directory that holds it.

        Raises RunNotFoundError where there is none, RunFileError where the file is not a whole surrogate.
        """
        file = Path(path) / FILE_NAME if Path(path).is_dir() else Path(path)
        if not file.is_file():
            raise RunNotFoundError(
                f"There is no trained twin at {file}; train one first, or wait for its first snapshot."
            )
        try:
            with safe_open(file, framework="pt") as stored:
                header = _Header.from_json(stored.metadata()["wavetwin"])
                names: list[str] = stored.keys()
                tensors = {name: stored.get_tensor(name) for name in names}
            if not is_intact(file.read_bytes()):
                raise ValueError("the file is not what was written")
            scaling = Scaling.from_arrays(
                {
                    name.removeprefix("scaling."): tensors.pop(name).numpy()
                    for name in names
                    if name.startswith("scaling.")
                }
            )
            generator = ARCHITECTURES[header.config.network.architecture].generator(**header.blueprint)
            generator.load_state_dict({name.removeprefix("generator."): value for name, value in tensors.items()})
            if generator.n_classes != [len(column.classes) for column in header.config.columns]:
                raise ValueError("the generator knows other conditions than the settings")
        except (SafetensorError, ValueError, TypeError, KeyError, RuntimeError, ArithmeticError, OSError) as error:
            raise RunFileError(
                f"The twin in {file.parent} cannot be read: {fault(file, error, 'train it again')}."
            ) from error
        return cls(generator.eval(), scaling, header.config, header.step, header.distance)


@lru_cache(maxsize=1)
def _threads(_process: int, n: int) -> ThreadPoolExecutor:
    """The threads that draw blocks in a process; a copy of it (fork) has none of its threads."""
    return ThreadPoolExecutor(n, "wavetwin-sampling", use_one_thread)
