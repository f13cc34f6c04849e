"""Recordings, as someone brings them: files are dropped, a twin is trained of them, asked for a class, and judged."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, choose, drawn, fill, start_training, state_badge

N, LENGTH, RATE = 400, 32, 100
LEVELS = {"new": 20.0, "worn": 40.0}  # around which the recordings of each class swing


def labelled_table(file: Path) -> None:
    """CSV of short recordings in two classes, the times of the samples in its header."""
    rng = np.random.default_rng(0)
    times = np.arange(LENGTH) / RATE
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["class", *(f"t={time:g} s" for time in times)])
        for i in range(N):
            name = list(LEVELS)[i % 2]
            wave = LEVELS[name] + 3 * np.sin(2 * np.pi * 5 * times + rng.uniform(0, 6)) + 0.3 * rng.normal(size=LENGTH)
            table.writerow([name, *wave.round(3)])


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


def test_from_a_labelled_file_to_signals_of_one_class(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    labelled_table(tmp_path / "pumps.csv")
    drop(page, shared, tmp_path / "pumps.csv")
    tiles = page.locator(".st-key-understood")
    expect(tiles).to_contain_text(f"Recordings{N}{LENGTH} samples each")
    expect(tiles).to_contain_text(f"{RATE} Hz")
    use(page)
    expect(page.get_by_text("Class (new, worn)")).to_be_visible()

    # A twin that can be asked for a class.
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_text("“pumps”")).to_be_visible()
    choose(page, "Preset", "Quick")
    choose(page, "Signals on demand", "Class")
    fill(page, "Steps", "10")
    start_training(page)
    state_badge(page, "finished")

    # Signals of that class, in the units of the file.
    page.get_by_role("link", name="Generate", exact=True).click()
    drawn(page)
    choose(page, "Class", "new")
    expect(page.get_by_text("The fakes have the conditions you chose")).to_be_visible()
    fill(page, "How many signals", "50")
    expect(page.locator("button.primary")).to_contain_text("50 signals")
    with page.expect_download() as download:
        page.locator("button.primary").click()
    file = tmp_path / "fakes.csv"
    download.value.save_as(file)
    fakes = pd.read_csv(file)
    assert set(fakes.pop("class")) == {"new"}
    assert fakes.shape == (50, LENGTH)
    assert abs(fakes.to_numpy().mean() - LEVELS["new"]) < abs(fakes.to_numpy().mean() - LEVELS["worn"])

    # Whether it gives what is requested stands on the scorecard.
    page.get_by_role("link", name="Fidelity", exact=True).click()
    page.locator(".st-key-measure button").click()
    expect(page.locator(".wt-verdict h2")).not_to_be_empty()
    expect(page.locator(".wt-scorecard")).to_contain_text("Requested class")


def test_long_recordings_of_two_channels_are_cut_into_windows(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    files = [tmp_path / "left.wav", tmp_path / "right.wav"]
    for seed, file in enumerate(files):
        soundfile.write(file, np.random.default_rng(seed).uniform(-0.5, 0.5, (8000, 2)), 8000)
    drop(page, shared, *files)
    fill(page, "Window (samples)", "100")
    fill(page, "Next one after (samples)", "200")
    expect(page.get_by_text("80 signals of 100 samples in 2 channels.")).to_be_visible()
    use(page)
    tiles = page.locator(".st-key-data-set")
    expect(tiles).to_contain_text("Channels2")
    expect(tiles).to_contain_text("8,000 per second")
    before = page.evaluate("() => JSON.stringify(document.querySelector('.wavetwin-chart').data[0].y)")
    choose(page, "Channel", "2")
    shows = "before => JSON.stringify(document.querySelector('.wavetwin-chart').data[0].y) !== before"
    page.wait_for_function(shows, arg=before)
