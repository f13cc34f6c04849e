"""Dashboards, runs to look at, and a browser to look with."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from core.config import RunConfig, changed
from core.errors import RunStateError
from core.examples import folders
from core.jobs.manager import JobManager
from core.jobs.training import train
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore
from core.store.given_examples import GivenExamples
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import Request
from tests.browser.dashboard import PATIENCE, Dashboard
from tests.conftest import with_few_reals

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--process-per-site",  # so a page finds the scripts compiled by those before it, which halves what it costs
]


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard for a test that ends it."""
    yield from _served(Dashboard(tmp_path))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard as it is when it was just installed, with the examples; only looked at."""
    yield from _served(Dashboard(tmp_path_factory.mktemp("installed"), serve="streamlit"), signal.SIGINT)


@pytest.fixture(scope="session")
def _lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    data_dir = tmp_path_factory.mktemp("shared")
    GivenExamples(data_dir).write([folder.name for folder in folders()])  # so there are no examples
    yield from _served(Dashboard(data_dir, "lab"))


@pytest.fixture
def shared(_lasting: Dashboard) -> Iterator[Dashboard]:
    """A dashboard below a path, for all tests that need more than the examples and do not end it.

    No training of one test is in the way of the next.
    """
    yield _lasting
    store = RunStore(_lasting.data_dir)
    for run in store.all():
        if run.status.state.is_live:
            with suppress(RunStateError):  # it has just ended
                JobManager(store).request(run.id, Request.STOP)


@pytest.fixture(scope="session")
def kept(_lasting: Dashboard, tiny_config: RunConfig) -> Run:
    """A short run with checkpoints among those of `shared`; tests leave it as it is."""
    return train(tiny_config, "Kept", _lasting.data_dir)


@pytest.fixture(scope="session")
def recorded(_lasting: Dashboard, manifold_config: RunConfig) -> Run:
    """A short run on recordings, among those of `shared`; tests leave it as it is."""
    source = DataSetStore(_lasting.data_dir).keep(waves(), held_out_share=0.3)
    with pytest.MonkeyPatch.context() as patch:
        with_few_reals(patch)
        return train(changed(manifold_config, source=source.model_dump()), "Recorded", _lasting.data_dir)


def waves(n: int = 300) -> DataSet:
    """Recordings of 32 samples: sines of any phase around 20, in noise."""
    rng = np.random.default_rng(0)
    phases = rng.uniform(0, 6, (n, 1, 1))
    signals = 20 + 3 * np.sin(np.arange(32) / 3 + phases) + 0.3 * rng.standard_normal((n, 1, 32))
    return DataSet(
        name="Waves",
        signals=signals.astype(np.float32),
        recordings=np.arange(n),
        conditions=np.empty((n, 0)),
        columns=(),
        sampling_rate=100.0,
    )


def _served(server: Dashboard, ended_by: signal.Signals = signal.SIGTERM) -> Iterator[Dashboard]:
    server.start()
    yield server
    server.end(ended_by)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, or Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    installed = next((path for path in map(shutil.which, names) if path), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The window in which all tests open their tabs."""
    with window(browser) as context:
        lasting = context.new_page()  # with it stays the process of the site, and what that has compiled
        lasting.route("**", lambda route: route.fulfill(body="open"))
        lasting.goto("http://127.0.0.1/")
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab."""
    page = context.new_page()
    yield page
    page.close()
    context.clear_cookies()
    context.clear_permissions()


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Another browser, as it were: its cookies and storage are its own. options: those of Playwright's `new_context`."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, "accept_downloads": True} | options)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()
