"""Recordings, as someone brings them: files are dropped, made ready and kept."""

from pathlib import Path

import numpy as np
import soundfile
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, at_rest


def drop(page: Page, dashboard: Dashboard, *files: Path) -> None:
    """Drop files on page Signals, and wait for what comes of them."""
    page.goto(f"{dashboard.url}/signals")
    page.get_by_text("Recordings", exact=True).click()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(files)
    page.locator(".st-key-upload-signals .plot-container").wait_for()


def use(page: Page) -> None:
    """Keep what came of the files."""
    page.locator(".st-key-keep button").click()
    page.wait_for_url("**recordings**")
    page.locator(".st-key-psd .plot-container").wait_for()


def number(page: Page, label: str, value: int) -> None:
    """Type a number into a field."""
    field = page.get_by_role("spinbutton", name=label)
    field.fill(str(value))
    field.press("Enter")
    at_rest(page)


def test_long_recordings_of_two_channels_are_cut_into_windows(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    files = [tmp_path / "left.wav", tmp_path / "right.wav"]
    for seed, file in enumerate(files):
        soundfile.write(file, np.random.default_rng(seed).uniform(-0.5, 0.5, (8000, 2)), 8000)
    drop(page, dashboard, *files)
    number(page, "Window (samples)", 100)
    number(page, "Next one after (samples)", 200)
    expect(page.get_by_text("80 signals of 100 samples in 2 channels.")).to_be_visible()
    use(page)
    tiles = page.locator(".st-key-data-set")
    expect(tiles).to_contain_text("Channels2")
    expect(tiles).to_contain_text("8,000 a second")
    before = page.evaluate("() => JSON.stringify(document.querySelector('.wavetwin-chart').data[0].y)")
    page.locator(".st-key-set-channel input").click()
    page.get_by_role("option", name="2").click()
    shows = "before => JSON.stringify(document.querySelector('.wavetwin-chart').data[0].y) !== before"
    page.wait_for_function(shows, arg=before)
