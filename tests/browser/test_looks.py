"""Every page in both themes, wide and narrow: whole, without errors, and without a word to the outside."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Dashboard, at_rest

PAGES = ("", "how", "signals", "train", "fidelity", "spot", "generate", "explore", "runs")
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_and_are_quiet(browser: Browser, installed: Dashboard, theme: str) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=theme)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((installed.url, "data:", "blob:")) else problems.append(request.url)
        ),
    )
    for name in PAGES:
        page.goto(f"{installed.url}/{name}")
        at_rest(page)
        assert page.locator("h1").count() == 1, name
        assert page.locator("[data-testid=stException]").count() == 0, name
        for size in (PHONE, SCREEN):
            page.set_viewport_size(size)
            page.wait_for_timeout(300)
            assert page.evaluate(OVERFLOW) <= 0, (name, size)
        page.set_viewport_size(PHONE)
    assert problems == []
    context.close()


def test_the_chart_follows_the_theme(browser: Browser, installed: Dashboard) -> None:
    colors = {}
    for theme in ("light", "dark"):
        context = browser.new_context(color_scheme=theme)
        page = context.new_page()
        page.goto(f"{installed.url}/signals")
        page.locator(".wavetwin-chart .plot-container").first.wait_for()
        colors[theme] = page.evaluate("() => document.querySelector('.wavetwin-chart').data[0].line.color")
        context.close()
    assert colors == {"light": "#0072B2", "dark": "#56B4E9"}
