"""Many visitors on all pages while two trainings run, then many downloads at once: memory, failures, reruns, speed, fairness.

    python -m benchmarks.load --minutes 30

A visitor speaks Streamlit's protocol (_visitor.py): twenty browsers on one machine would measure the browsers. One real
browser walks the pages besides, and must see no error. Everything stays on this machine.
"""

import argparse
import asyncio
import itertools
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from playwright.sync_api import sync_playwright

from benchmarks._server import ROOT, Rerun, Server, serve
from benchmarks._visitor import PAGES, Tally, Visitor
from benchmarks.downloads import download
from benchmarks.live_page import BROWSER_FLAGS
from core.config import changed, preset_config
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State

STAYS = 3  # at a page, each ended by a rerun of all of it
PAUSE = (2.0, 8.0)  # seconds of a stay
SETTLED = 5.0  # minutes, after which memory should be flat
SAMPLED = 2.0  # seconds between two looks at the memory
N_PATIENT = 3  # visitors who go on while others download
UNFORESEEN = "Something went wrong on this page"


class Sample(NamedTuple):
    """What the server takes at a moment: MB of its own, threads, open files."""

    minute: float
    megabytes: float
    n_threads: int
    n_files: int


class Watch:
    """Samples a server's memory until the block ends."""

    def __init__(self, pid: int) -> None:
        self.samples: list[Sample] = []
        self._process = psutil.Process(pid)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        self.samples.append(self._sample())

    def at(self, minute: float) -> Sample:
        """The first sample then or later, else the last."""
        return next((sample for sample in self.samples if sample.minute >= minute), self.samples[-1])

    @property
    def peak(self) -> float:
        """The most MB at any sample."""
        return max(sample.megabytes for sample in self.samples)

    def _look(self) -> None:
        while True:
            self.samples.append(self._sample())
            if self._ends.wait(SAMPLED):
                return

    def _sample(self) -> Sample:
        status = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        own = next(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))
        minute = (time.monotonic() - self._started) / 60
        return Sample(minute, own / 1024, self._process.num_threads(), self._process.num_fds())


@contextmanager
def training(data_dir: Path, errors: Path) -> Iterator[list[Run]]:
    """Two trainings that do not end: one in the server, one in a worker's process."""
    config = preset_config("standard")
    endless = config.training.model_dump() | {"steps": 1_000_000, "patience": 0}
    runs = [RunStore(data_dir).create(changed(config, training=endless), f"Endless {number}") for number in (1, 2)]
    with errors.open("ab") as file:
        command = [sys.executable, "-m", "core", "work"]
        worker = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"WAVETWIN_DATA": str(data_dir)}, stdout=file, stderr=file
        )
    try:
        while not all(run.status.state is State.RUNNING and run.status.step for run in runs):
            if worker.poll() is not None or any(run.status.state is State.FAILED for run in runs):
                raise SystemExit("The trainings did not begin.")
            time.sleep(1)
        yield runs
    finally:
        worker.terminate()
        worker.wait(60)


class Pace:
    """Steps per second of all runs together, since it was made."""

    def __init__(self, runs: list[Run]) -> None:
        self._runs = runs
        self._begun, self._before = time.perf_counter(), self._steps()

    def __call__(self) -> float:
        return (self._steps() - self._before) / (time.perf_counter() - self._begun)

    def _steps(self) -> int:
        return sum(run.status.step for run in self._runs)


def pace_alone(runs: list[Run], seconds: float) -> float:
    """Steps per second while nobody looks."""
    pace = Pace(runs)
    time.sleep(seconds)
    return pace()


async def wander(server: Server, run_id: str, number: int, tally: Tally, end: float) -> None:
    """Walk the pages until the end; each round is a session of its own, as after a reload."""
    rng = random.Random(number)
    places = itertools.cycle(PAGES[number % len(PAGES) :] + PAGES[: number % len(PAGES)])
    while time.monotonic() < end:
        try:
            async with Visitor(server.url, run_id, tally) as visitor:
                for page in itertools.islice(places, len(PAGES)):
                    await asyncio.sleep(rng.uniform(0, PAUSE[0]))
                    await visitor.open(page)
                    for _ in range(STAYS):
                        if time.monotonic() > end:
                            return
                        await visitor.stay(rng.uniform(*PAUSE))
        except Exception as error:  # the benchmark goes on, and says so at its end
            tally.failures.append(f"visitor {number}: {error!r}"[:300])
            await asyncio.sleep(PAUSE[0])


async def visits(server: Server, runs: list[Run], count: int, end: float) -> Tally:
    """Visitors of runs in turn, until the end."""
    tally = Tally()
    await asyncio.gather(*(wander(server, runs[one % len(runs)].id, one, tally, end) for one in range(count)))
    return tally


def browse(server: Server, runs: list[Run], end: float, failures: list[str]) -> int:
    """Walk the pages in a real browser until the end; returns how many were opened."""
    n_opened = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=BROWSER_FLAGS
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.on("pageerror", lambda error: failures.append(f"browser: {error}"[:300]))
        for run, name in itertools.cycle(itertools.product(runs, PAGES)):
            if time.monotonic() > end:
                break
            page.goto(f"{server.url}/{name}?run={run.id}")
            page.locator('[data-testid=stApp][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
            page.wait_for_timeout(1000 * PAUSE[1])
            n_opened += 1
            if page.get_by_test_id("stException").count() or page.get_by_text(UNFORESEEN).count():
                failures.append(f"browser: an error on page {name or 'home'}")
        browser.close()
    return n_opened


def under_load(server: Server, runs: list[Run], clients: int, minutes: float, windows: int) -> tuple[Tally, int]:
    """What visitors met, and how many pages real browsers opened."""
    end = time.monotonic() + 60 * minutes
    with ThreadPoolExecutor(max(1, windows)) as pool:
        failures: list[str] = []
        walks = [pool.submit(browse, server, runs, end, failures) for _ in range(windows)]
        tally = asyncio.run(visits(server, runs, clients, end))
        failures += [f"browser: {error}"[:300] for walk in walks if (error := walk.exception())]
    tally.failures += failures
    return tally, sum(walk.result() for walk in walks if not walk.exception())


def downloads_at_once(server: Server, run: Run, count: int, signals: int, runs: list[Run]) -> tuple[list[float], Tally]:
    """Seconds of each download, and what a few visitors met meanwhile."""
    address = f"{server.url}/api/signals?run={run.id}&count={signals}&format=csv&seed="
    with ThreadPoolExecutor(count + 1) as pool:
        under_way = [pool.submit(download, f"{address}{seed}") for seed in range(count)]

        async def patiently() -> Tally:
            tally = Tally()
            while not all(one.done() for one in under_way):
                end = time.monotonic() + PAUSE[1]
                await asyncio.gather(*(wander(server, runs[0].id, one, tally, end) for one in range(N_PATIENT)))
            return tally

        tally = asyncio.run(patiently())
    found = []
    for one in under_way:
        with suppress(OSError):
            found.append(one.result()[1])
    tally.failures += [f"download: {one.exception()!r}"[:300] for one in under_way if one.exception()]
    return found, tally


def told_memory(watch: Watch, minutes: float) -> None:
    """Print the memory over time."""
    settled = min(SETTLED, minutes / 3)
    base = watch.at(settled)
    print("\n| minute | MB of its own | against the settled | threads | open files |")
    print("|---|---|---|---|---|")
    for part in range(7):
        sample = watch.at(settled + part * (minutes - settled) / 6)
        change = 100 * (sample.megabytes / base.megabytes - 1)
        print(
            f"| {sample.minute:.1f} | {sample.megabytes:.0f} | {change:+.0f} % | {sample.n_threads} | {sample.n_files} |"
        )


def told_reruns(reruns: list[Rerun], tally: Tally) -> None:
    """Print the reruns by page."""
    by_page = defaultdict(list)
    for rerun in reruns:
        by_page[rerun.page].append(rerun)
    print("\n| page | reruns | median ms | 95 % below | median CPU ms | as the visitor waits, median ms |")
    print("|---|---|---|---|---|---|")
    waits = [one for page in tally.milliseconds.values() for one in page]
    for page, some in [*sorted(by_page.items()), ("**all**", reruns)]:
        waited = tally.milliseconds.get(page, waits if page == "**all**" else [])
        print(
            f"| {page} | {len(some)} | {middle([one.milliseconds for one in some]):.0f} "
            f"| {quantile95([one.milliseconds for one in some]):.0f} | {middle([one.processor for one in some]):.0f} "
            f"| {middle(waited):.0f} |"
        )


def middle(values: list[float]) -> float:
    """The median; NaN of nothing."""
    return statistics.median(values) if values else float("nan")


def quantile95(values: list[float]) -> float:
    """What 95 % are below; the largest of few."""
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else middle(values)


def main() -> int:
    """Print the tables; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--windows", type=int, default=1, help="real browsers")
    parser.add_argument("--alone", type=float, default=60, help="seconds of training without load, before and after")
    parser.add_argument("--downloads", type=int, default=50)
    parser.add_argument("--signals", type=int, default=100_000, help="in each download")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir, log = Path(folder), Path(folder) / "server.log"
        with log.open("wb") as errors, serve(data_dir, errors) as server, training(data_dir, log) as trained:
            failures = measured(server, trained, options)
        logged = log.read_text("utf-8", "replace")
    print(f"\nserver’s log: {logged.count('Traceback')} tracebacks, {len(failures)} failures in all")
    print("\n".join(sorted(set(failures))[:40]))
    print(logged[-6000:] if "Traceback" in logged else "")
    return bool(failures or "Traceback" in logged)


def measured(server: Server, trained: list[Run], options: argparse.Namespace) -> list[str]:
    """Print what is measured; returns what failed."""
    runs, _ = RunStore(trained[0].data_dir).readable()
    finished = next(run for run in runs if run.origin)
    alone = [pace_alone(trained, options.alone)]
    server.timed()
    pace = Pace(trained)
    with Watch(server.pid) as watch:
        tally, n_opened = under_load(server, runs, options.clients, options.minutes, options.windows)
    kept, reruns = pace(), server.timed()
    alone.append(pace_alone(trained, options.alone))
    print(
        f"{options.clients} visitors and {options.windows} browsers for {options.minutes:g} minutes, two trainings beside them"
    )
    told_memory(watch, options.minutes)
    told_reruns(reruns, tally)
    print(f"\nreruns that failed: {len(tally.failures)}; pages opened in a browser: {n_opened}")
    mean = statistics.mean(alone) or float("nan")
    print(
        f"training: {mean:.1f} steps/s alone ({alone[0]:.1f} before, {alone[1]:.1f} after), {kept:.1f} under load: "
        f"{100 * kept / mean:.0f} % kept"
    )
    failures = tally.failures
    if options.downloads:
        failures += told_downloads(server, finished, options, runs)
    return failures


def told_downloads(server: Server, run: Run, options: argparse.Namespace, runs: list[Run]) -> list[str]:
    """Print how the downloads went; returns what failed."""
    with Watch(server.pid) as watch:
        seconds, tally = downloads_at_once(server, run, options.downloads, options.signals, runs)
    reruns = server.timed()
    print(f"\n{options.downloads} downloads of {options.signals:,} signals as CSV at once, from the same twin")
    print(
        f"done: {len(seconds)}; the fastest took {min(seconds, default=0):.0f} s, the slowest {max(seconds, default=0):.0f} s"
    )
    before, after = watch.samples[0].megabytes, watch.samples[-1].megabytes
    print(f"memory: {before:.0f} MB before, {watch.peak:.0f} MB at most, {after:.0f} MB after")
    print(
        f"pages meanwhile: {len(reruns)} reruns, median {middle([one.milliseconds for one in reruns]):.0f} ms; the visitor waits "
        f"{middle([one for page in tally.milliseconds.values() for one in page]):.0f} ms"
    )
    return tally.failures


if __name__ == "__main__":
    sys.exit(main())
