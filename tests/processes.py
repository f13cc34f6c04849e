"""Commands in processes of their own, and alike ones as torchrun, Slurm and MPI start them."""

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.small import EVALUATIONS, patch_all

ROOT = Path(__file__).parent.parent
PATIENCE = 300  # seconds
LOADED = "tests.loaded"


def copies() -> ForkServerContext:
    """Where processes begin as copies of one that has loaded what takes seconds to load."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([LOADED])
    with chdir(ROOT):  # it looks for modules where it is started
        forkserver.ensure_running()
    return context


class Command:
    """A process that does what a command line says, with evaluations that cost little."""

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> None:
        folder.mkdir()
        self._outputs = [folder / name for name in ("out", "err")]
        self._process = copies().Process(target=_run, args=(arguments, environment, *self._outputs))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """As a power cut does."""
        self._process.kill()

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        os.kill(self.pid, signal.SIGINT)

    def ended(self) -> tuple[int, str, str]:
        """Exit code, stdout and stderr, once it has ended."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None
        out, err = (path.read_text() for path in self._outputs)
        return self._process.exitcode, out, err


def _run(arguments: tuple[str, ...], environment: Mapping[str, str], *outputs: Path) -> None:
    assert LOADED in sys.modules
    from core.__main__ import main

    os.environ |= environment
    for number, path in enumerate(outputs, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    patch_all(pytest.MonkeyPatch(), EVALUATIONS)
    sys.exit(main(arguments))


@contextmanager
def running(*arguments: object) -> Iterator[Command]:
    """A command that does not outlive the test."""
    with _running([{}], arguments) as (process,):
        yield process


@contextmanager
def ranks(n: int, *arguments: object) -> Iterator[list[Command]]:
    """`n` processes of a command that know of each other, none of which outlives the test."""
    shared = meeting_point() | {"WORLD_SIZE": str(n)}
    with _running([shared | {"RANK": str(rank)} for rank in range(n)], arguments) as processes:
        yield processes


def meeting_point() -> dict[str, str]:
    """Where processes on this machine can meet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(server.getsockname()[1])}


@contextmanager
def _running(environments: list[dict[str, str]], arguments: tuple[object, ...]) -> Iterator[list[Command]]:
    command = tuple(map(str, arguments))
    with TemporaryDirectory() as folder:
        processes = [
            Command(command, os.environ | environment, Path(folder, str(number)))
            for number, environment in enumerate(environments)
        ]
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.ended()
