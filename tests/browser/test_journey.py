"""The main journey, as a stranger walks it: demo, live pictures, pause, other browsers, verdict, restart, download."""

import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    N_ATTEMPTS,
    Dashboard,
    at_rest,
    choose,
    drawn,
    fill,
    shown_step,
    start_training,
    state_badge,
    wait_for_step,
    window,
)

FAKE = "() => JSON.stringify(document.querySelector('.wavetwin-chart').data[4].y)"
END = 18.85  # seconds, of the simulator's signals
X_RANGE = "() => document.querySelector('.wavetwin-chart')?.layout?.xaxis.range"


def start_demo(page: Page, dashboard: Dashboard) -> None:
    """From the first page through the stages of its initialization to a training that draws fakes."""
    page.goto(dashboard.url)
    page.locator(".st-key-demo button").click()
    page.locator(".wt-phases .wt-now").filter(has_text="Shapes").wait_for()
    drawn(page)  # the reals
    page.locator(".wt-phases .wt-now").filter(has_text="Adversarial training").wait_for()
    page.get_by_text("fake, at step").wait_for()


def start_endless(page: Page, dashboard: Dashboard) -> None:
    """A training that begins at once and goes on until it is stopped, from page Train."""
    page.goto(f"{dashboard.url}/train")
    choose_article(page)
    fill(page, "Steps", "1000000")
    start_training(page)
    page.get_by_text("fake, at step").wait_for()
    drawn(page)
    page.wait_for_function(f"end => Math.abs(({X_RANGE})()?.[1] - end) < 0.01", arg=END)  # and no earlier run's chart


def choose_article(page: Page) -> None:
    """Choose the preset that needs no preparation."""
    choose(page, "Preset", "Article")
    page.get_by_text("The networks of the article").wait_for()


def zoom(page: Page) -> None:
    """Draw a rectangle in the first chart."""
    box = page.locator(".wavetwin-chart .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 80, steps=5)
    page.mouse.up()


def test_a_training_is_watched_left_shared_and_paused(page: Page, browser: Browser, shared: Dashboard) -> None:
    start_endless(page, shared)

    # The picture goes on in place: the same node, other fakes, and what was zoomed into stays.
    page.evaluate("() => { document.querySelector('.wavetwin-chart').marked = true; }")
    whole = page.evaluate(X_RANGE)
    for _ in range(N_ATTEMPTS):  # fakes that arrive in between may undo it
        zoom(page)
        if page.evaluate(X_RANGE) != whole:
            break
    zoomed, before = page.evaluate(X_RANGE), page.evaluate(FAKE)
    page.wait_for_function(f"before => ({FAKE})() !== before", arg=before)
    assert page.evaluate(X_RANGE) == zoomed
    assert zoomed != whole == [0, pytest.approx(END, abs=0.01)]
    assert page.evaluate("() => document.querySelector('.wavetwin-chart').marked")

    # It goes on while the page is left, and after a reload.
    step = shown_step(page)
    page.get_by_role("link", name="Runs").click()
    page.locator("[data-testid=stDataFrame]").wait_for()
    page.get_by_role("link", name="Train").click()
    drawn(page)
    wait_for_step(page, step)
    page.reload()
    drawn(page)
    wait_for_step(page, step)

    # A second browser sees it, and can pause it; the first one sees that.
    with window(browser) as other:
        second = other.new_page()
        second.goto(page.url)
        drawn(second)
        second.locator(".st-key-pause button").click()
        state_badge(page, "paused")
        page.locator(".st-key-resume button").click()
        state_badge(second, "running")
        wait_for_step(second, shown_step(page))

    page.locator(".st-key-stop button").click()
    state_badge(page, "stopped")


def test_from_the_demo_button_to_a_hundred_thousand_signals(
    page: Page, browser: Browser, shared: Dashboard, tmp_path: Path
) -> None:
    start_demo(page, shared)
    assert "run=" in page.url
    state_badge(page, "finished")

    # What was learned is judged; the verdict is there again after a reload, and leaves as one file.
    page.get_by_role("link", name="Fidelity", exact=True).click()
    page.locator(".st-key-measure button").click()
    expect(page.locator(".wt-verdict h2")).to_contain_text("from real")
    page.reload()
    expect(page.locator(".wt-scorecard")).to_contain_text("Random kernels")
    at_rest(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Report as a web page").click()
    report = tmp_path / "report.html"
    download.value.save_as(report)
    with window(browser, offline=True) as offline:
        opened = offline.new_page()
        blocked: list[str] = []
        opened.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
        opened.goto(report.as_uri())
        expect(opened.locator(".verdict strong")).to_contain_text("from real")
        expect(opened.locator("figure .plot-container")).to_have_count(9)
        assert blocked == []

    # Signals come out of it.
    page.get_by_role("link", name="Generate", exact=True).click()
    expect(page.get_by_text("$50,000")).to_be_visible()
    expect(page.get_by_text("69.4 days")).to_be_visible()
    with page.expect_download() as download:
        page.locator("button.primary").click()
    file = tmp_path / "signals.csv"
    download.value.save_as(file)
    assert download.value.suggested_filename.endswith("-fake-100000-seed0.csv")
    expect(page.get_by_text("Sent 100,000 signals in")).to_be_visible()
    signals = pd.read_csv(file).to_numpy()
    assert signals.shape == (100_000, 300)
    assert np.isfinite(signals).all()
    assert signals.std() > 0


def test_any_two_files_are_judged(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "reals.npy", rng.standard_normal((600, 32)).astype(np.float32))
    np.savetxt(tmp_path / "fakes.csv", 3 + rng.standard_normal((200, 32)), delimiter=",")
    page.goto(f"{shared.url}/fidelity")
    page.get_by_text("Two files").click()
    page.get_by_text("Choose a file of real signals").wait_for()
    uploads = page.locator("input[type=file]")
    uploads.nth(0).set_input_files(tmp_path / "reals.npy")
    uploads.nth(1).set_input_files(tmp_path / "fakes.csv")
    page.locator(".st-key-measure button:enabled").click()
    expect(page.locator(".wt-verdict h2")).to_contain_text("Useless in place of real signals")


def test_a_run_survives_the_end_of_its_server(page: Page, dashboard: Dashboard) -> None:
    start_endless(page, dashboard)
    address = page.url
    for number in (signal.SIGTERM, signal.SIGINT):
        wait_for_step(page, shown_step(page) + 20)
        seen = shown_step(page)
        # 1 is click's answer to Ctrl-C; a crash would be −6 or −11.
        assert dashboard.end(number) in (0, 1, 128 + number, -number)
        log = dashboard.log.read_text()
        assert "Traceback" not in log
        assert "terminate called" not in log
        dashboard.start()
        page.goto(address)
        state_badge(page, "interrupted")
        assert shown_step(page) >= seen  # the state at the end was saved
        page.locator(".st-key-resume button").click()
        state_badge(page, "running")

    # A power cut saves nothing, and costs no more than what came after the last checkpoint.
    wait_for_step(page, shown_step(page) + 20)
    dashboard.kill()
    dashboard.start()
    page.goto(address)
    drawn(page)
    state_badge(page, "interrupted")
    page.locator(".st-key-resume button").click()
    state_badge(page, "running")
    wait_for_step(page, seen)
    page.locator(".st-key-stop button").click()
    state_badge(page, "stopped")


def test_a_source_that_was_set_is_trained_and_shared_by_its_address(
    page: Page, browser: Browser, shared: Dashboard
) -> None:
    page.goto(f"{shared.url}/signals")
    drawn(page)
    noise = page.get_by_role("spinbutton", name="Noise amplitude")
    noise.fill("1.5")
    noise.press("Enter")
    page.wait_for_url("**noise_amplitude**")
    with window(browser) as other:
        second = other.new_page()
        second.goto(page.url)
        drawn(second)
        expect(second.get_by_role("spinbutton", name="Noise amplitude")).to_have_value("1.5")
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_text("white noise of 1.5")).to_be_visible()
    choose_article(page)
    start_training(page)
    drawn(page)
    at_rest(page)
    page.reload()
    expect(page.get_by_text("white noise of 1.5")).to_be_visible()
    page.locator(".st-key-stop button").click()
    state_badge(page, "stopped")
