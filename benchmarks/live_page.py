"""Training beside a watched page: how much of its speed it keeps, and how long the page's reruns take.

    python benchmarks/live_page.py

Alone and watched take turns within one run, because machines are not equally fast all the time.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._server import Server, serve
from core.store.run import Run
from core.store.runs import RunStore

BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
ROUNDS, SECONDS = 4, 12


def speed(run: Run) -> float:
    """Steps per second over the next SECONDS."""
    before, started = run.metrics["d_loss"][0][-1], time.perf_counter()
    time.sleep(SECONDS)
    return float((run.metrics["d_loss"][0][-1] - before) / (time.perf_counter() - started))


def measure(server: Server, store: RunStore) -> None:
    """Start a long training, then watch it and leave it alone in turns."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=BROWSER_FLAGS
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{server.url}/train")
        steps = page.get_by_role("spinbutton", name="Steps")
        steps.fill("1000000")
        steps.press("Enter")
        page.locator(".st-key-start button").click()
        page.locator(".wavetwin-chart .plot-container").first.wait_for()
        watched_url = page.url
        run = store.all()[0]
        page.wait_for_timeout(5000)
        alone, watched, reruns = [], [], []
        for _ in range(ROUNDS):
            page.goto("about:blank")
            page.wait_for_timeout(2000)
            alone.append(speed(run))
            page.goto(watched_url)
            page.locator(".wavetwin-chart .plot-container").first.wait_for()
            page.wait_for_timeout(2000)
            server.reruns()
            watched.append(speed(run))
            reruns += server.reruns()
        browser.close()
    ratio = statistics.mean(watched) / statistics.mean(alone)
    print(f"{ROUNDS} turns of {SECONDS} s each\n")
    print(f"training alone            {statistics.mean(alone):>8.1f} steps/s")
    print(f"training, page watched    {statistics.mean(watched):>8.1f} steps/s")
    print(f"speed kept                {100 * ratio:>8.0f} %            target ≥ 85 %")
    print(f"reruns of the page        {len(reruns):>8}")
    print(f"median rerun              {statistics.median(reruns):>8.1f} ms           target < 50 ms")
    print(f"95 % of reruns below      {statistics.quantiles(reruns, n=20)[-1]:>8.1f} ms")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as server:
        measure(server, RunStore(Path(folder)))


if __name__ == "__main__":
    main()
