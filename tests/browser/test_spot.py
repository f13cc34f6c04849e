"""A round of the game by mouse and by keyboard."""

import re

from playwright.sync_api import Page, expect

from core.demos.spot_the_fake import open_game
from core.store.run import Run
from tests.browser.acts import at_rest
from tests.browser.dashboard import Dashboard

COLORS = "() => [...document.querySelectorAll('.spot-card canvas')].map((canvas) => canvas.toDataURL())"


def test_a_round_by_mouse_and_keyboard(page: Page, shared: Dashboard, kept: Run) -> None:
    (is_fake, second) = (open_game(kept, 7).round(index).is_fake.tolist() for index in (0, 1))
    fakes = [place for place, fake in enumerate(is_fake) if fake]
    received: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda data: received.append(data if isinstance(data, bytes) else b"")
        ),
    )
    page.goto(f"{shared.url}/spot?run={kept.id}&game=7")
    cards = page.locator(".spot-card")
    expect(cards).to_have_count(8)
    at_rest(page)
    assert set(re.findall(rb'"answers": ?(.)', b"".join(received))) == {b"n"}  # of null
    expect(page.locator(".spot-answer svg")).to_have_count(0)

    page.keyboard.press("1")  # before the cards have the focus
    expect(page.locator(".spot-status")).to_contain_text("0 marked")
    page.locator(".spot-go").focus()
    page.keyboard.press("Enter")  # nothing is checked before four are marked
    expect(page.locator(".spot-go")).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".spot-go")).to_have_text("Check")
    # The first by a click, the second by Space, the others by their numbers; one mark is made and taken back.
    cards.nth(fakes[0]).click()
    cards.nth(fakes[1]).focus()
    page.keyboard.press("Space")
    for place in (*fakes[2:], is_fake.index(False), is_fake.index(False)):
        page.keyboard.press(str(place + 1))
    pressed = [card.get_attribute("aria-pressed") == "true" for card in cards.all()]
    assert pressed == is_fake
    field = page.get_by_role("spinbutton", name="Game")
    field.focus()
    page.keyboard.press("1")  # a number that is typed marks nothing
    assert [card.get_attribute("aria-pressed") == "true" for card in cards.all()] == is_fake
    page.keyboard.press("Backspace")
    expect(page.locator(".spot-status")).to_contain_text("4 marked")

    page.locator(".spot-go").focus()
    before = page.evaluate(COLORS)
    page.keyboard.press("Enter")
    expect(page.locator(".spot-right")).to_have_count(8)
    assert [text.split()[0] for text in page.locator(".spot-answer").all_inner_texts()] == [
        "fake" if fake else "real" for fake in is_fake
    ]
    assert all(one != other for one, other in zip(before, page.evaluate(COLORS), strict=True))
    expect(page.locator(".spot-status")).to_have_text("8 of 8 right in this round.")
    expect(page.get_by_text("By guessing, you would do at least as well")).to_be_visible()
    expect(page.locator(".wt-tile").nth(1)).to_contain_text("of 8")

    expect(page.locator(".spot-go")).to_have_text("Next round")
    page.keyboard.press("Enter")  # the button kept the focus
    expect(page.locator(".spot-go")).to_have_text("Check")
    expect(page.locator(".spot-answer svg")).to_have_count(0)
    assert [card.get_attribute("aria-pressed") for card in cards.all()] == ["false"] * 8
    for place, fake in enumerate(second):
        if not fake:
            cards.nth(place).click()
    page.locator(".spot-go").click()
    expect(page.locator(".spot-wrong")).to_have_count(8)
