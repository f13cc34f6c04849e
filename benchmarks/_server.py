"""Starts the dashboard for a benchmark: on a free port, with its own data, optionally timing each rerun.

`python -m benchmarks._server` is that server: Streamlit with a stop-watch around every script run.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple
from unittest.mock import patch

ROOT = Path(__file__).parent.parent


@dataclass
class Server:
    """A running dashboard."""

    url: str
    pid: int
    rerun_log: Path

    def reruns(self) -> list[float]:
        """Milliseconds of each rerun since the last call."""
        return [rerun.milliseconds for rerun in self.timed()]

    def timed(self) -> "list[Rerun]":
        """Each rerun since the last call."""
        lines = self.rerun_log.read_text().splitlines() if self.rerun_log.exists() else []
        self.rerun_log.write_text("")
        return [Rerun(page, float(all_), float(own)) for page, all_, own in (line.rsplit(" ", 2) for line in lines)]


class Rerun(NamedTuple):
    """One run of a page's script: how long it took, and the processor time that its thread took for that."""

    page: str
    milliseconds: float
    processor: float


@contextmanager
def serve(data_dir: Path, errors: IO[bytes] | None = None) -> Iterator[Server]:
    """Run the dashboard on `data_dir` until the block ends. errors: a file for what it logs, in place of the terminal."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = data_dir / "reruns.log"
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._server", str(port)],
        cwd=ROOT,
        env=os.environ | {"WAVETWIN_DATA": str(data_dir), "WAVETWIN_RERUN_LOG": str(log)},
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(url)
        yield Server(url, process.pid, log)
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_healthy(url: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("The dashboard did not start.")


def main() -> None:
    """Streamlit, with the duration of each script run written to WAVETWIN_RERUN_LOG."""
    from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
    from streamlit.web import cli

    log = Path(os.environ["WAVETWIN_RERUN_LOG"])
    run_script = ScriptRunner._run_script

    def timed(self: ScriptRunner, *arguments: Any, **options: Any) -> None:
        started, before = time.perf_counter(), time.thread_time()
        run_script(self, *arguments, **options)
        all_, own = 1000 * (time.perf_counter() - started), 1000 * (time.thread_time() - before)
        page = self._pages_manager.get_pages().get(self._pages_manager.current_page_script_hash)
        with log.open("a") as file:
            file.write(f"{(page and page.get('url_pathname')) or 'home'} {all_:.2f} {own:.2f}\n")

    sys.argv = ["streamlit", "run", "dashboard.py", "--server.port", sys.argv[1]]
    with patch.object(ScriptRunner, "_run_script", timed):
        cli.main()


if __name__ == "__main__":
    main()
