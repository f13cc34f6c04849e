"""What people do with fakes, from a file to a file: anomalies are found, and faults are planted."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect

from core.store.run import Run
from tests.browser.acts import at_rest, fill, of_chart, press, saved
from tests.browser.conftest import waves
from tests.browser.dashboard import Dashboard


def test_a_faulty_recording_is_found(page: Page, shared: Dashboard, recorded: Run, tmp_path: Path) -> None:
    signals = waves().signals[:3, 0]
    signals[1, 12:18] += 40
    header = ",".join(f"t={time:g} s" for time in recorded.config.source.times)
    np.savetxt(tmp_path / "today.csv", signals, delimiter=",", header=header, comments="")

    page.goto(f"{shared.url}/anomalies?run={recorded.id}")
    expect(page.get_by_text("Drop recordings, and see")).to_be_visible()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(tmp_path / "today.csv")
    page.locator(".st-key-anomaly-window .plot-container").wait_for()
    tiles = page.locator(".st-key-anomaly-tiles")
    expect(tiles).to_contain_text("Windows3")
    expect(tiles).to_contain_text("Anomalies1")
    expect(page.get_by_text("This window counts as")).to_contain_text("an anomaly")
    strip = json.loads(of_chart(page, "data[2].z[0]", ".st-key-anomaly-window"))
    assert 11 <= int(np.argmax(strip)) <= 18


def test_planted_faults_are_labelled_in_the_downloaded_file(
    page: Page, shared: Dashboard, kept: Run, tmp_path: Path
) -> None:
    page.goto(f"{shared.url}/generate?run={kept.id}")
    fill(page, "How many signals", "300")
    press(page.locator(".st-key-plant input"))
    page.locator(".st-key-faults .plot-container").wait_for()
    at_rest(page)
    for key, name in (("download-fake", "signals"), ("download-marks", "marks")):
        saved(page, page.locator(f".st-key-{key} button"), tmp_path / f"{name}.csv")

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
