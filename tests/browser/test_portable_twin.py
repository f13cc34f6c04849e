"""The twin as a file, from page Generate to onnxruntime."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.generation.portable.draw import draw
from core.store.run import Run
from tests.browser.acts import press, saved
from tests.browser.dashboard import Dashboard


def test_the_twin_makes_its_signals_without_wavetwin(page: Page, shared: Dashboard, kept: Run, tmp_path: Path) -> None:
    page.goto(f"{shared.url}/generate?run={kept.id}")
    press(page.get_by_text("The twin itself, as a file that runs anywhere"))
    saved(page, page.get_by_role("button", name="Download the twin"), tmp_path / "twin.zip")
    zipfile.ZipFile(tmp_path / "twin.zip").extractall(tmp_path)
    signals, _ = draw(30, seed=2, folder=tmp_path)
    assert signals == pytest.approx(kept.load_surrogate().sample(30, seed=2), abs=1e-4)
