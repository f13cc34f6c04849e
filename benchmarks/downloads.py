"""Downloads of 100,000 signals through the server: first byte, duration, memory, and whether pages still answer.

python benchmarks/downloads.py
"""

import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._server import Server, serve
from core.config import TrainingConfig, changed, preset_config
from core.generation.export import FORMATS, Content
from core.jobs.training import train

N = 100_000
TARGETS = {"csv": "≤ 6 s", "parquet": "≤ 3 s"}


class Watch:
    """Samples a process's memory and how long it takes to answer, while a download goes on."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process = psutil.Process(server.pid)
        self.memory_before = self.process.memory_info().rss
        self.peak = self.memory_before
        self.slowest = 0.0
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._measure_memory, self._ask)]

    def __enter__(self) -> "Watch":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _measure_memory(self) -> None:
        while not self._ending.wait(0.02):
            self.peak = max(self.peak, self.process.memory_info().rss)

    def _ask(self) -> None:
        while not self._ending.wait(0.1):
            started = time.perf_counter()
            with urllib.request.urlopen(f"{self.server.url}/_stcore/health") as answer:
                answer.read()
            self.slowest = max(self.slowest, time.perf_counter() - started)


def download(url: str) -> tuple[float, float, int]:
    """Seconds to the first byte and to the last, and the number of bytes."""
    started = time.perf_counter()
    n_bytes = 0
    with urllib.request.urlopen(url) as answer:
        n_bytes += len(answer.read(1))
        first = time.perf_counter() - started
        while piece := answer.read(1 << 20):
            n_bytes += len(piece)
    return first, time.perf_counter() - started, n_bytes


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        config = preset_config("article")
        run = train(changed(config, training=TrainingConfig(steps=20).model_dump()), data_dir=data_dir)
        with serve(data_dir) as server:
            download(f"{server.url}/api/signals?run={run.id}&count=5000&format=csv")  # what is loaded only once
            print(
                f"Up to {N:,} signals of 300 samples, or as many as a format holds, through the server on this machine\n"
            )
            print(f"{'':<16}{'first byte':>12}{'all':>9}{'size':>11}{'memory grew':>14}{'slowest answer':>16}   target")
            for kind in ("fake", "real"):
                for name, form in FORMATS.items():
                    n = int(min(N, form.most(Content.of(run.config))))
                    with Watch(server) as watch:
                        address = f"{server.url}/api/signals?run={run.id}&kind={kind}&count={n}&format={name}"
                        first, total, n_bytes = download(address)
                    grown = (watch.peak - watch.memory_before) / 1e6
                    print(
                        f"{kind + ' ' + name:<16}{first:>10.2f} s{total:>7.2f} s{n_bytes / 1e6:>8.0f} MB{grown:>11.0f} MB"
                        f"{1000 * watch.slowest:>13.0f} ms   {TARGETS.get(name, '')}"
                    )
    print("\ntargets for all: first byte ≤ 0.5 s, memory grows by < 150 MB")


if __name__ == "__main__":
    main()
