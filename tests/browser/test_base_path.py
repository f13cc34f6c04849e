"""The dashboard below a path, as behind a proxy: pages, modules, plots, routes and downloads are all found there."""

import re

from playwright.sync_api import Page, expect

from core.examples import folders
from tests.browser.conftest import Dashboard

ARTICLE, TWIN = (folder.name for folder in folders())


def test_everything_is_below_the_path(page: Page, tmp_path) -> None:
    dashboard = Dashboard(tmp_path, "lab")
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((dashboard.url, "blob:", "data:")) else elsewhere.append(request.url)
        ),
    )
    dashboard.start()
    try:
        page.goto(f"{dashboard.url}/explore?run={TWIN}")
        expect(page.locator(".wavetwin-explorer")).to_have_attribute("data-at", re.compile("_"))
        page.goto(f"{dashboard.url}/train?run={ARTICLE}&view=Replay")
        expect(page.get_by_role("slider", name="Step of the training")).to_be_enabled()
        link = page.get_by_role("link", name="Download as an animated GIF")
        assert page.request.get(link.evaluate("link => link.href")).headers["content-type"] == "image/gif"
        page.goto(f"{dashboard.url}/signals")
        expect(page.locator(".wavetwin-chart .plot-container").first).to_be_visible()
    finally:
        dashboard.end()
    assert elsewhere == []
