"""Recordings, as someone brings them: files are dropped, a twin is trained of them, asked for a class, balanced, and judged."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from playwright.sync_api import Page, expect
from sklearn.linear_model import LogisticRegression

from core.store.status import State
from tests.browser.acts import at_rest, choose, drawn, fill, go_to, measure, of_chart, press, saved, start_training
from tests.browser.dashboard import Dashboard
from tests.waiting import wait_for

LENGTH, RATE = 32, 100
CLASSES = {"new": (300, 20.0), "worn": (40, 40.0)}  # how many recordings there are, and around what they swing
N = sum(n for n, _ in CLASSES.values())


def labelled_table(file: Path) -> None:
    """CSV of short recordings, of which few are in one of two classes; the times of the samples are in its header."""
    rng = np.random.default_rng(0)
    times = np.arange(LENGTH) / RATE
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["class", *(f"t={time:g} s" for time in times)])
        for name, (n, level) in CLASSES.items():
            for phase in rng.uniform(0, 6, n):
                wave = level + 3 * np.sin(2 * np.pi * 5 * times + phase) + 0.3 * rng.normal(size=LENGTH)
                table.writerow([name, *wave.round(3)])


def begin_to_drop(page: Page, dashboard: Dashboard, *files: Path) -> None:
    """Drop files on page Signals."""
    page.goto(f"{dashboard.url}/signals")
    at_rest(page)
    page.get_by_text("Recordings", exact=True).click()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(files)


def drop(page: Page, dashboard: Dashboard, *files: Path) -> None:
    """Drop files on page Signals, and wait for what comes of them."""
    begin_to_drop(page, dashboard, *files)
    page.locator(".st-key-upload-signals .plot-container").wait_for()


def use(page: Page) -> None:
    """Keep what came of the files."""
    press(page.locator(".st-key-keep button"))
    page.wait_for_url("**recordings**")
    page.locator(".st-key-psd .plot-container").wait_for()


def test_from_a_labelled_file_to_signals_of_one_class_and_to_balanced_ones(
    page: Page, shared: Dashboard, tmp_path: Path
) -> None:
    labelled_table(tmp_path / "pumps.csv")
    drop(page, shared, tmp_path / "pumps.csv")
    tiles = page.locator(".st-key-understood")
    expect(tiles).to_contain_text(f"Recordings{N}{LENGTH} samples each")
    expect(tiles).to_contain_text(f"{RATE} Hz")
    use(page)
    expect(page.get_by_text("Class (new, worn)")).to_be_visible()

    # A twin that can be asked for a class.
    go_to(page, "Train")
    expect(page.get_by_text("Source: “pumps”")).to_be_visible()
    choose(page, "Preset", "Quick")
    choose(page, "Signals on demand", "Class")
    fill(page, "Steps", "10")
    run = start_training(page, shared)
    wait_for(run, State.FINISHED)

    # Signals of that class, in the units of the file.
    go_to(page, "Generate")
    drawn(page)
    choose(page, "Class", "new")
    expect(page.get_by_text("The fakes have the conditions you chose")).to_be_visible()
    fill(page, "How many signals", "50")
    expect(page.locator("button.primary")).to_contain_text("50 signals")
    saved(page, page.locator("button.primary"), tmp_path / "fakes.csv")
    fakes = pd.read_csv(tmp_path / "fakes.csv")
    assert set(fakes.pop("class")) == {"new"}
    assert fakes.shape == (50, LENGTH)
    distances = {name: abs(fakes.to_numpy().mean() - level) for name, (_, level) in CLASSES.items()}
    assert distances["new"] < distances["worn"]

    # A table in which both are as many, which a model learns from.
    page.locator(".st-key-balance-counts .plot-container").wait_for()
    saved(page, page.get_by_role("button", name="Balance the classes"), tmp_path / "balanced.zip")
    check_balance(tmp_path / "balanced.zip")

    # Whether it gives what is requested stands on the scorecard.
    go_to(page, "Fidelity")
    expect(measure(page)).to_be_visible()
    expect(page.locator(".wt-scorecard")).to_contain_text("Requested class")


def check_balance(file: Path) -> None:
    """What a ZIP file of balanced classes promises."""
    folder = file.with_suffix("")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    training, test = (pd.read_csv(folder / f"{name}.csv") for name in ("training", "test"))
    assert len(set(training["class"].value_counts())) == 1
    assert set(training["origin"]) == {"real", "fake"}
    assert set(test["origin"]) == {"real"}
    assert len(test) + (training["origin"] == "real").sum() == N

    samples = [name for name in training if name.startswith("t=")]
    model = LogisticRegression().fit(training[samples] / 10, training["class"])
    assert model.score(test[samples] / 10, test["class"]) > 0.9


def test_long_recordings_of_two_channels_are_cut_into_windows(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    files = [tmp_path / "left.wav", tmp_path / "right.wav"]
    for seed, file in enumerate(files):
        soundfile.write(file, np.random.default_rng(seed).uniform(-0.5, 0.5, (8000, 2)), 8000)
    drop(page, shared, *files)
    fill(page, "Window (samples)", "100")
    fill(page, "Hop (samples)", "200")
    expect(page.get_by_text("80 signals of 100 samples in 2 channels.")).to_be_visible()
    use(page)
    tiles = page.locator(".st-key-data-set")
    expect(tiles).to_contain_text("Channels2")
    expect(tiles).to_contain_text("8,000 per second")
    before = of_chart(page, "data[0].y")
    choose(page, "Channel", "2")
    assert of_chart(page, "data[0].y", unlike=before)


def test_reading_that_takes_too_long_can_be_cancelled(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    (tmp_path / "endless.csv").write_text("a,b\n1,2\n")
    begin_to_drop(page, shared, tmp_path / "endless.csv")
    expect(page.get_by_test_id("stProgress")).to_contain_text("Reading endless.csv …")
    press(page.get_by_role("button", name="Cancel"))
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    at_rest(page)
    expect(page.get_by_text("endless.csv")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
