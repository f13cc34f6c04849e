"""The replay of a training: it plays smoothly, steps by keys, has an address, and goes along as a page."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from core.examples import folders
from tests.browser.acts import at_rest, saved
from tests.browser.conftest import window
from tests.browser.dashboard import Dashboard

ARTICLE = folders()[0].name
N_FRAMES = 30
PLAYED = """async (count) => {
    const canvas = document.querySelector(".rp-pairs figure:nth-child(2) canvas");
    const pen = canvas.getContext("2d");
    const cleared = pen.clearRect;
    let drawn = 0;
    pen.clearRect = function (...place) { drawn++; return cleared.apply(this, place); };
    document.querySelector(".rp-play").click();
    for (let n = 0; n < count; n++) await new Promise((resolve) => requestAnimationFrame(resolve));
    delete pen.clearRect;
    return drawn;
}"""  # how often a panel of fakes is drawn in so many frames of the screen
PLAYED_STILL = """(seconds) => {
    const pen = document.querySelector(".rp-pairs figure:nth-child(2) canvas").getContext("2d");
    const [cleared, wait] = [pen.clearRect, window.requestAnimationFrame];
    let drawn = 0, next;
    window.requestAnimationFrame = (frame) => { next = frame; };
    document.querySelector(".rp-play").click();
    pen.clearRect = function (...place) { drawn++; return cleared.apply(this, place); };
    const start = performance.now();
    for (let n = 0; n < 60 * seconds; n++) next(start + (1000 * n) / 60);
    delete pen.clearRect;
    window.requestAnimationFrame = wait;
    document.querySelector(".rp-play").click();
    return drawn;
}"""  # the same in so many seconds of a screen whose time does not depend on the machine


def ready(page: Page) -> None:
    page.locator(".rp-play:not([disabled])").wait_for()


def step_of(page: Page) -> int:
    return int(re.match(r"step ([\d,]+) of", page.locator(".rp-step").inner_text()).group(1).replace(",", ""))


def picture_of(page: Page) -> str:
    return page.locator(".rp-pairs figure:nth-child(2) canvas").evaluate("(canvas) => canvas.toDataURL()")


def test_a_replay_plays_steps_and_is_linked_to(page: Page, installed: Dashboard):
    page.goto(f"{installed.url}/train?run={ARTICLE}&view=Replay&step=1200")
    at_rest(page)
    ready(page)
    assert step_of(page) == 1200
    seek = page.locator(".rp-seek")
    expect(seek).to_have_attribute("aria-valuetext", re.compile("^step 1,200 of "))
    page.keyboard.press("ArrowRight")  # the player has no focus yet
    assert step_of(page) == 1200
    before = picture_of(page)
    seek.press("ArrowRight")
    after = step_of(page)
    assert after > 1200
    assert picture_of(page) != before
    seek.press("ArrowLeft")
    assert step_of(page) <= 1200
    seek.press("End")
    expect(page.locator(".rp-step")).to_have_text(re.compile(r"^step ([\d,]+) of \1$"))
    seek.press("Home")
    assert step_of(page) == 0

    page.locator(".rp-speed").select_option("0.5")
    assert page.evaluate(PLAYED, N_FRAMES) >= N_FRAMES - 2  # as smoothly as the screen can show it
    seek.press(" ")
    expect(page.locator(".rp-play")).to_have_text("Play")
    expect(page.locator(".rp-status")).to_have_text(re.compile("^Paused at step "))
    assert step_of(page) > 0

    page.emulate_media(reduced_motion="reduce")
    seek.press("Home")
    assert page.evaluate(PLAYED_STILL, 3.5) == 3


def test_a_replay_goes_along_as_a_page(page: Page, browser: Browser, installed: Dashboard, tmp_path: Path):
    page.goto(f"{installed.url}/train?run={ARTICLE}&view=Replay")
    at_rest(page)
    file = tmp_path / "replay.html"
    saved(page, page.get_by_role("link", name="Download as a web page"), file)
    with window(browser, offline=True) as offline:
        opened = offline.new_page()
        problems: list[str] = []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.goto(file.as_uri())
        ready(opened)
        before = picture_of(opened)
        opened.locator(".rp-play").click()
        expect(opened.locator(".rp-step")).not_to_have_text(re.compile("^step 0 of"))
        opened.locator(".rp-play").click()
        assert picture_of(opened) != before
        assert step_of(opened) > 0
        assert problems == []
