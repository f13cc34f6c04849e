"""The main journey, as a stranger walks it: demo, live pictures, pause, other browsers, verdict, restart, download."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from core.config import RunConfig, changed
from core.fidelity.verdict import LEVEL_TITLES
from core.jobs.training import execute
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State
from tests.browser.acts import (
    N_ATTEMPTS,
    at_rest,
    choose,
    drawn,
    go_to,
    measure,
    of_chart,
    press,
    run_of,
    saved,
    shown_step,
    start_training,
    state_badge,
)
from tests.browser.conftest import window
from tests.browser.dashboard import Dashboard
from tests.waiting import wait_for

RANGE = "layout.xaxis.range"
FAKE = "data[4].y"


@pytest.fixture
def long(endless: RunConfig) -> RunConfig:
    """Settings that train until somebody ends it, and often show fakes."""
    return changed(endless, training=endless.training.model_dump() | {"n_eval": 100})


def begun(dashboard: Dashboard, config: RunConfig) -> Run:
    """A run of which a process that has ended made the first steps."""
    run = RunStore(dashboard.data_dir).create(config, "Long")
    run.claim()
    execute(run, lambda: State.INTERRUPTED)
    run.release()
    return run


def resume(page: Page) -> None:
    """Let an interrupted run go on."""
    state_badge(page, "interrupted")
    press(page.locator(".st-key-resume button"))
    state_badge(page, "running")


def zoom(page: Page, whole: str) -> str:
    """Draw a rectangle in the first chart, anew where fakes that arrive meanwhile undo it; its range then."""
    for _ in range(N_ATTEMPTS):
        if box := page.locator(".wavetwin-chart .nsewdrag").first.bounding_box():
            page.mouse.move(box["x"] + 20, box["y"] + 20)
            page.mouse.down()
            page.mouse.move(box["x"] + 90, box["y"] + 80, steps=5)
            page.mouse.up()
        if (zoomed := of_chart(page, RANGE)) != whole:
            return zoomed
    raise AssertionError("The chart could not be zoomed into.")


def test_a_training_is_watched_left_shared_and_paused(
    page: Page, browser: Browser, shared: Dashboard, long: RunConfig
) -> None:
    run = begun(shared, long)
    page.goto(f"{shared.url}/train?run={run.id}")
    resume(page)
    drawn(page)

    # The picture goes on in place: the same node, other fakes, and what was zoomed into stays.
    page.locator(".wavetwin-chart").first.evaluate("chart => { chart.marked = true; }")
    whole = of_chart(page, RANGE)
    assert json.loads(whole) == [0, pytest.approx(long.source.times[-1])]
    zoomed = zoom(page, whole)
    of_chart(page, FAKE, unlike=of_chart(page, FAKE))
    assert of_chart(page, RANGE) == zoomed
    assert of_chart(page, "marked") == "true"

    # It goes on while the page is left, and after a reload.
    step = shown_step(page)
    go_to(page, "Runs")
    page.locator("[data-testid=stDataFrame]").wait_for()
    go_to(page, "Train")
    step = shown_step(page, beyond=step)
    page.reload()
    step = shown_step(page, beyond=step)

    # A second browser sees it, and can pause it; the first one sees that.
    with window(browser) as other:
        second = other.new_page()
        second.goto(page.url)
        press(second.locator(".st-key-pause button"))
        state_badge(page, "paused")
        press(page.locator(".st-key-resume button"))
        state_badge(second, "running")
        shown_step(second, beyond=step)

    press(page.locator(".st-key-stop button"))
    state_badge(page, "stopped")


def test_from_the_demo_button_to_a_verdict(page: Page, browser: Browser, shared: Dashboard, tmp_path: Path) -> None:
    page.goto(shared.url)
    press(page.locator(".st-key-demo button"))
    page.get_by_text("fake, at step").wait_for()
    drawn(page)
    state_badge(page, "finished")
    assert run_of(page)

    # What was learned is judged; the verdict is there again after a reload, and leaves as one file.
    go_to(page, "Fidelity")
    verdict = measure(page)
    expect(verdict).to_be_visible()
    level = LEVEL_TITLES[RunStore(shared.data_dir).get(run_of(page)).report.verdict.level]
    expect(verdict).to_contain_text(level)
    page.reload()
    expect(verdict).to_contain_text(level)
    expect(page.locator(".wt-scorecard")).to_contain_text("Random kernels")
    at_rest(page)
    report = tmp_path / "report.html"
    saved(page, page.get_by_role("button", name="Report as a web page"), report)
    with window(browser, offline=True) as offline:
        opened = offline.new_page()
        blocked: list[str] = []
        opened.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
        opened.goto(report.as_uri())
        expect(opened.locator(".verdict strong")).to_contain_text(level)
        expect(opened.locator("figure .plot-container")).to_have_count(9)
        assert blocked == []


def test_a_hundred_thousand_signals_come_out_of_a_twin(
    page: Page, shared: Dashboard, kept: Run, tmp_path: Path
) -> None:
    page.goto(f"{shared.url}/generate?run={kept.id}")
    expect(page.get_by_text("$50,000")).to_be_visible()
    expect(page.get_by_text("69.4 days")).to_be_visible()
    name = saved(page, page.locator("button.primary"), tmp_path / "signals.csv")
    assert name.endswith("-fake-100000-seed0.csv")
    expect(page.get_by_text("Sent 100,000 signals in")).to_be_visible()
    signals = pd.read_csv(tmp_path / "signals.csv").to_numpy()
    assert signals.shape == (100_000, 32)
    assert np.isfinite(signals).all()
    assert signals.std() > 0


def test_any_two_files_are_judged(page: Page, shared: Dashboard, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "reals.npy", rng.standard_normal((600, 32)).astype(np.float32))
    np.savetxt(tmp_path / "fakes.csv", 3 + rng.standard_normal((200, 32)), delimiter=",")
    page.goto(f"{shared.url}/fidelity")
    at_rest(page)
    page.get_by_text("Two files").click()
    page.get_by_text("Choose a file of real signals").wait_for()
    for place, name in enumerate(("reals.npy", "fakes.csv")):
        page.locator("input[type=file]").nth(place).set_input_files(tmp_path / name)
        expect(page.get_by_text(name)).to_be_visible()
        at_rest(page)
    expect(measure(page)).to_contain_text("Useless in place of real signals")


def test_a_run_survives_the_end_of_its_server(page: Page, dashboard: Dashboard, long: RunConfig) -> None:
    run = begun(dashboard, long)
    address = f"{dashboard.url}/train?run={run.id}"
    page.goto(address)
    resume(page)

    # A power cut saves nothing, and costs no more than what came after the last checkpoint.
    step = shown_step(page, beyond=run.status.step + long.training.checkpoint_every)
    dashboard.kill()
    step = max(
        step, run.status.step
    )  # which the page goes on to show until the run is taken up from its last checkpoint
    dashboard.start()
    page.goto(address)
    drawn(page)
    resume(page)
    step = shown_step(page, beyond=step)

    # Where a system ends the server, the state is saved.
    dashboard.end()
    assert run.status.state is State.INTERRUPTED
    assert run.status.step >= step
    assert "Traceback" not in dashboard.log.read_text()


def test_a_source_that_was_set_is_trained_and_shared_by_its_address(
    page: Page, browser: Browser, shared: Dashboard
) -> None:
    page.goto(f"{shared.url}/signals")
    drawn(page)
    at_rest(page)
    noise = page.get_by_role("spinbutton", name="Noise amplitude")
    noise.fill("1.5")
    noise.press("Enter")
    page.wait_for_url("**noise_amplitude**")
    with window(browser) as other:
        second = other.new_page()
        second.goto(page.url)
        drawn(second)
        expect(second.get_by_role("spinbutton", name="Noise amplitude")).to_have_value("1.5")
    go_to(page, "Train")
    expect(page.get_by_text("white noise of 1.5")).to_be_visible()
    choose(page, "Preset", "Article")
    run = start_training(page, shared)
    assert run.config.source.noise_amplitude == 1.5
    drawn(page)
    page.reload()
    expect(page.get_by_text("white noise of 1.5")).to_be_visible()
    press(page.locator(".st-key-stop button"))
    wait_for(run, State.STOPPED)
