"""The dashboard below a path, as behind a proxy: pages, modules, plots, routes and downloads are all found there."""

import re

from playwright.sync_api import Page, expect

from core.store.run import Run
from tests.browser.acts import at_rest, drawn, outside
from tests.browser.dashboard import Dashboard


def test_everything_is_below_the_path(page: Page, shared: Dashboard, kept: Run) -> None:
    problems = outside(page, f"{shared.url}/")
    page.goto(f"{shared.url}/explore?run={kept.id}")
    expect(page.locator(".wavetwin-explorer")).to_have_attribute("data-at", re.compile("_"))
    page.goto(f"{shared.url}/train?run={kept.id}&view=Replay")
    expect(page.get_by_role("slider", name="Step of the training")).to_be_enabled()
    at_rest(page)
    link = page.get_by_role("link", name="Download as an animated GIF").get_attribute("href")
    answer = page.evaluate("link => fetch(link).then((answer) => answer.headers.get('content-type'))", link)
    assert answer == "image/gif"
    page.goto(f"{shared.url}/signals")
    drawn(page)
    assert problems == []
