"""Processes that are started alike, as torchrun, Slurm and MPI start them."""

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PATIENCE = 300  # seconds

# Each process is a copy of one that has loaded what takes seconds to load.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["core.commands.train", "core.jobs.training", "core.training.group", "torch._dynamo"])


class Rank:
    """A process that runs a command."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> None:
        self._outputs = [folder / f"{environment['RANK']}.{name}" for name in ("out", "err")]
        self._process = _context.Process(target=_run, args=(command, environment, *self._outputs))
        self._process.start()

    def kill(self) -> None:
        self._process.kill()

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        os.kill(self._process.pid, signal.SIGINT)

    def ended(self) -> tuple[int, str, str]:
        """Exit code, stdout and stderr, once it has ended."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None
        out, err = (path.read_text() for path in self._outputs)
        return self._process.exitcode, out, err


def _run(command: tuple[str, ...], environment: Mapping[str, str], *outputs: Path) -> None:
    from core.__main__ import main

    os.environ |= environment
    for number, path in enumerate(outputs, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    sys.exit(main(command))


def meeting_point() -> dict[str, str]:
    """Where processes on this machine can meet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(server.getsockname()[1])}


@contextmanager
def ranks(n: int, *command: object) -> Iterator[list[Rank]]:
    """`n` processes of a command, none of which outlives the test."""
    shared = os.environ | meeting_point() | {"WORLD_SIZE": str(n)}
    arguments = tuple(map(str, command))
    with TemporaryDirectory() as folder:
        processes = [Rank(arguments, shared | {"RANK": str(rank)}, Path(folder)) for rank in range(n)]
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.ended()
