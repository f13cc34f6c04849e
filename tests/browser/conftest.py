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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from core.config import RunConfig
from core.errors import RunStateError
from core.examples import GIVEN, folders
from core.jobs.manager import JobManager
from core.jobs.training import train
from core.store.runs import Run, RunStore
from core.store.status import Request

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
PATIENCE = 180_000  # ms; machines are slow at times, and no test says how fast something must be
ATTEMPT = 10_000  # ms after which an interaction that a rerun may have undone is made again
N_ATTEMPTS = PATIENCE // ATTEMPT
COUNT_RUNS = """() => {
    window.scriptRuns = 0;
    let before = null;
    new MutationObserver(() => {
        const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
        if (state === "notRunning" && before !== null && before !== state) window.scriptRuns++;
        before = state ?? before;
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-test-script-state"] });
}"""  # how often the page's script has run to its end

expect.set_options(timeout=PATIENCE)


class Dashboard:
    """`streamlit run dashboard.py` on a port of its own, below a path if one is given, with more in its environment."""

    def __init__(self, data_dir: Path, base_path: str = "", **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = environment | {"WAVETWIN_DATA": str(data_dir)}
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

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the server as a user or a system would; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE / 1000)


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard without any runs, for a test that ends it."""
    yield from _without_examples(tmp_path)


@pytest.fixture(scope="session")
def _lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    yield from _without_examples(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def shared(_lasting: Dashboard) -> Iterator[Dashboard]:
    """A dashboard for all tests that train something and do not end it; no training of one is in the way of the next."""
    yield _lasting
    store = RunStore(_lasting.data_dir)
    for run in store.all():
        if run.status.state.is_live:
            with suppress(RunStateError):  # it has just ended
                JobManager(store).request(run.id, Request.STOP)


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


def _without_examples(data_dir: Path) -> Iterator[Dashboard]:
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
    with window(browser) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Another browser, as it were: its cookies and storage are its own. options: those of Playwright's `new_context`."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, "accept_downloads": True} | options)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(f"({COUNT_RUNS})()")
    yield context
    context.close()


def at_rest(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    page.wait_for_function(
        "() => window.scriptRuns && document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')"
    )


def drawn(page: Page) -> None:
    """Wait until the first chart is drawn."""
    page.locator(".wavetwin-chart .plot-container").first.wait_for()


def shown_step(page: Page) -> int:
    """The step that the progress bar of page Train speaks of."""
    text = page.get_by_text(re.compile(r"^Step [\d,]+ of (at most )?[\d,]+")).first.inner_text()
    return int(re.match(r"Step ([\d,]+)", text).group(1).replace(",", ""))


def wait_for_step(page: Page, step: int) -> None:
    """Wait until the progress bar is past a step."""
    page.wait_for_function(
        """(step) => [...document.querySelectorAll("p")].some((text) => {
            const found = /^Step ([\\d,]+) of /.exec(text.innerText);
            return found && Number(found[1].replaceAll(",", "")) > step;
        })""",
        arg=step,
    )


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a field of one or of several; a list that a rerun closes is opened again."""
    field = page.get_by_role("combobox", name=label)
    box = page.locator("[data-testid=stSelectbox], [data-testid=stMultiSelect]").filter(has=field)
    for _ in range(N_ATTEMPTS):
        if option == field.input_value() or option in box.inner_text():
            break
        with suppress(PlaywrightTimeoutError):
            field.press("ArrowDown", timeout=ATTEMPT)
            page.get_by_role("option", name=option, exact=True).click(timeout=ATTEMPT)
    else:
        raise AssertionError(f"{option} could not be chosen for {label}.")
    if (
        field.get_attribute("aria-expanded") == "true"
    ):  # a field of several keeps its list open; else Escape would clear it
        field.press("Escape")
    at_rest(page)


def fill(page: Page, label: str, value: str) -> None:
    """Type something into a field, and wait for what comes of it; what a rerun takes away is typed again."""
    field = page.get_by_role("spinbutton", name=label)
    for _ in range(N_ATTEMPTS):
        at_rest(page)
        before = page.evaluate("window.scriptRuns")
        field.fill(value)
        field.press("Enter")
        with suppress(PlaywrightTimeoutError):
            page.wait_for_function("(before) => window.scriptRuns > before", arg=before, timeout=ATTEMPT)
        at_rest(page)
        if field.input_value() == value:
            return
    raise AssertionError(f"{value} could not be typed into {label}.")


def start_training(page: Page) -> None:
    """Start a training on page Train, and wait until the page shows it and no earlier run."""
    shown = parse_qs(urlsplit(page.url).query).get("run")
    page.locator(".st-key-start button").click()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("run") not in (None, shown))


def state_badge(page: Page, state: str) -> None:
    """Wait until the run's badge says a state."""
    expect(page.locator("[data-testid=stMarkdownBadge], .stMarkdownBadge").filter(has_text=state).first).to_be_visible()
