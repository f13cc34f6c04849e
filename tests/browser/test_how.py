"""The page How it works: a step at a time, at a person's speed, and at rest when it is told to be."""

import re

from playwright.sync_api import Locator, Page, expect

from core.store.runs import Run
from tests.browser.conftest import Dashboard, at_rest

AT_REST = """() => {
    const { isOver, asked } = document.querySelector(".wavetwin-stage").wavetwinStage;
    return isOver && !asked;
}"""  # the last step is shown to its end, and none is on its way
FRAMES = """async (count) => {
    for (let n = 0; n < count; n++) await new Promise((resolve) => requestAnimationFrame(resolve));
}"""  # of the screen; in each the stage looks whether a step is due


def step(stage: Locator) -> int:
    return int(stage.get_attribute("data-step"))


def test_two_networks_play_step_by_step(page: Page, installed: Dashboard, visiting: Run) -> None:
    page.goto(f"{installed.url}/how?run={visiting.id}")
    at_rest(page)
    stage = page.locator(".wavetwin-stage")
    expect(stage).to_have_attribute("data-step", "60")
    verdicts, caption = page.locator(".stage-score"), page.locator(".stage-caption")
    expect(verdicts).to_have_text([re.compile("sure it is real")] * 8)
    scores = verdicts.all_inner_texts()
    canvas = page.locator(".stage-fakes canvas").first
    fake = canvas.evaluate("canvas => canvas.toDataURL()")

    page.get_by_role("button", name="Single step").click()
    expect(stage).to_have_attribute("data-step", "61")
    expect(caption).to_contain_text("The generator learns")
    expect(caption).to_have_attribute("aria-live", "polite")

    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => Number(document.querySelector('.wavetwin-stage').dataset.step) >= 63")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function(AT_REST)
    paused = step(stage)
    page.evaluate(FRAMES, 30)
    assert page.evaluate(AT_REST)  # and has asked for nothing
    assert step(stage) == paused

    page.locator(".stage-speed").select_option("50")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("n => Number(document.querySelector('.wavetwin-stage').dataset.step) > n + 20", arg=paused)
    expect(caption).to_have_attribute("aria-live", "off")
    assert verdicts.all_inner_texts() != scores
    assert canvas.evaluate("canvas => canvas.toDataURL()") != fake
