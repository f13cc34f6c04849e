"""Files as instruments write them, from the drop zone to new signals: text below a preamble, TDMS, and Excel."""

import csv
from pathlib import Path

import numpy as np
import openpyxl
from nptdms import ChannelObject, RootObject, TdmsWriter
from playwright.sync_api import Page, expect

from core.store.status import State
from tests.browser.acts import at_rest, choose, drawn, fill, go_to, press, saved, start_training
from tests.browser.dashboard import Dashboard
from tests.waiting import wait_for

N, RATE = 2_000, 100
LEVEL = 20.0  # around which the signal swings, in V


def wave() -> np.ndarray:
    """Twenty seconds of a sine in noise."""
    rng = np.random.default_rng(0)
    return LEVEL + 3 * np.sin(2 * np.pi * 5 * np.arange(N) / RATE) + 0.3 * rng.normal(size=N)


def oscilloscope(file: Path) -> None:
    """Text: settings, names, units, and a word at the end."""
    lines = ["Model,SCOPE-1", "Sample Interval,0.01,s", "", "Time,CH1", "s,V"]
    lines += [f"{i / RATE:.2f},{value:.4f}" for i, value in enumerate(wave())]
    file.write_text("\r\n".join([*lines, "End of data", ""]), encoding="utf-8")


def labview(file: Path) -> None:
    """TDMS: one channel with its unit and step."""
    properties = {"wf_increment": 1 / RATE, "unit_string": "V"}
    with TdmsWriter(file) as writer:
        writer.write_segment([RootObject(), ChannelObject("run", "CH1", wave(), properties)])


def excel(file: Path) -> None:
    """A workbook: a title above the names."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("run")
    sheet.append(["Pump 7"])
    sheet.append(["time [s]", "CH1 [V]"])
    for i, value in enumerate(wave()):
        sheet.append([i / RATE, float(value)])
    workbook.save(file)


def test_from_the_drop_zone_to_new_signals(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    files = {tmp_path / "scope.csv": oscilloscope, tmp_path / "run.tdms": labview, tmp_path / "pump.xlsx": excel}
    for file, write in files.items():
        write(file)
    page.goto(f"{shared.url}/signals")
    at_rest(page)
    page.get_by_text("Recordings", exact=True).click()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(list(files))

    # What was understood of all three stands first, before anything is asked.
    page.locator(".st-key-first-recordings .plot-container").wait_for()
    tiles = page.locator(".st-key-understood")
    expect(tiles).to_contain_text(f"Recordings3{N:,} samples each")
    expect(tiles).to_contain_text("CH1")
    expect(tiles).to_contain_text(f"{RATE} Hz")
    page.locator(".st-key-upload-signals .plot-container").wait_for()
    press(page.locator(".st-key-keep button"))
    page.wait_for_url("**recordings**")
    page.locator(".st-key-psd .plot-container").wait_for()

    go_to(page, "Train")
    choose(page, "Preset", "Quick")
    fill(page, "Steps", "10")
    wait_for(start_training(page, shared), State.FINISHED)

    go_to(page, "Generate")
    drawn(page)
    fill(page, "How many signals", "50")
    expect(page.locator("button.primary")).to_contain_text("50 signals")
    saved(page, page.locator("button.primary"), tmp_path / "fakes.csv")
    with (tmp_path / "fakes.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header[1] == "t=0.01 s [V]"
    assert len(rows) == 50
    assert abs(np.array(rows, float).mean() - LEVEL) < 2
