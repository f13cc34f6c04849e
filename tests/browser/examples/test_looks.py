"""Every page in both themes, wide and narrow: whole, accessible, without errors, and without a word to the outside."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.accessibility import violations
from tests.browser.acts import at_rest, drawn, go_to, of_chart, outside
from tests.browser.dashboard import Dashboard

PAGES = (
    *("Home", "How it works", "Signals", "Train", "Fidelity", "Spot the fake"),
    *("Generate", "Anomalies", "Explore", "Runs"),
)
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
DRAWN = """() => [...document.querySelectorAll(".wavetwin-chart")].every((chart) =>
    chart.querySelector(".plot-container") || chart.getBoundingClientRect().top > innerHeight)"""  # all that are in sight
DARK = "rgb(18, 23, 26)"  # behind all of a page
SETTLED = "() => !document.getAnimations().some((one) => one instanceof CSSTransition)"  # colours are what they will be
ROWS = "[data-testid=stMain] [data-testid=stHorizontalBlock]"
TOO_WIDE = f"""() => [document.documentElement, ...document.querySelectorAll("{ROWS}")]
    .filter((whole) => whole.clientWidth > 100)  // a sidebar that is still open leaves less on a phone
    .filter((whole) => whole.scrollWidth > whole.clientWidth + (whole !== document.documentElement))  // rows may round
    .map((whole) => `${{whole.scrollWidth}} px in ${{whole.clientWidth}}: ${{whole.innerText.slice(0, 80)}}`)"""


def fits(page: Page, title: str, size: dict[str, int]) -> None:
    """Whether a page has all its charts and is not wider than a screen, nor any row of it wider than its place."""
    page.wait_for_function(DRAWN)
    try:
        page.wait_for_function(f"() => !({TOO_WIDE})().length")
    except PlaywrightTimeoutError:
        raise AssertionError(f"Page “{title}” is too wide on a screen of {size}: {page.evaluate(TOO_WIDE)}") from None


def test_pages_fit_are_quiet_and_can_be_read(page: Page, installed: Dashboard) -> None:
    for title in visited(page, installed):
        fits(page, title, SCREEN)
        page.set_viewport_size(PHONE)
        fits(page, title, PHONE)
        page.set_viewport_size(SCREEN)
        assert violations(page) == [], title
        page.emulate_media(color_scheme="dark")
        expect(page.locator(".stApp")).to_have_css("background-color", DARK)
        page.wait_for_function(SETTLED)
        assert violations(page, "color-contrast") == [], title  # all else is as in the light
        page.emulate_media(color_scheme="light")


def visited(page: Page, installed: Dashboard) -> Iterator[str]:
    """Goes to one page after the other; none may raise anything, or ask for anything outside."""
    problems = outside(page, f"{installed.url}/")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SCREEN)
    page.goto(f"{installed.url}/runs")
    for title in PAGES:
        go_to(page, title)
        expect(page.locator("[data-testid=stException]"), title).to_have_count(0)
        yield title
    assert problems == []


def test_the_chart_follows_the_theme(page: Page, installed: Dashboard) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{installed.url}/signals")
    drawn(page)
    in_the_dark = of_chart(page, "data[0].line.color")
    assert in_the_dark == '"#56B4E9"'
    page.emulate_media(color_scheme="light")
    assert of_chart(page, "data[0].line.color", unlike=in_the_dark) == '"#0072B2"'


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
