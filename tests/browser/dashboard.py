"""A dashboard in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 180_000  # ms; machines are slow at times, and no test says how fast something must be


class Dashboard:
    """`streamlit run dashboard.py` on a port of its own, below a path if one is given, with more in its environment.

    `serve` is the program that takes Streamlit's place.
    """

    def __init__(
        self, data_dir: Path, base_path: str = "", serve: str = "tests.browser.serve", **environment: str
    ) -> None:
        self.data_dir = data_dir
        self.environment = environment | {"WAVETWIN_DATA": str(data_dir)}
        self.serve = serve
        self.options = ["--server.baseUrlPath", base_path] if base_path else []
        self.log = data_dir / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{f'/{base_path}' if base_path else ''}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", self.serve, "run", "dashboard.py"),
                    *("--server.port", str(self.port), *self.options),
                ],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5).close()
                return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.2)
        raise AssertionError("The dashboard did not start.")

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.kill()
        self.process.wait()

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the server as a user or a system would, and see that it ends well."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        # 1 is click's answer to Ctrl-C; a crash would be −6 or −11.
        assert self.process.wait(PATIENCE / 1000) in (0, 1, 128 + number, -number)
        assert "terminate called" not in self.log.read_text()
