"""Page Explore: sliders that the picture follows at once, noise, surprise, a walk, neighbours, sound and a link."""

import re

from playwright.sync_api import Locator, Page, expect

from core.examples import folders
from tests.browser.acts import at_rest, choose
from tests.browser.dashboard import Dashboard

ARTICLE, TWIN = (folder.name for folder in folders())


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    root = page.locator(".wavetwin-explorer")
    expect(root).to_have_attribute("data-at", re.compile("_"))
    at_rest(page)
    return root


def picture(root: Locator, name: str = "signal") -> str:
    return root.locator(f".ex-{name}").evaluate("canvas => canvas.toDataURL()")


def changed(root: Locator, before: str) -> str:
    """The point once it is another one."""
    expect(root).not_to_have_attribute("data-at", before)
    return root.get_attribute("data-at")


def quantity(root: Locator, name: str) -> float:
    text = root.locator(".ex-quantities div").filter(has_text=name).locator("dd").inner_text()
    return float(text.split()[0])


def test_the_signal_follows_a_slider_at_once(page: Page, installed: Dashboard) -> None:
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    root = opened(page, f"{installed.url}/explore?run={TWIN}")
    slider = page.get_by_role("slider", name="amplitude")
    at, weak = changed(root, "1"), quantity(root, "amplitude")
    n_sent = len(sent)
    assert n_sent
    for value in (-1, -0.5, 0, 0.5, 1, 1.5, 2, 1.8, 2.2):
        slider.evaluate(
            "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", str(value)
        )
        at = changed(root, at)
    assert quantity(root, "amplitude") > 2 * weak
    assert len(sent) == n_sent  # no detour by Streamlit: at once

    slider.press("ArrowRight")  # and by the keyboard
    changed(root, at)
    assert slider.get_attribute("aria-valuetext").startswith("+2.21")


def test_noise_surprise_neighbours_a_walk_and_sound(page: Page, installed: Dashboard) -> None:
    sounds: list[str] = []
    page.on("request", lambda request: sounds.append(request.url) if "/sound" in request.url else None)
    root = opened(page, f"{installed.url}/explore?run={TWIN}")
    expect(page.locator(".ex-nearest canvas")).to_have_count(3)
    expect(page.locator(".ex-nearness")).to_contain_text("9 of 10")

    noisy = picture(root), picture(root, "spectrum")
    page.get_by_label("Include noise").uncheck()
    assert picture(root) != noisy[0]
    assert picture(root, "spectrum") != noisy[1]
    page.get_by_label("Include noise").check()
    assert picture(root) == noisy[0]

    first = root.get_attribute("data-at")
    page.get_by_role("button", name="Keep as A").click()
    page.get_by_role("button", name="Surprise me").click()
    second = changed(root, first)
    page.get_by_role("button", name="Keep as B").click()
    way = page.get_by_role("slider", name="From A to B")
    way.fill("0.5")
    middle = changed(root, second)
    way.fill("0")
    expect(root).to_have_attribute("data-at", first)
    assert len({first, second, middle}) == 3

    assert sounds == []  # before they are asked for
    slider = page.locator(".ex-slider").first
    before = slider.bounding_box()
    page.get_by_role("button", name="Play sound").click()
    expect(page.locator(".ex-heard")).to_contain_text("times as fast")
    assert slider.bounding_box() == before  # what is said of the sound moves no slider
    page.get_by_role("button", name="Stop").or_(page.get_by_role("button", name="Play sound")).click()
    assert len(sounds) >= 1
    assert "clean=false" in sounds[0]


def test_a_link_shows_others_the_same(page: Page, installed: Dashboard) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    root = opened(page, f"{installed.url}/explore?run={TWIN}&at=12_1,-0.5,0.25")
    seen = root.get_attribute("data-at")
    assert seen == "12_1,-0.5,0.25"
    drawn = picture(root)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert picture(opened(page, link)) == drawn


def test_a_link_that_leads_nowhere_says_so_and_another_run_has_directions_of_its_own(
    page: Page, installed: Dashboard
) -> None:
    root = opened(page, f"{installed.url}/explore?run={TWIN}&at=12_1")
    expect(root.locator(".ex-status")).to_contain_text("1 slider but this twin has 3")
    expect(page.get_by_role("slider", name="amplitude")).to_be_visible()
    choose(page, "Run", "Example: article")
    expect(page.get_by_role("slider", name="amplitude")).to_have_count(0)
    expect(page.locator(".ex-directions input")).to_have_count(3)  # the article's three latents
    expect(page.get_by_label("Include noise")).to_be_hidden()
    expect(root.locator(".ex-status")).to_be_empty()
