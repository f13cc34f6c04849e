"""Several processes that train one twin: they take each step together, each on a batch of its own.

Rank 0 leads. It initializes the networks, evaluates them, decides when to stop and owns the run's files; the others get its
state and then one word before each step. Gradients are averaged after each backward pass: losses and penalties are means over
a batch, so N processes learn as one would from N batches in a step.

DistributedDataParallel (Li et al. 2020, arXiv:2006.15704) does the same in pieces during the backward pass. Networks this small
send all of a gradient at once in a few milliseconds, and DDP would want each loss, with the penalties that autograd.grad
computes in it, to be the forward pass of a module.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from core.errors import ConfigError, PeerError
from core.training.peers import Peers

MEETING = timedelta(minutes=5)  # in which all must have come
SILENCE = timedelta(hours=1)  # after which the others count as lost: longer than an initialization takes
PORT = "29500"  # of rank 0, unless MASTER_PORT names another


class Group(Peers):
    """The processes of a training that have met; see `joined`. All but `hear` and `average` is for rank 0."""

    def __init__(self, rank: int, size: int, has_nccl: bool) -> None:
        self.rank = rank
        self.size = size
        self._has_nccl = has_nccl
        self._is_in_step = False

    def tell(self, word: object) -> None:
        """Say something to all others; anything but None means that more will follow. Raises PeerError."""
        self._broadcast(word)

    def hear(self) -> Any:
        """What rank 0 says next; None where there is nothing more to do. Raises PeerError."""
        return self._broadcast(None)

    @contextmanager
    def step(self) -> Iterator[None]:
        self._is_in_step = True
        self.tell(True)
        yield
        self._is_in_step = False  # unless the step failed

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Raises PeerError."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        total = parameters_to_vector(gradients)
        device = total.device
        if not (self._has_nccl and total.is_cuda):
            total = total.cpu()
        with _lost_peers():
            distributed.all_reduce(total)
        vector_to_parameters((total / self.size).to(device), gradients)

    def dismiss(self) -> None:
        """Let the others end. If a step failed they wait for gradients and not for a word, and end when this process does."""
        if not self._is_in_step:
            with suppress(PeerError):
                self.tell(None)

    def _broadcast(self, word: object) -> Any:
        words = [word]
        with _lost_peers():
            distributed.broadcast_object_list(words, device=torch.device("cpu"), group_src=0)
        return words[0]


@contextmanager
def joined(rank: int, size: int) -> Iterator[Group]:
    """Meet the other processes of a training, until it is over.

    They meet where MASTER_ADDR and MASTER_PORT say. Each process of a machine has a graphics card of its own where there are
    enough. Raises ConfigError where they cannot meet.
    """
    address = os.environ.get("MASTER_ADDR")
    if not address:
        raise ConfigError(
            f"{size} processes were started to train together, but no address is set at which they meet; set "
            "MASTER_ADDR to the machine "
            "of rank 0, or start one process only (Slurm: srun --ntasks 1)."
        )
    port = os.environ.setdefault("MASTER_PORT", PORT)
    n_cards = torch.cuda.device_count()
    if n_cards:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % n_cards)
    # NCCL refuses two processes on one card.
    has_nccl = distributed.is_nccl_available() and n_cards >= int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    backend = "cpu:gloo,cuda:nccl" if has_nccl else "gloo"
    try:
        store, *_ = next(rendezvous("env://", rank, size, timeout=MEETING))
        distributed.init_process_group(backend, store=store, timeout=SILENCE, world_size=size, rank=rank)
    except (RuntimeError, ValueError) as error:
        raise ConfigError(
            f"The {size} processes of this training cannot meet at {address}, port {port} ({_reason(error)}); check MASTER_ADDR, "
            "MASTER_PORT and that all were started."
        ) from error
    group = Group(rank, size, has_nccl)
    try:
        yield group
    finally:
        if rank == 0:
            group.dismiss()
        distributed.destroy_process_group()


@contextmanager
def _lost_peers() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise PeerError(
            f"Another process of this training can no longer be reached ({_reason(error)}); resume the run, and it continues "
            "from its last checkpoint."
        ) from error


def _reason(error: Exception) -> str:
    """What torch says of it, without the place in its source."""
    return str(error).partition("\n")[0].rpartition("] ")[2].rstrip(".")
