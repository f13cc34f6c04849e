"""A dashboard in a process of its own, and a browser to look at it with."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.config import RunConfig
from core.examples import GIVEN, folders
from core.jobs.training import train
from core.store.runs import Run, RunStore

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 60_000  # ms; machines are slow at times, and no test says how fast something must be

expect.set_options(timeout=PATIENCE)


class Dashboard:
    """`streamlit run dashboard.py` on a port of its own, below a path if one is given."""

    def __init__(self, data_dir: Path, base_path: str = "") -> None:
        self.data_dir = data_dir
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
                    *(sys.executable, "-m", "streamlit", "run", "dashboard.py"),
                    *("--server.port", str(self.port), *self.options),
                ],
                cwd=ROOT,
                env=os.environ | {"WAVETWIN_DATA": str(self.data_dir)},
                stdout=log,
                stderr=log,
            )
        for _ in range(400):
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

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the server as a user or a system would; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    """A fresh dashboard without any runs."""
    yield from fresh(tmp_path)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard as it is when it was just installed, with the examples; only looked at."""
    yield from _served(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def visiting(installed: Dashboard, tiny_config: RunConfig) -> Iterator[Run]:
    """A short run with checkpoints that is among those of `installed` for one test."""
    run = train(tiny_config, "Visiting", installed.data_dir)
    yield run
    RunStore(installed.data_dir).delete(run.id)


def fresh(data_dir: Path) -> Iterator[Dashboard]:
    """A dashboard without any runs, until whoever asked for it is done."""
    (data_dir / GIVEN).write_bytes(orjson.dumps([folder.name for folder in folders()]))
    yield from _served(data_dir)


def _served(data_dir: Path) -> Iterator[Dashboard]:
    server = Dashboard(data_dir)
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, or Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    installed = next((path for path in map(shutil.which, names) if path), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window's worth of cookies and storage."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()


def at_rest(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def drawn(page: Page) -> None:
    """Wait until the first chart is drawn."""
    page.locator(".wavetwin-chart .plot-container").first.wait_for()


def shown_step(page: Page) -> int:
    """The step that the progress bar of page Train speaks of."""
    text = page.get_by_text(re.compile(r"^Step [\d,]+ of (at most )?[\d,]+")).first.inner_text()
    return int(re.match(r"Step ([\d,]+)", text).group(1).replace(",", ""))


def wait_for_step(page: Page, step: int) -> None:
    """Wait until the progress bar is past a step."""
    for _ in range(PATIENCE // 200):
        if shown_step(page) > step:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"The training did not get past step {step}.")


def state_badge(page: Page, state: str) -> None:
    """Wait until the run's badge says a state."""
    expect(page.locator("[data-testid=stMarkdownBadge], .stMarkdownBadge").filter(has_text=state).first).to_be_visible()
