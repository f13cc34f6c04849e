"""What people do with fakes, from a file to a file: rare classes are balanced, and a model learns from the table."""

import csv
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect
from sklearn.linear_model import LogisticRegression

from core.store.runs import RunStore
from core.store.status import State
from tests.browser.conftest import Dashboard, choose, fill, start_training
from tests.browser.test_recordings import drop, use
from tests.waiting import wait_for

LENGTH, RATE = 32, 100
CLASSES = {"good": (300, 20.0), "broken": (40, 40.0)}  # how many recordings there are, and around what they swing


def unbalanced_table(file: Path) -> None:
    """CSV of recordings of which few are of a broken machine."""
    rng = np.random.default_rng(0)
    times = np.arange(LENGTH) / RATE
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["state", *(f"t={time:g} s" for time in times)])
        for name, (n, level) in CLASSES.items():
            for phase in rng.uniform(0, 6, n):
                wave = level + 3 * np.sin(2 * np.pi * 5 * times + phase) + 0.3 * rng.normal(size=LENGTH)
                table.writerow([name, *wave.round(3)])


def train_on(page: Page, dashboard: Dashboard, file: Path, condition: str = "") -> None:
    """Drop a file, and train a twin of it for a few steps."""
    drop(page, dashboard, file)
    use(page)
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_text(f"“{file.stem}”")).to_be_visible()
    choose(page, "Preset", "Quick")
    if condition:
        choose(page, "Signals on demand", condition)
    fill(page, "Steps", "10")
    start_training(page)
    # By its files: the page may still show the badge of a run before.
    run = RunStore(dashboard.data_dir).get(parse_qs(urlsplit(page.url).query)["run"][0])
    wait_for(run, State.FINISHED)


def test_balanced_classes_train_a_model(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    unbalanced_table(tmp_path / "machine.csv")
    train_on(page, shared, tmp_path / "machine.csv", "State")
    page.get_by_role("link", name="Generate", exact=True).click()
    page.locator(".st-key-balance-counts .plot-container").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Balance the classes").click()
    download.value.save_as(tmp_path / "balanced.zip")
    with zipfile.ZipFile(tmp_path / "balanced.zip") as archive:
        archive.extractall(tmp_path / "balanced")

    training, test = (pd.read_csv(tmp_path / "balanced" / f"{name}.csv") for name in ("training", "test"))
    assert len(set(training["state"].value_counts())) == 1
    assert set(training["origin"]) == {"real", "fake"}
    assert set(test["origin"]) == {"real"}
    assert len(test) + (training["origin"] == "real").sum() == sum(n for n, _ in CLASSES.values())

    samples = [name for name in training if name.startswith("t=")]
    model = LogisticRegression().fit(training[samples] / 10, training["state"])
    assert model.score(test[samples] / 10, test["state"]) > 0.9


def test_a_faulty_recording_is_found(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    unbalanced_table(tmp_path / "pump.csv")
    train_on(page, shared, tmp_path / "pump.csv")
    times = np.arange(LENGTH) / RATE
    waves = [20 + 3 * np.sin(2 * np.pi * 5 * times + phase) for phase in (0, 1, 2)]
    waves[1][12:18] += 40
    header = ",".join(f"t={time:g} s" for time in times)
    np.savetxt(tmp_path / "today.csv", waves, delimiter=",", header=header, comments="")

    page.get_by_role("link", name="Anomalies", exact=True).click()
    expect(page.get_by_text("Drop recordings, and see")).to_be_visible()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(tmp_path / "today.csv")
    page.locator(".st-key-anomaly-window .plot-container").wait_for()
    tiles = page.locator(".st-key-anomaly-tiles")
    expect(tiles).to_contain_text("Windows3")
    expect(tiles).to_contain_text("Anomalies1")
    expect(page.get_by_text("This window counts as")).to_contain_text("an anomaly")
    strip = page.evaluate("() => document.querySelector('.st-key-anomaly-window .wavetwin-chart').data[2].z[0]")
    assert 11 <= int(np.argmax(strip)) <= 18


def test_planted_faults_are_labelled_in_the_downloaded_file(page: Page, installed: Dashboard, tmp_path: Path) -> None:
    page.goto(f"{installed.url}/generate")
    fill(page, "How many signals", "300")
    page.locator(".st-key-plant label").first.click()
    page.locator(".st-key-faults .plot-container").wait_for()
    for key, name in (("download-fake", "signals"), ("download-marks", "marks")):
        with page.expect_download() as download:
            page.locator(f".st-key-{key} button").click()
        download.value.save_as(tmp_path / f"{name}.csv")

    signals, marks = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("signals", "marks"))
    assert set(signals["fault"]) == {"none", "noise", "drift", "spikes"}
    assert list(marks.columns) == list(signals.columns)
    is_marked = marks.drop(columns="fault").sum(axis=1) > 0
    assert (is_marked == (signals["fault"] != "none")).all()

    # The card says what was planted.
    with page.expect_download() as download, page.context.expect_page():
        page.get_by_role("link", name="for people").click()
    download.value.save_as(tmp_path / "card.md")
    assert "Planted faults: noise, drift, spikes, in 50 % of the signals" in (tmp_path / "card.md").read_text("utf-8")
