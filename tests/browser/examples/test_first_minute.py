"""The first minute of somebody who cannot program, before anything was trained: look, replay, play, and leave with a CSV."""

import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from core.examples import folders
from core.store.run import Run
from tests.browser.acts import at_rest, fill, go_to, press, saved
from tests.browser.dashboard import Dashboard

ARTICLE, TWIN = (Run(folder) for folder in folders())


def test_what_came_along_is_looked_at_played_with_and_taken_along(
    page: Page, installed: Dashboard, tmp_path: Path
) -> None:
    # What a GAN does, on a page of its own.
    page.goto(installed.url)
    at_rest(page)
    press(page.get_by_test_id("stMain").get_by_role("link", name="How it works"))
    expect(page.locator(".stage-score")).to_have_count(8)
    at_rest(page)
    press(page.get_by_role("button", name="Single step"))
    expect(page.locator(".wavetwin-stage")).to_have_attribute("data-step", "1")

    # The article's training again, from its first step.
    go_to(page, "Home")
    press(page.get_by_role("link", name="Replay"))
    page.locator(".rp-play:not([disabled])").wait_for()
    assert f"run={ARTICLE.id}" in page.url
    expect(page.locator(".rp-step")).to_have_text("step 0 of 5,000")
    page.locator(".rp-seek").press("End")
    expect(page.locator(".rp-step")).to_have_text("step 5,000 of 5,000")

    # A round against the twin, and the way to the article's fakes.
    go_to(page, "Home")
    press(page.get_by_role("link", name="Play a round"))
    cards = page.locator(".spot-card")
    expect(cards).to_have_count(8)
    assert f"run={TWIN.id}" in page.url
    for place in range(4):
        cards.nth(place).click()
    page.locator(".spot-go").click()
    expect(page.locator(".spot-answer svg")).to_have_count(8)
    at_rest(page)
    press(page.get_by_role("button", name=ARTICLE.name))
    expect(page.get_by_text(f"Against “{ARTICLE.name}”")).to_be_visible()

    # A slider that the twin's signal follows.
    go_to(page, "Home")
    press(page.get_by_test_id("stMain").get_by_role("link", name="Explore"))
    explorer = page.locator(".wavetwin-explorer")
    page.get_by_role("slider", name="bias").wait_for()
    expect(explorer).to_have_attribute("data-at", re.compile("_"))
    place = explorer.get_attribute("data-at")
    page.get_by_role("slider", name="bias").press("ArrowRight")
    expect(explorer).not_to_have_attribute("data-at", place)

    # The twin's sheet is there, and so are its signals, in letters for the last row.
    page.goto(f"{installed.url}/fidelity?run={TWIN.id}&large=true")
    expect(page.locator(".wt-verdict h2")).to_contain_text("from real")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    go_to(page, "Generate")
    fill(page, "How many signals", "50")
    expect(page.locator("button.primary")).to_contain_text("50 signals")
    saved(page, page.locator("button.primary"), tmp_path / "fakes.csv")
    assert pd.read_csv(tmp_path / "fakes.csv").shape == (50, 300)
