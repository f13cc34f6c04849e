"""Processes that are started alike, as torchrun, Slurm and MPI start them."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 300  # seconds


def meeting_point() -> dict[str, str]:
    """Where processes on this machine can meet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(server.getsockname()[1])}


@contextmanager
def ranks(n: int, *command: object) -> Iterator[list[subprocess.Popen]]:
    """`n` processes of a command, none of which outlives the test."""
    shared = os.environ | meeting_point() | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "WORLD_SIZE": str(n)}
    arguments = [sys.executable, "-m", "core", *map(str, command)]
    processes = [
        subprocess.Popen(
            arguments, env=shared | {"RANK": str(rank)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for rank in range(n)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def ended(process: subprocess.Popen) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a process, once it has ended."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err
