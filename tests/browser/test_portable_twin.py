"""The twin as a file, from page Generate to onnxruntime."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.generation.portable.draw import draw
from core.store.runs import Run
from tests.browser.conftest import Dashboard, at_rest


def test_the_twin_makes_its_signals_without_wavetwin(
    page: Page, installed: Dashboard, visiting: Run, tmp_path: Path
) -> None:
    page.goto(f"{installed.url}/generate?run={visiting.id}")
    for key in ("preview", "preview-psd"):  # charts that come later would push the button away from under the mouse
        page.locator(f".st-key-{key} .plot-container").wait_for()
    at_rest(page)
    page.get_by_text("The twin itself, as a file that runs anywhere").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the twin").click()
    download.value.save_as(tmp_path / "twin.zip")
    zipfile.ZipFile(tmp_path / "twin.zip").extractall(tmp_path)
    signals, _ = draw(30, seed=2, folder=tmp_path)
    assert signals == pytest.approx(visiting.load_surrogate().sample(30, seed=2), abs=1e-4)
