"""Every page in both themes, wide and narrow: whole, accessible, without errors, and without a word to the outside."""

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.accessibility import violations
from tests.browser.conftest import Dashboard, at_rest, drawn, window

PAGES = ("", "how", "signals", "train", "fidelity", "spot", "generate", "anomalies", "explore", "runs")
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
DRAWN = """() => [...document.querySelectorAll(".wavetwin-chart")].every((chart) =>
    chart.querySelector(".plot-container") || chart.getBoundingClientRect().top > innerHeight)"""  # all that are in sight
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_and_are_quiet(browser: Browser, installed: Dashboard, theme: str) -> None:
    with window(browser, viewport=PHONE, color_scheme=theme) as context:
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
            expect(page.locator("h1"), name).to_have_count(1)
            expect(page.locator("[data-testid=stException]"), name).to_have_count(0)
            for size in (PHONE, SCREEN):
                page.set_viewport_size(size)
                page.wait_for_function(DRAWN)
                try:
                    page.wait_for_function(f"() => ({OVERFLOW})() <= 0")
                except PlaywrightTimeoutError:
                    raise AssertionError(f"Page “{name}” is wider than a screen of {size}.") from None
            assert violations(page) == [], name
            page.set_viewport_size(PHONE)
        assert problems == []


def test_the_chart_follows_the_theme(browser: Browser, installed: Dashboard) -> None:
    colors = {}
    for theme in ("light", "dark"):
        with window(browser, color_scheme=theme) as context:
            page = context.new_page()
            page.goto(f"{installed.url}/signals")
            drawn(page)
            colors[theme] = page.evaluate("() => document.querySelector('.wavetwin-chart').data[0].line.color")
    assert colors == {"light": "#0072B2", "dark": "#56B4E9"}


def test_a_chart_tells_its_values(page: Page, installed: Dashboard) -> None:
    page.goto(f"{installed.url}/signals")
    drawn(page)
    at_rest(page)
    expect(page.get_by_role("figure", name="Twelve real signals over time")).to_be_visible()
    expect(page.locator(".wt-values table")).to_have_count(0)  # made when they are asked for
    page.get_by_text("Values").first.press("Enter")
    table = page.get_by_role("region", name="Values: Twelve real signals over time").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_count(13)
    expect(table.get_by_role("row")).to_have_count(61)
