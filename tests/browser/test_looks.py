"""Every page in both themes, wide and narrow: whole, without errors, and without a word to the outside."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from core.config import TrainingConfig, changed, preset_config
from core.evaluation import evaluate_run
from core.jobs import train
from tests.browser.conftest import Dashboard, at_rest

PAGES = ("", "how", "signals", "train", "fidelity", "spot", "generate", "explore", "runs")


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One dashboard with one short run, only looked at."""
    server = Dashboard(tmp_path_factory.mktemp("data"))
    config = preset_config("article")
    run = train(changed(config, training=TrainingConfig(steps=40).model_dump()), data_dir=server.data_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.fidelity.report.N_QUICK", 100)
        evaluate_run(run, quick=True)
    server.start()
    yield server
    server.end()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_fit_and_are_quiet(browser: Browser, dashboard: Dashboard, theme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((dashboard.url, "data:", "blob:")) else problems.append(request.url)
        ),
    )
    for name in PAGES:
        page.goto(f"{dashboard.url}/{name}")
        at_rest(page)
        page.wait_for_timeout(500)
        assert page.locator("h1").count() == 1, name
        assert page.locator("[data-testid=stException]").count() == 0, name
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, name
    assert problems == []
    context.close()


def test_the_chart_follows_the_theme(browser: Browser, dashboard: Dashboard) -> None:
    colors = {}
    for theme in ("light", "dark"):
        context = browser.new_context(color_scheme=theme)
        page = context.new_page()
        page.goto(f"{dashboard.url}/signals")
        page.locator(".wavetwin-chart .plot-container").first.wait_for()
        colors[theme] = page.evaluate("() => document.querySelector('.wavetwin-chart').data[0].line.color")
        context.close()
    assert colors == {"light": "#0072B2", "dark": "#56B4E9"}
