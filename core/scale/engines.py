"""Engines: who does pieces of work that are numbered, each of which may be done anywhere and more than once.

An engine is made for one kind of work, gets the numbers, and gives back what comes of each, in any order.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from core.errors import ConfigError

T = TypeVar("T")  # what comes of a piece of work
T_co = TypeVar("T_co", covariant=True)

Work = Callable[[int], T]


class Engine(Protocol[T_co]):
    """Does numbered pieces of work."""

    def submit(self, index: int) -> None:
        """Have a piece of work done."""

    def results(self) -> Iterator[T_co]:
        """What comes of all that was submitted, as it comes; raises what the work raises."""


EngineOf = Callable[[Work[T]], Engine[T]]


class InProcess(Generic[T]):
    """One piece after the other, here."""

    def __init__(self, work: Work[T]) -> None:
        self._work = work
        self._waiting: deque[int] = deque()

    def submit(self, index: int) -> None:
        self._waiting.append(index)

    def results(self) -> Iterator[T]:
        while self._waiting:
            yield self._work(self._waiting.popleft())


class Ranks(InProcess[T]):
    """The share of one of several processes that were started alike, as torchrun, Slurm and MPI do."""

    def __init__(self, work: Work[T], rank: int, world_size: int) -> None:
        super().__init__(work)
        self._rank = rank
        self._world_size = world_size

    def submit(self, index: int) -> None:
        if index % self._world_size == self._rank:
            super().submit(index)


class Ray(Generic[T]):
    """Tasks on a Ray cluster, or on one that is started on this machine where no address is given.

    n_gpus: graphics cards that each piece of work has for itself. Raises ConfigError where Ray is not installed or the cluster
    does not answer.
    """

    def __init__(self, work: Work[T], address: str | None = None, n_gpus: int = 0) -> None:
        try:
            import ray
        except ImportError:
            raise ConfigError('Ray is not installed; install it with: pip install "wavetwin[ray]"') from None
        try:
            ray.init(address=address, log_to_driver=False, include_dashboard=False if address is None else None)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ConfigError(f"Ray cannot be reached at {address} ({error}); check that address.") from error
        self._ray = ray
        self._work = work
        self._task = ray.remote(num_cpus=1, num_gpus=n_gpus)(_do)
        self._pending: list[Any] = []

    def submit(self, index: int) -> None:
        self._pending.append(self._task.remote(self._work, index))

    def results(self) -> Iterator[T]:
        try:
            while self._pending:
                (done, *_), self._pending = self._ray.wait(self._pending)
                yield self._ray.get(done)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None  # without Ray's traceback in its message
        finally:
            self._ray.shutdown()


def _do(work: Work[T], index: int) -> T:
    return work(index)


def ranks_of(environment: Mapping[str, str] = os.environ) -> tuple[int, int] | None:
    """RANK and WORLD_SIZE, as torchrun sets them, or Slurm's and Open MPI's names for them; None where this process is alone.

    Raises ConfigError where there is no such rank.
    """
    for name, name_of_size in (
        ("RANK", "WORLD_SIZE"),
        ("SLURM_PROCID", "SLURM_NTASKS"),
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        ("PMI_RANK", "PMI_SIZE"),
    ):
        if environment.get(name, "").isdecimal() and environment.get(name_of_size, "").isdecimal():
            rank, size = int(environment[name]), int(environment[name_of_size])
            if rank >= size:
                raise ConfigError(f"{name} is {rank} and {name_of_size} is {size}; ranks count from 0 to {size - 1}.")
            return rank, size
    return None
