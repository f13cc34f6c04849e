"""What tests do in a browser, so that neither a slow machine nor a rerun in between is in the way."""

import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from core.store.run import Run
from core.store.runs import RunStore
from tests.browser.dashboard import PATIENCE, Dashboard

ATTEMPT = 10_000  # ms after which an interaction that a rerun may have undone is made again
N_ATTEMPTS = PATIENCE // ATTEMPT

expect.set_options(timeout=PATIENCE)


def at_rest(page: Page) -> None:
    """Wait until the page's script has run to its end: there is a heading, and nothing more to come."""
    page.wait_for_function(
        "() => document.querySelector('h1') && document.querySelector('[data-test-script-state=notRunning]')"
    )


def press(button: Locator) -> None:
    """Press a button or a link as soon as it can be; unlike a click, it is not missed where the page moves meanwhile."""
    expect(button).to_be_enabled()
    button.dispatch_event("click")


def go_to(page: Page, title: str) -> None:
    """Go to a page by the sidebar, and wait until it stands there; where a rerun of the page before brings it back, go again."""
    heading = "Wavetwin" if title == "Home" else title
    for _ in range(N_ATTEMPTS):
        at_rest(page)
        press(page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True))
        with suppress(AssertionError):
            expect(page.locator("h1")).to_have_text(heading, timeout=ATTEMPT)
        at_rest(page)
        if page.locator("h1").all_inner_texts() == [heading]:
            return
    raise AssertionError(f"Page {title} does not come.")


def saved(page: Page, button: Locator, file: Path) -> str:
    """Press what downloads something, and keep it in `file`; the name that it came with."""
    with page.expect_download() as download:
        press(button)
    download.value.save_as(file)
    return download.value.suggested_filename


def outside(page: Page, address: str) -> list[str]:
    """What will go wrong on a page: its errors, and its requests that do not go below an address."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:", "blob:")) else problems.append(request.url),
    )
    return problems


def drawn(page: Page) -> None:
    """Wait until the first chart is drawn."""
    page.locator(".wavetwin-chart .plot-container").first.wait_for()


def of_chart(page: Page, part: str, within: str = "", unlike: str = "") -> str:
    """A part of the first chart as JSON, such as `data[2].z`, once it is there and is not `unlike`.

    A rerun may replace the chart at any time, so it is looked up anew until there is an answer.
    """
    found = page.wait_for_function(
        """([selector, path, unlike]) => {
            let part = document.querySelector(selector);
            for (const key of path) part = part?.[key];
            const text = JSON.stringify(part, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value));
            return text !== unlike && text;
        }""",
        arg=[f"{within} .wavetwin-chart", re.findall(r"\w+", part), unlike],
    )
    return str(found.json_value())


def shown_step(page: Page, beyond: int = -1) -> int:
    """The step that the progress bar of page Train speaks of, once it is beyond another one."""
    found = page.wait_for_function(
        """(beyond) => [...document.querySelectorAll("p")]
            .map((text) => /^Step ([\\d,]+) of /.exec(text.innerText)?.[1].replaceAll(",", ""))
            .filter((step) => Number(step) > beyond)[0]""",
        arg=beyond,
    )
    return int(found.json_value())


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a field of one or of several; a list that a rerun closes is opened again."""
    field = page.get_by_role("combobox", name=label)
    box = page.locator("[data-testid=stSelectbox], [data-testid=stMultiSelect]").filter(has=field)
    for _ in range(N_ATTEMPTS):
        at_rest(page)
        if option == field.input_value() or option in box.inner_text():
            break
        with suppress(PlaywrightTimeoutError):
            field.press("ArrowDown", timeout=ATTEMPT)
            page.get_by_role("option", name=option, exact=True).click(timeout=ATTEMPT)
    else:
        raise AssertionError(f"{option} could not be chosen for {label}.")
    if (
        field.get_attribute("aria-expanded") == "true"
    ):  # a field of several keeps its list open; else Escape would clear it
        field.press("Escape")
    at_rest(page)


def fill(page: Page, label: str, value: str) -> None:
    """Type something into a field; what a rerun takes away is typed again."""
    field = page.get_by_role("spinbutton", name=label)
    for _ in range(N_ATTEMPTS):
        at_rest(page)
        field.fill(value)
        field.press("Enter")
        at_rest(page)
        if field.input_value() == value:
            return
    raise AssertionError(f"{value} could not be typed into {label}.")


def start_training(page: Page, dashboard: Dashboard) -> Run:
    """Start a training on page Train; the run, once the page shows it and no earlier one."""
    shown = run_of(page)
    press(page.locator(".st-key-start button"))
    page.wait_for_url(lambda url: run_of(page, url) not in (None, shown))
    return RunStore(dashboard.data_dir).get(run_of(page))


def measure(page: Page) -> Locator:
    """Measure on page Fidelity; its verdict. A button that a rerun kept from being heard is pressed again."""
    verdict = page.locator(".wt-verdict h2")
    heard = page.get_by_text(re.compile("^Measuring:|^Waiting for its turn")).or_(verdict).first
    for _ in range(N_ATTEMPTS):
        at_rest(page)
        press(page.locator(".st-key-measure button"))
        with suppress(AssertionError):
            expect(heard).to_be_visible(timeout=ATTEMPT)
            return verdict
    raise AssertionError("Nothing is measured.")


def run_of(page: Page, url: str = "") -> str | None:
    """The id of the run in a page's address."""
    return parse_qs(urlsplit(url or page.url).query).get("run", [None])[0]


def state_badge(page: Page, state: str) -> None:
    """Wait until the run's badge says a state."""
    expect(page.locator("[data-testid=stMarkdownBadge], .stMarkdownBadge").filter(has_text=state).first).to_be_visible()
